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
    // Some programs write the zero byte at the end of their own strings too.
    var bytes = Array(text.utf8)
    while bytes.last == 0 { bytes.removeLast() }
    try refuseDocumentType(text, bytes, source: source)
    try removeDeclaration(&bytes, source: source)
    try boundAttributes(bytes, source: source)
    let delegate = MarkupParser(source: source)
    let parser = XMLParser(data: Data(bytes))
    parser.shouldResolveExternalEntities = false
    parser.delegate = delegate
    let complete = parser.parse()
    if let error = delegate.error { throw error }
    guard complete, let root = delegate.root else {
      throw ModelError(source: source, line: max(parser.lineNumber, 1), message: "is not well-formed XML")
    }
    return root
  }

  /// Entities can only be declared in a document type, which model files never have.
  private static func refuseDocumentType(_ text: String, _ bytes: [UInt8], source: String) throws(ModelError) {
    func line(of index: String.Index) -> Int { text[..<index].utf8.reduce(1) { $0 + ($1 == 10 ? 1 : 0) } }
    for token in ["<!DOCTYPE", "<!ENTITY"] {
      if let range = text.range(of: token, options: .caseInsensitive) {
        throw ModelError(
          source: source, line: line(of: range.lowerBound), message: "document types and entities are not allowed")
      }
    }
    if bytes.contains(0) {
      throw ModelError(source: source, message: "contains a zero byte; it is not a text file")
    }
    try refuseEmptyInstructions(bytes, source: source)
  }

  /// Puts spaces in place of the XML declaration: the parser refuses one behind an empty line or with another version
  /// than 1, such as the 0.0 of many URDF files. Another encoding than UTF-8 could hide a document type.
  private static func removeDeclaration(_ bytes: inout [UInt8], source: String) throws(ModelError) {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    guard let start = bytes.firstIndex(where: { $0 > UInt8(ascii: " ") }), bytes[start...].starts(with: "<?xml".utf8),
      let end = bytes[start...].firstIndex(of: UInt8(ascii: ">")), bytes[start + 5] <= UInt8(ascii: " ")
    else { return }
    let declaration = String(decoding: bytes[start...end], as: UTF8.self).lowercased()
    if declaration.contains("encoding") && !declaration.contains("utf-8") && !declaration.contains("us-ascii") {
      throw ModelError(source: source, line: 1, message: "is not declared as UTF-8")
    }
    for index in start...end where bytes[index] != UInt8(ascii: "\n") { bytes[index] = UInt8(ascii: " ") }
  }

  /// Foundation ends the process on a processing instruction that is only a name. One that begins within another, or in
  /// a comment, is judged too: what counts is that none gets through.
  private static func refuseEmptyInstructions(_ bytes: [UInt8], source: String) throws(ModelError) {
    var (line, start, words, wasSpace, last) = (1, 0, 0, true, UInt8(0))
    for byte in bytes {
      if byte == UInt8(ascii: "\n") { line += 1 }
      if last == UInt8(ascii: "<") && byte == UInt8(ascii: "?") {
        (start, words, wasSpace) = (line, 0, true)
      } else if start > 0 && last == UInt8(ascii: "?") && byte == UInt8(ascii: ">") {
        guard words > 1 else {
          throw ModelError(source: source, line: start, message: "an empty processing instruction is not allowed")
        }
        start = 0
      } else {
        let isSpace = byte <= UInt8(ascii: " ")
        // The question mark of the end is no word by itself.
        if wasSpace && !isSpace && byte != UInt8(ascii: "?") { words += 1 }
        wasSpace = isSpace
      }
      last = byte
    }
  }

  /// The parser's time grows with the square of an element's attributes. Before it sees any, they are counted: by the
  /// quotes that open in a tag, outside comments and what else is no tag.
  private static func boundAttributes(_ bytes: [UInt8], source: String) throws(ModelError) {
    var (line, start, count) = (1, 1, 0)
    var (isTag, quote) = (false, UInt8(0))
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\n") { line += 1 }
      if quote != 0 {
        if byte == quote { quote = 0 }
      } else if isTag {
        if byte == UInt8(ascii: ">") { isTag = false }
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
          (quote, count) = (byte, count + 1)
          guard count <= ImportLimits.attributes else {
            throw ModelError(
              source: source, line: start, message: "an element has more than \(ImportLimits.attributes) attributes")
          }
        }
      } else if byte == UInt8(ascii: "<") {
        if let end = endOfOther(bytes, from: index) {
          line += bytes[index + 1..<end].reduce(0) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
          index = end
          continue
        }
        (isTag, start, count) = (true, line, 0)
      }
      index += 1
    }
  }

  /// Where a comment, a section of plain text or an instruction that begins at `start` ends; nil if none begins there.
  private static func endOfOther(_ bytes: [UInt8], from start: Int) -> Int? {
    for (opening, closing) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")]
    where bytes[start...].starts(with: opening.utf8) {
      let closing = Array(closing.utf8)
      var index = start + opening.utf8.count
      while index + closing.count <= bytes.count {
        if bytes[index] == closing[0], bytes[index...].starts(with: closing) { return index + closing.count }
        index += 1
      }
      return bytes.count
    }
    return nil
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
