import SinewKernels

extension Tensor {
  /// The same numbers under another shape of the same count; one length may be −1, for whatever remains. No copy.
  public func reshaped(_ shape: [Int]) -> Tensor {
    var shape = shape
    if let open = shape.firstIndex(of: -1) {
      let known = shape.enumerated().reduce(1) { $1.offset == open ? $0 : $0 * $1.element }
      shape[open] = known == 0 ? 0 : count / known
    }
    precondition(shape.reduce(1, *) == count, "cannot reshape \(self.shape) to \(shape)")
    if shape == self.shape { return self }
    return view(self, shape: shape) { [own = self.shape] in $0.reshaped(own) }
  }

  /// Repeats dimensions of length 1 (and new ones in front) to fill `shape`. Copies.
  public func broadcast(to shape: [Int]) -> Tensor {
    if shape == self.shape { return self }
    precondition(broadcastShape(self.shape, shape) == shape, "cannot broadcast \(self.shape) to \(shape)")
    return copy(shape: shape, sourceStrides: strides(in: shape)) { $0.reduced(to: self.shape) }
  }

  /// Every row of a matrix so many times, one after the other: [rows, columns] → [rows·count, columns].
  public func repeatingRows(_ count: Int) -> Tensor {
    let (rows, columns) = (shape[0], shape[1])
    return reshaped([rows, 1, columns]).broadcast(to: [rows, count, columns]).reshaped([rows * count, columns])
  }

  /// The dimensions in another order: dimension i of the result is dimension `order[i]` of this tensor. Copies.
  public func transposed(_ order: [Int]) -> Tensor {
    precondition(order.sorted() == Array(0..<rank), "\(order) is not an order of \(rank) dimensions")
    let own = rowMajorStrides(shape)
    var inverse = order
    for (place, axis) in order.enumerated() { inverse[axis] = place }
    return copy(shape: order.map { shape[$0] }, sourceStrides: order.map { own[$0] }) { $0.transposed(inverse) }
  }

  /// The last two dimensions exchanged. Copies.
  public func transposed() -> Tensor {
    transposed(Array(0..<(rank - 2)) + [rank - 1, rank - 2])
  }

  /// Elements `range` along an axis. No copy where nothing but dimensions of length 1 lies outside the axis.
  public func slice(_ range: Range<Int>, axis: Int) -> Tensor {
    let axis = checkedAxis(axis)
    precondition(range.lowerBound >= 0 && range.upperBound <= shape[axis], "\(range) of axis \(axis) of \(shape)")
    if range == 0..<shape[axis] { return self }
    var sliced = shape
    sliced[axis] = range.count
    let strides = rowMajorStrides(shape)
    let start = range.lowerBound * strides[axis]
    let padding: (Tensor) -> Tensor = { $0.padded(to: shape, axis: axis, start: range.lowerBound) }
    if shape[..<axis].allSatisfy({ $0 == 1 }) { return view(self, shape: sliced, offset: start, gradient: padding) }
    return copy(shape: sliced, sourceStrides: strides, sourceOffset: start, padding)
  }

  /// Splits an axis into pieces of these lengths, whose sum is the axis's.
  public func split(_ lengths: [Int], axis: Int) -> [Tensor] {
    var start = 0
    return lengths.map { length in
      defer { start += length }
      return slice(start..<(start + length), axis: axis)
    }
  }

  /// Zeros of `shape` with this tensor from `start` on along `axis`: the gradient of a slice.
  private func padded(to shape: [Int], axis: Int, start: Int) -> Tensor {
    let result = emit(
      sinew_instruction(SINEW_FILL, dimensions: [shape.reduce(1, *)], scalars: [0]), reads: [], outputs: [(0, shape)])[
        0]
    result.write(self, axis: axis, start: start)
    return result
  }

  /// Copies `part` into this tensor, from `start` on along `axis`. Only while this tensor is being made.
  fileprivate func write(_ part: Tensor, axis: Int, start: Int) {
    let strides = rowMajorStrides(shape)
    let space = IndexSpace(part.shape, [strides, rowMajorStrides(part.shape)])
    let window = Tensor(Value(shape: part.shape, base: value, offset: start * strides[axis]))
    emit(
      sinew_instruction(SINEW_COPY, dimensions: space.lengths + space.strides[0] + space.strides[1]),
      reads: [(1, part)], outputs: [], writes: [(0, window)])
  }

  private func copy(
    shape: [Int], sourceStrides: [Int], sourceOffset: Int = 0, _ gradient: @escaping (Tensor) -> Tensor
  ) -> Tensor {
    let space = IndexSpace(shape, [rowMajorStrides(shape), sourceStrides])
    let source = sourceOffset == 0 ? self : Tensor(Value(shape: [], base: value, offset: sourceOffset))
    return emit(
      sinew_instruction(SINEW_COPY, dimensions: space.lengths + space.strides[0] + space.strides[1]),
      reads: [(1, source)], outputs: [(0, shape)], inputs: [self]
    ) { [$0[0].map(gradient)] }[0]
  }
}

/// Joins tensors that agree in every other dimension along `axis`.
public func concatenated(_ parts: [Tensor], axis: Int) -> Tensor {
  precondition(!parts.isEmpty, "nothing to concatenate")
  if parts.count == 1 { return parts[0] }
  let axis = parts[0].checkedAxis(axis)
  var shape = parts[0].shape
  shape[axis] = parts.reduce(0) { $0 + $1.shape[axis] }
  for part in parts {
    var expected = shape
    expected[axis] = part.rank > axis ? part.shape[axis] : 0
    precondition(part.shape == expected, "cannot concatenate \(parts.map(\.shape)) along axis \(axis)")
  }
  let strides = rowMajorStrides(shape)
  // The first part makes the tensor, the others write into it; the gradient is cut up again.
  let first = parts[0]
  let space = IndexSpace(first.shape, [strides, rowMajorStrides(first.shape)])
  let result = emit(
    sinew_instruction(SINEW_COPY, dimensions: space.lengths + space.strides[0] + space.strides[1]), reads: [(1, first)],
    outputs: [(0, shape)], inputs: parts
  ) { gradients in
    guard let gradient = gradients[0] else { return parts.map { _ in nil } }
    return gradient.split(parts.map { $0.shape[axis] }, axis: axis)
  }[0]
  var start = first.shape[axis]
  for part in parts.dropFirst() {
    result.write(part, axis: axis, start: start)
    start += part.shape[axis]
  }
  return result
}
