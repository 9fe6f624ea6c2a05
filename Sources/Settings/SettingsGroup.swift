/// Settings that belong together: a struct of values with defaults, of which some are ``RangedSetting``s and some are
/// groups themselves.
///
/// ```swift
/// struct Configuration: HyperParameters {
///   @PositiveFraction var averagingRate: Float = 0.005
///   var network = NetworkSettings()
/// }
/// ```
///
/// The keys in files and commands are the properties' names in snake_case: `averaging_rate`, `network.hidden_sizes`.
public protocol SettingsGroup: Codable, Sendable {
  /// The defaults.
  init()
  /// Throws ``ConfigurationError`` for values that do not go together. Ranges of single values are their types'.
  func validate() throws
}

extension SettingsGroup {
  public func validate() throws {}

  /// Checks every range here and in the groups inside, then the rules between values.
  ///
  /// - Throws: ``ConfigurationError`` naming the first key that is wrong, with its groups: `network.hidden_sizes`.
  public func check() throws { try check(path: "") }

  private func check(path: String) throws {
    for child in Mirror(reflecting: self).children {
      guard let label = child.label else { continue }
      // A wrapped property is stored under its name with an underscore.
      let key = path + snakeCase(label.hasPrefix("_") ? String(label.dropFirst()) : label)
      switch child.value {
      case let setting as any RangedSetting: try setting.check(key)
      case let group as any SettingsGroup: try group.check(path: key + ".")
      case let number as any BinaryFloatingPoint where !number.isFinite:
        throw ConfigurationError(key, number, expected: "a finite number")
      default: break
      }
    }
    do { try validate() } catch var error as ConfigurationError {
      error.key = path + error.key
      throw error
    }
  }
}

/// A setting out of its range: one line.
public struct ConfigurationError: Error, CustomStringConvertible {
  /// The key as it is spelled in configuration files.
  public var key: String
  private let value: String
  private let expected: String

  /// The key, its value, and what would be right.
  public var description: String { "\(key) is \(value), expected \(expected)" }

  /// An error about `key`, as it is spelled in configuration files.
  public init(_ key: String, _ value: Any, expected: String) {
    (self.key, self.value, self.expected) = (key, "\(value)", expected)
  }
}

/// Throws ``ConfigurationError`` unless the condition holds.
public func require(_ condition: Bool, _ key: String, _ value: Any, expected: String) throws {
  if !condition { throw ConfigurationError(key, value, expected: expected) }
}

/// `averagingRate` → `averaging_rate`, `targetQValue` → `target_q_value`; snake_case stays as it is.
public func snakeCase(_ name: String) -> String {
  let letters = Array(name)
  var result = ""
  for (index, letter) in letters.enumerated() {
    if letter.isUppercase, index > 0 {
      let previous = letters[index - 1]
      let endsAcronym = index + 1 < letters.count && letters[index + 1].isLowercase && previous.isUppercase
      if previous.isLowercase || previous.isNumber || endsAcronym { result.append("_") }
    }
    result.append(contentsOf: letter.lowercased())
  }
  return result
}
