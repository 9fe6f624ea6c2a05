import SinewKernels

// Element-wise arithmetic with NumPy's broadcasting: shapes are aligned at their last dimension, and a length of 1
// repeats.

extension Tensor {
  /// Element-wise sum.
  public static func + (left: Tensor, right: Tensor) -> Tensor {
    binary(SINEW_ADD, left, right) { [($0.reduced(to: left.shape)), ($0.reduced(to: right.shape))] }
  }

  /// Element-wise difference.
  public static func - (left: Tensor, right: Tensor) -> Tensor {
    binary(SINEW_SUBTRACT, left, right) { [$0.reduced(to: left.shape), (-$0).reduced(to: right.shape)] }
  }

  /// Element-wise product.
  public static func * (left: Tensor, right: Tensor) -> Tensor {
    binary(SINEW_MULTIPLY, left, right) {
      [($0 * right).reduced(to: left.shape), ($0 * left).reduced(to: right.shape)]
    }
  }

  /// Element-wise quotient.
  public static func / (left: Tensor, right: Tensor) -> Tensor {
    binary(SINEW_DIVIDE, left, right) { gradient in
      let byLeft = gradient / right
      return [byLeft.reduced(to: left.shape), (-(byLeft * left / right)).reduced(to: right.shape)]
    }
  }

  /// Sum with a number.
  public static func + (left: Tensor, right: Float) -> Tensor { left.affine(1, right) }
  /// Sum with a number.
  public static func + (left: Float, right: Tensor) -> Tensor { right.affine(1, left) }
  /// Difference from a number.
  public static func - (left: Tensor, right: Float) -> Tensor { left.affine(1, -right) }
  /// Difference from a number.
  public static func - (left: Float, right: Tensor) -> Tensor { right.affine(-1, left) }
  /// Product with a number.
  public static func * (left: Tensor, right: Float) -> Tensor { left.affine(right, 0) }
  /// Product with a number.
  public static func * (left: Float, right: Tensor) -> Tensor { right.affine(left, 0) }
  /// Quotient by a number.
  public static func / (left: Tensor, right: Float) -> Tensor { left.affine(1 / right, 0) }
  /// Quotient of a number.
  public static func / (left: Float, right: Tensor) -> Tensor { right.reciprocal() * left }
  /// Negation.
  public static prefix func - (tensor: Tensor) -> Tensor { tensor.affine(-1, 0) }

  /// 1 where `self` is greater, else 0. No gradient flows.
  public func greater(than other: Tensor) -> Tensor { Self.binary(SINEW_GREATER, self, other, nil) }
  /// 1 where `self` is greater or equal, else 0. No gradient flows.
  public func greaterOrEqual(to other: Tensor) -> Tensor { Self.binary(SINEW_GREATER_EQUAL, self, other, nil) }
  /// 1 where equal, else 0. No gradient flows.
  public func equal(to other: Tensor) -> Tensor { Self.binary(SINEW_EQUAL, self, other, nil) }

  fileprivate static func binary(
    _ function: sinew_binary, _ left: Tensor, _ right: Tensor, _ gradient: ((Tensor) -> [Tensor])?
  ) -> Tensor {
    let shape = broadcastShape(left.shape, right.shape)
    let space = IndexSpace(shape, [left.strides(in: shape), right.strides(in: shape)])
    let instruction = sinew_instruction(
      SINEW_BINARY, mode: Int32(function.rawValue), dimensions: space.lengths + space.strides[0] + space.strides[1])
    return emit(
      instruction, reads: [(1, left), (2, right)], outputs: [(0, shape)], inputs: [left, right],
      gradient: gradient.map { gradient in { $0[0].map(gradient) ?? [nil, nil] } })[0]
  }
}

/// The smaller of two tensors, element by element; where they are equal the gradient goes half to each (as in PyTorch).
public func minimum(_ left: Tensor, _ right: Tensor) -> Tensor {
  Tensor.binary(SINEW_MINIMUM, left, right) { extremumGradient($0, left, right, share: right.greaterOrEqual(to: left)) }
}

/// The greater of two tensors, element by element; where they are equal the gradient goes half to each.
public func maximum(_ left: Tensor, _ right: Tensor) -> Tensor {
  Tensor.binary(SINEW_MAXIMUM, left, right) { extremumGradient($0, left, right, share: left.greaterOrEqual(to: right)) }
}

private func extremumGradient(_ gradient: Tensor, _ left: Tensor, _ right: Tensor, share: Tensor) -> [Tensor] {
  let toLeft = share - left.equal(to: right) * 0.5
  return [(gradient * toLeft).reduced(to: left.shape), (gradient * (1 - toLeft)).reduced(to: right.shape)]
}

/// `whenTrue` where `mask` is not 0, else `whenFalse`; all three broadcast. The gradient flows to the chosen elements.
public func select(_ mask: Tensor, _ whenTrue: Tensor, _ whenFalse: Tensor) -> Tensor {
  let shape = broadcastShape(broadcastShape(mask.shape, whenTrue.shape), whenFalse.shape)
  let space = IndexSpace(
    shape, [mask.strides(in: shape), whenTrue.strides(in: shape), whenFalse.strides(in: shape)])
  return emit(
    sinew_instruction(SINEW_SELECT, dimensions: space.lengths + space.strides.flatMap { $0 }),
    reads: [(1, mask), (2, whenTrue), (3, whenFalse)], outputs: [(0, shape)], inputs: [whenTrue, whenFalse]
  ) { gradients in
    guard let gradient = gradients[0] else { return [nil, nil] }
    let zero = Tensor(0)
    return [
      select(mask, gradient, zero).reduced(to: whenTrue.shape),
      select(mask, zero, gradient).reduced(to: whenFalse.shape),
    ]
  }[0]
}

/// The shape that two shapes broadcast to.
func broadcastShape(_ left: [Int], _ right: [Int]) -> [Int] {
  let rank = max(left.count, right.count)
  let first = Array(repeating: 1, count: rank - left.count) + left
  let second = Array(repeating: 1, count: rank - right.count) + right
  return zip(first, second).map { one, other in
    precondition(one == other || one == 1 || other == 1, "shapes \(left) and \(right) do not broadcast")
    return one == 1 ? other : one
  }
}

/// A nest of at most four loops over operands with strides, neighbouring loops joined where every operand allows it.
struct IndexSpace {
  private(set) var lengths: [Int]
  private(set) var strides: [[Int]]

  init(_ shape: [Int], _ operandStrides: [[Int]]) {
    var lengths: [Int] = []
    var strides = operandStrides.map { _ in [Int]() }
    for axis in shape.indices.reversed() where shape[axis] != 1 {
      let joins =
        !lengths.isEmpty
        && operandStrides.indices.allSatisfy { operandStrides[$0][axis] == strides[$0][0] * lengths[0] }
      if joins {
        lengths[0] *= shape[axis]
      } else {
        lengths.insert(shape[axis], at: 0)
        for operand in strides.indices { strides[operand].insert(operandStrides[operand][axis], at: 0) }
      }
    }
    precondition(lengths.count <= 4, "more than four dimensions cannot be joined: \(shape)")
    let padding = 4 - lengths.count
    self.lengths = Array(repeating: 1, count: padding) + lengths
    self.strides = strides.map { Array(repeating: 0, count: padding) + $0 }
  }
}

extension Tensor {
  /// Row-major strides of this tensor seen as `shape`: 0 along repeated dimensions.
  func strides(in shape: [Int]) -> [Int] {
    let own = rowMajorStrides(self.shape)
    let missing = shape.count - rank
    return shape.indices.map { axis in
      axis < missing || self.shape[axis - missing] == 1 ? 0 : own[axis - missing]
    }
  }
}

func rowMajorStrides(_ shape: [Int]) -> [Int] {
  var strides = [Int](repeating: 1, count: shape.count)
  for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
  return strides
}
