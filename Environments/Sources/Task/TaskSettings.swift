import Foundation
import SinewSettings
import Yams

/// A mapping of a task file, read key by key: what a ``Term`` is made from. Whatever nobody asked for is an error.
///
/// Every error is one line that names the file, the line and the key: an ``EnvironmentError``, or an
/// ``UnknownNameError`` with the nearest name.
public final class TaskSettings {
  /// The path of the file.
  public let file: String
  /// Where in the file, for example `reward.alive`; empty for the whole file.
  public let path: String
  private let line: Int?
  private var entries: [(key: String, value: Node, line: Int?)] = []
  private var asked: [String] = []

  /// Reads the keys of a mapping; an empty node is an empty mapping.
  init(_ node: Node, file: String, path: String) throws {
    self.file = file
    self.path = path
    line = node.mark?.line
    switch node {
    case .mapping(let mapping):
      for (key, value) in mapping {
        guard let name = key.scalar?.string else { throw error(at: key.mark?.line, "a key must be a word") }
        entries.append((name, value, key.mark?.line))
      }
    case .scalar(let scalar) where scalar.isEmpty: break
    default: throw error(at: line, "expected keys with values")
    }
  }

  /// Throws for the first key that nothing asked for, with the nearest of those that were.
  func finish() throws {
    for entry in entries where !asked.contains(entry.key) {
      throw unknownKey(entry.key, known: asked.sorted(), line: entry.line)
    }
  }

  // MARK: Values

  /// The number under a key that must be there, in a range.
  public func number(_ key: String, in range: ClosedRange<Double> = -.infinity ... .infinity) throws -> Double {
    guard let value = try optionalNumber(key, in: range) else { throw missing(key, "a number") }
    return value
  }

  /// The number under a key, in a range; the default where the key is absent.
  public func number(_ key: String, in range: ClosedRange<Double> = -.infinity ... .infinity, default: Double) throws
    -> Double
  {
    try optionalNumber(key, in: range) ?? `default`
  }

  /// The number under a key, in a range; nil where the key is absent.
  public func optionalNumber(_ key: String, in range: ClosedRange<Double> = -.infinity ... .infinity) throws -> Double?
  {
    guard let node = take(key) else { return nil }
    guard let value = node.scalar?.number else { throw wrong(key, node, "a number") }
    guard range.contains(value) else { throw wrong(key, node, Self.describe(range)) }
    return value
  }

  /// The whole number under a key that must be there, in a range.
  public func wholeNumber(_ key: String, in range: ClosedRange<Int>) throws -> Int {
    try whole(key, number(key, in: Double(range.lowerBound)...Double(range.upperBound)))
  }

  /// The whole number under a key, in a range; the default where the key is absent.
  public func wholeNumber(_ key: String, in range: ClosedRange<Int>, default: Int) throws -> Int {
    let value = try optionalNumber(key, in: Double(range.lowerBound)...Double(range.upperBound))
    return try value.map { try whole(key, $0) } ?? `default`
  }

  private func whole(_ key: String, _ value: Double) throws -> Int {
    guard let whole = Int(exactly: value) else { throw error(key, "expected a whole number, found \(value)") }
    return whole
  }

  /// The text under a key that must be there.
  public func text(_ key: String) throws -> String {
    guard let text = try optionalText(key) else { throw missing(key, "text") }
    return text
  }

  /// The text under a key; nil where the key is absent.
  public func optionalText(_ key: String) throws -> String? {
    guard let node = take(key) else { return nil }
    guard let text = node.scalar?.string, !text.isEmpty else { throw wrong(key, node, "text") }
    return text
  }

  /// `true` or `false` under a key.
  public func flag(_ key: String, default: Bool) throws -> Bool {
    guard let node = take(key) else { return `default` }
    switch node.scalar?.string {
    case "true": return true
    case "false": return false
    default: throw wrong(key, node, "true or false")
    }
  }

  /// The raw value of one of the cases of an enumeration under a key.
  public func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, default: Choice) throws -> Choice
  where Choice.RawValue == String {
    guard let text = try optionalText(key) else { return `default` }
    guard let choice = Choice(rawValue: text) else {
      throw UnknownNameError(
        kind: "value of \(full(key))", name: text, known: Choice.allCases.map(\.rawValue), place: place(lineOf(key)))
    }
    return choice
  }

  /// A list of words; nil where the key is absent.
  public func texts(_ key: String) throws -> [String]? {
    guard let node = take(key) else { return nil }
    guard let sequence = node.sequence else { throw wrong(key, node, "a list in brackets") }
    return try sequence.map { item in
      guard let text = item.scalar?.string else { throw wrong(key, item, "a list of names") }
      return text
    }
  }

  /// A list of `count` finite numbers; nil where the key is absent.
  public func numbers(_ key: String, count: Int) throws -> [Double]? {
    guard let node = take(key) else { return nil }
    let values = node.sequence?.compactMap { $0.scalar?.number }.filter(\.isFinite) ?? []
    guard values.count == count, node.sequence?.count == count else {
      throw wrong(key, node, "a list of \(count) numbers in brackets")
    }
    return values
  }

  /// The elements of a list; empty where the key is absent.
  func nodes(_ key: String) throws -> [Node] {
    guard let node = take(key) else { return [] }
    if let scalar = node.scalar, scalar.isEmpty { return [] }
    guard let sequence = node.sequence else { throw wrong(key, node, "a list (lines that begin with a dash)") }
    return Array(sequence)
  }

  /// A mapping of names to numbers; empty where the key is absent.
  func numbers(_ key: String, in range: ClosedRange<Double>) throws -> [(name: String, value: Double)] {
    guard let node = take(key) else { return [] }
    let inner = try TaskSettings(node, file: file, path: full(key))
    return try inner.entries.map { ($0.key, try inner.number($0.key, in: range)) }
  }

  /// The distribution under a key: a number, or one kind with its numbers in braces. Nil where it is absent.
  func distribution(_ key: String, in range: ClosedRange<Double>) throws -> ParameterDistribution? {
    guard let node = take(key) else { return nil }
    do {
      if let value = node.scalar?.number { return try ParameterDistribution.fixed(value).bounded(to: range) }
      guard node.mapping != nil else {
        throw wrong(key, node, "a number or a distribution such as {uniform: [0.8, 1.2]}")
      }
      let inner = try TaskSettings(node, file: file, path: full(key))
      guard let kind = ParameterDistribution.kinds.first(where: inner.has) else {
        throw inner.entries.first.map { inner.unknownKey($0.key, known: ParameterDistribution.kinds, line: $0.line) }
          ?? wrong(key, node, "a distribution such as {uniform: [0.8, 1.2]}")
      }
      let distribution = try ParameterDistribution(
        kind: kind, inner.list(kind) ?? [], clip: kind == "normal" ? inner.list("clip") : nil)
      try inner.finish()
      return try distribution.bounded(to: range)
    } catch let error as EnvironmentError where !error.description.hasPrefix(file) {
      throw self.error(at: node.mark?.line ?? lineOf(key), "\(full(key)): \(error.description)")
    }
  }

  /// A list of finite numbers of any length; nil where the key is absent.
  private func list(_ key: String) throws -> [Double]? {
    guard let node = take(key) else { return nil }
    let values = node.sequence?.compactMap { $0.scalar?.number }.filter(\.isFinite) ?? []
    guard !values.isEmpty, values.count == node.sequence?.count else { throw wrong(key, node, "numbers in brackets") }
    return values
  }

  /// All keys, as they stand in the file.
  var keys: [String] { entries.map(\.key) }

  func has(_ key: String) -> Bool { entries.contains { $0.key == key } }

  /// Throws for the first key that is none of `known`: before anything is said to be missing.
  func requireKnown(_ known: [String]) throws {
    for entry in entries where !known.contains(entry.key) {
      throw unknownKey(entry.key, known: known.sorted(), line: entry.line)
    }
  }

  /// Whether a key has keys below it.
  func isMapping(_ key: String) -> Bool { entries.first { $0.key == key }?.value.mapping != nil }

  /// The keys that were asked for, whether or not they are there.
  var askedKeys: [String] { asked }

  /// Whether a key has a list.
  func isList(_ key: String) -> Bool { entries.first { $0.key == key }?.value.sequence != nil }

  /// The mapping under a key; nil where it is absent. Its reader must ``finish()`` it.
  func mapping(_ key: String) throws -> TaskSettings? {
    guard let node = take(key) else { return nil }
    return try TaskSettings(node, file: file, path: full(key))
  }

  // MARK: Errors

  /// An error about a key of this mapping.
  public func error(_ key: String, _ message: String) -> EnvironmentError {
    error(at: lineOf(key), "\(full(key)): \(message)")
  }

  /// An error about a name that a key of this mapping gives.
  func unknown(_ kind: String, _ name: String, key: String, line: Int? = nil, known: [String]) -> UnknownNameError {
    UnknownNameError(kind: "\(kind) in \(full(key))", name: name, known: known, place: place(line ?? lineOf(key)))
  }

  /// An error about a key of this mapping that is none of `known`.
  func unknownKey(_ key: String, known: [String]) -> UnknownNameError {
    unknownKey(key, known: known, line: lineOf(key))
  }

  /// What the reader of these settings threw, with where they are, unless it says so itself.
  func placed(_ error: any Error) -> any Error {
    if error is EnvironmentError || error is UnknownNameError { return error }
    let line = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
    return self.error(at: self.line, "\(path): \(line)")
  }

  private func full(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  private func lineOf(_ key: String) -> Int? { entries.first { $0.key == key }?.line ?? line }

  private func place(_ line: Int?) -> String { line.map { "\(file):\($0)" } ?? file }

  private func error(at line: Int?, _ message: String) -> EnvironmentError {
    EnvironmentError("\(place(line)): \(message)")
  }

  /// An error about an absent key, or about the present one that seems to be it, mistyped.
  private func missing(_ key: String, _ expected: String) -> any Error {
    let others = entries.filter { !asked.contains($0.key) }
    if let entry = others.first(where: { NearestName.suggestion(for: $0.key, among: [key]) != nil }) {
      return unknownKey(entry.key, known: [key], line: entry.line)
    }
    return error(at: line, "\(full(key)) is missing; it takes \(expected)")
  }

  private func unknownKey(_ key: String, known: [String], line: Int?) -> UnknownNameError {
    UnknownNameError(kind: path.isEmpty ? "key" : "key of \(path)", name: key, known: known, place: place(line))
  }

  private func wrong(_ key: String, _ node: Node, _ expected: String) -> EnvironmentError {
    let found = node.scalar.map { "'\($0.string.prefix(60))'" } ?? (node.sequence == nil ? "keys" : "a list")
    return error(at: node.mark?.line ?? lineOf(key), "\(full(key)): expected \(expected), found \(found)")
  }

  private func take(_ key: String) -> Node? {
    if !asked.contains(key) { asked.append(key) }
    return entries.first { $0.key == key }?.value
  }

  private static func describe(_ range: ClosedRange<Double>) -> String {
    switch (range.lowerBound.isFinite, range.upperBound.isFinite) {
    case (true, true): "a number from \(range.lowerBound.formatted) to \(range.upperBound.formatted)"
    case (true, false): "a number of at least \(range.lowerBound.formatted)"
    case (false, true): "a number of at most \(range.upperBound.formatted)"
    case (false, false): "a number"
    }
  }
}

extension Node.Scalar {
  fileprivate var isEmpty: Bool { style == .plain && (string.isEmpty || string == "~" || string == "null") }

  /// The number it spells; nil for anything else, NaN included.
  fileprivate var number: Double? {
    guard style == .plain else { return nil }
    switch string {
    case ".inf", "+.inf": return .infinity
    case "-.inf": return -.infinity
    default: return string.contains { $0.isLetter && $0 != "e" && $0 != "E" } ? nil : Double(string)
    }
  }
}

extension Double {
  /// Without a needless fraction.
  fileprivate var formatted: String { Int(exactly: self).map(String.init) ?? "\(self)" }
}
