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
}
