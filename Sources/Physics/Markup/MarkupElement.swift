/// One element of a model file: a plain tree, read by `MarkupParser`.
struct MarkupElement {
  /// An attribute's text and the place of the element it was written in (a default's, where it comes from one).
  struct Value {
    var text: String
    var line: Int
    var source: String

    /// A list shorter than the one it overrides replaces only the first numbers, as in MuJoCo.
    static func override(_ inherited: Value, by own: Value) -> Value {
      let words = own.text.split(whereSeparator: \.isWhitespace)
      let tail = inherited.text.split(whereSeparator: \.isWhitespace).dropFirst(words.count)
      guard !words.isEmpty, !tail.isEmpty else { return own }
      return Value(text: (words + tail).joined(separator: " "), line: own.line, source: own.source)
    }
  }

  var name: String
  var line: Int
  /// The file it stands in, as messages call it.
  var source: String
  var attributes: [String: Value]
  var children: [MarkupElement] = []
  /// What stands between its tags, white space trimmed.
  var text = ""
  /// What is added to the names that an `attach` brings: one in a `replicate` stands for several.
  var suffix = ""

  /// An error about the element.
  func error(_ message: String) -> ModelError {
    ModelError(source: source, line: line, message: "\(title): \(message)")
  }

  /// The element named, for messages: `geom 'foot'`.
  var title: String {
    guard let name = attributes["name"]?.text, !name.isEmpty else { return self.name }
    return "\(self.name) '\(name.prefix(60))'"
  }

  /// The first child with this name.
  func child(_ name: String) -> MarkupElement? { children.first { $0.name == name } }
}

/// What a hostile file may cost before it is refused.
enum ImportLimits {
  /// Bytes of one text, and of one mesh.
  static let bytes = 4 << 20
  static let meshBytes = 64 << 20
  static let depth = 100
  /// Attributes of one element.
  static let attributes = 200
  /// Elements of a file with all that it includes.
  static let elements = 50_000
  static let files = 64
  /// `replicate` elements of a file with all that it includes.
  static let replicates = 200
  static let bodies = 1000
  static let geometries = 2000
  static let joints = 1000
  static let meshes = 1000
  /// Vertices or triangles of one mesh, and of all together.
  static let meshVertices = 2_000_000
  static let allVertices = 8_000_000
  /// Points that a mesh without triangles is the hull of.
  static let points = 100_000
  static let magnitude = 1e18
}
