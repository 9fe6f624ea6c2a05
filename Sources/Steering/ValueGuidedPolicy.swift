import Foundation
import SinewPolicies
import SinewSettings
import SinewTensor

/// Any policy that can sample, steered by a critic that was trained elsewhere: of several candidates the critic picks
/// one.
///
/// Nakamoto et al., "Steering Your Generalists: Improving Robotic Foundation Models via Value Guidance", arXiv
/// 2410.13816 (V-GPS): with candidates a₁ … a_K of the policy, a ~ softmax_k(Q(s, a_k)/β), and the best one where the
/// temperature β is 0.
///
/// Of a policy that plans chunks, candidates are whole chunks, valued by the first action that would be carried out;
/// the chosen one is carried out as the policy itself would. With one candidate it is that policy.
public final class ValueGuidedPolicy: ChunkPolicy {
  private let base: any Policy
  private let critic: any ActionValue
  /// K, candidates for each choice.
  public let samples: Int
  /// β, in the critic's units; 0 takes the best candidate.
  public let temperature: Double
  private let sampling: ChunkSampling
  private var choice: RandomGenerator

  private var candidates: Candidates

  /// A steered policy.
  ///
  /// - Parameters:
  ///   - base: what makes candidates.
  ///   - critic: what chooses; it takes the same raw observations and actions.
  ///   - samples: candidates, 1 or more.
  ///   - temperature: 0 or more, in the critic's units.
  ///   - generator: makes the choices before the first episode.
  /// - Throws: `UsageError` where the spaces differ or a number is out of its range.
  public init(
    _ base: any Policy, critic: any ActionValue, samples: Int = 16, temperature: Double = 0.1,
    generator: RandomGenerator
  ) throws {
    guard critic.observationSize == base.observationSize else {
      throw UsageError(
        "the critic takes \(critic.observationSize) observations, the policy \(base.observationSize): "
          + "both must see the same observation")
    }
    guard critic.actionSize == base.actionSize else {
      throw UsageError(
        "the critic takes \(critic.actionSize) actions, the policy gives \(base.actionSize): "
          + "both must have the same action space")
    }
    guard samples >= 1 else { throw UsageError("\(samples) candidates, expected 1 or more") }
    guard temperature >= 0 && temperature.isFinite else {
      throw UsageError("the temperature is \(temperature), expected 0 or more")
    }
    (self.base, self.critic, self.samples, self.temperature) = (base, critic, samples, temperature)
    let horizons = (base as? any ChunkPolicy)?.horizons ?? .single
    sampling = ChunkSampling(
      horizons, observationSize: base.observationSize, actionSize: base.actionSize, generator: generator)
    choice = generator.split("choice")
    candidates = Candidates(
      count: samples, horizons: horizons, observationSize: base.observationSize, actionSize: base.actionSize)
  }

  public var observationSize: Int { base.observationSize }
  public var actionSize: Int { base.actionSize }
  public var horizons: ChunkHorizons {
    get { sampling.horizons }
    set { sampling.horizons = newValue }
  }

  public func beginEpisode(seed: UInt64) {
    base.beginEpisode(seed: seed)
    base.restartExploration(seed: seed)
    sampling.beginEpisode(seed: seed)
    choice = RandomGenerator(seed: seed).split("choice")
  }

  public func act(observations: Span<Float>, count: Int, deterministic: Bool, actions: inout MutableSpan<Float>) {
    sampling.act(observations: observations, count: count, actions: &actions) { histories, chunks in
      sampleChunks(histories: histories, count: count, chunks: &chunks)
    }
  }

  public func sampleChunks(histories: Span<Float>, count: Int, chunks: inout MutableSpan<Float>) {
    let chunk = horizons.prediction * actionSize
    for row in 0..<count {
      candidates.propose(base, for: histories, row: row)
      candidates.evaluate(critic)
      let chosen = choose(among: candidates.values)
      for index in 0..<chunk { chunks[row * chunk + index] = candidates.chunks[chosen * chunk + index] }
    }
  }

  /// The candidate that is taken. Always one draw, so that choices do not shift those that follow.
  private func choose(among values: [Float]) -> Int {
    let draw = choice.uniform()
    var best = 0
    for index in values.indices where values[index] > values[best] || values[best].isNaN { best = index }
    guard temperature > 0 else { return best }
    func weight(_ index: Int) -> Double {
      values[index].isNaN ? 0 : exp(Double(values[index] - values[best]) / temperature)
    }
    var rest = draw * values.indices.reduce(0) { $0 + weight($1) }
    for index in values.indices {
      rest -= weight(index)
      if rest < 0 { return index }
    }
    return best
  }

  public func saveParameters(to state: inout StateDictionary, prefix: String) {
    base.saveParameters(to: &state, prefix: prefix)
  }

  public func loadParameters(from state: StateDictionary, prefix: String) throws {
    try base.loadParameters(from: state, prefix: prefix)
  }
}

/// Candidates for one history and what the critic thinks of them, in memory that is used again.
private struct Candidates {
  private let count: Int
  private let horizons: ChunkHorizons
  private let observationSize, actionSize: Int
  /// The same history for each.
  private var histories: [Float]
  /// count × (prediction horizon · actionSize).
  private(set) var chunks: [Float]
  private var observations: [Float]
  private var actions: [Float]
  /// One for each candidate.
  private(set) var values: [Float]

  init(count: Int, horizons: ChunkHorizons, observationSize: Int, actionSize: Int) {
    (self.count, self.horizons) = (count, horizons)
    (self.observationSize, self.actionSize) = (observationSize, actionSize)
    func zeros(_ length: Int) -> [Float] { Array(repeating: 0, count: count * length) }
    histories = zeros(horizons.observation * observationSize)
    chunks = zeros(horizons.prediction * actionSize)
    (observations, actions, values) = (zeros(observationSize), zeros(actionSize), zeros(1))
  }

  /// Samples the candidates for one row of `given` histories.
  mutating func propose(_ base: any Policy, for given: Span<Float>, row: Int) {
    let length = horizons.observation * observationSize
    for candidate in 0..<count {
      for index in 0..<length { histories[candidate * length + index] = given[row * length + index] }
    }
    // Out of the structure for as long as others write to it.
    var own: [Float] = []
    swap(&own, &chunks)
    defer { swap(&own, &chunks) }
    var proposals = own.mutableSpan
    if let base = base as? any ChunkPolicy {
      base.sampleChunks(histories: histories.span, count: count, chunks: &proposals)
    } else {
      base.act(observations: histories.span, count: count, deterministic: false, actions: &proposals)
    }
  }

  /// Values the first action of each candidate that would be carried out, at the newest observation.
  mutating func evaluate(_ critic: any ActionValue) {
    let (history, chunk) = (horizons.observation * observationSize, horizons.prediction * actionSize)
    for candidate in 0..<count {
      for index in 0..<observationSize {
        observations[candidate * observationSize + index] =
          histories[(candidate + 1) * history - observationSize + index]
      }
      for index in 0..<actionSize {
        actions[candidate * actionSize + index] = chunks[candidate * chunk + horizons.firstAction * actionSize + index]
      }
    }
    var own: [Float] = []
    swap(&own, &values)
    defer { swap(&own, &values) }
    var estimates = own.mutableSpan
    critic.values(observations: observations.span, actions: actions.span, count: count, into: &estimates)
  }
}
