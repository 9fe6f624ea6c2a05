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
