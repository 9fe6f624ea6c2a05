/// How far two convex cores are apart, or how deep one is in the other, and along which way.
///
/// For a unit direction n the overlap is how far the first must go along n to be clear of the second: that of the pair
/// is the least of all directions, negative where they are apart. Every direction gives a valid overlap, so that
/// whatever rounding does to the search, what comes out of it is finite and parts the pair.
struct ConvexDistance {
  /// From the second shape to the first.
  private(set) var normal = SIMD3<Double>(0, 0, 1)
  private(set) var overlap = 0.0
  /// The cores' points that are nearest, or deepest.
  private(set) var firstPoint = SIMD3<Double>.zero
  private(set) var secondPoint = SIMD3<Double>.zero

  /// A point of the difference, second − first, and what it is the difference of.
  private struct Vertex {
    var difference = SIMD3<Double>.zero
    var first = SIMD3<Double>.zero
    var second = SIMD3<Double>.zero
  }

  private struct Face {
    var a: Int32
    var b: Int32
    var c: Int32
    var normal: SIMD3<Double>
    /// Of its plane from the origin, negative where the origin is in front of it.
    var distance: Double
  }

  private static let mostVertices = 96
  private static let mostFaces = 512
  private let vertices: UnsafeMutablePointer<Vertex>
  private let faces: UnsafeMutablePointer<Face>
  private let edges: UnsafeMutablePointer<SIMD2<Int32>>
  private var vertexCount = 0
  private var faceCount = 0
  private var edgeCount = 0
  /// The simplex's corners (the first of `vertices`) and their shares in its point nearest to the origin.
  private var shares = SIMD4<Double>.zero
  private var scale = 1.0

  init() {
    vertices = .allocate(capacity: ConvexDistance.mostVertices)
    vertices.initialize(repeating: Vertex(), count: ConvexDistance.mostVertices)
    faces = .allocate(capacity: ConvexDistance.mostFaces)
    faces.initialize(
      repeating: Face(a: 0, b: 0, c: 0, normal: .zero, distance: 0), count: ConvexDistance.mostFaces)
    edges = .allocate(capacity: ConvexDistance.mostFaces)
    edges.initialize(repeating: .zero, count: ConvexDistance.mostFaces)
  }

  func deallocate() {
    vertices.deallocate()
    faces.deallocate()
    edges.deallocate()
  }

  /// Finds the overlap of two cores; false if they are farther apart than their radii reach.
  mutating func find(_ first: ConvexShape, _ second: ConvexShape) -> Bool {
    scale = max(first.extent + second.extent, 1e-12)
    let reach = first.radius + second.radius
    guard reach > 0 else { return penetrate(first, second, reach: reach) }
    switch approach(first, second, reach: reach) {
    case .apart: return false
    case .near(isSure: true): return true
    case .near(isSure: false):
      // So near that the direction may be rounding's: the better of both.
      let (normal, overlap, firstPoint, secondPoint) = (self.normal, self.overlap, self.firstPoint, self.secondPoint)
      guard penetrate(first, second, reach: reach) else { return false }
      if overlap < self.overlap {
        (self.normal, self.overlap, self.firstPoint, self.secondPoint) = (normal, overlap, firstPoint, secondPoint)
      }
      return true
    case .overlapping: return penetrate(first, second, reach: reach)
    }
  }

  /// The overlap along a unit direction.
  static func overlap(_ first: ConvexShape, _ second: ConvexShape, along normal: SIMD3<Double>) -> Double {
    dot(normal, second.support(normal) - first.support(-normal))
  }

  private func vertex(_ first: ConvexShape, _ second: ConvexShape, _ direction: SIMD3<Double>) -> Vertex {
    let (a, b) = (first.support(-direction), second.support(direction))
    return Vertex(difference: b - a, first: a, second: b)
  }
}

// MARK: Apart

/// Gilbert, Johnson and Keerthi, "A fast procedure for computing the distance between complex objects in
/// three-dimensional space" (1988).
extension ConvexDistance {
  private enum Approach {
    case apart, near(isSure: Bool), overlapping
  }

  private mutating func approach(_ first: ConvexShape, _ second: ConvexShape, reach: Double) -> Approach {
    var toward = first.centre - second.centre
    if dot(toward, toward) < 1e-24 * scale * scale { toward = SIMD3(1, 0, 0) }
    vertices[0] = vertex(first, second, toward)
    vertexCount = 1
    shares = SIMD4(1, 0, 0, 0)
    var nearest = vertices[0].difference
    var squared = dot(nearest, nearest)
    for _ in 0..<64 {
      // So near, the direction is rounding's.
      guard squared > 1e-20 * scale * scale else { return .overlapping }
      let next = vertex(first, second, -nearest)
      let bound = dot(nearest, next.difference)
      // How far the cores are apart at least.
      if bound > 0, bound * bound > reach * reach * squared { return .apart }
      if squared - bound <= 1e-13 * squared { break }
      var isKnown = false
      for index in 0..<vertexCount where vertices[index].difference == next.difference { isKnown = true }
      if isKnown { break }
      let old = (vertices[0], vertices[1], vertices[2], vertices[3], vertexCount, shares)
      vertices[vertexCount] = next
      vertexCount += 1
      guard let found = nearestOfSimplex() else { return .overlapping }
      let foundSquared = dot(found, found)
      guard foundSquared < squared else {
        // No nearer: this is as far as rounding goes.
        (vertices[0], vertices[1], vertices[2], vertices[3], vertexCount, shares) = old
        break
      }
      (nearest, squared) = (found, foundSquared)
    }
    let distance = squared.squareRoot()
    normal = -nearest / distance
    // Rather than what the simplex says: this direction's own, which is no less.
    overlap = ConvexDistance.overlap(first, second, along: normal)
    (firstPoint, secondPoint) = (.zero, .zero)
    for index in 0..<vertexCount {
      firstPoint += shares[index] * vertices[index].first
      secondPoint += shares[index] * vertices[index].second
    }
    return overlap + reach < 0 ? .apart : .near(isSure: overlap + distance < 1e-9 * scale)
  }

  /// Finds the points for the direction and overlap that are known: the nearest ones with the first moved until it is
  /// just clear.
  mutating func findPoints(_ first: ConvexShape, _ second: ConvexShape) {
    let known = (normal, overlap, firstPoint, secondPoint)
    let shift = (overlap + 1e-3 * scale) * normal
    var moved = first
    moved.centre += shift
    if case .near = approach(moved, second, reach: .infinity) {
      firstPoint -= shift
      (normal, overlap) = (known.0, known.1)
    } else {
      (normal, overlap, firstPoint, secondPoint) = known
    }
  }

  /// The simplex's point nearest to the origin, and of the simplex only the corners that it takes; nil if the origin is
  /// inside.
  private mutating func nearestOfSimplex() -> SIMD3<Double>? {
    switch vertexCount {
    case 2: keep(nearestOfSegment(0, 1))
    case 3: keep(nearestOfTriangle(0, 1, 2))
    default:
      let p = (vertices[0].difference, vertices[1].difference, vertices[2].difference, vertices[3].difference)
      let volume = dot(p.3 - p.0, cross(p.1 - p.0, p.2 - p.0))
      let size = length(p.1 - p.0) * length(p.2 - p.0) * length(p.3 - p.0)
      let isFlat = abs(volume) <= 1e-13 * size
      /// Whether the origin and the fourth corner are on different sides of a face.
      func isOutside(_ a: SIMD3<Double>, _ b: SIMD3<Double>, _ c: SIMD3<Double>, _ d: SIMD3<Double>) -> Bool {
        let normal = cross(b - a, c - a)
        return isFlat || -dot(normal, a) * dot(normal, d - a) < 0
      }
      var best: (SIMD4<Double>, Double)?
      func consider(_ candidate: SIMD4<Double>) {
        let point = self.point(candidate)
        let squared = dot(point, point)
        if squared < best?.1 ?? .infinity { best = (candidate, squared) }
      }
      if isOutside(p.0, p.1, p.2, p.3) { consider(nearestOfTriangle(0, 1, 2)) }
      if isOutside(p.0, p.2, p.3, p.1) { consider(nearestOfTriangle(0, 2, 3)) }
      if isOutside(p.0, p.3, p.1, p.2) { consider(nearestOfTriangle(0, 3, 1)) }
      if isOutside(p.1, p.3, p.2, p.0) { consider(nearestOfTriangle(1, 3, 2)) }
      guard let best else { return nil }
      keep(best.0)
    }
    return point(shares)
  }

  private func point(_ shares: SIMD4<Double>) -> SIMD3<Double> {
    var sum = SIMD3<Double>.zero
    for index in 0..<min(vertexCount, 4) { sum += shares[index] * vertices[index].difference }
    return sum
  }

  private mutating func keep(_ found: SIMD4<Double>) {
    var kept = 0
    var result = SIMD4<Double>.zero
    for index in 0..<vertexCount where found[index] > 0 {
      vertices[kept] = vertices[index]
      result[kept] = found[index]
      kept += 1
    }
    vertexCount = kept
    shares = result
  }

  private func nearestOfSegment(_ i: Int, _ j: Int) -> SIMD4<Double> {
    let (a, b) = (vertices[i].difference, vertices[j].difference)
    let along = b - a
    let share = -dot(a, along)
    let whole = dot(along, along)
    var result = SIMD4<Double>.zero
    if share <= 0 || whole <= 0 {
      result[i] = 1
    } else if share >= whole {
      result[j] = 1
    } else {
      result[j] = share / whole
      result[i] = 1 - result[j]
    }
    return result
  }

  /// Ericson, "Real-Time Collision Detection" (2005), 5.1.5.
  private func nearestOfTriangle(_ i: Int, _ j: Int, _ k: Int) -> SIMD4<Double> {
    let (a, b, c) = (vertices[i].difference, vertices[j].difference, vertices[k].difference)
    var result = SIMD4<Double>.zero
    let (ab, ac) = (b - a, c - a)
    let (d1, d2) = (-dot(ab, a), -dot(ac, a))
    if d1 <= 0 && d2 <= 0 {
      result[i] = 1
      return result
    }
    let (d3, d4) = (-dot(ab, b), -dot(ac, b))
    if d3 >= 0 && d4 <= d3 {
      result[j] = 1
      return result
    }
    let vc = d1 * d4 - d3 * d2
    if vc <= 0 && d1 >= 0 && d3 <= 0 { return nearestOfSegment(i, j) }
    let (d5, d6) = (-dot(ab, c), -dot(ac, c))
    if d6 >= 0 && d5 <= d6 {
      result[k] = 1
      return result
    }
    let vb = d5 * d2 - d1 * d6
    if vb <= 0 && d2 >= 0 && d6 <= 0 { return nearestOfSegment(i, k) }
    let va = d3 * d6 - d5 * d4
    if va <= 0 && d4 - d3 >= 0 && d5 - d6 >= 0 { return nearestOfSegment(j, k) }
    let sum = va + vb + vc
    guard sum > 0 else { return nearestOfSegment(i, j) }
    result[j] = vb / sum
    result[k] = vc / sum
    result[i] = 1 - result[j] - result[k]
    return result
  }
}

// MARK: Overlapping

/// Van den Bergen, "Proximity queries and penetration depth computation on 3D game objects" (2001): the difference of
/// the cores is approached from within by a polyhedron that grows where it is nearest to the origin. Faces keep the
/// sign of their distance, so that it is no matter if the origin lies on a face, or by rounding in front of it.
extension ConvexDistance {
  private mutating func penetrate(_ first: ConvexShape, _ second: ConvexShape, reach: Double) -> Bool {
    overlap = .infinity
    (vertexCount, faceCount) = (0, 0)
    guard begin(first, second, reach: reach) else { return false }
    let tolerance = 1e-10 * scale
    var farthest = -Double.infinity
    // The polyhedron grows; where rounding folds it over, it shrinks, and what comes out may not be the least.
    var isFolded = true
    while true {
      var nearest = -1
      var distance = Double.infinity
      for index in 0..<faceCount where faces[index].distance < distance {
        (nearest, distance) = (index, faces[index].distance)
      }
      guard nearest >= 0, vertexCount < ConvexDistance.mostVertices else { break }
      farthest = max(farthest, distance)
      let direction = faces[nearest].normal
      guard consider(direction, first, second, reach: reach) else { return false }
      let grown = dot(direction, vertices[vertexCount - 1].difference) - distance
      if grown <= tolerance || overlap - distance <= tolerance {
        isFolded = distance < farthest - tolerance
        break
      }
      guard grow(by: vertexCount - 1) else { break }
    }
    takePoints()
    if isFolded { trySides(first, second) }
    return true
  }

  /// Takes the direction of an axis or a flat side that is better than what was found.
  private mutating func trySides(_ first: ConvexShape, _ second: ConvexShape) {
    func tryDirection(_ direction: SIMD3<Double>) {
      let candidate = vertex(first, second, direction)
      let along = dot(direction, candidate.difference)
      guard along < overlap - 1e-9 * scale else { return }
      (overlap, normal, firstPoint, secondPoint) = (along, direction, candidate.first, candidate.second)
    }
    for shape in [first, second] {
      for axis in [shape.x, shape.y, shape.z] {
        tryDirection(axis)
        tryDirection(-axis)
      }
    }
    if let hull = second.hull {
      for side in 0..<hull.sideCount { tryDirection(second.vector(hull.normal(ofSide: side))) }
    }
    if let hull = first.hull {
      for side in 0..<hull.sideCount { tryDirection(-first.vector(hull.normal(ofSide: side))) }
    }
  }

  /// Adds the farthest vertex along a unit direction, which may be the best so far; false if the shapes are apart along
  /// it.
  private mutating func consider(
    _ direction: SIMD3<Double>, _ first: ConvexShape, _ second: ConvexShape, reach: Double
  ) -> Bool {
    let new = vertex(first, second, direction)
    vertices[vertexCount] = new
    vertexCount += 1
    let along = dot(direction, new.difference)
    if along < overlap {
      (overlap, normal) = (along, direction)
      (firstPoint, secondPoint) = (new.first, new.second)
    }
    return along + reach >= 0
  }

  /// Makes the first tetrahedron, as large as it easily gets.
  private mutating func begin(_ first: ConvexShape, _ second: ConvexShape, reach: Double) -> Bool {
    let (x, y, z) = first.core == .point ? (second.x, second.y, second.z) : (first.x, first.y, first.z)
    for axis in [x, y, z] {
      guard consider(axis, first, second, reach: reach), consider(-axis, first, second, reach: reach) else {
        return false
      }
    }
    // The two that are farthest apart; then the farthest from their line, and from the plane of the three.
    var pair = (0, 1)
    var most = -1.0
    for i in 0..<6 {
      for j in i + 1..<6 {
        let apart = vertices[j].difference - vertices[i].difference
        if dot(apart, apart) > most { (pair, most) = ((i, j), dot(apart, apart)) }
      }
    }
    guard let line = direction(vertices[pair.1].difference - vertices[pair.0].difference) else { return true }
    let origin = vertices[pair.0].difference
    let (across, over) = tangents(line)
    for side in [across, over] {
      guard consider(side, first, second, reach: reach), consider(-side, first, second, reach: reach) else {
        return false
      }
    }
    func fromLine(_ index: Int) -> Double { length(cross(line, vertices[index].difference - origin)) }
    let third = farthest(fromLine)
    guard
      let up = direction(cross(line, vertices[third].difference - origin) / max(fromLine(third), 1e-300))
    else { return true }
    guard consider(up, first, second, reach: reach), consider(-up, first, second, reach: reach) else { return false }
    let fourth = farthest { abs(dot(up, vertices[$0].difference - origin)) }
    let isAbove = dot(up, vertices[fourth].difference - origin) > 0
    let (a, b) = isAbove ? (pair.1, pair.0) : (pair.0, pair.1)
    add(a, b, third)
    add(b, a, fourth)
    add(third, b, fourth)
    add(a, third, fourth)
    return true
  }

  private func farthest(_ score: (Int) -> Double) -> Int {
    var (best, most) = (0, -1.0)
    for index in 0..<vertexCount {
      let value = score(index)
      if value > most { (best, most) = (index, value) }
    }
    return best
  }

  private mutating func add(_ a: Int, _ b: Int, _ c: Int) {
    guard faceCount < ConvexDistance.mostFaces else { return }
    let (p, q, r) = (vertices[a].difference, vertices[b].difference, vertices[c].difference)
    var face = Face(a: Int32(a), b: Int32(b), c: Int32(c), normal: .zero, distance: .infinity)
    let (u, v) = (q - p, r - p)
    let area = cross(u, v)
    let size = length(area)
    // Without a direction it is never the nearest, and never seen.
    if size > 1e-14 * (dot(u, u) + dot(v, v)), size > 0 {
      face.normal = area / size
      face.distance = dot(face.normal, p)
    }
    faces[faceCount] = face
    faceCount += 1
  }

  /// Replaces the faces that see a vertex by a cone to it; false if there is no room.
  private mutating func grow(by apex: Int) -> Bool {
    let point = vertices[apex].difference
    edgeCount = 0
    var index = 0
    while index < faceCount {
      let face = faces[index]
      guard face.distance < .infinity, dot(face.normal, point) - face.distance > 1e-13 * scale else {
        index += 1
        continue
      }
      guard cut(face.a, face.b), cut(face.b, face.c), cut(face.c, face.a) else { return false }
      faceCount -= 1
      faces[index] = faces[faceCount]
    }
    guard faceCount + edgeCount <= ConvexDistance.mostFaces else { return false }
    for index in 0..<edgeCount { add(Int(edges[index].x), Int(edges[index].y), apex) }
    return true
  }

  /// Notes an edge of a face that goes; one whose other face goes too is not on the rim.
  private mutating func cut(_ from: Int32, _ to: Int32) -> Bool {
    for index in 0..<edgeCount where edges[index].x == to && edges[index].y == from {
      edgeCount -= 1
      edges[index] = edges[edgeCount]
      return true
    }
    guard edgeCount < ConvexDistance.mostFaces else { return false }
    edges[edgeCount] = SIMD2(from, to)
    edgeCount += 1
    return true
  }

  /// The cores' points in the face, of those that are square to the direction, that has the point nearest to the
  /// origin.
  private mutating func takePoints() {
    var best = -Double.infinity
    for index in 0..<faceCount where faces[index].distance < .infinity {
      let face = faces[index]
      let aligned = dot(face.normal, normal)
      guard aligned > 0.9 else { continue }
      let corners = (vertices[Int(face.a)], vertices[Int(face.b)], vertices[Int(face.c)])
      let foot = face.distance * face.normal
      let (p, q, r) = (corners.0.difference - foot, corners.1.difference - foot, corners.2.difference - foot)
      var weights = SIMD3(
        dot(face.normal, cross(q, r)), dot(face.normal, cross(r, p)), dot(face.normal, cross(p, q)))
      weights /= weights.x + weights.y + weights.z
      let score = aligned > 0.99999 ? min(weights.min(), 0) : aligned - 1e6
      guard score > best else { continue }
      weights = pointwiseMax(weights, .zero)
      weights /= weights.x + weights.y + weights.z
      guard weights.isFinite else { continue }
      best = score
      firstPoint = weights.x * corners.0.first + weights.y * corners.1.first + weights.z * corners.2.first
      secondPoint = weights.x * corners.0.second + weights.y * corners.1.second + weights.z * corners.2.second
    }
  }

  /// Takes another direction, whose overlap is known.
  mutating func take(_ direction: SIMD3<Double>, overlap: Double) { (normal, self.overlap) = (direction, overlap) }
}
