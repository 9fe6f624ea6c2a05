import SinewTensor

/// Gaussian acting noise of another deviation in each environment, drawn evenly between two bounds and drawn anew when
/// the environment's episode ends: some explore, others stay near the policy (FastTD3, arXiv 2505.22642).
public final class SpreadNoise: Stateful {
  private var generator: RandomGenerator
  private let range: ClosedRange<Float>
  /// One for each environment.
  private var deviations: [Float] = []

  /// Deviations in `range`, drawn from `generator`.
  public init(_ range: ClosedRange<Float>, generator: RandomGenerator) {
    (self.range, self.generator) = (range, generator)
  }

  private func draw() -> Float {
    range.lowerBound + Float(generator.uniform()) * (range.upperBound - range.lowerBound)
  }

  /// Adds noise to actions, [environments, actions] row-major, and keeps them in [−1, 1].
  func add(to actions: inout MutableSpan<Float>, environments: Int, actionSize: Int) {
    while deviations.count < environments { deviations.append(draw()) }
    for index in actions.indices {
      let noise = deviations[index / actionSize] * Float(generator.normal())
      actions[index] = min(max(actions[index] + noise, -1), 1)
    }
  }

  func endEpisode(of environment: Int) {
    if deviations.indices.contains(environment) { deviations[environment] = draw() }
  }

  func restart(seed: UInt64) {
    generator = RandomGenerator(seed: seed).split("exploration")
    deviations = []
  }

  public func saveState(to state: inout StateDictionary, prefix: String) {
    state.set(prefix + "generator", generator: generator)
    state[floats: prefix + "deviations"] = deviations
  }

  public func loadState(from state: StateDictionary, prefix: String) throws {
    generator = try state.generator(prefix + "generator")
    let saved = try state.floats(prefix + "deviations", count: state[floats: prefix + "deviations"]?.count ?? 0)
    if let wrong = saved.first(where: { !range.contains($0) }) {
      throw StateError(
        "the array '\(prefix)deviations' holds \(wrong), expected \(range.lowerBound) to \(range.upperBound)")
    }
    deviations = saved
  }
}

/// A deterministic policy that explores with ``SpreadNoise``.
public final class SpreadNoisePolicy: Policy {
  private let base: DeterministicPolicy
  private let noise: SpreadNoise

  public var observationSize: Int { base.observationSize }
  public var actionSize: Int { base.actionSize }

  /// `base` with other noise; both stay shared with the learner.
  public init(_ base: DeterministicPolicy, _ noise: SpreadNoise) { (self.base, self.noise) = (base, noise) }

  public func restartExploration(seed: UInt64) { noise.restart(seed: seed) }

  public func endEpisode(of environment: Int) { noise.endEpisode(of: environment) }

  public func act(observations: Span<Float>, count: Int, deterministic: Bool, actions: inout MutableSpan<Float>) {
    base.act(observations: observations, count: count, deterministic: true, actions: &actions)
    if !deterministic { noise.add(to: &actions, environments: count, actionSize: actionSize) }
  }

  public func saveParameters(to state: inout StateDictionary, prefix: String) {
    base.saveParameters(to: &state, prefix: prefix)
  }

  public func loadParameters(from state: StateDictionary, prefix: String) throws {
    try base.loadParameters(from: state, prefix: prefix)
  }
}
