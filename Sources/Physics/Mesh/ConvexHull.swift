/// The convex hull of a set of points, as triangles that wind counterclockwise seen from outside.
public struct ConvexHull: Sendable, Equatable {
  /// Corners, metres.
  public private(set) var vertices: [SIMD3<Double>]
  /// Triangles as indices into `vertices`.
  public private(set) var triangles: [SIMD3<Int32>]
  /// How far points lie outside the hull, metres, by the faces they were seen from: more than 0 where the number of
  /// vertices was bounded.
  public private(set) var deviation: Double

  /// Outward unit normal of a triangle and its plane's distance from the origin.
  public func plane(of triangle: Int) -> (normal: SIMD3<Double>, distance: Double) {
    let corners = triangles[triangle]
    let (a, b, c) = (vertices[Int(corners.x)], vertices[Int(corners.y)], vertices[Int(corners.z)])
    let normal = direction(cross(b - a, c - a)) ?? SIMD3(0, 0, 1)
    return (normal, dot(normal, a))
  }

  /// A hull from its parts, which must be one.
  init(vertices: [SIMD3<Double>], triangles: [SIMD3<Int32>]) {
    (self.vertices, self.triangles, deviation) = (vertices, triangles, 0)
  }

  /// The hull of `points`: corners are added farthest first (quickhull; Barber, Dobkin and Huhdanpaa 1996) until no
  /// point lies farther outside than `tolerance` × the points' extent, or there are `maximumVertices`.
  ///
  /// Returns nil if the points lie in a plane, or nearly so.
  public init?(_ points: [SIMD3<Double>], maximumVertices: Int = .max, tolerance: Double = 1e-9) {
    var builder = HullBuilder(points: points)
    guard builder.start() else { return nil }
    let threshold = max(tolerance * builder.extent, builder.epsilon)
    while builder.vertexCount < maximumVertices, let face = builder.farthestFace(beyond: threshold) {
      builder.addPoint(farthestFrom: face)
    }
    (vertices, triangles) = builder.result()
    deviation = builder.farthestDistance
    guard triangles.count >= 4 else { return nil }
  }
}

/// Quickhull's state.
private struct HullBuilder {
  struct Face {
    var corners: SIMD3<Int32>
    var normal: SIMD3<Double>
    var distance: Double
    /// Points in front of the face that no other face has.
    var outside: [Int32] = []
    var farthest = -1
    var height = 0.0
    var isAlive = true
  }

  let points: [SIMD3<Double>]
  private(set) var extent = 0.0
  private(set) var epsilon = 0.0
  private(set) var vertexCount = 0
  private var faces: [Face] = []
  /// The face that has the edge in this direction.
  private var edges: [SIMD2<Int32>: Int] = [:]
  private var inside = SIMD3<Double>.zero

  init(points: [SIMD3<Double>]) { self.points = points }

  /// Makes the first tetrahedron; false if there is none.
  mutating func start() -> Bool {
    guard points.count >= 4 else { return false }
    var (low, high) = (points[0], points[0])
    for point in points { (low, high) = (pointwiseMin(low, point), pointwiseMax(high, point)) }
    extent = length(high - low)
    epsilon = 1e-9 * extent
    guard extent > 1e-9, extent.isFinite else { return false }
    let axis = (0..<3).max { (high - low)[$0] < (high - low)[$1] } ?? 0
    guard let a = points.indices.min(by: { points[$0][axis] < points[$1][axis] }),
      let b = points.indices.max(by: { points[$0][axis] < points[$1][axis] }),
      let along = direction(points[b] - points[a])
    else { return false }
    func fromLine(_ i: Int) -> Double { length(cross(along, points[i] - points[a])) }
    guard let c = points.indices.max(by: { fromLine($0) < fromLine($1) }), fromLine(c) > 1e-7 * extent,
      let normal = direction(cross(points[b] - points[a], points[c] - points[a]))
    else { return false }
    func fromPlane(_ i: Int) -> Double { abs(dot(normal, points[i] - points[a])) }
    guard let d = points.indices.max(by: { fromPlane($0) < fromPlane($1) }), fromPlane(d) > 1e-7 * extent else {
      return false
    }
    inside = (points[a] + points[b] + points[c] + points[d]) / 4
    for (i, j, k) in [(a, b, c), (a, c, d), (a, d, b), (b, d, c)] {
      let isOutward = dot(cross(points[j] - points[i], points[k] - points[i]), points[i] - inside) > 0
      add(isOutward ? SIMD3(Int32(i), Int32(j), Int32(k)) : SIMD3(Int32(i), Int32(k), Int32(j)))
    }
    vertexCount = 4
    share(points.indices.map { Int32($0) }, among: Array(faces.indices))
    return true
  }

  private mutating func add(_ corners: SIMD3<Int32>) {
    let (a, b, c) = (points[Int(corners.x)], points[Int(corners.y)], points[Int(corners.z)])
    let normal = direction(cross(b - a, c - a)) ?? direction(a - inside) ?? SIMD3(0, 0, 1)
    edges[SIMD2(corners.x, corners.y)] = faces.count
    edges[SIMD2(corners.y, corners.z)] = faces.count
    edges[SIMD2(corners.z, corners.x)] = faces.count
    faces.append(Face(corners: corners, normal: normal, distance: dot(normal, a)))
  }

  /// Gives each point to the first face that it is in front of; points in front of none are inside for good.
  private mutating func share(_ candidates: [Int32], among targets: [Int]) {
    for point in candidates {
      let position = points[Int(point)]
      for face in targets {
        let height = dot(faces[face].normal, position) - faces[face].distance
        guard height > epsilon else { continue }
        faces[face].outside.append(point)
        if height > faces[face].height { (faces[face].height, faces[face].farthest) = (height, Int(point)) }
        break
      }
    }
  }

  func farthestFace(beyond threshold: Double) -> Int? {
    var best: Int?
    var height = threshold
    for index in faces.indices where faces[index].isAlive && faces[index].height > height {
      (best, height) = (index, faces[index].height)
    }
    return best
  }

  var farthestDistance: Double { faces.reduce(0) { $1.isAlive ? max($0, $1.height) : $0 } }

  /// Replaces the faces that the farthest point of `face` sees by a cone to it.
  mutating func addPoint(farthestFrom face: Int) {
    let point = faces[face].farthest
    var visible = [face]
    var isVisible: Set<Int> = [face]
    var horizon: [SIMD2<Int32>] = []
    var next = 0
    while next < visible.count {
      let corners = faces[visible[next]].corners
      next += 1
      for edge in [SIMD2(corners.x, corners.y), SIMD2(corners.y, corners.z), SIMD2(corners.z, corners.x)] {
        guard let neighbour = edges[SIMD2(edge.y, edge.x)], !isVisible.contains(neighbour) else { continue }
        if dot(faces[neighbour].normal, points[point]) - faces[neighbour].distance > epsilon {
          isVisible.insert(neighbour)
          visible.append(neighbour)
        } else {
          horizon.append(edge)
        }
      }
    }
    // An edge between a face found visible late and one judged earlier stays out of the horizon.
    horizon.removeAll { edges[SIMD2($0.y, $0.x)].map(isVisible.contains) ?? true }
    // Rounding can tear the horizon; then the point is within rounding of the hull.
    guard horizon.count >= 3, Set(horizon.map(\.x)).count == horizon.count,
      Set(horizon.map(\.x)) == Set(horizon.map(\.y))
    else { return drop(point, from: face) }
    var orphans: [Int32] = []
    for index in visible {
      orphans += faces[index].outside.filter { $0 != Int32(point) }
      let corners = faces[index].corners
      for edge in [SIMD2(corners.x, corners.y), SIMD2(corners.y, corners.z), SIMD2(corners.z, corners.x)] {
        edges[edge] = nil
      }
      faces[index].isAlive = false
      faces[index].outside = []
    }
    let first = faces.count
    for edge in horizon { add(SIMD3(edge.x, edge.y, Int32(point))) }
    vertexCount += 1
    share(orphans, among: Array(first..<faces.count))
  }

  private mutating func drop(_ point: Int, from face: Int) {
    faces[face].outside.removeAll { $0 == Int32(point) }
    (faces[face].height, faces[face].farthest) = (0, -1)
    for candidate in faces[face].outside {
      let height = dot(faces[face].normal, points[Int(candidate)]) - faces[face].distance
      if height > faces[face].height { (faces[face].height, faces[face].farthest) = (height, Int(candidate)) }
    }
  }

  func result() -> ([SIMD3<Double>], [SIMD3<Int32>]) {
    var index: [Int32: Int32] = [:]
    var vertices: [SIMD3<Double>] = []
    var triangles: [SIMD3<Int32>] = []
    for face in faces where face.isAlive {
      var corners = SIMD3<Int32>()
      for k in 0..<3 {
        let old = face.corners[k]
        if index[old] == nil {
          index[old] = Int32(vertices.count)
          vertices.append(points[Int(old)])
        }
        corners[k] = index[old] ?? 0
      }
      triangles.append(corners)
    }
    return (vertices, triangles)
  }
}
