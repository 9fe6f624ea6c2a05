import SinewKernels

// Element-wise functions of one tensor. Each gradient is one pass of its own.

/// A function applied after a layer.
public enum Activation: String, Codable, Sendable, CaseIterable {
  case identity, relu, tanh, sigmoid, silu, mish, gelu

  var function: sinew_unary {
    switch self {
    case .identity: SINEW_IDENTITY
    case .relu: SINEW_RELU
    case .tanh: SINEW_TANH
    case .sigmoid: SINEW_SIGMOID
    case .silu: SINEW_SILU
    case .mish: SINEW_MISH
    case .gelu: SINEW_GELU
    }
  }

  /// The function of a tensor.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    self == .identity ? input : input.unary(function)
  }
}

extension Tensor {
  /// eˣ.
  public func exp() -> Tensor { unary(SINEW_EXP) }
  /// Natural logarithm.
  public func log() -> Tensor { unary(SINEW_LOG) }
  /// √x.
  public func sqrt() -> Tensor { unary(SINEW_SQRT) }
  /// x².
  public func squared() -> Tensor { unary(SINEW_SQUARE) }
  /// |x|; derivative 0 at 0.
  public func abs() -> Tensor { unary(SINEW_ABS) }
  /// 1/x.
  public func reciprocal() -> Tensor { unary(SINEW_RECIPROCAL) }
  /// Sine.
  public func sin() -> Tensor { unary(SINEW_SIN) }
  /// Cosine.
  public func cos() -> Tensor { unary(SINEW_COS) }
  /// Hyperbolic tangent.
  public func tanh() -> Tensor { unary(SINEW_TANH) }
  /// 1/(1 + e⁻ˣ).
  public func sigmoid() -> Tensor { unary(SINEW_SIGMOID) }
  /// log(1 + eˣ).
  public func softplus() -> Tensor { unary(SINEW_SOFTPLUS) }
  /// max(x, 0).
  public func relu() -> Tensor { unary(SINEW_RELU) }
  /// x·sigmoid(x), also called swish.
  public func silu() -> Tensor { unary(SINEW_SILU) }
  /// x·tanh(softplus(x)).
  public func mish() -> Tensor { unary(SINEW_MISH) }
  /// x·Φ(x), exactly.
  public func gelu() -> Tensor { unary(SINEW_GELU) }
  /// x limited to a range; the gradient is 0 outside it.
  public func clamped(to range: ClosedRange<Float>) -> Tensor {
    unary(SINEW_CLAMP, [range.lowerBound, range.upperBound])
  }

  func affine(_ factor: Float, _ offset: Float) -> Tensor { unary(SINEW_AFFINE, [factor, offset]) }

  func unary(_ function: sinew_unary, _ scalars: [Float] = []) -> Tensor {
    let mode = Int32(function.rawValue)
    var output: Tensor?
    let result = emit(
      sinew_instruction(SINEW_UNARY, mode: mode, dimensions: [count], scalars: scalars), reads: [(1, self)],
      outputs: [(0, shape)], inputs: [self]
    ) { gradients in
      guard let gradient = gradients[0], let output else { return [nil] }
      if function == SINEW_AFFINE { return [gradient.affine(scalars[0], 0)] }
      return [activationGradient(function, gradient, input: self, output: output, scalars)]
    }[0]
    // Detached, so that the closure above does not hold the step that holds it.
    output = result.detached()
    return result
  }
}

/// dy·f'(x) in one pass.
func activationGradient(
  _ function: sinew_unary, _ gradient: Tensor, input: Tensor?, output: Tensor?, _ scalars: [Float] = []
) -> Tensor {
  let mode = Int32(function.rawValue)
  let usesOutput = sinew_unary_gradient_uses_output(mode)
  let saved = [usesOutput ? output.map { (3, $0) } : input.map { (2, $0) }].compactMap { $0 }
  precondition(saved.count == 1, "the gradient of this function needs its \(usesOutput ? "output" : "input")")
  return emit(
    sinew_instruction(SINEW_UNARY_GRADIENT, mode: mode, dimensions: [gradient.count], scalars: scalars),
    reads: [(1, gradient)] + saved, outputs: [(0, gradient.shape)])[0]
}
