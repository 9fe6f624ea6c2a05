/// A setting whose type says what range it has. It is coded as the bare value, under the property's own name.
public protocol RangedSetting<Value>: Codable, Sendable, Equatable {
  /// What is set.
  associatedtype Value: Codable & Sendable & Equatable
  /// What would be right, as messages say it: "above 0".
  static var expected: String { get }
  /// Whether a value lies in the range; NaN never does.
  static func allows(_ value: Value) -> Bool

  /// The value.
  var wrappedValue: Value { get set }
  /// A setting of this value, which is not checked until the settings as a whole are.
  init(wrappedValue: Value)
}

extension RangedSetting {
  public init(from decoder: any Decoder) throws {
    self.init(wrappedValue: try decoder.singleValueContainer().decode(Value.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue)
  }

  /// Throws ``ConfigurationError`` with this key where the value is out of its range.
  func check(_ key: String) throws {
    if !Self.allows(wrappedValue) { throw ConfigurationError(key, wrappedValue, expected: Self.expected) }
  }
}

/// A finite number above 0.
@propertyWrapper public struct Positive<Value: BinaryFloatingPoint & Codable & Sendable>: RangedSetting {
  public static var expected: String { "above 0" }
  public static func allows(_ value: Value) -> Bool { value > 0 && value.isFinite }

  public var wrappedValue: Value
  public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }
}

/// A finite number, 0 or more.
@propertyWrapper public struct NotNegative<Value: BinaryFloatingPoint & Codable & Sendable>: RangedSetting {
  public static var expected: String { "0 or more" }
  public static func allows(_ value: Value) -> Bool { value >= 0 && value.isFinite }

  public var wrappedValue: Value
  public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }
}

/// 0 to 1, both included.
@propertyWrapper public struct Fraction<Value: BinaryFloatingPoint & Codable & Sendable>: RangedSetting {
  public static var expected: String { "0 to 1" }
  public static func allows(_ value: Value) -> Bool { value >= 0 && value <= 1 }

  public var wrappedValue: Value
  public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }
}

/// Above 0, at most 1.
@propertyWrapper public struct PositiveFraction<Value: BinaryFloatingPoint & Codable & Sendable>: RangedSetting {
  public static var expected: String { "above 0, at most 1" }
  public static func allows(_ value: Value) -> Bool { value > 0 && value <= 1 }

  public var wrappedValue: Value
  public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }
}

/// Strictly between 0 and 1.
@propertyWrapper public struct InnerFraction<Value: BinaryFloatingPoint & Codable & Sendable>: RangedSetting {
  public static var expected: String { "above 0, below 1" }
  public static func allows(_ value: Value) -> Bool { value > 0 && value < 1 }

  public var wrappedValue: Value
  public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }
}

/// 0 or more, below 1.
@propertyWrapper public struct FractionBelowOne<Value: BinaryFloatingPoint & Codable & Sendable>: RangedSetting {
  public static var expected: String { "0 or more, below 1" }
  public static func allows(_ value: Value) -> Bool { value >= 0 && value < 1 }

  public var wrappedValue: Value
  public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }
}

/// A whole number from `least` to `greatest`: `@CountWithin<2, 10_000> var atomCount = 101`.
@propertyWrapper public struct CountWithin<let least: Int, let greatest: Int>: RangedSetting {
  public static var expected: String { "\(least) to \(greatest)" }
  public static func allows(_ value: Int) -> Bool { (least...greatest).contains(value) }

  public var wrappedValue: Int
  public init(wrappedValue: Int) { self.wrappedValue = wrappedValue }
}

/// A whole number from 1 to more of anything than a machine holds: products of a few of them still fit an `Int`.
public typealias Count = CountWithin<1, 1_000_000_000>

/// The same, or 0.
public typealias CountOrNone = CountWithin<0, 1_000_000_000>

/// Widths of layers, one after another: at least one, at most ``deepest``, each from 1 to ``widest``.
@propertyWrapper public struct Widths: RangedSetting {
  /// The most layers.
  public static let deepest = 1_000
  /// The widest layer.
  public static let widest = Count.greatest
  public static var expected: String { "1 to \(deepest) widths from 1 to \(widest)" }
  public static func allows(_ value: [Int]) -> Bool {
    (1...deepest).contains(value.count) && value.allSatisfy { (1...widest).contains($0) }
  }

  public var wrappedValue: [Int]
  public init(wrappedValue: [Int]) { self.wrappedValue = wrappedValue }
}
