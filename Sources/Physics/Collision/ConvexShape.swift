/// A convex shape where it is: a core, grown on all sides by a radius.
///
/// A ball is a point and a capsule a segment that are grown; boxes, cylinders, ellipsoids and hulls are grown by their
/// margin, if at all.
struct ConvexShape {
  enum Core { case point, segment, box, cylinder, ellipsoid, hull }

  let core: Core
  /// Half sizes along the shape's axes: of a segment and a cylinder z is the half length.
  let halfSizes: SIMD3<Double>
  let radius: Double
  let hull: HullMemory?
  var centre = SIMD3<Double>.zero
  var x = SIMD3<Double>(1, 0, 0)
  var y = SIMD3<Double>(0, 1, 0)
  var z = SIMD3<Double>(0, 0, 1)

  init(_ core: Core, halfSizes: SIMD3<Double> = .zero, radius: Double = 0, hull: HullMemory? = nil) {
    (self.core, self.halfSizes, self.radius, self.hull) = (core, halfSizes, radius, hull)
  }

  /// How far the core reaches from its centre.
  var extent: Double { hull?.radius ?? length(halfSizes) }

  /// Whether it has a long straight side along its z.
  var isStraight: Bool { core == .segment || core == .cylinder }

  /// The core's farthest point along a direction of any length.
  @inline(__always) func support(_ direction: SIMD3<Double>) -> SIMD3<Double> {
    switch core {
    case .point: return centre
    case .segment: return centre + (dot(z, direction) < 0 ? -halfSizes.z : halfSizes.z) * z
    case .box:
      let alongX = dot(x, direction) < 0 ? -halfSizes.x : halfSizes.x
      let alongY = dot(y, direction) < 0 ? -halfSizes.y : halfSizes.y
      let alongZ = dot(z, direction) < 0 ? -halfSizes.z : halfSizes.z
      return centre + alongX * x + alongY * y + alongZ * z
    case .cylinder:
      let height = dot(z, direction)
      let end = centre + (height < 0 ? -halfSizes.z : halfSizes.z) * z
      let (alongX, alongY) = (dot(x, direction), dot(y, direction))
      let across = (alongX * alongX + alongY * alongY).squareRoot()
      guard across > 1e-150 else { return end }
      return end + halfSizes.x * (alongX / across * x + alongY / across * y)
    case .ellipsoid:
      let scaled = SIMD3(dot(x, direction), dot(y, direction), dot(z, direction)) * halfSizes
      let norm = length(scaled)
      guard norm > 1e-150 else { return centre }
      return point(halfSizes * scaled / norm)
    case .hull:
      guard let hull else { return centre }
      return point(hull.point(hull.farthest(along: seen(direction))))
    }
  }

  /// A direction in the shape's frame.
  func seen(_ direction: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3(dot(x, direction), dot(y, direction), dot(z, direction))
  }

  /// From the shape's frame into the world.
  func point(_ local: SIMD3<Double>) -> SIMD3<Double> { centre + local.x * x + local.y * y + local.z * z }

  func vector(_ local: SIMD3<Double>) -> SIMD3<Double> { local.x * x + local.y * y + local.z * z }

  /// Outward unit normal of the flat side that faces a unit direction most; nil where it turns no flat side there.
  func flatSide(toward direction: SIMD3<Double>) -> SIMD3<Double>? {
    switch core {
    case .point, .segment, .ellipsoid: return nil
    case .box:
      let local = seen(direction)
      let (a, b, c) = (abs(local.x), abs(local.y), abs(local.z))
      if a >= b && a >= c { return local.x < 0 ? -x : x }
      if b >= c { return local.y < 0 ? -y : y }
      return local.z < 0 ? -z : z
    case .cylinder:
      let height = dot(z, direction)
      return abs(height) > ConvexShape.endShare ? (height < 0 ? -z : z) : nil
    case .hull:
      guard let hull else { return nil }
      return vector(hull.normal(ofSide: hull.side(facing: seen(direction))))
    }
  }

  /// A cylinder touches with an end, and not its side, from about this cosine on between its axis and the direction.
  static let endShare = 0.7
}

/// Where a shape touches what lies along a direction: a corner, a straight line or the outline of a flat side.
struct ContactFeature {
  enum Kind { case point, line, side }

  /// More corners than this are thinned out.
  static let mostPoints = 64

  let points: UnsafeMutablePointer<SIMD3<Double>>
  private(set) var count = 0
  private(set) var kind = Kind.point
  /// Outward unit normal of a flat side; its outline goes around it counterclockwise.
  private(set) var normal = SIMD3<Double>.zero

  init() {
    points = .allocate(capacity: ContactFeature.mostPoints)
    points.initialize(repeating: .zero, count: ContactFeature.mostPoints)
  }

  func deallocate() { points.deallocate() }

  private mutating func add(_ point: SIMD3<Double>) {
    guard count < ContactFeature.mostPoints else { return }
    points[count] = point
    count += 1
  }

  mutating func find(_ shape: ConvexShape, toward direction: SIMD3<Double>) {
    count = 0
    kind = .point
    switch shape.core {
    case .point, .ellipsoid: add(shape.support(direction))
    case .segment:
      kind = .line
      add(shape.centre - shape.halfSizes.z * shape.z)
      add(shape.centre + shape.halfSizes.z * shape.z)
    case .box: addBoxSide(shape, direction)
    case .cylinder: addCylinderSide(shape, direction)
    case .hull: addHullSide(shape, direction)
    }
  }

  private mutating func addBoxSide(_ shape: ConvexShape, _ direction: SIMD3<Double>) {
    kind = .side
    let local = shape.seen(direction)
    let (a, b, c) = (abs(local.x), abs(local.y), abs(local.z))
    let axis = a >= b && a >= c ? 0 : b >= c ? 1 : 2
    let sign = local[axis] < 0 ? -1.0 : 1
    let half = shape.halfSizes
    let (u, v, w) =
      axis == 0
      ? (half.y * shape.y, half.z * shape.z, shape.x)
      : axis == 1 ? (half.z * shape.z, half.x * shape.x, shape.y) : (half.x * shape.x, half.y * shape.y, shape.z)
    normal = sign * w
    let middle = shape.centre + sign * half[axis] * w
    // Mirrored, it would go around the other way.
    let second = sign * v
    add(middle - u - second)
    add(middle + u - second)
    add(middle + u + second)
    add(middle - u + second)
  }

  /// How many corners stand for a cylinder's end: one of them always the deepest point.
  private static let endCorners = 16
  private static let endAngles = (0..<endCorners).map { index in
    let angle = 2 * Double.pi * Double(index) / Double(endCorners)
    return SIMD2(cosine(angle), sine(angle))
  }

  private mutating func addCylinderSide(_ shape: ConvexShape, _ direction: SIMD3<Double>) {
    let height = dot(shape.z, direction)
    let across = direction - height * shape.z
    let distance = length(across)
    guard abs(height) > ConvexShape.endShare else {
      kind = .line
      let middle = shape.centre + shape.halfSizes.x / distance * across
      add(middle - shape.halfSizes.z * shape.z)
      add(middle + shape.halfSizes.z * shape.z)
      return
    }
    kind = .side
    normal = height < 0 ? -shape.z : shape.z
    let first = distance > 1e-7 ? across / distance : shape.x
    let second = cross(normal, first)
    let middle = shape.centre + shape.halfSizes.z * normal
    for angle in ContactFeature.endAngles {
      add(middle + shape.halfSizes.x * (angle.x * first + angle.y * second))
    }
  }

  private mutating func addHullSide(_ shape: ConvexShape, _ direction: SIMD3<Double>) {
    guard let hull = shape.hull else { return add(shape.centre) }
    kind = .side
    let side = hull.side(facing: shape.seen(direction))
    normal = shape.vector(hull.normal(ofSide: side))
    let corners = hull.corners(ofSide: side)
    let stride = max(1, (corners.count + ContactFeature.mostPoints - 1) / ContactFeature.mostPoints)
    for index in Swift.stride(from: 0, to: corners.count, by: stride) {
      add(shape.point(hull.point(Int(corners[index]))))
    }
  }
}
