/// A float32 array of any shape, row-major.
///
/// Operations run at once, and ``floats`` reads their numbers; inside a ``Recorded`` update or a
/// ``valueAndGradient(of:_:)-(Module,_)`` they are written down first and run together. A tensor made while recording
/// has no numbers to read until the recording has run.
///
/// A tensor is a reference to its numbers: parameters are tensors that optimisers change in place.
/// Tensors belong to one thread at a time.
public struct Tensor {
  let value: Value

  init(_ value: Value) {
    self.value = value
  }

  /// A tensor of the given numbers in row-major order; their count must be the product of `shape`.
  public init(_ floats: [Float], shape: [Int]) {
    precondition(
      shape.allSatisfy { $0 >= 0 } && shape.reduce(1, *) == floats.count, "\(floats.count) values do not fill \(shape)")
    let storage = Storage(count: floats.count)
    storage.assign(floats)
    value = Value(shape: shape, storage: storage)
  }

  /// A vector.
  public init(_ floats: [Float]) {
    self.init(floats, shape: [floats.count])
  }

  /// A scalar, of shape [].
  public init(_ float: Float) {
    self.init([float], shape: [])
  }

  /// A tensor with every element `float`.
  public init(repeating float: Float, _ shape: [Int]) {
    self.init([Float](repeating: float, count: shape.reduce(1, *)), shape: shape)
  }

  /// A tensor of zeros.
  public static func zeros(_ shape: [Int]) -> Tensor { Tensor(repeating: 0, shape) }

  /// The lengths of the dimensions, outermost first; [] for a scalar.
  public var shape: [Int] { value.shape }

  /// The number of elements.
  public var count: Int { value.count }

  /// The number of dimensions.
  public var rank: Int { value.shape.count }

  /// The numbers in row-major order. Not for tensors that are still being recorded.
  public var floats: [Float] { Array(UnsafeBufferPointer(start: readyPointer, count: count)) }

  /// The number of a one-element tensor.
  public func item() -> Float {
    precondition(count == 1, "item() needs one element, the shape is \(shape)")
    return readyPointer[0]
  }

  /// Overwrites the numbers in place. For leaves: inputs and parameters.
  public func assign(_ floats: some Collection<Float>) {
    precondition(floats.count == count, "\(floats.count) values do not fill \(shape)")
    _ = UnsafeMutableBufferPointer(start: readyPointer, count: count).update(fromContentsOf: floats)
  }

  /// Lets `body` read or write the numbers in place, without a copy.
  public func withMutableFloats<Result>(_ body: (UnsafeMutableBufferPointer<Float>) throws -> Result) rethrows -> Result
  {
    try body(UnsafeMutableBufferPointer(start: readyPointer, count: count))
  }

  /// The same numbers, through which no gradient flows.
  public func detached() -> Tensor {
    Tensor(Value(shape: shape, base: value))
  }

  var readyPointer: UnsafeMutablePointer<Float> {
    guard let pointer = value.pointer else {
      preconditionFailure("this tensor is being recorded: its numbers exist once the recording has run")
    }
    return pointer
  }
}

extension Tensor: CustomStringConvertible {
  /// The shape, and the numbers where they exist and are few.
  public var description: String {
    guard value.pointer != nil, count <= 64 else { return "Tensor\(shape)" }
    return "Tensor\(shape) \(floats)"
  }
}
