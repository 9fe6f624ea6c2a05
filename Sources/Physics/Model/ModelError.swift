/// Why a model could not be read: one line that says where, what was wrong and what would be right.
public struct ModelError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file or the name given for the text.
  public var source: String
  /// Line in the text, from 1; nil where no line is to blame.
  public var line: Int?
  /// What was wrong, beginning with the element.
  public var message: String

  /// An error from its parts.
  public init(source: String, line: Int? = nil, message: String) {
    (self.source, self.line, self.message) = (Self.singleLine(source), line, Self.singleLine(message))
  }

  /// The text with line breaks, which names out of a file may hold, made visible as spaces.
  static func singleLine(_ text: String) -> String {
    guard text.contains(where: \.isNewline) else { return text }
    return String(text.map { $0.isNewline ? " " : $0 })
  }

  /// `source:line: message`.
  public var description: String { line.map { "\(source):\($0): \(message)" } ?? "\(source): \(message)" }
}
