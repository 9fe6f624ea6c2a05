import SinewPhysics

/// What is seen of a model, and where to look from: at the robot, which is what has motors.
///
/// A robot that can leave is followed over the ground. One that cannot is watched from one place, from which every
/// posture can be seen. What moves over a table or through a maze is seen from above, with the whole of it.
public struct Scene: Sendable {
  /// The shapes, one for each geometry.
  public internal(set) var shapes: [Replay.Shape]
  /// The watched shapes, and how much each counts for their middle.
  private let weights: [(shape: Int, weight: Double)]
  /// What the camera looks at while the robot is where it begins, and the robot's middle then.
  private let home: SIMD3<Double>
  private let homeMiddle: SIMD3<Double>
  /// Radius of the ball that is watched, metres.
  let radius: Double
  /// Height of a backdrop under a model that has no ground of its own.
  private(set) var floor: Double?
  /// Where each body is at the beginning: what cameras that go with a body keep their distance from.
  let homeBodies: [Pose]
  private let travels: Bool
  private let isFromAbove: Bool
  /// Balls that are to be in the picture, relative to what the camera looks at.
  private let sights: [(place: SIMD3<Double>, radius: Double)]

  /// Looks at where a model's shapes are, in postures throughout its joints' ranges.
  ///
  /// - Throws: what the simulation throws of a model that it can't simulate.
  public init(model: Model) throws {
    let shapes = model.geometries.map(Replay.Shape.init)
    let bodies = RobotBodies(model)
    let simulation = try Simulation(model: model)
    let first = Self.poses(of: simulation)
    homeBodies = model.bodies.indices.map(simulation.pose(ofBody:))
    let solid = shapes.indices.filter { shapes[$0].kind != .plane && shapes[$0].colour[3] > 0 }
    let robot = solid.filter { bodies.bodies.contains(model.geometries[$0].body) }
    let still = solid.filter { bodies.stillBodies.contains(model.geometries[$0].body) }
    let watched = robot.isEmpty ? solid : robot
    weights = watched.map { ($0, shapes[$0].boundingRadius * shapes[$0].boundingRadius) }
    isFromAbove = !robot.isEmpty && bodies.isLevel(simulation)
    let isTable = isFromAbove && !still.isEmpty
    travels = !isTable && bodies.travels
    let seen = isTable ? solid : watched
    var extent = Extent()
    extent.add(seen, shapes) { first[$0] }
    if !travels {
      for posture in bodies.postures(model) {
        try simulation.setState(
          positions: posture, velocities: [Double](repeating: 0, count: model.velocityCount))
        extent.add(seen, shapes, simulation.pose(ofGeometry:))
      }
    }
    let middle = extent.middle
    home = middle
    homeMiddle = Self.middle(weights, first)
    radius = max(extent.radius(about: middle), 0.001)
    // A robot that walks turns, and stretches its legs.
    sights = travels ? [(.zero, 1.1 * radius)] : extent.points.map { ($0.0 - middle, $0.1) }
    let hasGround = shapes.contains { $0.kind == .plane && $0.colour[3] > 0 }
    extent.add(solid, shapes) { first[$0] }
    floor = hasGround || solid.isEmpty ? nil : extent.low.z - 0.03 * radius
    self.shapes = shapes
  }

  /// Shapes without a model, of which the first is watched.
  ///
  /// - Parameter radius: of the ball about the first shape that is to be in the picture, metres.
  public init(shapes: [Replay.Shape], radius: Double) {
    self.shapes = shapes
    self.radius = max(radius, 0.001)
    weights = shapes.isEmpty ? [] : [(0, 1)]
    (home, homeMiddle) = (.zero, .zero)
    (floor, homeBodies, travels, isFromAbove) = (nil, [], true, false)
    sights = [(.zero, self.radius)]
  }

  /// Takes another surface for a shape, which is at `pose`; the backdrop stays below it.
  mutating func setMesh(_ mesh: Replay.Mesh, ofShape shape: Int, at pose: Pose) {
    shapes[shape].mesh = mesh
    guard let floor else { return }
    var extent = Extent()
    extent.add([shape], shapes, { _ in pose })
    self.floor = min(floor, extent.low.z - 0.03 * radius)
  }

  /// Where every geometry is.
  public static func poses(of simulation: Simulation) -> [Pose] {
    simulation.model.geometries.indices.map(simulation.pose(ofGeometry:))
  }

  private static func middle(_ weights: [(shape: Int, weight: Double)], _ poses: [Pose]) -> SIMD3<Double> {
    var (sum, total) = (SIMD3<Double>.zero, 0.0)
    for (shape, weight) in weights {
      sum += weight * poses[shape].position
      total += weight
    }
    return total > 0 ? sum / total : .zero
  }

  /// The middle of what is watched, given where the shapes are: a function of the state alone, so that the same state
  /// gives the same picture.
  func target(_ poses: [Pose]) -> SIMD3<Double> {
    guard travels else { return home }
    var shift = Self.middle(weights, poses) - homeMiddle
    // A robot that hops or falls moves in the picture; one that climbs takes the camera along.
    let slack = 0.6 * radius
    shift.z -= min(max(shift.z, -slack), slack)
    return home + shift
  }

  // MARK: The view that goes with the robot

  /// Radians.
  private static let angle = 28 * Double.pi / 180

  /// From the robot to the eye.
  private var direction: SIMD3<Double> {
    let degrees = isFromAbove ? (azimuth: -90.0, elevation: 58.0) : (azimuth: -64.0, elevation: 13.0)
    let (azimuth, elevation) = (degrees.azimuth * .pi / 180, degrees.elevation * .pi / 180)
    return SIMD3(cosine(elevation) * cosine(azimuth), cosine(elevation) * sine(azimuth), sine(elevation))
  }

  /// Tangent of half the angle of the view that goes with the robot.
  var trackingTangent: Double { sine(0.5 * Self.angle) / cosine(0.5 * Self.angle) }

  /// The view that goes with the robot.
  ///
  /// - Parameters:
  ///   - poses: where the shapes are.
  ///   - distance: from the robot, see ``trackingDistance(aspect:)``.
  func trackingView(_ poses: [Pose], distance: Double) -> View {
    let target = target(poses)
    return View(eye: target + distance * direction, target: target, verticalAngle: Self.angle)
  }

  /// How far away the eye has to be to see everything in a picture whose width is `aspect` times its height.
  func trackingDistance(aspect: Double) -> Double {
    let view = View(eye: direction, target: .zero, verticalAngle: Self.angle)
    let tangent = trackingTangent
    let least = sights.reduce(0.0) { distance, sight in
      let across = (abs(dot(sight.place, view.right)) + sight.radius) / (tangent * aspect)
      let up = (abs(dot(sight.place, view.above)) + sight.radius) / tangent
      return max(distance, dot(sight.place, view.back) + max(across, up))
    }
    return max(1.08 * least, 0.01 * radius)
  }
}

/// The room that shapes take.
private struct Extent {
  private(set) var low = SIMD3(repeating: Double.infinity)
  private(set) var high = SIMD3(repeating: -Double.infinity)
  /// Balls that the shapes are the hulls of.
  private(set) var points: [(SIMD3<Double>, Double)] = []

  mutating func add(_ indices: [Int], _ shapes: [Replay.Shape], _ pose: (Int) -> Pose) {
    for index in indices {
      for (place, radius) in shapes[index].reach {
        let point = pose(index).apply(place)
        low = pointwiseMin(low, point - radius)
        high = pointwiseMax(high, point + radius)
        points.append((point, radius))
      }
    }
  }

  var middle: SIMD3<Double> { points.isEmpty ? .zero : (low + high) / 2 }

  func radius(about centre: SIMD3<Double>) -> Double {
    points.map { length($0.0 - centre) + $0.1 }.max() ?? 1
  }
}

extension Replay.Shape {
  /// Balls whose hull holds the shape, in its frame.
  fileprivate var reach: [(SIMD3<Double>, Double)] {
    let half = size.map { Double($0) }
    func corners(_ x: Double, _ y: Double, _ z: Double) -> [(SIMD3<Double>, Double)] {
      [-x, x].flatMap { x in [-y, y].flatMap { y in [-z, z].map { z in (SIMD3(x, y, z), 0) } } }
    }
    switch kind {
    case .sphere: return [(.zero, half[0])]
    case .capsule: return [-half[1], half[1]].map { (SIMD3(0, 0, $0), half[0]) }
    case .box, .ellipsoid: return corners(half[0], half[1], half[2])
    case .cylinder: return corners(half[0], half[0], half[1])
    case .plane: return []
    case .mesh:
      guard let mesh else { return [] }
      let numbers = mesh.vertices.map { Double($0) }
      guard !numbers.isEmpty else { return [] }
      // The corners of the box about it: a mesh may have a million vertices.
      var (low, high) = (SIMD3(repeating: Double.infinity), SIMD3(repeating: -Double.infinity))
      for index in stride(from: 0, to: numbers.count - 2, by: 3) {
        let vertex = SIMD3(numbers[index], numbers[index + 1], numbers[index + 2])
        low = pointwiseMin(low, vertex)
        high = pointwiseMax(high, vertex)
      }
      let middle = (low + high) / 2
      let extent = (high - low) / 2
      return corners(extent.x, extent.y, extent.z).map { (middle + $0.0, 0) }
    }
  }
}
