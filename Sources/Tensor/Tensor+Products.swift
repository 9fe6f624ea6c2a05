import SinewKernels

/// The matrix product over the last two dimensions; leading dimensions are a batch, which either side may lack.
///
/// - Parameters:
///   - left: [batch…, M, K] or [M, K]; stored [K, M] if `transposeLeft`.
///   - right: [batch…, K, N] or [K, N]; stored [N, K] if `transposeRight`.
/// - Returns: [batch…, M, N].
public func matmul(_ left: Tensor, _ right: Tensor, transposeLeft: Bool = false, transposeRight: Bool = false) -> Tensor
{
  let product = Product(left, right, transposeLeft, transposeRight)
  return emit(
    product.instruction(), reads: [(1, left), (2, right)], outputs: [(0, product.shape)], inputs: [left, right]
  ) { gradients in
    guard let gradient = gradients[0] else { return [nil, nil] }
    return product.gradients(gradient, left, right)
  }[0]
}

/// activation(x·W + b) in one pass: the layer that networks are made of.
///
/// - Parameters:
///   - input: [rows, inputs], or [members, rows, inputs] for an ensemble.
///   - weight: [inputs, outputs], or [members, inputs, outputs] for an ensemble (an input without members is shared).
///   - bias: [outputs] or [members, outputs].
func linear(_ input: Tensor, _ weight: Tensor, bias: Tensor?, activation: Activation) -> Tensor {
  let product = Product(input, weight, false, false)
  var flags = 0
  var reads = [(1, input), (2, weight)]
  if let bias {
    flags |= SINEW_MATMUL_BIAS
    reads.append((3, bias))
  }
  let function = activation.function
  let isActive = activation != .identity
  let needsInput = isActive && !sinew_unary_gradient_uses_output(Int32(function.rawValue)) && Recording.current != nil
  if isActive { flags |= SINEW_MATMUL_ACTIVATION | Int(function.rawValue) << 8 }

  var output: Tensor?
  var preactivation: Tensor?
  let results = emit(
    product.instruction(flags: flags), reads: reads,
    outputs: [(0, product.shape)] + (needsInput ? [(4, product.shape)] : []),
    inputs: [input, weight] + (bias.map { [$0] } ?? [])
  ) { gradients in
    guard let gradient = gradients[0], let output else { return [nil, nil, nil] }
    let inner = isActive ? activationGradient(function, gradient, input: preactivation, output: output) : gradient
    let byBias = bias.map { bias in
      bias.rank == 1
        ? inner.reshaped([product.batch.reduce(1, *) * product.rows, product.columns]).sum(axis: 0)
        : inner.sum(axis: -2)
    }
    return product.gradients(inner, input, weight) + [byBias]
  }
  output = results[0].detached()
  preactivation = results.count > 1 ? results[1].detached() : nil
  return results[0]
}

/// The sizes of one (batched) product.
private struct Product {
  let batch: [Int]
  let rows, columns, depth: Int
  let leftIsShared, rightIsShared: Bool
  let transposeLeft, transposeRight: Bool

  init(_ left: Tensor, _ right: Tensor, _ transposeLeft: Bool, _ transposeRight: Bool) {
    precondition(left.rank >= 2 && right.rank >= 2, "matmul needs matrices, got \(left.shape) and \(right.shape)")
    let leftBatch = Array(left.shape.dropLast(2))
    let rightBatch = Array(right.shape.dropLast(2))
    let (m, k) = Self.matrix(left.shape, transposeLeft)
    let (inner, n) = Self.matrix(right.shape, transposeRight)
    precondition(
      k == inner && (leftBatch == rightBatch || leftBatch.isEmpty || rightBatch.isEmpty),
      "cannot multiply \(left.shape)\(transposeLeft ? "ᵀ" : "") by \(right.shape)\(transposeRight ? "ᵀ" : "")")
    (rows, columns, depth) = (m, n, k)
    self.transposeLeft = transposeLeft
    self.transposeRight = transposeRight
    batch = leftBatch.isEmpty ? rightBatch : leftBatch
    leftIsShared = leftBatch.isEmpty
    rightIsShared = rightBatch.isEmpty
  }

  private static func matrix(_ shape: [Int], _ isTransposed: Bool) -> (Int, Int) {
    let (first, second) = (shape[shape.count - 2], shape[shape.count - 1])
    return isTransposed ? (second, first) : (first, second)
  }

  var shape: [Int] { batch + [rows, columns] }

  /// A shared right operand makes one tall product of a batch of left ones.
  func instruction(flags: Int = 0) -> sinew_instruction {
    var mode = flags
    if transposeLeft { mode |= SINEW_MATMUL_TRANSPOSE_A }
    if transposeRight { mode |= SINEW_MATMUL_TRANSPOSE_B }
    if Recording.current?.precision == .bfloat16 { mode |= SINEW_MATMUL_BF16 }
    var members = batch.reduce(1, *)
    var m = rows
    if rightIsShared && !leftIsShared && !transposeLeft { (members, m) = (1, members * rows) }
    return sinew_instruction(
      SINEW_MATMUL, mode: Int32(mode),
      dimensions: [
        members, m, columns, depth, leftIsShared || members == 1 ? 0 : rows * depth,
        rightIsShared || members == 1 ? 0 : depth * columns, rightIsShared ? 0 : columns,
      ])
  }

  /// dL = dY·Rᵀ and dR = Lᵀ·dY, in whichever layouts the operands are stored; summed over a batch that shared one of
  /// them.
  func gradients(_ gradient: Tensor, _ left: Tensor, _ right: Tensor) -> [Tensor] {
    if rightIsShared && !leftIsShared && !transposeLeft {
      // The tall product again, so that the sum over the batch is part of it.
      let tallLeft = left.reshaped([batch.reduce(1, *) * rows, depth])
      let tall = Product(tallLeft, right, false, transposeRight)
      let gradients = tall.gradients(gradient.reshaped([tall.rows, columns]), tallLeft, right)
      return [gradients[0].reshaped(left.shape), gradients[1]]
    }
    let byLeft =
      transposeLeft
      ? matmul(right, gradient, transposeLeft: transposeRight, transposeRight: true)
      : matmul(gradient, right, transposeRight: !transposeRight)
    let byRight =
      transposeRight
      ? matmul(gradient, left, transposeLeft: true, transposeRight: transposeLeft)
      : matmul(left, gradient, transposeLeft: !transposeLeft)
    return [byLeft.reduced(to: left.shape), byRight.reduced(to: right.shape)]
  }
}
