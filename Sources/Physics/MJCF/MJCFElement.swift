/// One element of an MJCF file: a plain tree, read by `MJCFParser`.
struct MJCFElement {
  /// An attribute's text and the line of the element it was written in (a default's, where it comes from one).
  struct Value {
    var text: String
    var line: Int

    /// A list shorter than the one it overrides replaces only the first numbers, as in MuJoCo.
    static func override(_ inherited: Value, by own: Value) -> Value {
      let words = own.text.split(whereSeparator: \.isWhitespace)
      let tail = inherited.text.split(whereSeparator: \.isWhitespace).dropFirst(words.count)
      guard !words.isEmpty, !tail.isEmpty else { return own }
      return Value(text: (words + tail).joined(separator: " "), line: own.line)
    }
  }

  var name: String
  var line: Int
  var attributes: [String: Value]
  var children: [MJCFElement] = []
}

/// What a hostile file may cost before it is refused.
enum MJCFLimits {
  static let bytes = 4 << 20
  static let depth = 100
  static let elements = 20_000
  static let bodies = 256
  static let geometries = 1024
  static let joints = 512
  static let magnitude = 1e10
}
