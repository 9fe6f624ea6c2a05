extension ValueTree {
  /// The tree as a YAML document with snake_case keys; lists on one line.
  public var yaml: String { yamlLines(indentation: "").joined(separator: "\n") + "\n" }

  private func yamlLines(indentation: String) -> [String] {
    entries.flatMap { entry -> [String] in
      switch entry.value {
      case .table(let entries) where !entries.isEmpty:
        ["\(indentation)\(entry.key):"] + entry.value.yamlLines(indentation: indentation + "  ")
      default: ["\(indentation)\(entry.key): \(entry.value.yamlScalar)"]
      }
    }
  }

  private var yamlScalar: String {
    switch self {
    case .absent: "null"
    case .boolean(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .number(let value): value.isFinite ? value.description : (value.isNaN ? ".nan" : value > 0 ? ".inf" : "-.inf")
    case .text(let value): isPlain(value) ? value : quoted(value)
    case .list(let values): "[" + values.map(\.yamlScalar).joined(separator: ", ") + "]"
    case .table: "{}"
    }
  }

  /// Whether every YAML reader takes the unquoted text for this text, and not for a number, a truth value or syntax.
  private func isPlain(_ text: String) -> Bool {
    let words: Set = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
    guard let first = text.first, first.isASCII, first.isLetter || first == "_" || first == "/" else { return false }
    return !words.contains(text.lowercased())
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-./".contains($0)) }
  }
}
