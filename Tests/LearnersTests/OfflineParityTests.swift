import SinewDatasets
import SinewPolicies
import SinewTensor
import Testing

@testable import SinewLearners

/// Learners from a dataset make the updates that PyTorch makes from the same weights, minibatch and noise.
@Suite struct OfflineParityTests {
  /// Ten updates, comparing the named metrics after each with the script's losses, and the parameters at the end.
  private func check<Method: Learner>(
    _ learner: Method, _ fixture: Fixture, losses names: [String]
  ) throws where Method.Minibatch == Transitions {
    try fixture.start(learner)
    let batch = try fixture.batch()
    let losses = try #require(fixture.state[floats: "losses"])
    #expect(losses.count == 10 * names.count)
    for update in 0..<10 {
      let metrics = learner.update(batch)
      for (index, name) in names.enumerated() {
        let expected = losses[update * names.count + index]
        guard let figure = metrics[name] else {
          // A delayed actor has a loss in every second update only.
          #expect(
            name == "actor_loss" && ["td3-bc", "rebrac", "a2pr"].contains(Method.about.name) && update.isMultiple(of: 2)
          )
          continue
        }
        let found = Float(figure)
        #expect(abs(found - expected) < 1e-4 * max(1, abs(expected)), "\(name) of update \(update)")
      }
    }
    try fixture.compare(learner, tolerance: 2e-5)
  }

  @Test func behaviourCloning() throws {
    var configuration = BC.Configuration()
    configuration.network.hiddenSizes = [16, 16]
    let learner = try BC.make(
      configuration, for: TaskShape(observationSize: 5, actionSize: 2), Setup(generator: RandomGenerator(seed: 1)))
    try check(learner, Fixture("bc"), losses: ["actor_loss"])
  }

  @Test func td3WithBehaviourCloning() throws {
    var configuration = TD3BC.Configuration()
    configuration.td3.network.hiddenSizes = [16, 16]
    let learner = try TD3BC.make(
      configuration, for: TaskShape(observationSize: 5, actionSize: 2), Setup(generator: RandomGenerator(seed: 1)))
    try check(learner, Fixture("td3-bc"), losses: ["critic_loss", "actor_loss"])
  }

  @Test func implicitQLearning() throws {
    var configuration = IQL.Configuration()
    configuration.network.hiddenSizes = [16, 16]
    let learner = try IQL.make(
      configuration, for: TaskShape(observationSize: 5, actionSize: 2), Setup(generator: RandomGenerator(seed: 1)))
    var statistics = DatasetStatistics(observationSize: 5)
    (statistics.minimumReturn, statistics.maximumReturn) = (-150, 350)
    learner.begin(RunFacts(statistics: statistics, updates: 20))
    try check(learner, Fixture("iql"), losses: ["value_loss", "actor_loss", "critic_loss"])
  }

  /// The networks of the scripts, and what `change` sets besides.
  private func make<Method: Learner>(
    _: Method.Type, _ change: (inout Method.Configuration) -> Void
  ) throws -> Method {
    var configuration = Method.Configuration()
    change(&configuration)
    return try Method.make(
      configuration, for: TaskShape(observationSize: 5, actionSize: 2), Setup(generator: RandomGenerator(seed: 1)))
  }

  @Test func advantageWeightedActorCritic() throws {
    let learner = try make(AWAC.self) { ($0.network.hiddenSizes, $0.inverseTemperature) = ([16, 16], 3) }
    try check(learner, Fixture("awac"), losses: ["critic_loss", "actor_loss"])
  }

  /// With the Lagrange form, so that the weight of the difference moves too.
  @Test func conservativeQLearning() throws {
    let learner = try make(CQL.self) {
      ($0.network.hiddenSizes, $0.sampledActions, $0.lagrangeGap) = ([16, 16], 4, 0.8)
    }
    try check(learner, Fixture("cql"), losses: ["critic_loss", "actor_loss"])
  }

  /// Some values of the policy's actions are below what followed in the data, some above.
  @Test func calibratedQLearning() throws {
    let learner = try make(CQL.self) {
      ($0.network.hiddenSizes, $0.sampledActions, $0.lagrangeGap, $0.calibrated) = ([16, 16], 4, 0.8, true)
    }
    try check(learner, Fixture("cal-ql"), losses: ["critic_loss", "actor_loss"])
  }

  /// The script differentiates by the action and then by the weights.
  @Test func ensembleDiversifiedActorCritic() throws {
    let learner = try make(EDAC.self) {
      ($0.network.hiddenSizes, $0.criticCount, $0.normaliseObservations) = ([16, 16], 4, true)
    }
    try check(learner, Fixture("edac"), losses: ["critic_loss", "actor_loss"])
  }

  @Test func adaptiveAdvantageGuidedRegularisation() throws {
    let learner = try make(A2PR.self) {
      ($0.network.hiddenSizes, $0.criticHiddenSizes, $0.proposalHiddenSizes) = ([16, 16], [16, 16], [16, 16])
    }
    try check(learner, Fixture("a2pr"), losses: ["critic_loss", "value_loss", "proposal_loss", "actor_loss"])
  }

  @Test func revisitedBehaviourRegularisedActorCritic() throws {
    let learner = try make(ReBRAC.self) {
      ($0.td3.network.hiddenSizes, $0.actorPenalty, $0.criticPenalty) = ([16, 16], 0.03, 0.02)
    }
    try check(learner, Fixture("rebrac"), losses: ["critic_loss", "actor_loss"])
  }
}
