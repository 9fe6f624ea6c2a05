/// A value as people read and write it: tables of named values in the order they were declared.
///
/// Any `Encodable` becomes a tree (`ValueTree(encoding:)`), a tree is overlaid with what the user says
/// (`ValueTree+Overlay`), shown as YAML or JSON, and decoded back into the type it came from. Table keys are shown in
/// snake_case.
public indirect enum ValueTree: Sendable, Equatable {
  /// An optional value that is absent; `kind` is what would be accepted in its place.
  case absent(Kind)
  /// true or false.
  case boolean(Bool)
  /// A whole number.
  case integer(Int)
  /// A real number.
  case number(Double)
  /// A piece of text.
  case text(String)
  /// Values in order, all of one kind.
  case list([ValueTree])
  /// Named values in the order of their declaration.
  case table([Entry])

  /// One named value of a table.
  public struct Entry: Sendable, Equatable {
    /// The name in Swift (`averagingRate`).
    public let property: String
    /// The name in files and commands (`averaging_rate`).
    public let key: String
    /// What it holds.
    public var value: ValueTree

    /// Names a value; the key is the property's name in snake_case.
    public init(_ property: String, _ value: ValueTree) {
      self.property = property
      self.key = snakeCase(property)
      self.value = value
    }
  }

  /// What sort of value a place accepts.
  public enum Kind: String, Sendable {
    case boolean = "true or false"
    case integer = "an integer"
    case number = "a number"
    case text = "a text"
    case list = "a list"
    case table = "a table of keys"
  }

  /// What sort of value this is.
  public var kind: Kind {
    switch self {
    case .absent(let kind): kind
    case .boolean: .boolean
    case .integer: .integer
    case .number: .number
    case .text: .text
    case .list: .list
    case .table: .table
    }
  }

  /// The named values of a table; empty for anything else.
  public var entries: [Entry] {
    if case .table(let entries) = self { entries } else { [] }
  }

  /// The value under `key` (snake_case) of a table; nil when there is none. Setting an unknown key adds it; setting
  /// nil removes it.
  public subscript(key: String) -> ValueTree? {
    get { entries.first { $0.key == key }?.value }
    set {
      var entries = entries
      let index = entries.firstIndex { $0.key == key }
      switch (index, newValue) {
      case (let index?, let value?): entries[index].value = value
      case (let index?, nil): entries.remove(at: index)
      case (nil, let value?): entries.append(Entry(key, value))
      case (nil, nil): return
      }
      self = .table(entries)
    }
  }
}

extension ValueTree {
  /// Adds an element to the list under `key`.
  public mutating func append(_ element: ValueTree, to key: String) {
    if case .list(let values)? = self[key] { self[key] = .list(values + [element]) }
  }
}

extension ValueTree {
  /// The first value under this key here or in a table inside; nil where there is none.
  package func first(_ key: String) -> ValueTree? {
    self[key] ?? entries.lazy.compactMap { $0.value.first(key) }.first
  }

  /// Replaces what ``first(_:)`` gives; false where there is none.
  package mutating func replace(_ key: String, with value: ValueTree) -> Bool {
    if self[key] != nil {
      self[key] = value
      return true
    }
    for entry in entries {
      var inner = entry.value
      if inner.replace(key, with: value) {
        self[entry.key] = inner
        return true
      }
    }
    return false
  }
}
