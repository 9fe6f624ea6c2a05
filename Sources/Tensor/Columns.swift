/// One named stretch of a row of numbers: a part of an observation, an action, a reward.
public struct Column: Sendable, Equatable, Codable {
  /// How a column is kept in memory that holds many rows.
  public enum Element: String, Sendable, Codable {
    /// 32-bit floats.
    case float32
    /// Numbers from 0 to 1 in steps of 1/255, a byte each: pixels.
    case byte
  }

  /// The name, such as "camera".
  public var name: String
  /// The lengths of its dimensions, outermost first: [height, width, channels] for pictures, [count] for vectors.
  public var shape: [Int]
  /// How it is kept.
  public var element: Element
  /// Whether only critics see it: what a robot does not know of itself, such as the ground's friction.
  public var isPrivileged: Bool

  /// A column of this name and shape; every length is 1 or more.
  public init(_ name: String, shape: [Int], element: Element = .float32, isPrivileged: Bool = false) {
    (self.name, self.shape, self.element, self.isPrivileged) = (name, shape, element, isPrivileged)
  }

  /// Numbers in the column.
  public var count: Int { shape.reduce(1, *) }
  /// Whether it is a picture: [height, width, channels].
  public var isImage: Bool { shape.count == 3 }
}

/// The parts of a row of numbers, in order: of an observation, or of all that is kept of a step.
public struct Columns: Sendable, Equatable, Codable {
  /// The parts, first to last.
  public let parts: [Column]
  /// Numbers in a row.
  public let count: Int

  /// Rows of these parts.
  public init(_ parts: [Column]) {
    self.parts = parts
    count = parts.reduce(0) { $0 + $1.count }
  }

  /// Rows of one vector of floats without a name of its own.
  public init(vector count: Int) { self.init([Column("vector", shape: [count])]) }

  /// Rows of parts that came from a file; nil where a length is not positive or they do not make up `count` numbers.
  public init?(checking parts: [Column], count: Int) {
    var total = 0
    for part in parts {
      guard part.shape.allSatisfy({ (1...max(count, 1)).contains($0) }), part.shape.count <= 8 else { return nil }
      var size = 1
      for length in part.shape {
        size *= length
        if size > count { return nil }
      }
      total += size
    }
    guard total == count else { return nil }
    self.init(parts)
  }

  /// Where each part lies in a row.
  public var ranges: [Range<Int>] {
    var end = 0
    return parts.map { part in
      defer { end += part.count }
      return end..<end + part.count
    }
  }

  /// Whether there is nothing but one vector of floats that everybody sees.
  public var isPlainVector: Bool {
    parts.allSatisfy { $0.element == .float32 && !$0.isImage && !$0.isPrivileged }
  }

  /// The ranges of a row that are kept as this, neighbours joined.
  public func ranges(keptAs element: Column.Element) -> [Range<Int>] {
    joined(zip(parts, ranges).filter { $0.0.element == element }.map(\.1))
  }

  private func joined(_ ranges: [Range<Int>]) -> [Range<Int>] {
    ranges.reduce(into: []) { joined, range in
      if let last = joined.last, last.upperBound == range.lowerBound {
        joined[joined.count - 1] = last.lowerBound..<range.upperBound
      } else {
        joined.append(range)
      }
    }
  }
}
