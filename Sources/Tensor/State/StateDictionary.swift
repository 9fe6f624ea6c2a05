import Foundation

/// Why a state could not be written, read or restored: one line.
public struct StateError: Error, CustomStringConvertible, Equatable {
  /// What was wrong, where, and what would be right.
  public let description: String

  /// An error that prints `description`.
  public init(_ description: String) {
    self.description = description
  }
}

extension StateError: LocalizedError {
  /// The same line, for callers that print `localizedDescription`.
  public var errorDescription: String? { description }
}

/// Anything whose exact state belongs in a checkpoint.
///
/// After `loadState` of what `saveState` wrote, the object behaves as the saved one would have: to the bit.
public protocol Stateful: AnyObject {
  /// Adds this object's state under names that begin with `prefix`.
  func saveState(to state: inout StateDictionary, prefix: String)

  /// Takes the state back.
  ///
  /// - Throws: ``StateError`` naming the first key that is missing or has another size; the object may then hold a
  ///   mixture and must not be used further.
  func loadState(from state: StateDictionary, prefix: String) throws
}

/// Named arrays of numbers with their shapes, written to and read from safetensors files. Bit exact.
public struct StateDictionary: Sendable {
  /// One array.
  public enum Value: Sendable, Equatable {
    case floats([Float])
    case doubles([Double])
    case words([UInt64])
    case bytes([UInt8])

    var count: Int {
      switch self {
      case .floats(let values): values.count
      case .doubles(let values): values.count
      case .words(let values): values.count
      case .bytes(let values): values.count
      }
    }
  }

  struct Entry: Sendable, Equatable {
    var value: Value
    var shape: [Int]
  }

  var entries: [String: Entry] = [:]

  /// Free text that travels with the arrays (safetensors' `__metadata__`).
  public var metadata: [String: String] = [:]

  /// An empty dictionary.
  public init() {}

  /// The names, sorted.
  public var names: [String] { entries.keys.sorted() }

  /// Numbers in all arrays together.
  public var numberCount: Int { entries.values.reduce(0) { $0 + $1.value.count } }

  /// The array of this name.
  public subscript(name: String) -> Value? { entries[name]?.value }

  /// The shape of the array of this name.
  public func shape(_ name: String) -> [Int]? { entries[name]?.shape }

  /// 32-bit floats; nil where there is no such name or it holds another type.
  public subscript(floats name: String) -> [Float]? {
    get { if case .floats(let values)? = self[name] { values } else { nil } }
    set { set(name, newValue.map(Value.floats)) }
  }

  /// 64-bit floats.
  public subscript(doubles name: String) -> [Double]? {
    get { if case .doubles(let values)? = self[name] { values } else { nil } }
    set { set(name, newValue.map(Value.doubles)) }
  }

  /// Unsigned 64-bit words.
  public subscript(words name: String) -> [UInt64]? {
    get { if case .words(let values)? = self[name] { values } else { nil } }
    set { set(name, newValue.map(Value.words)) }
  }

  /// Bytes.
  public subscript(bytes name: String) -> [UInt8]? {
    get { if case .bytes(let values)? = self[name] { values } else { nil } }
    set { set(name, newValue.map(Value.bytes)) }
  }

  /// Sets 32-bit floats with a shape, whose product must be their count.
  public mutating func set(_ name: String, floats: [Float], shape: [Int]) {
    precondition(shape.reduce(1, *) == floats.count, "\(floats.count) values do not fill shape \(shape)")
    entries[name] = Entry(value: .floats(floats), shape: shape)
  }

  private mutating func set(_ name: String, _ value: Value?) {
    entries[name] = value.map { Entry(value: $0, shape: [$0.count]) }
  }

  /// The floats of this name, of which there must be `count`, all of them finite: no state that goes on holds another.
  ///
  /// - Throws: ``StateError`` naming the key.
  public func floats(_ name: String, count: Int) throws -> [Float] {
    try finite(checked(self[floats: name], name, count, "float32"), name)
  }

  /// The doubles of this name, of which there must be `count`, all of them finite.
  public func doubles(_ name: String, count: Int) throws -> [Double] {
    try finite(checked(self[doubles: name], name, count, "float64"), name)
  }

  /// The one number of this name, finite and in `range`.
  public func double(_ name: String, in range: some RangeExpression<Double>) throws -> Double {
    let value = try doubles(name, count: 1)[0]
    guard range.contains(value) else { throw StateError("the array '\(name)' holds \(value), which cannot be") }
    return value
  }

  /// The one whole number of this name: a count of something, so at most 2⁵³, from which it can still go on.
  public func count(_ name: String) throws -> Int { try counts(name, count: 1)[0] }

  /// The whole numbers of this name, of which there must be `count`; see ``count(_:)``.
  public func counts(_ name: String, count: Int) throws -> [Int] {
    try words(name, count: count).map { word in
      guard word <= 1 << 53 else { throw StateError("the array '\(name)' holds \(word), which is no count") }
      return Int(word)
    }
  }

  private func finite<Number: BinaryFloatingPoint>(_ values: [Number], _ name: String) throws -> [Number] {
    if let index = values.firstIndex(where: { !$0.isFinite }) {
      throw StateError("the array '\(name)' holds \(values[index]) at \(index), expected finite numbers")
    }
    return values
  }

  /// The words of this name, of which there must be `count`.
  public func words(_ name: String, count: Int) throws -> [UInt64] {
    try checked(self[words: name], name, count, "uint64")
  }

  /// The bytes of this name, of which there must be `count`.
  public func bytes(_ name: String, count: Int) throws -> [UInt8] {
    try checked(self[bytes: name], name, count, "uint8")
  }

  private func checked<Element>(_ values: [Element]?, _ name: String, _ count: Int, _ type: String) throws -> [Element]
  {
    guard let values else {
      throw StateError(
        self[name] == nil ? "the state has no array '\(name)'" : "the array '\(name)' is not of type \(type)")
    }
    guard values.count == count else {
      throw StateError("the array '\(name)' has \(values.count) values, expected \(count)")
    }
    return values
  }

  /// A generator saved with ``set(_:generator:)``.
  public func generator(_ name: String) throws -> RandomGenerator {
    try RandomGenerator(words: words(name, count: 3))
  }

  /// Saves a generator's position.
  public mutating func set(_ name: String, generator: RandomGenerator) {
    self[words: name] = generator.words
  }

  /// All entries whose name begins with `prefix`, without it.
  public func section(_ prefix: String) -> StateDictionary {
    var section = StateDictionary()
    for (name, entry) in entries where name.hasPrefix(prefix) {
      section.entries[String(name.dropFirst(prefix.count))] = entry
    }
    return section
  }

  /// Adds another dictionary's entries under `prefix`.
  public mutating func merge(_ other: StateDictionary, prefix: String) {
    for (name, entry) in other.entries {
      entries[prefix + name] = entry
    }
  }
}
