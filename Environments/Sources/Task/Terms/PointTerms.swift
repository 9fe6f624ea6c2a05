import SinewPhysics
import SinewTensor

/// A point fixed in a body of the model.
///
/// Settings: a body's name and `at`, the point in its frame (m, default its origin).
private struct BodyPoint {
  let body: Int
  let offset: SIMD3<Double>

  init(_ settings: TaskSettings, _ context: TermContext, body bodyKey: String = "body", at offsetKey: String = "at")
    throws
  {
    let name = try settings.text(bodyKey)
    let names = context.model.bodies.map(\.name)
    guard let index = names.firstIndex(of: name) else {
      throw settings.unknown("body", name, key: bodyKey, known: names.filter { !$0.isEmpty })
    }
    body = index
    let at = try settings.numbers(offsetKey, count: 3) ?? [0, 0, 0]
    offset = SIMD3(at[0], at[1], at[2])
  }

  func position(_ simulation: Simulation) -> SIMD3<Double> { simulation.pose(ofBody: body).apply(offset) }
}

/// Directions in the world.
enum WorldAxis: String, CaseIterable {
  case x, y, z

  var index: Int {
    switch self {
    case .x: 0
    case .y: 1
    case .z: 2
    }
  }

  /// The axes that `axes` lists, all three by default.
  static func list(_ settings: TaskSettings) throws -> [WorldAxis] {
    try settings.texts("axes")?.map { name in
      guard let axis = WorldAxis(rawValue: name) else {
        throw settings.unknown("axis", name, key: "axes", known: allCases.map(\.rawValue))
      }
      return axis
    } ?? allCases
  }
}

/// Where a point of a body is in the world (m).
///
/// Settings: `body`; `at`, the point in the body's frame (default its origin); `axes`, a list out of x, y, z (default
/// all).
struct PointObservation: ObservationTerm {
  static let name = "point"
  private let point: BodyPoint
  private let axes: [WorldAxis]
  let labels: [String]

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    point = try BodyPoint(settings, context)
    axes = try WorldAxis.list(settings)
    labels = Self.labels(axes.map { [name = context.model.bodies[point.body].name] in "\(name).\($0.rawValue)" })
  }

  var bounds: [ClosedRange<Float>] { axes.map { _ in -.infinity ... .infinity } }
  var componentCount: Int { axes.count }

  func write(_ state: TaskState, into observation: inout MutableSpan<Float>, at start: Int) {
    let position = point.position(state.simulation)
    for (offset, axis) in axes.enumerated() { observation[start + offset] = Float(position[axis.index]) }
  }
}

/// Where a point of one body is as seen from a point of another, in world axes (m).
///
/// Settings: `body` and `at`; `from`, the other body, and `from_at`; `axes`, a list out of x, y, z (default all).
struct PointDifferenceObservation: ObservationTerm {
  static let name = "point_difference"
  private let point: BodyPoint
  private let origin: BodyPoint
  private let axes: [WorldAxis]
  let labels: [String]

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    point = try BodyPoint(settings, context)
    origin = try BodyPoint(settings, context, body: "from", at: "from_at")
    axes = try WorldAxis.list(settings)
    labels = Self.labels(axes.map { [name = context.model.bodies[point.body].name] in "\(name).\($0.rawValue)" })
  }

  var bounds: [ClosedRange<Float>] { axes.map { _ in -.infinity ... .infinity } }
  var componentCount: Int { axes.count }

  func write(_ state: TaskState, into observation: inout MutableSpan<Float>, at start: Int) {
    let difference = point.position(state.simulation) - origin.position(state.simulation)
    for (offset, axis) in axes.enumerated() { observation[start + offset] = Float(difference[axis.index]) }
  }
}

/// The distance between two points of bodies after the step (m); give it a negative weight.
///
/// Settings: `body` and `at`; `from`, the other body, and `from_at`.
struct DistanceReward: RewardTerm {
  static let name = "distance"
  private let point: BodyPoint
  private let origin: BodyPoint

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    point = try BodyPoint(settings, context)
    origin = try BodyPoint(settings, context, body: "from", at: "from_at")
  }

  func value(_ state: TaskState) -> Double {
    let difference = point.position(state.simulation) - origin.position(state.simulation)
    return (difference * difference).sum().squareRoot()
  }
}

/// The squared distance of a point from a target along one axis after the step (m²); give it a negative weight.
///
/// Settings: `body` and `at`; `axis`, x, y or z (default x); `target` (default 0).
struct PointSquaredReward: RewardTerm {
  static let name = "point_squared"
  private let point: BodyPoint
  private let axis: WorldAxis
  private let target: Double

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    point = try BodyPoint(settings, context)
    axis = try settings.choice("axis", default: .x)
    target = try settings.number("target", default: 0)
  }

  func value(_ state: TaskState) -> Double {
    let distance = point.position(state.simulation)[axis.index] - target
    return distance * distance
  }
}

/// Ends the episode unless low < coordinate of a point < high, strictly, after the step.
///
/// Settings: `body` and `at`; `axis`, x, y or z (default x); `low` and `high` (default: no bound; one is needed).
struct PointOutsideTermination: TerminationTerm {
  static let name = "point_outside"
  private let point: BodyPoint
  private let axis: WorldAxis
  private let bounds: OpenBounds

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    point = try BodyPoint(settings, context)
    axis = try settings.choice("axis", default: .x)
    bounds = try OpenBounds(settings)
  }

  func isMet(_ state: TaskState) -> Bool { !bounds.contain(point.position(state.simulation)[axis.index]) }
}
