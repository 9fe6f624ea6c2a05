import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor
import Testing

@testable import SinewLearners

@Suite(.serialized) struct SACTests {
  private func learner(seed: UInt64 = 1, _ change: (inout SAC.Configuration) -> Void = { _ in }) throws -> SAC {
    var configuration = SAC.Configuration()
    configuration.network.hiddenSizes = [32, 32]
    change(&configuration)
    return try SAC.make(
      configuration, for: TaskShape(observationSize: 3, actionSize: 2), Setup(generator: RandomGenerator(seed: seed)))
  }

  private func batch(_ seed: UInt64, size: Int = 32) -> Transitions {
    let batch = Transitions(Transitions.Request(size: size), observationSize: 3, actionSize: 2)
    var generator = RandomGenerator(seed: seed)
    for tensor in batch.tensors { tensor.assign((0..<tensor.count).map { _ in Float(generator.uniform(-1...1)) }) }
    batch.discount.assign((0..<size).map { $0 % 4 == 0 ? 0 : 0.99 })
    return batch
  }

  private func state(_ learner: SAC) -> StateDictionary {
    var state = StateDictionary()
    learner.saveState(to: &state, prefix: "")
    return state
  }

  private func same(_ one: SAC, _ other: SAC) -> Bool {
    let (first, second) = (state(one), state(other))
    return first.names == second.names && first.names.allSatisfy { first[$0] == second[$0] }
  }

  @Test func aRestoredLearnerMakesTheSameUpdates() throws {
    let (one, other) = (try learner(), try learner(seed: 2))
    for seed in 1...5 as ClosedRange<UInt64> { _ = one.update(batch(seed)) }
    try other.loadState(from: state(one), prefix: "")
    for seed in 6...9 as ClosedRange<UInt64> {
      _ = one.update(batch(seed))
      _ = other.update(batch(seed))
    }
    #expect(same(one, other))
  }

  @Test func threadsDoNotChangeTheBits() throws {
    let before = Execution.threads
    defer { Execution.threads = before }
    let learners = try [1, 2, 4].map { threads in
      Execution.threads = threads
      let learner = try self.learner()
      for seed in 1...5 as ClosedRange<UInt64> { _ = learner.update(batch(seed, size: 200)) }
      return learner
    }
    #expect(same(learners[0], learners[1]) && same(learners[0], learners[2]))
  }

  /// With every step terminal the value is the reward: the critics must find it, and the actor its maximum.
  @Test func aBanditIsSolved() throws {
    let learner = try learner {
      $0.actorLearningRate = 3e-3
      $0.criticLearningRate = 3e-3
      $0.temperatureLearningRate = 0
      $0.initialTemperature = 1e-3
    }
    let batch = Transitions(Transitions.Request(size: 128), observationSize: 3, actionSize: 2)
    var generator = RandomGenerator(seed: 3)
    for _ in 0..<1500 {
      batch.action.assign((0..<256).map { _ in Float(generator.uniform(-1...1)) })
      let actions = batch.action.floats
      batch.reward.assign(
        (0..<128).map { row in
          let (x, y) = (actions[2 * row] - 0.5, actions[2 * row + 1] + 0.3)
          return -(x * x + y * y)
        })
      _ = learner.update(batch)
    }
    var chosen: [Float] = [0, 0]
    let observation: [Float] = [0, 0, 0]
    var span = chosen.mutableSpan
    learner.policy.act(observations: observation.span, count: 1, deterministic: true, actions: &span)
    #expect(abs(chosen[0] - 0.5) < 0.1 && abs(chosen[1] + 0.3) < 0.1, "\(chosen)")
  }

  @Test func theTemperatureFollowsTheEntropy() throws {
    let low = try learner {
      $0.targetEntropy = -20; $0.temperatureLearningRate = 1e-2
    }
    let high = try learner {
      $0.targetEntropy = 20; $0.temperatureLearningRate = 1e-2
    }
    var (lowest, highest): (Double?, Double?)
    for seed in 1...20 as ClosedRange<UInt64> {
      (lowest, highest) = (low.update(batch(seed))["temperature"], high.update(batch(seed))["temperature"])
    }
    #expect(try #require(lowest) < 0.9)
    #expect(try #require(highest) > 1.1)
  }

  @Test func valuesOutOfRangeAreNamed() {
    #expect { try learner { $0.discount = 1.5 } } throws: {
      "\($0)" == "discount is 1.5, expected 0 to 1"
    }
    #expect(throws: ConfigurationError.self) { try learner { $0.replay.batchSize = 0 } }
    #expect(throws: ConfigurationError.self) { try learner { $0.network.hiddenSizes = [] } }
    #expect(throws: ConfigurationError.self) { try learner { $0.criticLearningRate = .nan } }
  }
}
