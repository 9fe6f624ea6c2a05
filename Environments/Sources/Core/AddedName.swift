/// What names a program may give to what it adds.
public enum AddedName {
  /// How the words of a name are joined.
  public enum Word: Sendable {
    /// `torque_squared`.
    case snakeCase
    /// `cartpole-swingup`.
    case kebabCase

    var example: String { self == .snakeCase ? "like torque_squared" : "like cartpole-swingup" }
    var joint: UInt8 { self == .snakeCase ? UInt8(ascii: "_") : UInt8(ascii: "-") }
  }

  /// Throws for a name that could not be written where it is to be, or that is taken.
  ///
  /// - Parameters:
  ///   - name: the name.
  ///   - kind: what is named, such as "the environment".
  ///   - word: how its words are joined.
  ///   - taken: the names that there are.
  ///   - shipped: those among them that come with the package.
  public static func check(_ name: String, of kind: String, word: Word, taken: [String], shipped: [String]) throws {
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z"), digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard let first = name.utf8.first, letters.contains(first),
      name.utf8.allSatisfy({ letters.contains($0) || digits.contains($0) || $0 == word.joint })
    else {
      throw EnvironmentError(
        "'\(name.prefix(60))' cannot be the name of \(kind): it takes small letters and digits, \(word.example)")
    }
    if shipped.contains(name) {
      throw EnvironmentError("\(kind) '\(name)' comes with Sinew: give yours another name")
    }
    if taken.contains(name) {
      throw EnvironmentError("\(kind) '\(name)' is added twice: one of the two needs another name")
    }
  }
}
