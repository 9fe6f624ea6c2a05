import SinewKernels

/// How a network's raw output becomes a log standard deviation.
public enum LogStandardDeviation: Sendable, Equatable {
  /// Limited to a range (Stable-Baselines3: −20…2).
  case clamped(ClosedRange<Float>)
  /// Squashed into a range by tanh (CleanRL: −5…2).
  case squashed(ClosedRange<Float>)

  /// log σ of a network's raw output, of its shape.
  public func callAsFunction(_ raw: Tensor) -> Tensor {
    switch self {
    case .clamped(let range): raw.clamped(to: range)
    case .squashed(let range):
      (raw.tanh() + 1) * (0.5 * (range.upperBound - range.lowerBound)) + range.lowerBound
    }
  }

  fileprivate var mode: Int32 { if case .clamped = self { 0 } else { 1 } }

  fileprivate var range: ClosedRange<Float> {
    switch self {
    case .clamped(let range), .squashed(let range): range
    }
  }
}

/// Actions of a tanh-squashed Gaussian and their log-probabilities, reparameterised, in one pass.
///
/// u = μ + e^{log σ}·ξ, action = tanh u, log π = Σ_j log N(u_j; μ_j, σ_j) − 2(log 2 − u_j − softplus(−2u_j)): the
/// Jacobian term in the form that cannot overflow (Haarnoja et al., arXiv 1812.05905, appendix C).
///
/// - Parameters:
///   - parameters: [rows, 2·actions]: means, then raw log standard deviations.
///   - noise: [rows, actions], standard normal; no gradient flows to it.
/// - Returns: actions in (−1, 1) [rows, actions], log-probabilities [rows, 1].
public func squashedGaussian(
  _ parameters: Tensor, noise: Tensor, logStandardDeviation: LogStandardDeviation
) -> (action: Tensor, logProbability: Tensor) {
  let (rows, actions) = (noise.shape[0], noise.shape[1])
  precondition(parameters.shape == [rows, 2 * actions], "parameters \(parameters.shape) for noise \(noise.shape)")
  let range = logStandardDeviation.range
  let mode = logStandardDeviation.mode
  let scalars = [range.lowerBound, range.upperBound]
  var action: Tensor?
  let results = emit(
    sinew_instruction(SINEW_SQUASHED_GAUSSIAN, mode: mode, dimensions: [rows, actions], scalars: scalars),
    reads: [(1, parameters), (2, noise)], outputs: [(0, [rows, actions]), (3, [rows, 1])], inputs: [parameters]
  ) { gradients in
    guard let action else { return [nil] }
    let upstream = [gradients[0].map { (4, $0) }, gradients[1].map { (5, $0) }].compactMap { $0 }
    return emit(
      sinew_instruction(SINEW_SQUASHED_GAUSSIAN_GRADIENT, mode: mode, dimensions: [rows, actions], scalars: scalars),
      reads: [(1, parameters), (2, noise), (3, action)] + upstream, outputs: [(0, parameters.shape)])
  }
  action = results[0].detached()
  return (results[0], results[1])
}
