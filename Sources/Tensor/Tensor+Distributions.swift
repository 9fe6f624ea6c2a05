import SinewKernels

// Distributions of returns, as quantiles and as probabilities of evenly spaced values.

/// Σ over quantiles m and targets t of wₜ·|τₘ − 1(e < 0)|·huber(e), e = target − prediction, τₘ = (m + ½)/quantiles,
/// huber with δ = 1 (Dabney et al., arXiv 1710.10044). A gradient flows to the predictions alone.
///
/// - Parameters:
///   - prediction: [members, rows, quantiles].
///   - target: [rows, targets], in any order.
///   - weight: of the target's shape.
/// - Returns: [members, rows].
public func quantileHuberLoss(_ prediction: Tensor, _ target: Tensor, weight: Tensor) -> Tensor {
  precondition(
    prediction.rank == 3 && target.rank == 2 && prediction.shape[1] == target.shape[0] && weight.shape == target.shape,
    "quantiles \(prediction.shape) against targets \(target.shape) with weights \(weight.shape)")
  let dimensions = prediction.shape + [target.shape[1]]
  let (target, weight) = (target.detached(), weight.detached())
  return emit(
    sinew_instruction(SINEW_QUANTILE_HUBER, dimensions: dimensions),
    reads: [(1, prediction), (2, target), (3, weight)], outputs: [(0, Array(prediction.shape.dropLast()))],
    inputs: [prediction]
  ) { gradients in
    guard let gradient = gradients[0] else { return [nil] }
    return emit(
      sinew_instruction(SINEW_QUANTILE_HUBER_GRADIENT, dimensions: dimensions),
      reads: [(1, gradient), (2, prediction), (3, target), (4, weight)], outputs: [(0, prediction.shape)])
  }[0]
}

/// Probabilities of any values as probabilities of the nearest of evenly spaced ones, the atoms, in proportion to
/// nearness (Bellemare et al., arXiv 1707.06887). What lies beyond an end goes to that end. No gradient flows.
///
/// - Parameters:
///   - probability: [rows, atoms].
///   - value: of the probability's shape.
///   - range: where the first and the last atom lie.
/// - Returns: [rows, atoms]; the sum of a row is that of `probability`.
public func categoricalProjection(_ probability: Tensor, at value: Tensor, onto range: ClosedRange<Float>) -> Tensor {
  precondition(
    probability.rank == 2 && probability.shape[1] >= 2 && value.shape == probability.shape
      && range.lowerBound < range.upperBound,
    "probabilities \(probability.shape) at \(value.shape) onto \(range)")
  return emit(
    sinew_instruction(
      SINEW_CATEGORICAL_PROJECTION, dimensions: probability.shape, scalars: [range.lowerBound, range.upperBound]),
    reads: [(1, probability), (2, value)], outputs: [(0, probability.shape)])[0]
}

extension Tensor {
  /// 1 at the `count` greatest numbers along the last axis, among equal ones the first, and 0 elsewhere. No gradient
  /// flows.
  public func isAmongGreatest(_ count: Int) -> Tensor {
    let length = shape[checkedAxis(-1)]
    precondition(count >= 0 && count <= length, "\(count) of \(length)")
    let rows = self.count / max(length, 1)
    let (one, none) = (Tensor(repeating: 1, [rows, 1]), Tensor(-Float.infinity))
    var (remaining, chosen) = (reshaped([rows, length]).detached(), Tensor.zeros([rows, length]))
    for _ in 0..<count {
      let greatest = remaining.maximum(axis: 1, keepingDimension: true)
      // The gradient of a maximum goes to the first that attains it.
      let first = emit(
        sinew_instruction(SINEW_REDUCE_EXTREMUM_GRADIENT, dimensions: [rows, length, 1]),
        reads: [(1, one), (2, remaining), (3, greatest)], outputs: [(0, [rows, length])])[0]
      chosen = chosen + first
      remaining = select(first, none, remaining)
    }
    return chosen.reshaped(shape)
  }
}
