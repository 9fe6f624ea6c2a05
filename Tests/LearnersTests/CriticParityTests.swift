import Foundation
import SinewDatasets
import SinewPolicies
import SinewTensor
import Testing

@testable import SinewLearners

/// Ten updates of soft actor-critic with other critics, each as PyTorch makes them (Fixtures/make_critics.py).
@Suite(.serialized) struct CriticParityTests {
  private static let task = TaskShape(observationSize: 5, actionSize: 2)

  private func check<L: Learner>(
    _: L.Type, _ name: String, tolerance: Float = 2e-5, _ change: (inout L.Configuration) -> Void
  ) throws where L.Minibatch == Transitions {
    let fixture = try Fixture(name)
    var configuration = L.Configuration()
    change(&configuration)
    let learner = try L.make(configuration, for: Self.task, Setup(generator: RandomGenerator(seed: 1)))
    learner.begin(RunFacts(updates: 100))
    try fixture.start(learner)
    let batch = try fixture.batch()
    let losses = try #require(fixture.state[floats: "losses"])
    for update in 0..<10 {
      let metrics = learner.update(batch)
      let criticLoss = Float(try #require(metrics["critic_loss"]))
      #expect(abs(criticLoss - losses[2 * update]) < 1e-4 * max(1, abs(losses[2 * update])), "update \(update)")
      guard let actorLoss = metrics["actor_loss"] else {
        #expect(losses[2 * update + 1] == 0)
        continue
      }
      #expect(abs(Float(actorLoss) - losses[2 * update + 1]) < 1e-4, "update \(update)")
    }
    try fixture.compare(learner, tolerance: tolerance)
  }

  /// The target's critics are drawn, the actor follows the mean of all, every second time.
  @Test func redqMakesPyTorchsUpdates() throws {
    try check(SAC.self, "redq") {
      $0.network.hiddenSizes = [16, 16]
      ($0.criticCount, $0.targetSubset, $0.actorUsesMean, $0.policyDelay) = (5, 2, true, 2)
    }
  }

  @Test func droqMakesPyTorchsUpdates() throws {
    try check(SAC.self, "droq") {
      $0.network.hiddenSizes = [16, 16]
      ($0.criticDropout, $0.criticLayerNorm, $0.actorUsesMean) = (0.2, true, true)
    }
  }

  /// With half of the usual entropy.
  @Test func rlpdMakesPyTorchsUpdates() throws {
    try check(SAC.self, "rlpd") {
      $0.network.hiddenSizes = [16, 16]
      ($0.criticCount, $0.targetSubset, $0.actorUsesMean, $0.policyDelay) = (5, 2, true, 2)
      ($0.criticLayerNorm, $0.targetEntropy) = (true, -1)
    }
  }

  @Test func tqcMakesPyTorchsUpdates() throws {
    try check(TQC.self, "tqc") {
      ($0.network.hiddenSizes, $0.criticHiddenSizes) = ([16, 16], [16, 16])
      ($0.criticCount, $0.quantileCount, $0.droppedPerCritic) = (3, 5, 1)
    }
  }

  /// Two training passes with plain batch normalisation, then renormalised ones, in critics and actor.
  @Test func crossQMakesPyTorchsUpdates() throws {
    try check(CrossQ.self, "crossq", tolerance: 5e-5) {
      ($0.network.hiddenSizes, $0.criticHiddenSizes) = ([16, 16], [16, 16])
      $0.renormaliseAfter = 2
    }
  }

  @Test func flashSACMakesPyTorchsUpdates() throws {
    try check(FlashSAC.self, "flash-sac", tolerance: 5e-5) {
      ($0.network.hiddenSizes, $0.criticHiddenSizes, $0.atomCount) = ([8, 8], [8, 8], 11)
    }
  }

  @Test func simbaV2MakesPyTorchsUpdates() throws {
    try check(SimbaV2.self, "simba-v2") {
      ($0.network.hiddenSizes, $0.criticHiddenSizes, $0.atomCount) = ([8], [8, 8], 11)
    }
  }

  /// AdamW with decay; the smaller mean is the target of both critics.
  @Test func fastTD3MakesPyTorchsUpdates() throws {
    try check(FastTD3.self, "fast-td3") {
      ($0.network.hiddenSizes, $0.criticHiddenSizes, $0.atomCount, $0.targetNoise) = ([16, 16], [16, 16], 11, 0.2)
    }
  }

  /// Each critic has a target of its own; the actor moves every fourth time.
  @Test func fastSACMakesPyTorchsUpdates() throws {
    try check(FastSAC.self, "fast-sac") {
      ($0.network.hiddenSizes, $0.criticHiddenSizes, $0.atomCount) = ([16, 16], [16, 16], 11)
    }
  }

  @Test func xqcMakesPyTorchsUpdates() throws {
    try check(XQC.self, "xqc", tolerance: 5e-5) {
      ($0.network.hiddenSizes, $0.criticHiddenSizes, $0.atomCount) = ([16, 16], [16, 16], 11)
    }
  }
}

/// What holds of every such learner.
@Suite(.serialized) struct CriticLearnerTests {
  private func learner<L: Learner>(
    _: L.Type, _ seed: UInt64, _ change: (inout L.Configuration) -> Void
  ) throws -> L {
    var configuration = L.Configuration()
    change(&configuration)
    let task = TaskShape(observationSize: 3, actionSize: 2)
    return try L.make(configuration, for: task, Setup(generator: RandomGenerator(seed: seed)))
  }

  private func redq(_ seed: UInt64) throws -> SAC {
    try learner(SAC.self, seed) {
      $0.network.hiddenSizes = [32, 32]
      ($0.criticCount, $0.actorUsesMean, $0.policyDelay) = (4, true, 2)
      ($0.criticDropout, $0.criticLayerNorm) = (0.1, true)
    }
  }

  private func tqc(_ seed: UInt64) throws -> TQC {
    try learner(TQC.self, seed) { ($0.network.hiddenSizes, $0.criticHiddenSizes) = ([32, 32], [32, 40]) }
  }

  private func crossQ(_ seed: UInt64) throws -> CrossQ {
    try learner(CrossQ.self, seed) {
      ($0.network.hiddenSizes, $0.criticHiddenSizes, $0.renormaliseAfter) = ([32, 32], [72, 40], 3)
    }
  }

  private func xqc(_ seed: UInt64) throws -> XQC {
    try learner(XQC.self, seed) { ($0.network.hiddenSizes, $0.criticHiddenSizes) = ([32, 32], [72, 40]) }
  }

  private func flashSAC(_ seed: UInt64) throws -> FlashSAC {
    try learner(FlashSAC.self, seed) { ($0.network.hiddenSizes, $0.criticHiddenSizes) = ([16, 16], [24]) }
  }

  private func simbaV2(_ seed: UInt64) throws -> SimbaV2 {
    try learner(SimbaV2.self, seed) { ($0.network.hiddenSizes, $0.criticHiddenSizes) = ([16], [24, 24]) }
  }

  private func fastTD3(_ seed: UInt64) throws -> FastTD3 {
    try learner(FastTD3.self, seed) { ($0.network.hiddenSizes, $0.criticHiddenSizes) = ([16, 16], [24, 40]) }
  }

  private func fastSAC(_ seed: UInt64) throws -> FastSAC {
    try learner(FastSAC.self, seed) { ($0.network.hiddenSizes, $0.criticHiddenSizes) = ([16, 16], [24, 40]) }
  }

  private func batch(_ seed: UInt64, size: Int = 32) -> Transitions {
    let batch = Transitions(Transitions.Request(size: size), observationSize: 3, actionSize: 2)
    var generator = RandomGenerator(seed: seed)
    for tensor in batch.tensors { tensor.assign((0..<tensor.count).map { _ in Float(generator.uniform(-1...1)) }) }
    batch.discount.assign((0..<size).map { $0 % 4 == 0 ? 0 : 0.99 })
    return batch
  }

  private func state(_ learner: some Learner) -> StateDictionary {
    var state = StateDictionary()
    learner.saveState(to: &state, prefix: "")
    return state
  }

  private func same(_ one: some Learner, _ other: some Learner) -> Bool {
    let (first, second) = (state(one), state(other))
    return first.names == second.names && first.names.allSatisfy { first[$0] == second[$0] }
  }

  private func checkRestored<L: Learner>(_ make: (UInt64) throws -> L) throws where L.Minibatch == Transitions {
    let (one, other) = (try make(1), try make(2))
    for seed in 1...7 as ClosedRange<UInt64> { _ = one.update(batch(seed)) }
    try other.loadState(from: state(one), prefix: "")
    for seed in 8...14 as ClosedRange<UInt64> {
      _ = one.update(batch(seed))
      _ = other.update(batch(seed))
    }
    #expect(same(one, other), "\(L.about.name)")
  }

  @Test func restoredLearnersMakeTheSameUpdates() throws {
    try checkRestored(redq)
    try checkRestored(tqc)
    try checkRestored(crossQ)
    try checkRestored(xqc)
    try checkRestored(flashSAC)
    try checkRestored(simbaV2)
    try checkRestored(fastTD3)
    try checkRestored(fastSAC)
  }

  private func checkThreads<L: Learner>(_ make: (UInt64) throws -> L) throws where L.Minibatch == Transitions {
    let before = Execution.threads
    defer { Execution.threads = before }
    let learners = try [1, 2, 4].map { threads in
      Execution.threads = threads
      let learner = try make(1)
      for seed in 1...6 as ClosedRange<UInt64> { _ = learner.update(batch(seed, size: 200)) }
      return learner
    }
    #expect(same(learners[0], learners[1]) && same(learners[0], learners[2]), "\(L.about.name)")
  }

  @Test func threadsDoNotChangeTheBits() throws {
    try checkThreads(redq)
    try checkThreads(tqc)
    try checkThreads(crossQ)
    try checkThreads(xqc)
    try checkThreads(flashSAC)
    try checkThreads(simbaV2)
    try checkThreads(fastTD3)
    try checkThreads(fastSAC)
  }

  /// With every step terminal the value is the reward: the critics must find it, and the actor its maximum.
  private func checkBandit<L: Learner>(_ learner: L, updates: Int) where L.Minibatch == Transitions {
    let batch = Transitions(Transitions.Request(size: 128), observationSize: 3, actionSize: 2)
    var generator = RandomGenerator(seed: 3)
    for _ in 0..<updates {
      batch.observation.assign((0..<384).map { _ in Float(generator.uniform(-1...1)) })
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
    #expect(abs(chosen[0] - 0.5) < 0.15 && abs(chosen[1] + 0.3) < 0.15, "\(L.about.name): \(chosen)")
  }

  /// Acting and the actor's loss use the running statistics: were they wrong, these would not find the maximum.
  @Test func banditsAreSolved() throws {
    checkBandit(
      try learner(TQC.self, 1) {
        ($0.network.hiddenSizes, $0.criticHiddenSizes, $0.initialTemperature) = ([32, 32], [32, 32], 1e-3)
        ($0.actorLearningRate, $0.criticLearningRate, $0.temperatureLearningRate) = (3e-3, 3e-3, 0)
      }, updates: 1500)
    checkBandit(
      try learner(CrossQ.self, 1) {
        ($0.network.hiddenSizes, $0.criticHiddenSizes, $0.initialTemperature) = ([32, 32], [64, 64], 1e-3)
        ($0.temperatureLearningRate, $0.renormaliseAfter) = (0, 500)
      }, updates: 3000)
    checkBandit(
      try learner(FlashSAC.self, 1) {
        ($0.network.hiddenSizes, $0.criticHiddenSizes, $0.initialTemperature) = ([32, 32], [32, 32], 1e-3)
        ($0.learningRate, $0.targetDeviation) = (1e-3, 0.05)
      }, updates: 3000)
    checkBandit(
      try learner(SimbaV2.self, 1) {
        ($0.network.hiddenSizes, $0.criticHiddenSizes, $0.initialTemperature) = ([32], [32, 32], 1e-3)
        ($0.learningRate, $0.targetEntropy) = (3e-3, -4)
      }, updates: 3000)
    checkBandit(
      try learner(XQC.self, 1) {
        ($0.network.hiddenSizes, $0.criticHiddenSizes, $0.initialTemperature) = ([32, 32], [64, 64], 1e-3)
        ($0.actorLearningRate, $0.criticLearningRate, $0.temperatureLearningRate) = (3e-3, 3e-3, 0)
      }, updates: 3000)
    checkBandit(
      try learner(FastTD3.self, 1) {
        ($0.network.hiddenSizes, $0.criticHiddenSizes) = ([32, 32], [64, 64])
        ($0.actorLearningRate, $0.criticLearningRate) = (1e-3, 3e-3)
      }, updates: 2000)
    checkBandit(
      try learner(FastSAC.self, 1) {
        ($0.network.hiddenSizes, $0.criticHiddenSizes, $0.targetEntropy) = ([32, 32], [64, 64], -4)
        ($0.actorLearningRate, $0.criticLearningRate) = (1e-3, 3e-3)
      }, updates: 3000)
  }

  /// Each environment's noise is its own until its episode ends; what acts has the weights of when it was refreshed.
  @Test func everyEnvironmentHasItsOwnNoise() throws {
    let learner = try fastTD3(1)
    let count = 4000
    func act(_ policy: any Policy, _ deterministic: Bool) -> [Float] {
      let observations = [Float](repeating: 0.1, count: count * 3)
      var actions = [Float](repeating: 0, count: count * 2)
      var span = actions.mutableSpan
      policy.act(observations: observations.span, count: count, deterministic: deterministic, actions: &span)
      return actions
    }
    let still = act(learner.behaviour, true)
    func deviations() -> [Double] {
      var squares = [Double](repeating: 0, count: count)
      for _ in 0..<50 {
        for (index, (noisy, mean)) in zip(act(learner.behaviour, false), still).enumerated() {
          squares[index / 2] += Double((noisy - mean) * (noisy - mean)) / 100
        }
      }
      return squares.map { $0.squareRoot() }
    }
    let first = deviations()
    // Even between 0.001 and 0.4: mean 0.2, deviation 0.115, the noise of a hundred draws adds little.
    let mean = first.reduce(0, +) / Double(count)
    let spread = (first.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)).squareRoot()
    #expect(abs(mean - 0.2005) < 0.01 && abs(spread - 0.1156) < 0.01, "\(mean) ± \(spread)")
    learner.behaviour.endEpisode(of: 7)
    let second = deviations()
    let ratios = zip(first, second).map { $1 / $0 }
    #expect(ratios.enumerated().allSatisfy { $0.offset == 7 || (0.6...1.6).contains($0.element) })
    #expect(!(0.9...1.1).contains(ratios[7]), "\(ratios[7])")

    var damaged = state(learner)
    damaged[floats: "exploration.deviations"] = [0.2, .nan]
    #expect(throws: StateError.self) { try fastTD3(1).loadState(from: damaged, prefix: "") }

    for seed in 1...4 as ClosedRange<UInt64> { _ = learner.update(batch(seed)) }
    #expect(act(learner.behaviour, true) == still && act(learner.policy, true) != still)
    #expect(learner.refreshBehaviour())
    #expect(act(learner.behaviour, true) == act(learner.policy, true))
  }

  /// The same for a whole number of steps, one to the longest; a restored learner goes on with it.
  @Test func actingNoiseStands() throws {
    func act(_ learner: FlashSAC, _ deterministic: Bool = false) -> [Float] {
      var actions: [Float] = [0, 0, 0, 0]
      let observations: [Float] = [0.1, 0.2, 0.3, -0.5, 0, 1]
      var span = actions.mutableSpan
      learner.behaviour.act(observations: observations.span, count: 2, deterministic: deterministic, actions: &span)
      return actions
    }
    let (one, other) = (try flashSAC(1), try flashSAC(2))
    let first = (0..<400).map { _ in act(one) }
    var lengths = [1]
    for (before, after) in zip(first, first.dropFirst()) {
      if before == after { lengths[lengths.count - 1] += 1 } else { lengths.append(1) }
    }
    // P(1) = 1/Σn⁻² = 0.63 for n ≤ 16.
    let single = Double(lengths.count { $0 == 1 }) / Double(lengths.count)
    #expect((0.5...0.75).contains(single) && (lengths.max() ?? 0) > 4 && (lengths.max() ?? 0) <= 16)
    try other.loadState(from: state(one), prefix: "")
    #expect((0..<50).map { _ in act(one) } == (0..<50).map { _ in act(other) })
    #expect(act(one, true) == act(other, true))
  }

  @Test func valuesOutOfRangeAreNamed() {
    #expect { try learner(FlashSAC.self, 1) { $0.criticHiddenSizes = [8, 16] } } throws: {
      "\($0)" == "critic_hidden_sizes is [8, 16], expected the same width for every block"
    }
    #expect { try learner(SAC.self, 1) { $0.targetSubset = 3 } } throws: {
      "\($0)" == "target_subset is 3, expected at most critic_count"
    }
    #expect { try learner(TQC.self, 1) { $0.droppedPerCritic = 25 } } throws: {
      "\($0)" == "dropped_per_critic is 25, expected less than quantile_count"
    }
    #expect { try learner(XQC.self, 1) { $0.atomCount = 1 } } throws: {
      "\($0)" == "atom_count is 1, expected 2 to 10000"
    }
    #expect { try learner(FastTD3.self, 1) { $0.leastNoise = 0.5 } } throws: {
      "\($0)" == "least_noise is 0.5, expected at most greatest_noise"
    }
    #expect(throws: (any Error).self) { try learner(SAC.self, 1) { $0.criticDropout = 1 } }
  }
}
