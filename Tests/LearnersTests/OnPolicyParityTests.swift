import SinewDatasets
import SinewPolicies
import SinewTensor
import Testing

@testable import SinewLearners

@Suite struct OnPolicyParityTests {
  private func rollout(_ fixture: Fixture) throws -> Rollout {
    let rollout = Rollout(Rollout.Request(steps: 4), environments: 2, observationSize: 5, actionSize: 2)
    let section = fixture.state.section("rollout.")
    let names = ["observation", "action", "reward", "next_observation", "terminated", "truncated"]
    for (name, tensor) in zip(names, rollout.tensors) { tensor.assign(try section.floats(name, count: tensor.count)) }
    return rollout
  }

  /// Ten steps in two updates, with each surrogate; the last loss of each update, which is of the state before its
  /// step.
  @Test(arguments: SurrogateSettings.Kind.allCases)
  func ppoMakesPyTorchsUpdates(_ kind: SurrogateSettings.Kind) throws {
    let fixture = try Fixture("ppo")
    var configuration = PPO.Configuration()
    configuration.network.hiddenSizes = [16, 16]
    (configuration.epochs, configuration.minibatches, configuration.rolloutSteps) = (5, 1, 4)
    (configuration.learningRate, configuration.entropyWeight) = (3e-3, 0.01)
    configuration.surrogate.kind = kind
    configuration.surrogate.advantageScale = 0.5
    let learner = try PPO.make(
      configuration, for: TaskShape(observationSize: 5, actionSize: 2), Setup(generator: RandomGenerator(seed: 1)))
    var state = StateDictionary()
    for name in fixture.state.names where kind == .bpo || !name.hasPrefix("before.median") {
      state.set(name, floats: try #require(fixture.state[floats: name]), shape: try #require(fixture.state.shape(name)))
    }
    try Fixture(state: state).start(learner)
    let found = fixture.state.section(kind.rawValue + ".")
    let losses = try #require(found[floats: "losses"])
    let rollout = try rollout(fixture)
    for update in 0..<2 {
      let metrics = learner.update(rollout)
      #expect(abs(Float(try #require(metrics["actor_loss"])) - losses[5 * update + 4]) < 1e-5)
    }
    state.merge(found, prefix: "")
    try Fixture(state: state).compare(learner, tolerance: 2e-5)
  }

  /// Divergence is that of the policy from the one that acted, so that it is 0 before a step, and it steers the step
  /// size.
  @Test func divergenceSteersTheStepSize() throws {
    let rollout = try rollout(Fixture("ppo"))
    func divergences(_ target: Float, _ rate: Float) throws -> [Double] {
      var configuration = PPO.Configuration()
      (configuration.epochs, configuration.minibatches, configuration.rolloutSteps) = (20, 1, 4)
      (configuration.learningRate, configuration.targetDivergence) = (rate, target)
      let learner = try PPO.make(
        configuration, for: TaskShape(observationSize: 5, actionSize: 2), Setup(generator: RandomGenerator(seed: 1)))
      return try (0..<3).map { _ in try #require(learner.update(rollout)["divergence"]) }
    }
    let (fixed, steered) = (try divergences(0, 1e-2), try divergences(0.01, 1e-2))
    #expect(steered.dropFirst().allSatisfy { 0 < $0 && $0 < 0.1 }, "\(steered)")
    #expect(zip(fixed, steered).allSatisfy { $0 > 2 * $1 }, "\(fixed), \(steered)")
  }

  /// What ends an episode has nothing behind it; what a time limit cuts off, and the rollout's end, have their value.
  @Test func advantagesEndWithTheirEpisodes() {
    let rollout = Rollout(Rollout.Request(steps: 3), environments: 2, observationSize: 1, actionSize: 1)
    rollout.reward.assign([1, 2, 3, 4, 5, 6])
    rollout.terminated.assign([0, 1, 0, 0, 0, 0])
    rollout.truncated.assign([0, 0, 1, 0, 0, 0])
    let (values, next): ([Float], [Float]) = ([1, 1, 2, 2, 3, 3], [10, 20, 30, 40, 50, 60])
    let found = rollout.advantages(discount: 0.5, decay: 0.5, values: values, nextValues: next)
    // Row 4: 5 + 25 − 3; row 2, cut off: 3 + 15 − 2; row 0: 1 + 5 − 1 + a quarter of row 2's. Row 1 ended: 2 − 1.
    let row5: Float = 6 + 30 - 3
    #expect(found == [5 + 0.25 * 16, 1, 16, 4 + 20 - 2 + 0.25 * row5, 27, row5])
    // With λ = 1 they are discounted returns less their values.
    let all = rollout.advantages(discount: 0.5, decay: 1, values: values, nextValues: [2, 20, 30, 3, 50, 60])
    let returns = rollout.discountedReturns(discount: 0.5, nextValues: [2, 20, 30, 3, 50, 60])
    #expect(zip(all, zip(returns, values)).allSatisfy { abs($0 - ($1.0 - $1.1)) < 1e-5 })
  }

  /// Closed forms: equal distributions have none, and those of N(0, 1) and N(1, 4) are known.
  @Test func gaussiansDivergeByTheClosedForm() {
    let standard = DiagonalGaussian(mean: Tensor([0, 0], shape: [1, 2]), logStandardDeviation: Tensor([0, 0]))
    let wide = DiagonalGaussian(
      mean: Tensor([1, 1], shape: [1, 2]), logStandardDeviation: Tensor([0.6931472, 0.6931472]))
    #expect(abs(standard.divergence(from: standard).item()) < 1e-6)
    // KL(N(0, 1)‖N(1, 4)) = ln 2 + (1 + 1)/8 − ½, twice for two components.
    #expect(abs(wide.divergence(from: standard).item() - 2 * (0.6931472 + 0.25 - 0.5)) < 1e-5)
    #expect(abs(standard.entropy.item() - 2 * 1.4189385) < 1e-5)
  }
}
