import Foundation

/// A space in Minari's words, flattened as Gymnasium flattens it: the parts of a Dict in the order of their keys, those of
/// a Tuple in theirs, a Discrete as one number for each of its values of which one is 1.
///
/// Source: minari 0.5.4, `minari/serialization.py`; gymnasium 1.4, `gymnasium/spaces/utils.py`.
struct MinariSpace {
  /// A space without parts.
  struct Leaf {
    /// Where an episode has it, below `observations`: "/object/pose"; nothing of a space that has no parts.
    var path: String
    /// Its numbers.
    var size: Int
    /// Bounds; nil where one is not finite.
    var low: [Float]?, high: [Float]?
    /// The first value of a Discrete space; nil for others.
    var firstValue: Int?
  }

  /// In the order of their numbers.
  private(set) var leaves: [Leaf] = []

  /// Numbers in all.
  var size: Int { leaves.reduce(0) { $0 + $1.size } }

  /// The names of the parts; nil of a space that has none.
  var parts: [ObservationPart]? {
    guard leaves.allSatisfy({ !$0.path.isEmpty }) else { return nil }
    return leaves.map { ObservationPart(name: String($0.path.dropFirst()), size: $0.size) }
  }

  private static let (mostLeaves, mostNumbers, deepest) = (4096, 1 << 24, 16)

  /// Reads a space. Throws ``DatasetError`` without file and field.
  ///
  /// Python writes infinities as the words `Infinity` and `-Infinity`, which are not JSON.
  init(_ text: String) throws {
    let plain = text.replacing("-Infinity", with: "null").replacing("Infinity", with: "null").replacing(
      "NaN", with: "null")
    guard let table = (try? JSONSerialization.jsonObject(with: Data(plain.utf8))) as? [String: Any] else {
      throw DatasetError("is no space")
    }
    try add(table, path: "", depth: 0)
    guard !leaves.isEmpty else { throw DatasetError("is a space without numbers") }
  }

  private mutating func add(_ table: [String: Any], path: String, depth: Int) throws {
    guard let type = table["type"] as? String else { throw DatasetError("is no space") }
    guard depth < Self.deepest, leaves.count < Self.mostLeaves else {
      throw DatasetError("is a space of too many parts")
    }
    switch type {
    case "Dict":
      guard let spaces = table["subspaces"] as? [String: [String: Any]] else { throw DatasetError("is no space") }
      for (key, space) in spaces.sorted(by: { $0.key.unicodeScalars.lexicographicallyPrecedes($1.key.unicodeScalars) })
      {
        try add(space, path: "\(path)/\(key)", depth: depth + 1)
      }
    case "Tuple":
      guard let spaces = table["subspaces"] as? [[String: Any]] else { throw DatasetError("is no space") }
      for (index, space) in spaces.enumerated() { try add(space, path: "\(path)/_index_\(index)", depth: depth + 1) }
    case "Box": leaves.append(try Self.box(table, path))
    case "Discrete":
      guard let size = Self.count(table["n"]), let start = Self.integer(table["start"] ?? 0), size <= Self.mostLeaves
      else { throw DatasetError("is a Discrete space of another form than n, at most \(Self.mostLeaves), and start") }
      leaves.append(Leaf(path: path, size: size, firstValue: start))
    default:
      throw DatasetError("is a \(type.prefix(32)) space; Box, Discrete, Dict and Tuple spaces are read")
    }
    guard size <= Self.mostNumbers else { throw DatasetError("is a space of too many numbers") }
  }

  private static func box(_ table: [String: Any], _ path: String) throws -> Leaf {
    guard let shape = table["shape"] as? [NSNumber], let low = table["low"] as? [Any],
      let high = table["high"] as? [Any]
    else { throw DatasetError("is a Box of another form than shape, low and high of one axis") }
    guard shape.count == 1, let size = count(shape[0]), low.count == size, high.count == size else {
      throw DatasetError("is a Box of shape \(shape); one axis, with as many bounds, is read")
    }
    return Leaf(path: path, size: size, low: bounds(low), high: bounds(high))
  }

  private static func integer(_ value: Any?) -> Int? { (value as? NSNumber).flatMap { Int(exactly: $0.doubleValue) } }

  private static func count(_ value: Any?) -> Int? {
    integer(value).flatMap { (1...mostNumbers).contains($0) ? $0 : nil }
  }

  private static func bounds(_ values: [Any]) -> [Float]? {
    let bounds = values.compactMap { ($0 as? NSNumber)?.floatValue }
    return bounds.count == values.count && bounds.allSatisfy(\.isFinite) ? bounds : nil
  }
}
