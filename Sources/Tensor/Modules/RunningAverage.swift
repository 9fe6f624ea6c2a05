import SinewKernels

/// An exponential moving average of a tensor that each update computes: x̄ ← (1 − rate)·x̄ + rate·x.
public struct RunningAverage: Module {
  /// The average so far; zeros before the first value.
  public let value: Tensor

  /// An average of tensors of this shape.
  public init(_ shape: [Int]) { value = .zeros(shape) }

  public var parameters: [(name: String, value: Tensor)] { [("value", value)] }

  /// Takes a value in and returns the average after it. No gradient flows through either.
  ///
  /// - Parameters:
  ///   - latest: of the average's shape.
  ///   - rate: in [0, 1]; 1 replaces the average, as the first value does.
  public func add(_ latest: Tensor, rate: Float) -> Tensor {
    precondition(latest.shape == value.shape, "a value of another shape than the average's")
    emit(
      sinew_instruction(SINEW_POLYAK, dimensions: [value.count], scalars: [rate]), reads: [(1, latest)], outputs: [],
      writes: [(0, value)], isEffect: true)
    return value.detached()
  }
}
