import Foundation

extension ValueTree {
  /// One line of JSON with snake_case keys. What JSON cannot hold (a non-finite number) is written as null.
  public var json: String { json(keyedBy: \.key) }

  /// Indented JSON with snake_case keys, for people and programs.
  public var indentedJSON: String { json(keyedBy: \.key, indentation: "") }

  /// The value of type `Value` that this tree describes.
  ///
  /// Throws `UsageError` when the tree does not fit the type; a tree made from a `Value` and then overlaid
  /// always fits, except where the type's own `init(from:)` refuses.
  public func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(json(keyedBy: \.property).utf8))
    } catch DecodingError.dataCorrupted(let context), DecodingError.typeMismatch(_, let context),
      DecodingError.valueNotFound(_, let context), DecodingError.keyNotFound(_, let context)
    {
      // A number that no Float holds makes the decoder call all of it unreadable, without saying where.
      if context.codingPath.isEmpty, let (key, value) = numberBeyondFloat(under: "") {
        throw UsageError(
          "\(key) is \(value), expected a number between \(-Float.greatestFiniteMagnitude) and \(Float.greatestFiniteMagnitude)"
        )
      }
      let path = context.codingPath.map { snakeCase($0.stringValue) }.joined(separator: ".")
      throw UsageError("\(path.isEmpty ? "configuration" : path): \(context.debugDescription)")
    }
  }

  /// The first number that is too large for 32 bits, and its key.
  private func numberBeyondFloat(under key: String) -> (key: String, value: Double)? {
    switch self {
    case .number(let value) where abs(value) > Double(Float.greatestFiniteMagnitude): return (key, value)
    case .list(let values): return values.lazy.compactMap { $0.numberBeyondFloat(under: key) }.first
    case .table(let entries):
      return entries.lazy.compactMap { entry in
        entry.value.numberBeyondFloat(under: key.isEmpty ? entry.key : "\(key).\(entry.key)")
      }.first
    default: return nil
    }
  }

  private func json(keyedBy name: KeyPath<Entry, String>, indentation: String? = nil) -> String {
    switch self {
    case .absent: return "null"
    case .boolean(let value): return value ? "true" : "false"
    case .integer(let value): return String(value)
    case .number(let value): return value.isFinite ? value.description : "null"
    case .text(let value): return quoted(value)
    case .list(let values):
      return "[" + values.map { $0.json(keyedBy: name) }.joined(separator: indentation == nil ? "," : ", ") + "]"
    case .table(let entries):
      guard let indentation else {
        return "{"
          + entries.map { quoted($0[keyPath: name]) + ":" + $0.value.json(keyedBy: name) }
          .joined(separator: ",") + "}"
      }
      if entries.isEmpty { return "{}" }
      let inner = indentation + "  "
      let lines = entries.map {
        inner + quoted($0[keyPath: name]) + ": " + $0.value.json(keyedBy: name, indentation: inner)
      }
      return "{\n" + lines.joined(separator: ",\n") + "\n" + indentation + "}"
    }
  }
}

/// `text` in double quotes with what JSON and YAML want escaped.
func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\t": result += "\\t"
    case "\r": result += "\\r"
    case _ where scalar.value < 0x20 || scalar.value == 0x7F:
      result += "\\u" + String(format: "%04x", scalar.value)
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
