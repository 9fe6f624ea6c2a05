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
        // A delayed actor has a loss in every second update only.
        if name == "actor_loss", metrics["lambda"] == nil, names.count == 2 {
          #expect(update.isMultiple(of: 2))
          continue
        }
        let found = Float(metrics[name] ?? .nan)
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
}
