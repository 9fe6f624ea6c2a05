import SinewTensor
import Testing

@testable import SinewPolicies

/// Acting by chunks: seeds, batches, history and receding horizon.
@Suite struct ChunkPolicyTests {
  private static let horizons = ChunkHorizons(observation: 2, prediction: 8, action: 3)

  private func model(_ backbone: ChunkNetworkSettings.Backbone = .mlp, observed: [Int] = []) -> ChunkModel {
    ChunkModel(
      observationSize: 3, actionSize: 2, horizons: Self.horizons, observed: observed,
      settings: ChunkNetworkSettings(backbone: backbone, width: 32, blocks: 2, channels: [8, 16], embeddingSize: 8),
      generator: RandomGenerator(seed: 7))
  }

  private func policies(_ backbone: ChunkNetworkSettings.Backbone = .mlp) -> [any GenerativePolicy] {
    let (schedule, generator) = (NoiseSchedule(steps: 20), RandomGenerator(seed: 8))
    return [
      DiffusionPolicy(model: model(backbone), schedule: schedule, generator: generator),
      DiffusionPolicy(
        model: model(backbone), schedule: schedule, prediction: .velocity, sampler: .ddim(schedule, steps: 5),
        generator: generator),
      FlowPolicy(model: model(backbone), sampler: .euler(steps: 4), generator: generator),
    ]
  }

  private func observation(_ step: Int, _ row: Int = 0) -> [Float] {
    (0..<3).map { Float((step * 7 + row * 5 + $0 * 3) % 11) / 11 - 0.5 }
  }

  private func act(_ policy: any Policy, steps: Range<Int>, rows: [Int] = [0]) -> [[Float]] {
    steps.map { step in
      let observations = rows.flatMap { observation(step, $0) }
      var actions = [Float](repeating: .nan, count: rows.count * 2)
      var span = actions.mutableSpan
      policy.act(observations: observations.span, count: rows.count, deterministic: true, actions: &span)
      return actions
    }
  }

  private func chunks(_ policy: any ChunkPolicy, rows: [Int]) -> [Float] {
    let histories = rows.flatMap { observation(0, $0) + observation(1, $0) }
    var chunks = [Float](repeating: .nan, count: rows.count * 16)
    var span = chunks.mutableSpan
    policy.sampleChunks(histories: histories.span, count: rows.count, chunks: &span)
    return chunks
  }

  @Test(arguments: ChunkNetworkSettings.Backbone.allCases)
  func theSameSeedGivesTheSameBits(_ backbone: ChunkNetworkSettings.Backbone) {
    for policy in policies(backbone) {
      policy.beginEpisode(seed: 5)
      let first = act(policy, steps: 0..<7)
      #expect(first.allSatisfy { $0.allSatisfy { $0.isFinite && abs($0) <= 1 } })
      policy.beginEpisode(seed: 6)
      #expect(act(policy, steps: 0..<7) != first)
      policy.beginEpisode(seed: 5)
      #expect(act(policy, steps: 0..<7) == first)
    }
  }

  /// A batch is its rows one after another, whatever its size: each row has its own part of the noise.
  @Test(arguments: ChunkNetworkSettings.Backbone.allCases)
  func chunksDoNotDependOnTheBatch(_ backbone: ChunkNetworkSettings.Backbone) {
    for policy in policies(backbone) {
      policy.beginEpisode(seed: 5)
      let together = chunks(policy, rows: Array(0..<9))
      policy.beginEpisode(seed: 5)
      let apart = (0..<9).flatMap { chunks(policy, rows: [$0]) }
      let worst = zip(together, apart).map { abs($0 - $1) }.max() ?? .infinity
      // Products of one row and of many add in another order.
      #expect(worst < 1e-4, "differs by \(worst)")
    }
  }

  @Test func rowsHaveTheirOwnHistoryAndPlan() {
    let policy = policies()[2]
    policy.horizons = policy.horizons.acting(for: 1)
    policy.beginEpisode(seed: 1)
    let both = act(policy, steps: 0..<4, rows: [0, 1])
    policy.beginEpisode(seed: 1)
    let swapped = act(policy, steps: 0..<4, rows: [0, 2])
    for step in 0..<4 {
      #expect(zip(both[step][..<2], swapped[step][..<2]).allSatisfy { abs($0 - $1) < 1e-5 })
    }
    #expect(both.map { $0[2...] } != swapped.map { $0[2...] })
  }

  /// The plan made at the first step is carried out from the action that belongs to the newest observation.
  @Test func plansAreCarriedOutFromTheNewestObservation() {
    let policy = policies()[2]
    policy.beginEpisode(seed: 3)
    let history = observation(0) + observation(0)
    var chunk = [Float](repeating: 0, count: 16)
    var span = chunk.mutableSpan
    policy.sampleChunks(histories: history.span, count: 1, chunks: &span)
    policy.beginEpisode(seed: 3)
    #expect(act(policy, steps: 0..<3).flatMap { $0 } == Array(chunk[2..<8]))
  }

  /// Between plans nothing that is observed matters but what is still in the history at the next one.
  @Test func plansAreMadeAnewFromTheHistory() {
    let policy = policies()[2]
    func run(_ steps: [Int]) -> [[Float]] {
      policy.beginEpisode(seed: 3)
      return steps.flatMap { act(policy, steps: $0..<$0 + 1) }
    }
    let usual = run([0, 1, 2, 3])
    #expect(run([0, 9, 2, 3]) == usual)
    let other = run([0, 1, 9, 3])
    #expect(Array(other[..<3]) == Array(usual[..<3]) && other[3] != usual[3])
  }

  @Test func beginningAnEpisodeForgets() {
    let policy = policies()[0]
    policy.beginEpisode(seed: 1)
    let fresh = act(policy, steps: 5..<6)
    policy.beginEpisode(seed: 9)
    _ = act(policy, steps: 0..<2)
    policy.beginEpisode(seed: 1)
    #expect(act(policy, steps: 5..<6) == fresh)
  }

  @Test func unseenNumbersDoNotMatter() {
    let policy = FlowPolicy(model: model(observed: [0, 2]), generator: RandomGenerator(seed: 8))
    func action(_ observation: [Float]) -> [Float] {
      policy.beginEpisode(seed: 1)
      var action: [Float] = [0, 0]
      var span = action.mutableSpan
      policy.act(observations: observation.span, count: 1, deterministic: true, actions: &span)
      return action
    }
    #expect(action([0.1, 0.2, 0.3]) == action([0.1, -9, 0.3]))
    #expect(action([0.1, 0.2, 0.3]) != action([0.1, 0.2, 0.4]))
  }

  /// Whatever level and path a policy is asked at, it answers about the same clean chunk.
  @Test func levelsOfOnePathAreThoseOfTheOther() {
    for policy in policies() {
      let denoiser = policy.denoiser(given: Tensor([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], shape: [1, 6]))
      let level = NoiseSchedule(steps: 20).level(9)
      let noisy = Tensor((0..<16).map { Float($0) / 16 - 0.5 }, shape: [1, 16])
      let scaled = noisy * Float(level.straight.signal / level.signal)
      let one = denoiser(noisy, at: level, as: .sample).floats
      let other = denoiser(scaled, at: level.straight, as: .sample).floats
      #expect(zip(one, other).allSatisfy { abs($0 - $1) < 1e-4 })
      for wanted in Prediction.allCases {
        let direct = denoiser(noisy, at: level, as: wanted).floats
        let converted = PredictionConversion(from: wanted, to: .sample, at: level)(
          Tensor(direct, shape: [1, 16]), noisy: noisy
        ).floats
        #expect(zip(one, converted).allSatisfy { abs($0 - $1) < 1e-4 })
      }
    }
  }

  @Test func actionsAreTheRangeOfTheData() {
    let normalisation = ActionNormalisation(actionSize: 2)
    normalisation.fit(low: [-0.5, 0.2], high: [0.1, 0.2])
    let actions = Tensor([-0.5, 0.2, 0.1, 0.2, -0.2, 0.2], shape: [1, 6])
    let chunk = normalisation.chunk(actions, steps: 3)
    #expect(zip(chunk.floats, [-1, 0, 1, 0, 0, 0]).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(zip(normalisation.actions(chunk, steps: 3).floats, actions.floats).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(!normalisation.isSame(as: ActionNormalisation(actionSize: 2)))
    #expect(normalisation.isSame(as: normalisation))
  }

  @Test func parametersAreSavedWithTheirNormalisation() throws {
    let policy = FlowPolicy(model: model(), generator: RandomGenerator(seed: 8))
    policy.model.observationNormalisation.set(mean: [1, 2, 3], scale: [4, 5, 6])
    policy.model.actionNormalisation.fit(low: [-0.5, 0], high: [0.5, 1])
    var state = StateDictionary()
    policy.saveParameters(to: &state, prefix: "policy.")
    let other = FlowPolicy(model: model(), generator: RandomGenerator(seed: 9))
    try other.loadParameters(from: state, prefix: "policy.")
    for each in [policy, other] { each.beginEpisode(seed: 2) }
    #expect(act(policy, steps: 0..<3) == act(other, steps: 0..<3))
    #expect(other.actionNormalisation.isSame(as: policy.actionNormalisation))
  }
}
