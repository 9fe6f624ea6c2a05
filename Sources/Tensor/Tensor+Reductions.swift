import SinewKernels

extension Tensor {
  /// The sum of all elements, a scalar.
  public func sum() -> Tensor { reshaped([count]).sum(axis: 0) }
  /// The mean of all elements, a scalar.
  public func mean() -> Tensor { reshaped([count]).mean(axis: 0) }
  /// The sum along an axis, which disappears unless kept with length 1.
  public func sum(axis: Int, keepingDimension: Bool = false) -> Tensor { reduce(SINEW_SUM, axis, keepingDimension) }
  /// The mean along an axis.
  public func mean(axis: Int, keepingDimension: Bool = false) -> Tensor { reduce(SINEW_MEAN, axis, keepingDimension) }
  /// The greatest along an axis; the gradient goes to the first that attains it.
  public func maximum(axis: Int, keepingDimension: Bool = false) -> Tensor { reduce(SINEW_MAX, axis, keepingDimension) }
  /// The least along an axis; the gradient goes to the first that attains it.
  public func minimum(axis: Int, keepingDimension: Bool = false) -> Tensor { reduce(SINEW_MIN, axis, keepingDimension) }

  /// The population variance along an axis.
  public func variance(axis: Int, keepingDimension: Bool = false) -> Tensor {
    (self - mean(axis: axis, keepingDimension: true)).squared().mean(axis: axis, keepingDimension: keepingDimension)
  }

  private func reduce(_ function: sinew_reduction, _ axis: Int, _ keepsDimension: Bool) -> Tensor {
    let axis = checkedAxis(axis)
    let outer = shape[..<axis].reduce(1, *)
    let inner = shape[(axis + 1)...].reduce(1, *)
    let length = shape[axis]
    var kept = shape
    kept[axis] = 1
    var reduced = shape
    reduced.remove(at: axis)
    var output: Tensor?
    let result = emit(
      sinew_instruction(SINEW_REDUCE, mode: Int32(function.rawValue), dimensions: [outer, length, inner]),
      reads: [(1, self)], outputs: [(0, keepsDimension ? kept : reduced)], inputs: [self]
    ) { gradients in
      guard let gradient = gradients[0], let output else { return [nil] }
      switch function {
      case SINEW_SUM: return [gradient.reshaped(kept).broadcast(to: shape)]
      case SINEW_MEAN: return [(gradient.reshaped(kept) / Float(length)).broadcast(to: shape)]
      default:
        return emit(
          sinew_instruction(SINEW_REDUCE_EXTREMUM_GRADIENT, dimensions: [outer, length, inner]),
          reads: [(1, gradient), (2, self), (3, output)], outputs: [(0, shape)])
      }
    }[0]
    output = result.detached()
    return result
  }

  /// log Σ exp along the last axis, which disappears.
  public func logSumExp() -> Tensor {
    let length = shape[checkedAxis(-1)]
    return emit(
      sinew_instruction(SINEW_LOG_SUM_EXP, dimensions: [count / max(length, 1), length]), reads: [(1, self)],
      outputs: [(0, Array(shape.dropLast()))], inputs: [self]
    ) { gradients in
      [gradients[0].map { $0.reshaped(self.shape.dropLast() + [1]) * self.softmax() }]
    }[0]
  }

  /// exp(x)/Σ exp(x) along the last axis.
  public func softmax() -> Tensor {
    let length = shape[checkedAxis(-1)]
    let dimensions = [count / max(length, 1), length]
    var output: Tensor?
    let result = emit(
      sinew_instruction(SINEW_SOFTMAX, dimensions: dimensions), reads: [(1, self)], outputs: [(0, shape)],
      inputs: [self]
    ) { gradients in
      guard let gradient = gradients[0], let output else { return [nil] }
      return emit(
        sinew_instruction(SINEW_SOFTMAX_GRADIENT, dimensions: dimensions), reads: [(1, gradient), (2, output)],
        outputs: [(0, gradient.shape)])
    }[0]
    output = result.detached()
    return result
  }

  /// Sums away what broadcasting repeated: the gradient of broadcasting `shape` to this tensor's.
  func reduced(to shape: [Int]) -> Tensor {
    if shape == self.shape { return self }
    var result = self
    let missing = rank - shape.count
    for axis in self.shape.indices where axis < missing || (shape[axis - missing] == 1 && self.shape[axis] != 1) {
      result = result.sum(axis: axis, keepingDimension: true)
    }
    return result.reshaped(shape)
  }

  /// An axis counted from the front; negative axes count from the back.
  func checkedAxis(_ axis: Int) -> Int {
    let counted = axis < 0 ? axis + rank : axis
    precondition(shape.indices.contains(counted), "axis \(axis) of a tensor of shape \(shape)")
    return counted
  }
}
