import SinewTensor

/// (observation − mean)/scale, component by component; does nothing until it is told a mean and a scale.
///
/// Part of a policy that was trained on normalised observations: it is saved with the policy's weights, and the policy takes raw
/// observations. Optimisers must not be given it.
public final class ObservationNormalisation: Module {
  private let mean: Tensor
  private let reciprocalScale: Tensor

  /// The identity.
  public init(observationSize: Int) {
    mean = .zeros([observationSize])
    reciprocalScale = Tensor(repeating: 1, [observationSize])
  }

  public var parameters: [(name: String, value: Tensor)] {
    [("mean", mean), ("reciprocal_scale", reciprocalScale)]
  }

  /// Uses these statistics from now on.
  ///
  /// - Parameters:
  ///   - mean: of each component.
  ///   - scale: what each component is divided by; above 0.
  public func set(mean: [Float], scale: [Float]) {
    precondition(scale.allSatisfy { $0 > 0 }, "scales must be above 0")
    self.mean.assign(mean)
    reciprocalScale.assign(scale.map { 1 / $0 })
  }

  /// Normalised observations, of the same shape: the last dimension is the observation's.
  public func callAsFunction(_ observation: Tensor) -> Tensor {
    (observation - mean) * reciprocalScale
  }

  /// Normalises `count` rows of raw numbers.
  func apply(_ observations: Span<Float>, count: Int, into normalised: inout [Float]) {
    let size = mean.count
    mean.withMutableFloats { mean in
      reciprocalScale.withMutableFloats { reciprocalScale in
        for index in 0..<count * size {
          normalised[index] = (observations[index] - mean[index % size]) * reciprocalScale[index % size]
        }
      }
    }
  }
}

/// A policy that was trained on normalised observations, acting on raw ones.
public final class NormalisedPolicy: Policy {
  /// The policy behind the normalisation: it takes normalised observations.
  public let base: any Policy
  private let normalisation: ObservationNormalisation
  private var normalised: [Float] = []

  public var observationSize: Int { base.observationSize }
  public var actionSize: Int { base.actionSize }

  /// `base` behind `normalisation`; both stay shared with the learner.
  public init(_ base: any Policy, _ normalisation: ObservationNormalisation) {
    self.base = base
    self.normalisation = normalisation
  }

  public func beginEpisode(seed: UInt64) { base.beginEpisode(seed: seed) }

  public func restartExploration(seed: UInt64) { base.restartExploration(seed: seed) }

  public func act(observations: Span<Float>, count: Int, deterministic: Bool, actions: inout MutableSpan<Float>) {
    let needed = count * observationSize
    if normalised.count != needed { normalised = Array(repeating: 0, count: needed) }
    normalisation.apply(observations, count: count, into: &normalised)
    let input = normalised
    base.act(observations: input.span, count: count, deterministic: deterministic, actions: &actions)
  }

  public func saveParameters(to state: inout StateDictionary, prefix: String) {
    base.saveParameters(to: &state, prefix: prefix)
    normalisation.saveParameters(to: &state, prefix: prefix + "normalisation.")
  }

  public func loadParameters(from state: StateDictionary, prefix: String) throws {
    try base.loadParameters(from: state, prefix: prefix)
    try normalisation.loadParameters(from: state, prefix: prefix + "normalisation.")
  }
}
