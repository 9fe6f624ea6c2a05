/// One element of an MJCF file: a plain tree, read by `MJCFParser`.
struct MJCFElement {
  /// An attribute's text and the line of the element it was written in (a default's, where it comes from one).
  struct Value {
    var text: String
    var line: Int
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
