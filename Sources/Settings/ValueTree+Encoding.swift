extension ValueTree {
  /// The tree of any encodable value, tables in the order of the type's declaration.
  ///
  /// Throws `EncodingError` for what a tree cannot hold: integers beyond `Int`.
  public init(encoding value: some Encodable) throws {
    let node = EncodedNode()
    try node.encode(value, path: [])
    self = node.tree
  }
}

/// A place in the tree under construction; containers write into it.
private final class EncodedNode {
  private enum Content {
    case leaf(ValueTree)
    case elements([EncodedNode])
    case children([(property: String, node: EncodedNode)])
  }
  private var content = Content.children([])

  var tree: ValueTree {
    switch content {
    case .leaf(let tree): tree
    case .elements(let nodes): .list(nodes.map(\.tree))
    case .children(let children): .table(children.map { ValueTree.Entry($0.property, $0.node.tree) })
    }
  }

  var elementCount: Int { if case .elements(let nodes) = content { nodes.count } else { 0 } }

  func becomeList() { content = .elements([]) }

  func addElement() -> EncodedNode {
    let node = EncodedNode()
    if case .elements(let nodes) = content { content = .elements(nodes + [node]) }
    return node
  }

  func addChild(_ property: String) -> EncodedNode {
    let node = EncodedNode()
    if case .children(let children) = content { content = .children(children + [(property, node)]) }
    return node
  }

  func setAbsent(_ kind: ValueTree.Kind) { content = .leaf(.absent(kind)) }

  func encode<Value: Encodable>(_ value: Value, path: [any CodingKey]) throws {
    switch value {
    case let value as Bool: content = .leaf(.boolean(value))
    case let value as String: content = .leaf(.text(value))
    case let value as Double: content = .leaf(.number(value))
    // By way of its shortest text, so that 3e-4 stays 0.0003 and does not become 0.0003000000142.
    case let value as Float: content = .leaf(.number(Double(value.description) ?? Double(value)))
    case let value as any BinaryInteger:
      guard let integer = Int(exactly: value) else {
        throw EncodingError.invalidValue(value, .init(codingPath: path, debugDescription: "beyond 64 signed bits"))
      }
      content = .leaf(.integer(integer))
    default: try value.encode(to: TreeEncoder(node: self, codingPath: path))
    }
  }
}

private struct TreeEncoder: Encoder {
  let node: EncodedNode
  var codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(KeyedContainer(node: node, codingPath: codingPath))
  }
  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    node.becomeList()
    return ListContainer(node: node, codingPath: codingPath)
  }
  func singleValueContainer() -> any SingleValueEncodingContainer {
    SingleContainer(node: node, codingPath: codingPath)
  }
}

private struct KeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let node: EncodedNode
  var codingPath: [any CodingKey]

  func encodeNil(forKey key: Key) { node.addChild(key.stringValue).setAbsent(.text) }
  func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
    try node.addChild(key.stringValue).encode(value, path: codingPath + [key])
  }

  // An absent optional stays in the tree with its kind, so that it shows in the file and can be set.
  private func encode<T: Encodable>(optional value: T?, _ kind: ValueTree.Kind, _ key: Key) throws {
    let child = node.addChild(key.stringValue)
    if let value { try child.encode(value, path: codingPath + [key]) } else { child.setAbsent(kind) }
  }
  func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try encode(optional: value, .boolean, key) }
  func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try encode(optional: value, .integer, key) }
  func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws { try encode(optional: value, .integer, key) }
  func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try encode(optional: value, .number, key) }
  func encodeIfPresent(_ value: Float?, forKey key: Key) throws { try encode(optional: value, .number, key) }
  func encodeIfPresent(_ value: String?, forKey key: Key) throws { try encode(optional: value, .text, key) }
  func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: Key) throws {
    try encode(optional: value, T.self is any Sequence.Type ? .list : .text, key)
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy keyType: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    TreeEncoder(node: node.addChild(key.stringValue), codingPath: codingPath + [key]).container(keyedBy: keyType)
  }
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    TreeEncoder(node: node.addChild(key.stringValue), codingPath: codingPath + [key]).unkeyedContainer()
  }
  func superEncoder() -> any Encoder { TreeEncoder(node: node.addChild("super"), codingPath: codingPath) }
  func superEncoder(forKey key: Key) -> any Encoder {
    TreeEncoder(node: node.addChild(key.stringValue), codingPath: codingPath + [key])
  }
}

private struct ListContainer: UnkeyedEncodingContainer {
  let node: EncodedNode
  var codingPath: [any CodingKey]
  var count: Int { node.elementCount }

  func encodeNil() { node.addElement().setAbsent(.text) }
  func encode<T: Encodable>(_ value: T) throws { try node.addElement().encode(value, path: codingPath) }
  func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type) -> KeyedEncodingContainer<Nested> {
    TreeEncoder(node: node.addElement(), codingPath: codingPath).container(keyedBy: keyType)
  }
  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    TreeEncoder(node: node.addElement(), codingPath: codingPath).unkeyedContainer()
  }
  func superEncoder() -> any Encoder { TreeEncoder(node: node.addElement(), codingPath: codingPath) }
}

private struct SingleContainer: SingleValueEncodingContainer {
  let node: EncodedNode
  var codingPath: [any CodingKey]

  func encodeNil() { node.setAbsent(.text) }
  func encode<T: Encodable>(_ value: T) throws { try node.encode(value, path: codingPath) }
}
