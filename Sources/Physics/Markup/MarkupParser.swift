import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Turns the text of an XML file into a tree of elements. Document types and entities are refused, and size, depth and
/// number of elements are bounded, so that a hostile file costs no more than its length.
final class MarkupParser: NSObject, XMLParserDelegate {
  private let source: String
  private var stack: [MarkupElement] = []
  private var root: MarkupElement?
  private var elementCount = 0
  private var error: ModelError?

  private init(source: String) { self.source = source }

  static func parse(_ text: String, source: String) throws(ModelError) -> MarkupElement {
    guard text.utf8.count <= ImportLimits.bytes else {
      throw ModelError(
        source: source, message: "larger than \(ImportLimits.bytes >> 20) MiB, the limit for a model file")
    }
    try refuseDocumentType(text, source: source)
    let delegate = MarkupParser(source: source)
    let parser = XMLParser(data: Data(text.utf8))
    parser.shouldResolveExternalEntities = false
    parser.delegate = delegate
    let complete = parser.parse()
    if let error = delegate.error { throw error }
    guard complete, let root = delegate.root else {
      throw ModelError(source: source, line: max(parser.lineNumber, 1), message: "is not well-formed XML")
    }
    return root
  }

  /// Entities can only be declared in a document type, which model files never have; other encodings could hide one.
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
    var rest = text[...]
    while let start = rest.range(of: "<?"), let end = rest[start.upperBound...].range(of: "?>") {
      // Foundation ends the process on a processing instruction that is only a name.
      guard rest[start.upperBound..<end.lowerBound].split(whereSeparator: \.isWhitespace).count > 1 else {
        throw ModelError(
          source: source, line: line(of: start.lowerBound), message: "an empty processing instruction is not allowed")
      }
      rest = rest[end.upperBound...]
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
    if stack.count >= ImportLimits.depth {
      return refuse(parser, "\(elementName.prefix(60)): elements are nested deeper than \(ImportLimits.depth)")
    }
    if elementCount > ImportLimits.elements {
      return refuse(parser, "\(elementName.prefix(60)): more than \(ImportLimits.elements) elements")
    }
    let line = max(parser.lineNumber, 1)
    let values = attributes.mapValues { MarkupElement.Value(text: $0, line: line, source: source) }
    stack.append(MarkupElement(name: elementName, line: line, source: source, attributes: values))
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
    guard error == nil, !string.allSatisfy(\.isWhitespace) else { return }
    guard !stack.isEmpty else { return }
    stack[stack.count - 1].text += string.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  func parser(_ parser: XMLParser, parseErrorOccurred parseError: any Error) {
    guard error == nil else { return }
    error = ModelError(source: source, line: max(parser.lineNumber, 1), message: "is not well-formed XML")
  }
}
