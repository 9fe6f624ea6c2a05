import Foundation
import SinewSettings
import SinewTensor

/// What a parameter of an environment is drawn from at the beginning of each episode.
///
/// As text, on the command line and in `config.yaml`: `0.5`, `uniform:0.8,1.2`, `log_uniform:0.5,2`, `normal:1,0.1`
/// (mean, standard deviation), `normal:1,0.1,0.7,1.3` (and the bounds that it is clipped to), `choice:0.5,1,2`.
public enum ParameterDistribution: Sendable, Equatable {
  /// Always this value.
  case fixed(Double)
  /// Uniform between two values.
  case uniform(ClosedRange<Double>)
  /// With a uniform logarithm, between two values above 0.
  case logUniform(ClosedRange<Double>)
  /// Normal; what lies outside of `clip` becomes its nearer end.
  case normal(mean: Double, deviation: Double, clip: ClosedRange<Double>)
  /// One of some values, all equally likely.
  case choice([Double])

  /// The names of distributions other than a fixed value.
  static let kinds = ["uniform", "log_uniform", "normal", "choice"]

  /// Reads the text of a distribution.
  ///
  /// - Throws: ``EnvironmentError`` saying what is wrong; ``UnknownNameError`` for an unknown kind.
  public init(_ text: String) throws {
    guard let colon = text.firstIndex(of: ":") else {
      guard let value = Double(text) else {
        if Self.kinds.contains(text) { throw EnvironmentError("'\(text)' needs numbers, such as '\(text):0.8,1.2'") }
        throw EnvironmentError("expected a number or a distribution such as uniform:0.8,1.2, found '\(text)'")
      }
      try self.init(kind: nil, [value], clip: nil)
      return
    }
    let numbers = text[text.index(after: colon)...].split(separator: ",", omittingEmptySubsequences: false).map {
      Double($0.trimmingCharacters(in: .whitespaces))
    }
    let kind = String(text[..<colon])
    guard Self.kinds.contains(kind) else {
      throw UnknownNameError(kind: "distribution", name: kind, known: Self.kinds)
    }
    guard let values = numbers as? [Double] else {
      throw EnvironmentError("expected numbers with commas between them after '\(kind):', found '\(text)'")
    }
    let hasClip = kind == "normal" && values.count == 4
    try self.init(
      kind: kind, hasClip ? Array(values.prefix(2)) : values, clip: hasClip ? Array(values.suffix(2)) : nil)
  }

  /// A distribution of a kind (nil: fixed) with its numbers, checked.
  init(kind: String?, _ numbers: [Double], clip: [Double]?) throws {
    func require(_ condition: Bool, _ message: @autoclosure () -> String) throws {
      if !condition { throw EnvironmentError(message()) }
    }
    try require((numbers + (clip ?? [])).allSatisfy(\.isFinite), "its numbers must be finite")
    let title = kind ?? "a value"
    try require(
      kind == nil ? numbers.count == 1 : kind == "choice" ? !numbers.isEmpty : numbers.count == 2,
      kind == "normal"
        ? "normal takes a mean and a standard deviation, and bounds if need be"
        : kind == "choice" ? "choice takes at least one value" : "\(title) takes two numbers, low and high")
    try require(clip == nil || kind == "normal", "clip is for normal")
    if kind == "uniform" || kind == "log_uniform" {
      try require(numbers[0] <= numbers[1], "\(title): \(numbers[0]) is above \(numbers[1])")
    }
    switch kind {
    case "uniform": self = .uniform(numbers[0]...numbers[1])
    case "log_uniform":
      try require(numbers[0] > 0, "log_uniform takes numbers above 0")
      self = .logUniform(numbers[0]...numbers[1])
    case "normal":
      try require(numbers[1] >= 0, "normal: a standard deviation is not negative")
      let bounds = clip ?? [-.infinity, .infinity]
      try require(bounds.count == 2 && bounds[0] <= bounds[1], "clip takes two numbers, low and high")
      self = .normal(mean: numbers[0], deviation: numbers[1], clip: bounds[0]...bounds[1])
    case "choice": self = .choice(numbers)
    default: self = .fixed(numbers[0])
    }
  }

  /// The same distribution, known to stay in a range: a normal one without bounds of its own is clipped to it.
  ///
  /// - Throws: ``EnvironmentError`` where it could leave the range.
  public func bounded(to range: ClosedRange<Double>) throws -> ParameterDistribution {
    if case .normal(let mean, let deviation, let clip) = self, clip.lowerBound == -.infinity, range.contains(mean) {
      return .normal(mean: mean, deviation: deviation, clip: range)
    }
    for end in [support.lowerBound, support.upperBound] where !range.contains(end) {
      throw EnvironmentError("\(end.plain) is outside of \(range.lowerBound.plain) to \(range.upperBound.plain)")
    }
    return self
  }

  /// The least and the greatest value that it gives.
  public var support: ClosedRange<Double> {
    switch self {
    case .fixed(let value): value...value
    case .uniform(let range), .logUniform(let range): range
    case .normal(let mean, let deviation, let clip):
      deviation > 0 ? clip : clip.clamp(mean)...clip.clamp(mean)
    case .choice(let values): (values.min() ?? 0)...(values.max() ?? 0)
    }
  }

  /// The value, where there is but one.
  public var fixedValue: Double? { support.lowerBound == support.upperBound ? support.lowerBound : nil }

  /// Draws a value. A fixed one draws nothing.
  public func sample(using generator: inout RandomGenerator) -> Double {
    switch self {
    case .fixed(let value): value
    case .uniform(let range): generator.uniform(range)
    case .logUniform(let range):
      // Rounding must not leave the bounds.
      range.clamp(exp(generator.uniform(log(range.lowerBound)...log(range.upperBound))))
    case .normal(let mean, let deviation, let clip):
      clip.clamp(mean + deviation * generator.normal())
    case .choice(let values): values[generator.index(below: values.count)]
    }
  }
}

extension ParameterDistribution: CustomStringConvertible {
  /// The text that ``init(_:in:)`` reads the same distribution from.
  public var description: String {
    func text(_ kind: String, _ numbers: [Double]) -> String {
      "\(kind):\(numbers.map(\.plain).joined(separator: ","))"
    }
    return switch self {
    case .fixed(let value): value.plain
    case .uniform(let range): text("uniform", [range.lowerBound, range.upperBound])
    case .logUniform(let range): text("log_uniform", [range.lowerBound, range.upperBound])
    case .normal(let mean, let deviation, let clip):
      text("normal", [mean, deviation] + (clip.lowerBound.isFinite ? [clip.lowerBound, clip.upperBound] : []))
    case .choice(let values): text("choice", values)
    }
  }
}

extension ClosedRange<Double> {
  /// The number of the range that is nearest to `value`.
  func clamp(_ value: Double) -> Double { Swift.min(Swift.max(value, lowerBound), upperBound) }
}

extension Double {
  /// Without a needless fraction; reads back as the same number.
  var plain: String { Int(exactly: self).map(String.init) ?? "\(self)" }
}
