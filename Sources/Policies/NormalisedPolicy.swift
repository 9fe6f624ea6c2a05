import SinewTensor

/// A policy that was trained on normalised observations, acting on raw ones.
public final class NormalisedPolicy: Policy {
  /// The policy behind the normaliser: it takes normalised observations.
  public let base: any Policy
  let normaliser: Normaliser
  private var normalised: [Float] = []

  public var observationSize: Int { base.observationSize }
  public var actionSize: Int { base.actionSize }

  /// `base` behind `normaliser`; both stay shared with the learner.
  public init(_ base: any Policy, _ normaliser: Normaliser) {
    self.base = base
    self.normaliser = normaliser
  }

  public func beginEpisode(seed: UInt64) { base.beginEpisode(seed: seed) }

  public func restartExploration(seed: UInt64) { base.restartExploration(seed: seed) }

  public func endEpisode(of environment: Int) { base.endEpisode(of: environment) }

  public func act(observations: Span<Float>, count: Int, deterministic: Bool, actions: inout MutableSpan<Float>) {
    let needed = count * observationSize
    if normalised.count != needed { normalised = Array(repeating: 0, count: needed) }
    normaliser.apply(observations, count: count, into: &normalised)
    let input = normalised
    base.act(observations: input.span, count: count, deterministic: deterministic, actions: &actions)
  }

  public func saveParameters(to state: inout StateDictionary, prefix: String) {
    base.saveParameters(to: &state, prefix: prefix)
    normaliser.saveParameters(to: &state, prefix: prefix + "normalisation.")
  }

  public func loadParameters(from state: StateDictionary, prefix: String) throws {
    try base.loadParameters(from: state, prefix: prefix)
    try normaliser.loadParameters(from: state, prefix: prefix + "normalisation.")
  }
}
