import Foundation

/// Reads surfaces from STL (binary and text), OBJ and MuJoCo's own MSH files.
enum MeshFile {
  /// Corners and triangles as the file has them.
  struct Surface {
    var vertices: [SIMD3<Double>] = []
    var triangles: [SIMD3<Int32>] = []
  }

  static let extensions = ["stl", "obj", "msh"]

  /// Reads a file, whose kind its extension names.
  ///
  /// - Throws: `ModelError` naming the file and, in text, the line.
  static func read(_ url: URL) throws(ModelError) -> Surface {
    try read(
      ModelFile.bytes(of: url, limit: ImportLimits.meshBytes), kind: url.pathExtension.lowercased(),
      source: url.lastPathComponent)
  }

  /// Reads the bytes of a file of a `kind` out of `extensions`.
  ///
  /// - Throws: `ModelError` naming the file and, in text, the line.
  static func read(_ data: Data, kind: String, source: String) throws(ModelError) -> Surface {
    let bytes = [UInt8](data)
    var surface: Surface
    switch kind {
    case "stl": surface = try isText(bytes) ? readTextSTL(bytes, source) : readBinarySTL(bytes, source)
    case "obj": surface = try readOBJ(bytes, source)
    case "msh": surface = try readMSH(bytes, source)
    default:
      throw ModelError(
        source: source, message: "meshes of the kind '\(kind.prefix(20))' are not read; use STL, OBJ or MSH")
    }
    let isPoints = surface.triangles.isEmpty && surface.vertices.count >= 4
    guard !surface.triangles.isEmpty || isPoints else { throw ModelError(source: source, message: "has no triangles") }
    for vertex in surface.vertices where !(abs(vertex.x) < 1e6 && abs(vertex.y) < 1e6 && abs(vertex.z) < 1e6) {
      throw ModelError(source: source, message: "has a vertex that is not finite or farther than 1000 km")
    }
    if isPoints {
      // As in MuJoCo, points without triangles are their hull.
      guard surface.vertices.count <= ImportLimits.points else {
        throw ModelError(source: source, message: "has more than \(ImportLimits.points) points without triangles")
      }
      guard let hull = ConvexHull(surface.vertices) else {
        throw ModelError(source: source, message: "has no triangles, and its points lie in a plane")
      }
      return Surface(vertices: hull.vertices, triangles: hull.triangles)
    }
    surface.triangles.removeAll { $0.x == $0.y || $0.y == $0.z || $0.x == $0.z }
    guard !surface.triangles.isEmpty else { throw ModelError(source: source, message: "has no triangle with an area") }
    return surface
  }

  private static func tooMany(_ source: String) -> ModelError {
    ModelError(source: source, message: "has more than \(ImportLimits.meshVertices) vertices or triangles")
  }

  /// Binary files may begin with "solid" too: what decides is whether the length fits.
  private static func isText(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= 84 else { return true }
    let count = word(bytes, 80)
    if 84 + 50 * Int(count) == bytes.count { return false }
    return bytes.prefix(512).allSatisfy { $0 < 128 && $0 != 0 }
  }

  private static func word(_ bytes: [UInt8], _ at: Int) -> UInt32 {
    UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2]) << 16 | UInt32(bytes[at + 3]) << 24
  }

  private static func real(_ bytes: [UInt8], _ at: Int) -> Double { Double(Float(bitPattern: word(bytes, at))) }

  private static func readBinarySTL(_ bytes: [UInt8], _ source: String) throws(ModelError) -> Surface {
    let count = Int(word(bytes, 80))
    guard 84 + 50 * count <= bytes.count else {
      throw ModelError(
        source: source, message: "announces \(count) triangles, but holds at most \((bytes.count - 84) / 50)")
    }
    guard count <= ImportLimits.meshVertices else { throw tooMany(source) }
    var collector = Collector()
    for triangle in 0..<count {
      let at = 84 + 50 * triangle + 12
      var corners = SIMD3<Int32>()
      for k in 0..<3 {
        let start = at + 12 * k
        corners[k] = collector.index(
          of: SIMD3(real(bytes, start), real(bytes, start + 4), real(bytes, start + 8)))
      }
      collector.surface.triangles.append(corners)
    }
    return collector.surface
  }

  /// Joins corners that are the same point.
  private struct Collector {
    var surface = Surface()
    private var known: [SIMD3<Double>: Int32] = [:]

    mutating func index(of vertex: SIMD3<Double>) -> Int32 {
      if let index = known[vertex] { return index }
      let index = Int32(surface.vertices.count)
      surface.vertices.append(vertex)
      // A NaN is equal to nothing; it is refused later.
      if vertex.isFinite { known[vertex] = index }
      return index
    }
  }

  private static func readTextSTL(_ bytes: [UInt8], _ source: String) throws(ModelError) -> Surface {
    var collector = Collector()
    var corners: [Int32] = []
    try forEachLine(of: bytes, source: source) { (words, line) throws(ModelError) in
      guard words.first == "vertex" else { return }
      guard words.count == 4, let vertex = point(words.dropFirst()) else {
        throw ModelError(source: source, line: line, message: "vertex takes three numbers")
      }
      corners.append(collector.index(of: vertex))
      guard corners.count == 3 else { return }
      guard collector.surface.triangles.count < ImportLimits.meshVertices else { throw tooMany(source) }
      collector.surface.triangles.append(SIMD3(corners[0], corners[1], corners[2]))
      corners = []
    }
    guard corners.isEmpty else { throw ModelError(source: source, message: "ends within a triangle") }
    return collector.surface
  }

  private static func readOBJ(_ bytes: [UInt8], _ source: String) throws(ModelError) -> Surface {
    var surface = Surface()
    try forEachLine(of: bytes, source: source) { (words, line) throws(ModelError) in
      switch words.first {
      case "v":
        guard words.count >= 4, let vertex = point(words[1...3]) else {
          throw ModelError(source: source, line: line, message: "v takes three numbers")
        }
        guard surface.vertices.count < ImportLimits.meshVertices else { throw tooMany(source) }
        surface.vertices.append(vertex)
      case "f":
        guard words.count >= 4 else {
          throw ModelError(source: source, line: line, message: "f takes three corners or more")
        }
        var corners: [Int32] = []
        for word in words.dropFirst() {
          let first = word.prefix { $0 != "/" }
          guard let number = Int(first), number != 0 else {
            throw ModelError(source: source, line: line, message: "f has the corner '\(word.prefix(30))'")
          }
          let index = number > 0 ? number - 1 : surface.vertices.count + number
          guard surface.vertices.indices.contains(index) else {
            throw ModelError(
              source: source, line: line,
              message: "f names vertex \(number), and there are \(surface.vertices.count) before it")
          }
          corners.append(Int32(index))
        }
        guard surface.triangles.count + corners.count <= ImportLimits.meshVertices else { throw tooMany(source) }
        for k in 2..<corners.count { surface.triangles.append(SIMD3(corners[0], corners[k - 1], corners[k])) }
      default: break
      }
    }
    return surface
  }

  /// Four counts (vertices, normals, texture coordinates, triangles), then the arrays.
  private static func readMSH(_ bytes: [UInt8], _ source: String) throws(ModelError) -> Surface {
    guard bytes.count >= 16 else { throw ModelError(source: source, message: "is too short") }
    let counts = (0..<4).map { Int(Int32(bitPattern: word(bytes, 4 * $0))) }
    guard counts.allSatisfy({ (0...ImportLimits.meshVertices).contains($0) }) else { throw tooMany(source) }
    let size = 16 + 12 * counts[0] + 12 * counts[1] + 8 * counts[2] + 12 * counts[3]
    guard size == bytes.count else {
      throw ModelError(source: source, message: "has \(bytes.count) bytes where its counts make \(size)")
    }
    var surface = Surface()
    for index in 0..<counts[0] {
      let at = 16 + 12 * index
      surface.vertices.append(SIMD3(real(bytes, at), real(bytes, at + 4), real(bytes, at + 8)))
    }
    for index in 0..<counts[3] {
      let at = size - 12 * counts[3] + 12 * index
      let corners = SIMD3(
        Int32(bitPattern: word(bytes, at)), Int32(bitPattern: word(bytes, at + 4)),
        Int32(bitPattern: word(bytes, at + 8)))
      guard corners.min() >= 0, corners.max() < Int32(counts[0]) else {
        throw ModelError(source: source, message: "triangle \(index) names a vertex that is not there")
      }
      surface.triangles.append(corners)
    }
    return surface
  }

  private static func point(_ words: ArraySlice<Substring>) -> SIMD3<Double>? {
    let numbers = words.compactMap { Double($0) }
    return numbers.count == 3 ? SIMD3(numbers[0], numbers[1], numbers[2]) : nil
  }

  private static func forEachLine(
    of bytes: [UInt8], source: String, _ body: ([Substring], Int) throws(ModelError) -> Void
  ) throws(ModelError) {
    var line = 0
    for piece in bytes.split(separator: 10, omittingEmptySubsequences: false) {
      line += 1
      guard let text = String(validating: piece, as: UTF8.self) else {
        throw ModelError(source: source, line: line, message: "is not text")
      }
      try body(text.split(whereSeparator: \.isWhitespace), line)
    }
  }
}
