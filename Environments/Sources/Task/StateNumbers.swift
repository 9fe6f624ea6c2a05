/// So many numbers of a ``TaskState``: what terms read, and what reset terms write.
///
/// A view of the state's own memory, valid while the state is: a term reads it where it is asked, and keeps none. An
/// index out of range ends the program.
public struct StateNumbers: RandomAccessCollection {
  let buffer: UnsafeMutableBufferPointer<Double>

  init(count: Int) {
    buffer = .allocate(capacity: count)
    buffer.initialize(repeating: 0)
  }

  func deallocate() { buffer.deallocate() }

  public var startIndex: Int { 0 }
  public var endIndex: Int { buffer.count }

  /// The number at an index.
  public subscript(index: Int) -> Double {
    get {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: buffer.count), "a state has no number at that index")
      return buffer[index]
    }
    nonmutating set {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: buffer.count), "a state has no number at that index")
      buffer[index] = newValue
    }
  }

  /// Sets every number to `value`.
  public func update(repeating value: Double) { buffer.update(repeating: value) }

  /// Takes the numbers of another collection, the first to the first, as many as there are.
  public func update(fromContentsOf values: some Collection<Double>) {
    for (index, value) in zip(indices, values) { self[index] = value }
  }

  func update(fromContentsOf other: StateNumbers) { _ = buffer.update(fromContentsOf: other.buffer) }
}
