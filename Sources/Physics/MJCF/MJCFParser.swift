import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Turns the text of an MJCF file into a tree of elements. Document types and entities are refused, and size,
/// depth and number of elements are bounded, so that a hostile file costs no more than its length.
final class MJCFParser: NSObject, XMLParserDelegate {
  private let source: String
  private var stack: [MJCFElement] = []
  private var root: MJCFElement?
  private var elementCount = 0
  private var error: ModelError?

  private init(source: String) { self.source = source }

  static func parse(_ text: String, source: String) throws(ModelError) -> MJCFElement {
    guard text.utf8.count <= MJCFLimits.bytes else {
      throw ModelError(source: source, message: "larger than \(MJCFLimits.bytes >> 20) MiB, the limit for a model file")
    }
    try refuseDocumentType(text, source: source)
    let delegate = MJCFParser(source: source)
    let parser = XMLParser(data: Data(text.utf8))
    parser.shouldResolveExternalEntities = false
    parser.delegate = delegate
    let complete = parser.parse()
    if let error = delegate.error { throw error }
    guard complete, let root = delegate.root else {
      throw ModelError(source: source, line: max(parser.lineNumber, 1), message: "is not well-formed XML")
    }
    guard root.name == "mujoco" else {
      throw ModelError(source: source, line: root.line, message: "the root element is '\(root.name)', not 'mujoco'")
    }
    return root
  }

  /// Entities can only be declared in a document type, which MJCF never has; other encodings could hide one.
  private static func refuseDocumentType(_ text: String, source: String) throws(ModelError) {
    func line(of index: String.Index) -> Int { text[..<index].utf8.reduce(1) { $0 + ($1 == 10 ? 1 : 0) } }
    for token in ["<!DOCTYPE", "<!ENTITY"] {
      if let range = text.range(of: token, options: .caseInsensitive) {
        throw ModelError(
          source: source, line: line(of: range.lowerBound), message: "document types and entities are not allowed")
      }
    }
    if text.utf8.contains(0) {
      throw ModelError(source: source, message: "contains a zero byte; it is not a text file")
    }
    guard text.hasPrefix("<?xml"), let end = text.range(of: "?>") else { return }
    let declaration = text[..<end.lowerBound].lowercased()
    guard declaration.contains("encoding") else { return }
    guard declaration.contains("utf-8") || declaration.contains("us-ascii") else {
      throw ModelError(source: source, line: 1, message: "is not declared as UTF-8")
    }
  }

  private func refuse(_ parser: XMLParser, _ message: String) {
    error = error ?? ModelError(source: source, line: max(parser.lineNumber, 1), message: message)
    parser.abortParsing()
  }

  func parser(
    _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    guard error == nil else { return }
    elementCount += 1
    if stack.count >= MJCFLimits.depth {
      return refuse(parser, "\(elementName): elements are nested deeper than \(MJCFLimits.depth)")
    }
    if elementCount > MJCFLimits.elements {
      return refuse(parser, "\(elementName): more than \(MJCFLimits.elements) elements")
    }
    let line = max(parser.lineNumber, 1)
    let values = attributes.mapValues { MJCFElement.Value(text: $0, line: line) }
    stack.append(MJCFElement(name: elementName, line: line, attributes: values))
  }

  func parser(
    _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?, qualifiedName: String?
  ) {
    guard error == nil, let element = stack.popLast() else { return }
    if stack.isEmpty {
      root = root ?? element
    } else {
      stack[stack.count - 1].children.append(element)
    }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    guard error == nil else { return }
    if !string.allSatisfy(\.isWhitespace) {
      refuse(parser, "\(stack.last?.name ?? "document"): text between elements has no meaning in MJCF")
    }
  }

  func parser(_ parser: XMLParser, parseErrorOccurred parseError: any Error) {
    guard error == nil else { return }
    let why = "is not well-formed XML"
    error = ModelError(source: source, line: max(parser.lineNumber, 1), message: why)
  }
}
