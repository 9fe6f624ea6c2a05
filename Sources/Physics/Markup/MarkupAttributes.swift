/// The attributes of one element, read as numbers and words with errors that say where.
struct MarkupAttributes {
  var element: String
  var line: Int
  var source: String
  var values: [String: MarkupElement.Value]

  func error(_ name: String, _ message: String) -> ModelError {
    ModelError(
      source: values[name]?.source ?? source, line: values[name]?.line ?? line,
      message: "\(element): \(name) \(message)")
  }

  /// The element named, for messages: `geom 'foot'`.
  var title: String { values["name"].map { "\(element) '\($0.text.prefix(60))'" } ?? element }

  func missing(_ name: String) -> ModelError {
    ModelError(source: source, line: line, message: "\(title): needs the attribute '\(name)'")
  }

  func string(_ name: String) throws(ModelError) -> String? { values[name]?.text }

  /// - Parameter infinite: whether a number may be infinite, as the end of a range that has none.
  func numbers(
    _ name: String, count: ClosedRange<Int>, infinite: Bool = false
  ) throws(ModelError) -> [Double]? {
    guard let text = values[name]?.text else { return nil }
    var result: [Double] = []
    for word in text.split(whereSeparator: \.isWhitespace) {
      guard let number = Double(word), abs(number) <= ImportLimits.magnitude || infinite && number.isInfinite else {
        throw error(name, "is '\(text.prefix(60))'; '\(word.prefix(30))' is not a number within ±1e18")
      }
      result.append(number)
      if result.count > count.upperBound { break }
    }
    guard count.contains(result.count) else {
      let wanted = count.count == 1 ? "\(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
      throw error(name, "is '\(text.prefix(60))'; it takes \(wanted) numbers")
    }
    return result
  }

  func number(_ name: String) throws(ModelError) -> Double? { try numbers(name, count: 1...1)?.first }

  func nonNegative(_ name: String) throws(ModelError) -> Double? {
    guard let value = try number(name) else { return nil }
    guard value >= 0 else { throw error(name, "is \(value); it must not be negative") }
    return value
  }

  func integer(_ name: String, _ range: ClosedRange<Int>) throws(ModelError) -> Int? {
    guard let value = try number(name) else { return nil }
    guard let integer = Int(exactly: value), range.contains(integer) else {
      throw error(name, "is \(value); it takes a whole number in \(range.lowerBound)…\(range.upperBound)")
    }
    return integer
  }

  func vector(_ name: String) throws(ModelError) -> SIMD3<Double>? {
    guard let n = try numbers(name, count: 3...3) else { return nil }
    return SIMD3(n[0], n[1], n[2])
  }

  func unit(_ name: String, _ vector: SIMD3<Double>) throws(ModelError) -> SIMD3<Double> {
    guard let result = direction(vector) else { throw error(name, "has no direction") }
    return result
  }

  func keyword(_ name: String, _ words: [String]) throws(ModelError) -> String? {
    guard let text = values[name]?.text else { return nil }
    guard words.contains(text) else {
      throw error(name, "is '\(text.prefix(60))'; it takes \(words.joined(separator: ", "))")
    }
    return text
  }

  func flag(_ name: String) throws(ModelError) -> Bool? { try keyword(name, ["true", "false"]).map { $0 == "true" } }

  /// A range in force: given, and switched on by `limited` or, if that is absent or "auto", by `automatic`. Without a
  /// word of `limited`, two equal numbers are none, as in MuJoCo.
  func range(_ name: String, limited: String, automatic: Bool) throws(ModelError) -> ClosedRange<Double>? {
    let bounds = try numbers(name, count: 2...2, infinite: true)
    switch try keyword(limited, ["true", "false", "auto"]) {
    case "false": return nil
    case "true":
      if bounds == nil { throw error(limited, "is true without '\(name)'") }
    default:
      guard let bounds, bounds[0] != bounds[1] else { return nil }
      guard automatic else { throw error(name, "is given without '\(limited)' while autolimits are off") }
    }
    guard let bounds else { return nil }
    guard bounds[0] < bounds[1] else { throw error(name, "is \(bounds[0]) to \(bounds[1]); the first must be smaller") }
    return MarkupAttributes.range(bounds[0], bounds[1])
  }

  /// The range between two ends in order; one at infinity is put out of reach. Nil if both are at infinity.
  static func range(_ lower: Double, _ upper: Double) -> ClosedRange<Double>? {
    if lower.isInfinite && upper.isInfinite { return nil }
    return (lower.isInfinite ? -ImportLimits.magnitude : lower)...(upper.isInfinite ? ImportLimits.magnitude : upper)
  }
}

extension MarkupAttributes {
  /// The first of one or more numbers: MuJoCo's newest files give further coefficients, which say how it bends.
  func firstNonNegative(_ name: String) throws(ModelError) -> Double? {
    guard let value = try numbers(name, count: 1...8)?.first else { return nil }
    guard value >= 0 else { throw error(name, "is \(value); it must not be negative") }
    return value
  }
}
