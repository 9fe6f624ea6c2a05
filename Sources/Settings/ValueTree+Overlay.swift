import Foundation
import SinewFiles
import Yams

extension ValueTree {
  /// Largest configuration file read, bytes; anything larger is a mistake or an attack.
  package static let maximumFileSize = 1 << 16

  /// Overlays the values of a YAML file, which may name any subset of the keys.
  ///
  /// A key is a path in the tree, or the end of one where that is not ambiguous: `batch_size` and
  /// `hyperparameters: {batch_size: …}` are the same. Throws `UsageError` naming the file and the key.
  public mutating func overlay(yamlFile url: URL) throws {
    let name = url.relativePath
    let text = try FileSystem.readText(url, atMost: Self.maximumFileSize)
    try overlay(yaml: text, place: name)
  }

  /// The text under a key at the root of a YAML file. Throws `UsageError` where it is missing.
  public static func text(under key: String, inYAMLFile url: URL) throws -> String {
    var tree = ValueTree.table([Entry(key, .text(""))])
    let text = try FileSystem.readText(url, atMost: maximumFileSize)
    try refuseDeepNesting(of: text, place: url.relativePath)
    guard let node = try? Yams.compose(yaml: text)?[key] else {
      throw UsageError("\(url.relativePath): the key '\(key)' is missing")
    }
    try tree.assign(node, to: [key], place: url.relativePath)
    return if case .text(let value)? = tree[key] { value } else { "" }
  }

  /// Every value of a YAML file that is no mapping, as text under its dotted key, in the file's order. Throws
  /// `UsageError` where it is no YAML.
  package static func leaves(inYAMLFile url: URL) throws -> [(key: String, value: String)] {
    let text = try FileSystem.readText(url, atMost: maximumFileSize)
    try refuseDeepNesting(of: text, place: url.relativePath)
    let root: Node?
    do { root = try Yams.compose(yaml: text) } catch {
      throw UsageError("\(url.relativePath): not valid YAML: \(firstLine("\(error)"))")
    }
    func written(_ node: Node) -> String {
      switch node {
      case .scalar(let scalar): scalar.string
      case .sequence(let sequence): "[" + sequence.map(written).joined(separator: ", ") + "]"
      case .mapping(let mapping): mapping.isEmpty ? "{}" : "…"
      case .alias: "…"
      }
    }
    func leaves(_ node: Node, under path: String) -> [(key: String, value: String)] {
      guard case .mapping(let mapping) = node, !mapping.isEmpty else { return [(path, written(node))] }
      return mapping.flatMap { key, value in
        leaves(value, under: path.isEmpty ? written(key) : "\(path).\(written(key))")
      }
    }
    return root.map { leaves($0, under: "") } ?? []
  }

  /// Overlays the values of a YAML text; `place` names it in errors.
  public mutating func overlay(yaml text: String, place: String) throws {
    try refuseDeepNesting(of: text, place: place)
    let root: Node?
    do { root = try Yams.compose(yaml: text) } catch {
      throw UsageError("\(place): not valid YAML: \(firstLine("\(error)"))")
    }
    switch root {
    case nil: return
    case .mapping(let mapping)?: try overlay(mapping, under: [], place: place)
    case .scalar(let scalar)? where scalar.string.isEmpty || scalar.string == "null": return
    default: throw UsageError("\(place): expected keys and values, such as 'steps: 100000'")
    }
  }

  /// Overlays one `key=value`, the value in YAML (`hidden_sizes=[64,64]`); `place` names it in errors.
  public mutating func overlay(assignment: String, place: String = "--set") throws {
    guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else {
      throw UsageError("\(place) '\(assignment)': expected key=value, such as batch_size=256")
    }
    let path = assignment[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let text = String(assignment[assignment.index(after: equals)...])
    try refuseDeepNesting(of: text, place: "\(place) \(path.joined(separator: "."))")
    // What is not YAML by itself (a bare colon in a path) is still a text.
    let node = (try? Yams.compose(yaml: text)) ?? Node(text)
    try assign(node, to: path, place: place)
  }

  private mutating func overlay(_ mapping: Node.Mapping, under path: [String], place: String) throws {
    for (key, value) in mapping {
      guard case .scalar(let scalar) = key else { throw UsageError("\(place): a key must be a word") }
      let path = path + scalar.string.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      if case .mapping(let inner) = value, try kind(at: resolve(path, place: place)) == .table {
        try overlay(inner, under: path, place: place)
      } else {
        try assign(value, to: path, place: place)
      }
    }
  }

  private mutating func assign(_ node: Node, to path: [String], place: String) throws {
    let path = try resolve(path, place: place)
    func replace(in tree: ValueTree, _ rest: ArraySlice<String>) throws -> ValueTree {
      guard let key = rest.first else {
        return try tree.replacement(from: node, at: "\(place): \(path.joined(separator: "."))")
      }
      var tree = tree
      if let inner = tree[key] { tree[key] = try replace(in: inner, rest.dropFirst()) }
      return tree
    }
    self = try replace(in: self, path[...])
  }

  /// The whole path that `path` stands for.
  private func resolve(_ path: [String], place: String) throws -> [String] {
    // British throughout; `normalize_observations` of older files is the same.
    let path = path.map { $0.replacing("normaliz", with: "normalis") }
    let all = paths
    if all.contains(path) { return path }
    let matches = all.filter { $0.count > path.count && $0.last == path.last && path.isSubsequence(of: $0) }
    switch matches.count {
    case 1: return matches[0]
    case 0:
      let name = path.joined(separator: ".")
      let known = settableNames
      let hint =
        NearestName.question(for: name, among: known) ?? "known keys: \(known.joined(separator: ", "))"
      throw UsageError("\(place): unknown key '\(name)'; \(hint)")
    default:
      let choices = matches.map { "'\($0.joined(separator: "."))'" }.joined(separator: " or ")
      throw UsageError("\(place): the key '\(path.joined(separator: "."))' could mean \(choices)")
    }
  }

  /// What can be set, as it is named: with its group, but for the algorithm's own.
  public var settableNames: [String] {
    paths.filter { kind(at: $0) != .table }
      .map { $0.first == "hyperparameters" ? $0.suffix(1).joined() : $0.joined(separator: ".") }.sorted()
  }

  /// Every path of the tree, tables included, from the root.
  private var paths: [[String]] {
    entries.flatMap { entry in [[entry.key]] + entry.value.paths.map { [entry.key] + $0 } }
  }

  private func kind(at path: [String]) -> Kind? {
    path.reduce(ValueTree?.some(self)) { tree, key in tree?[key] }?.kind
  }

  /// `node` as a value of the same kind as this one.
  private func replacement(from node: Node, at place: String) throws -> ValueTree {
    func wrong(_ got: String) -> UsageError {
      UsageError("\(place): expected \(kind.rawValue)\(example), got \(got)")
    }
    switch node {
    case .scalar(let scalar):
      let text = scalar.string
      if case .absent = self, scalar.style != .doubleQuoted, ["null", "~", ""].contains(text) { return self }
      guard kind != .list, let value = ValueTree(text, kind: kind) else { throw wrong("'\(firstLine(text))'") }
      return value
    case .sequence(let sequence):
      guard kind == .list else { throw wrong("a list") }
      let element: ValueTree =
        if case .list(let values) = self, let first = values.first {
          first
        } else {
          // Nothing says what an empty list is of.
          .absent(sequence.allSatisfy { Double($0.scalar?.string ?? "") != nil } ? .number : .text)
        }
      return .list(try sequence.map { try element.replacement(from: $0, at: place) })
    case .mapping: throw wrong("a table of keys")
    default: throw wrong("a YAML alias")
    }
  }

  /// The value of a scalar's text, nil when it is not of that kind.
  private init?(_ text: String, kind: Kind) {
    let digits = text.replacing("_", with: "")
    switch kind {
    case .boolean:
      switch text.lowercased() {
      case "true", "yes", "on": self = .boolean(true)
      case "false", "no", "off": self = .boolean(false)
      default: return nil
      }
    case .integer:
      // 1e6 is how people write a million steps.
      guard let value = Int(digits) ?? Double(digits).flatMap(Int.init(exactly:)) else { return nil }
      self = .integer(value)
    case .number:
      guard let value = Double(digits), value.isFinite else { return nil }
      self = .number(value)
    case .text: self = .text(text)
    case .list, .table: return nil
    }
  }

  /// What would be right, after what is expected.
  private var example: String {
    switch self {
    case .absent: ""
    case .table(let entries): " (\(entries.map(\.key).joined(separator: ", ")))"
    default: ", such as " + ValueTree.table([Entry("x", self)]).yaml.dropFirst(3).trimmingCharacters(in: .newlines)
    }
  }
}

/// Refuses a text nested so deeply that a recursive parser would overrun its stack: no configuration goes beyond three.
private func refuseDeepNesting(of text: String, place: String) throws {
  let openings = text.utf8.count { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }
  let deepestLine =
    text.utf8.split(separator: UInt8(ascii: "\n")).lazy.map { line in
      line.prefix { [UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":")].contains($0) }.count
    }.max() ?? 0
  if openings > 200 || deepestLine > 200 { throw UsageError("\(place): nested too deeply") }
}

package func firstLine(_ text: String) -> String {
  String(text.split(whereSeparator: \.isNewline).first ?? "")
}

extension [String] {
  /// Whether these words come in another list in this order, with others between: groups may be left out of a path.
  fileprivate func isSubsequence(of other: [String]) -> Bool {
    var rest = self[...]
    for word in other where word == rest.first { rest.removeFirst() }
    return rest.isEmpty
  }
}
