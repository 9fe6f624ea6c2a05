import SinewKernels

/// (x − mean)/√(variance + ε)·gain + bias over the last dimension, in one pass (Ba et al., arXiv 1607.06450).
///
/// - Parameters:
///   - input: [rows…, features], or [members, rows…, features] where gain has members.
///   - gain: [features] or [members, features].
///   - bias: of gain's shape.
///   - epsilon: keeps the root from zero.
func layerNorm(_ input: Tensor, gain: Tensor, bias: Tensor, epsilon: Float) -> Tensor {
  let features = input.shape[input.rank - 1]
  let members = gain.rank == 2 ? gain.shape[0] : 1
  precondition(
    gain.shape == bias.shape && gain.shape.last == features && (gain.rank == 1 || input.shape[0] == members),
    "layer norm of \(input.shape) with gain \(gain.shape)")
  let rows = features * members == 0 ? 0 : input.count / features / members
  let dimensions = [members, rows, features]
  var statistics: Tensor?
  let results = emit(
    sinew_instruction(SINEW_LAYER_NORM, dimensions: dimensions, scalars: [epsilon]),
    reads: [(1, input), (2, gain), (3, bias)], outputs: [(0, input.shape), (4, [members, rows, 2])],
    inputs: [input, gain, bias]
  ) { gradients in
    guard let gradient = gradients[0], let statistics else { return [nil, nil, nil] }
    let byInput = emit(
      sinew_instruction(SINEW_LAYER_NORM_GRADIENT, dimensions: dimensions),
      reads: [(1, gradient), (2, input), (3, gain), (4, statistics)], outputs: [(0, input.shape)])
    let byParameters = emit(
      sinew_instruction(SINEW_LAYER_NORM_PARAMETER_GRADIENT, dimensions: dimensions),
      reads: [(1, gradient), (2, input), (4, statistics)], outputs: [(0, gain.shape), (3, gain.shape)])
    return byInput + byParameters
  }
  statistics = results[1].detached()
  return results[0]
}

/// Mean and population variance of every feature over the rows: [groups, 2, features], through which no gradient flows.
///
/// - Parameter input: [rows, features], of one group, or [groups, rows, features].
func batchStatistics(_ input: Tensor) -> Tensor {
  let dimensions = batchDimensions(input)
  return emit(
    sinew_instruction(SINEW_BATCH_STATISTICS, dimensions: dimensions), reads: [(1, input)],
    outputs: [(0, [dimensions[0], 2, dimensions[2]])])[0]
}

/// (x − mean)/√(variance + ε)·gain + bias for every feature of a group, in one pass (Ioffe and Szegedy, arXiv
/// 1502.03167). The gradient knows that mean and variance are those of the input.
///
/// - Parameters:
///   - input: [rows, features], or [groups, rows, features].
///   - statistics: what ``batchStatistics(_:)`` gave for the input.
///   - gain: [features] or [groups, features].
///   - bias: of the gain's shape.
///   - epsilon: keeps the root from zero.
func batchNorm(_ input: Tensor, _ statistics: Tensor, gain: Tensor, bias: Tensor, epsilon: Float) -> Tensor {
  let dimensions = batchDimensions(input)
  precondition(
    gain.count == dimensions[0] * dimensions[2] && gain.shape == bias.shape
      && statistics.shape == [dimensions[0], 2, dimensions[2]],
    "batch norm of \(input.shape) with gain \(gain.shape)")
  return emit(
    sinew_instruction(SINEW_BATCH_NORM, dimensions: dimensions, scalars: [epsilon]),
    reads: [(1, input), (2, gain), (3, bias), (4, statistics)], outputs: [(0, input.shape)],
    inputs: [input, gain, bias]
  ) { gradients in
    guard let gradient = gradients[0] else { return [nil, nil, nil] }
    let byParameters = emit(
      sinew_instruction(SINEW_BATCH_NORM_PARAMETER_GRADIENT, dimensions: dimensions, scalars: [epsilon]),
      reads: [(1, gradient), (2, input), (4, statistics)], outputs: [(0, gain.shape), (3, gain.shape)])
    let byInput = emit(
      sinew_instruction(SINEW_BATCH_NORM_GRADIENT, dimensions: dimensions, scalars: [epsilon]),
      reads: [
        (1, gradient), (2, input), (3, gain), (4, statistics), (5, byParameters[0]), (6, byParameters[1]),
      ], outputs: [(0, input.shape)])
    return byInput + byParameters
  }[0]
}

/// Groups, rows, features.
private func batchDimensions(_ input: Tensor) -> [Int] {
  precondition(input.rank == 2 || input.rank == 3, "batch norm of \(input.shape)")
  return input.rank == 2 ? [1] + input.shape : input.shape
}
