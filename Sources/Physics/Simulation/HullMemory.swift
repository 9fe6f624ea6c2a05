import COpenDynamicsEngine

/// A convex hull as the engine wants it. The engine keeps pointers to it, so that it must outlive the geometry.
struct HullMemory {
  /// A point inside in the geometry's frame, about which the points are given: the engine takes its origin to be
  /// inside.
  let centre: SIMD3<Double>
  /// Radius of the ball about the centre that holds all points.
  let radius: Double
  let pointCount: Int
  let points: UnsafeMutablePointer<Double>
  private let planeCount: Int
  private let planes: UnsafeMutablePointer<Double>
  private let polygons: UnsafeMutablePointer<UInt32>
  private let sides: HullSides

  init(_ hull: ConvexHull) {
    let centre = hull.vertices.reduce(SIMD3<Double>.zero, +) / Double(max(hull.vertices.count, 1))
    self.centre = centre
    radius = hull.vertices.reduce(0) { max($0, length($1 - centre)) }
    pointCount = hull.vertices.count
    sides = HullSides(hull, centre: centre)
    planeCount = hull.triangles.count
    points = .allocate(capacity: 3 * pointCount)
    planes = .allocate(capacity: 4 * planeCount)
    polygons = .allocate(capacity: 4 * planeCount)
    for (index, vertex) in hull.vertices.enumerated() {
      for axis in 0..<3 { (points + 3 * index + axis).initialize(to: (vertex - centre)[axis]) }
    }
    for (index, triangle) in hull.triangles.enumerated() {
      let (normal, distance) = hull.plane(of: index)
      for axis in 0..<3 { (planes + 4 * index + axis).initialize(to: normal[axis]) }
      // Of a sliver, rounding may leave the centre outside; the engine would print that among a command's output.
      (planes + 4 * index + 3).initialize(to: max(distance - dot(normal, centre), 0))
      let (a, b, c) = (hull.vertices[Int(triangle.x)], hull.vertices[Int(triangle.y)], hull.vertices[Int(triangle.z)])
      let isOutward = dot(a - centre, cross(b - centre, c - centre)) >= 0
      let corners = isOutward ? triangle : SIMD3(triangle.x, triangle.z, triangle.y)
      (polygons + 4 * index).initialize(to: 3)
      for corner in 0..<3 { (polygons + 4 * index + 1 + corner).initialize(to: UInt32(corners[corner])) }
    }
  }

  func makeGeometry() -> dGeomID {
    dCreateConvex(nil, planes, UInt32(planeCount), points, UInt32(pointCount), polygons)
  }

  func deallocate() {
    points.deallocate()
    planes.deallocate()
    polygons.deallocate()
    sides.deallocate()
  }

  // MARK: Contacts of our own

  /// A point, from the centre.
  func point(_ index: Int) -> SIMD3<Double> { SIMD3(points[3 * index], points[3 * index + 1], points[3 * index + 2]) }

  /// The point farthest along a direction of any length; the first of several.
  func farthest(along direction: SIMD3<Double>) -> Int { sides.farthest(along: direction) }

  /// The flat side that has the farthest point along a direction and faces it most.
  func side(facing direction: SIMD3<Double>) -> Int { sides.side(facing: direction) }

  var sideCount: Int { sides.count }

  /// Outward unit normal of a flat side.
  func normal(ofSide side: Int) -> SIMD3<Double> { sides.normals[side] }

  /// Points around a flat side, counterclockwise seen from outside.
  func corners(ofSide side: Int) -> UnsafeBufferPointer<Int32> { sides.corners(of: side) }
}

extension ConvexHull {
  /// 162 points of an ellipsoid: an icosahedron divided twice. Its volume is 3.7% too small, and no point of the
  /// surface lies farther than 2.2% of the half size inside the ellipsoid.
  static func ellipsoid(halfSizes: SIMD3<Double>) -> ConvexHull {
    let points = unitSphere.vertices.map { $0 * halfSizes }
    return ConvexHull(vertices: points, triangles: unitSphere.triangles)
  }

  private static let unitSphere = sphere(divisions: 2)

  /// An icosahedron whose triangles are divided into four `divisions` times, all corners on the unit sphere.
  static func sphere(divisions: Int) -> ConvexHull {
    let golden = (1 + 5.0.squareRoot()) / 2
    var points: [SIMD3<Double>] = []
    for (a, b) in [(1.0, golden), (1, -golden), (-1, golden), (-1, -golden)] {
      points += [SIMD3(0, a, b), SIMD3(a, b, 0), SIMD3(b, 0, a)]
    }
    points = points.compactMap(direction)
    guard var hull = ConvexHull(points) else { return ConvexHull(vertices: points, triangles: []) }
    for _ in 0..<divisions {
      var vertices = hull.vertices
      var middles: [SIMD2<Int32>: Int32] = [:]
      func middle(_ a: Int32, _ b: Int32) -> Int32 {
        let key = SIMD2(min(a, b), max(a, b))
        if let index = middles[key] { return index }
        middles[key] = Int32(vertices.count)
        vertices.append(direction(vertices[Int(a)] + vertices[Int(b)]) ?? SIMD3(0, 0, 1))
        return Int32(vertices.count - 1)
      }
      var triangles: [SIMD3<Int32>] = []
      for t in hull.triangles {
        let (a, b, c) = (middle(t.x, t.y), middle(t.y, t.z), middle(t.z, t.x))
        triangles += [SIMD3(t.x, a, c), SIMD3(a, t.y, b), SIMD3(c, b, t.z), SIMD3(a, b, c)]
      }
      hull = ConvexHull(vertices: vertices, triangles: triangles)
    }
    return hull
  }
}
