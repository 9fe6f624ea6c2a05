import Foundation
import SinewSettings

/// A setting that is varied, and the values that it may take.
public struct SearchDimension: Sendable, Equatable {
  /// What a setting may be.
  public enum Values: Sendable, Equatable {
    /// Every number from `low` to `high`; in equal ratios where it is logarithmic; whole ones alone where it is of
    /// integers.
    case range(low: Double, high: Double, isLogarithmic: Bool, isInteger: Bool)
    /// One of these, as YAML writes them, in no order.
    case choices([String])
  }

  /// The setting's key, such as `critic_learning_rate`.
  public let key: String
  /// What it may be.
  public let values: Values

  /// A setting and its values.
  ///
  /// Throws `UsageError` where the low end is not below the high one, a logarithm is to be taken of what is not above
  /// 0, or there are fewer than two different choices.
  public init(_ key: String, _ values: Values) throws {
    (self.key, self.values) = (key, values)
    switch values {
    case .range(let low, let high, let isLogarithmic, let isInteger):
      guard low.isFinite, high.isFinite, low < high else {
        throw UsageError("\(key): the low end must be below the high one, not \(short(low)) to \(short(high))")
      }
      if isLogarithmic, low <= 0 {
        throw UsageError("\(key): a logarithmic range must begin above 0, not at \(short(low))")
      }
      if isInteger, Int(exactly: low) == nil || Int(exactly: high) == nil || max(-low, high) > 1e9 {
        throw UsageError(
          "\(key) is an integer: its range must be of integers up to 1e9, not \(short(low)) to \(short(high))")
      }
    case .choices(let choices):
      guard choices.count >= 2, Set(choices).count == choices.count, choices.count <= 100 else {
        throw UsageError(
          "\(key): give low:high, low:high:log or 2 to 100 different values, such as 64,128,256, not '\(choices.joined(separator: ","))'"
        )
      }
    }
  }

  /// A setting from its text: `low:high`, `low:high:log`, or values such as `64,128,256` and `[64,64],[128,128]`.
  public init(_ key: String, text: String) throws {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    guard (2...3).contains(parts.count), let low = Double(parts[0]), let high = Double(parts[1]) else {
      try self.init(key, .choices(Self.elements(of: text)))
      return
    }
    if parts.count == 3, parts[2] != "log" {
      throw UsageError("\(key): expected low:high or low:high:log, not '\(text)'")
    }
    try self.init(key, .range(low: low, high: high, isLogarithmic: parts.count == 3, isInteger: false))
  }

  /// The same of integers alone; choices stay as they are.
  public func ofIntegers() throws -> SearchDimension {
    guard case .range(let low, let high, let isLogarithmic, _) = values else { return self }
    return try SearchDimension(key, .range(low: low, high: high, isLogarithmic: isLogarithmic, isInteger: true))
  }

  /// What stands between commas that are in no brackets; without the brackets that are around all of it.
  private static func elements(of text: String) -> [String] {
    var (elements, element, depth, enclosed) = ([String](), "", 0, text.hasPrefix("["))
    for (index, character) in zip(text.indices, text) {
      if character == "[" { depth += 1 }
      if character == "]" { depth -= 1 }
      if depth == 0, text.index(after: index) != text.endIndex { enclosed = false }
      if character == ",", depth == 0 {
        elements.append(element)
        element = ""
      } else {
        element.append(character)
      }
    }
    if enclosed, text.count > 2, depth == 0 { return Self.elements(of: String(text.dropFirst().dropLast())) }
    return (elements + [element]).map { $0.trimmingCharacters(in: .whitespaces) }
  }

  /// Whether the values have no order.
  public var isChoice: Bool { if case .choices = values { true } else { false } }

  /// The text as ``init(_:text:)`` takes it.
  public var text: String {
    switch values {
    case .range(let low, let high, let isLogarithmic, _):
      "\(short(low)):\(short(high))\(isLogarithmic ? ":log" : "")"
    case .choices(let choices): choices.joined(separator: ",")
    }
  }

  /// The value at a coordinate of 0 to 1, as YAML writes it; numbers to four digits.
  public func value(at coordinate: Double) -> String {
    switch values {
    case .range(_, _, _, let isInteger):
      let number = number(at: coordinate)
      return isInteger ? "\(Int(number))" : short(number)
    case .choices(let choices): return choices[choice(at: coordinate)]
    }
  }

  /// The number at a coordinate; of choices the index.
  public func number(at coordinate: Double) -> Double {
    switch values {
    case .range(let low, let high, _, let isInteger):
      let (first, last) = ends
      let position = first + min(max(coordinate, 0), 1) * (last - first)
      let number = isLogarithmic ? exp(position) : position
      let rounded = isInteger ? number.rounded() : Double(String(format: "%.4g", number)) ?? number
      return min(max(rounded, low), high)
    case .choices: return Double(choice(at: coordinate))
    }
  }

  /// The coordinate of a number, of choices of an index.
  func coordinate(of number: Double) -> Double {
    if case .choices(let choices) = values { return (number + 0.5) / Double(choices.count) }
    let (first, last) = ends
    return min(max(((isLogarithmic ? log(number) : number) - first) / (last - first), 0), 1)
  }

  /// Whether a range is in equal ratios.
  public var isLogarithmic: Bool {
    if case .range(_, _, let isLogarithmic, _) = values { isLogarithmic } else { false }
  }

  private func choice(at coordinate: Double) -> Int {
    guard case .choices(let choices) = values else { return 0 }
    return min(max(Int(coordinate * Double(choices.count)), 0), choices.count - 1)
  }

  /// The ends of the coordinate, in logarithms where it is logarithmic. Each integer has a share of its own, so they
  /// reach half a step beyond.
  private var ends: (Double, Double) {
    guard case .range(let low, let high, let isLogarithmic, let isInteger) = values else { return (0, 1) }
    let margin = isInteger ? 0.5 : 0
    return isLogarithmic ? (log(low - margin), log(high + margin)) : (low - margin, high + margin)
  }
}

/// The settings that a search varies: a cube of side 1 with a coordinate for each.
public struct SearchSpace: Sendable, Equatable {
  /// The settings, one for each coordinate.
  public let dimensions: [SearchDimension]

  /// Throws `UsageError` where there is no setting, or one twice.
  public init(_ dimensions: [SearchDimension]) throws {
    guard !dimensions.isEmpty else {
      throw UsageError("the space names no setting: vary one, such as --vary critic_learning_rate=1e-4:1e-2:log")
    }
    for (index, dimension) in dimensions.enumerated()
    where dimensions[..<index].contains(where: { $0.key == dimension.key }) {
      throw UsageError("the space names \(dimension.key) twice")
    }
    self.dimensions = dimensions
  }

  /// The nearest point that a value stands for exactly: integers, choices and numbers of four digits lie at places of
  /// their own.
  func snapped(_ point: [Double]) -> [Double] {
    zip(dimensions, point).map { $0.coordinate(of: $0.number(at: $1)) }
  }

  /// The keys and values of the settings at a point.
  public func settings(at point: [Double]) -> [(key: String, value: String)] {
    zip(dimensions, point).map { ($0.key, $0.value(at: $1)) }
  }
}

private func short(_ number: Double) -> String { String(format: "%.4g", number) }
