import Foundation
import SinewPhysics

extension TaskState {
  /// Velocity of a body's origin in the body's own axes, m/s.
  public func linearVelocity(ofBody body: Int) -> SIMD3<Double> {
    pose(ofBody: body).rotation.conjugate.rotate(simulation.linearVelocity(ofBody: body))
  }

  /// Angular velocity of a body in its own axes, rad/s.
  public func angularVelocity(ofBody body: Int) -> SIMD3<Double> {
    pose(ofBody: body).rotation.conjugate.rotate(simulation.angularVelocity(ofBody: body))
  }

  /// The direction in which things fall, in a body's own axes; (0, 0, −1) while it is level.
  public func down(inBody body: Int) -> SIMD3<Double> {
    pose(ofBody: body).rotation.conjugate.rotate(SIMD3(0, 0, -1))
  }
}

/// Three numbers in a body's own axes.
private func writeVector(
  _ vector: SIMD3<Double>, scale: Double, into observation: inout MutableSpan<Float>, at start: Int
) {
  for axis in 0..<3 { observation[start + axis] = Float(scale * vector[axis]) }
}

/// Velocity of a body's origin in the body's own axes (m/s).
///
/// Settings: `body`; `scale`, a factor (default 1).
struct LinearVelocityObservation: ObservationTerm {
  static let name = "linear_velocity"
  private let body: Int
  let labels: [String]
  private let scale: Double

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    body = try settings.body("body", in: context.model)
    labels = Self.labels(["x", "y", "z"].map { [name = context.model.bodies[body].name] in "\(name).\($0)" })
    scale = try settings.number("scale", in: -1e9...1e9, default: 1)
  }

  var bounds: [ClosedRange<Float>] { Array(repeating: -.infinity ... .infinity, count: 3) }
  var componentCount: Int { 3 }

  func write(_ state: TaskState, into observation: inout MutableSpan<Float>, at start: Int) {
    writeVector(state.linearVelocity(ofBody: body), scale: scale, into: &observation, at: start)
  }
}

/// Angular velocity of a body in its own axes (rad/s).
///
/// Settings: `body`; `scale`, a factor (default 1).
struct AngularVelocityObservation: ObservationTerm {
  static let name = "angular_velocity"
  private let body: Int
  let labels: [String]
  private let scale: Double

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    body = try settings.body("body", in: context.model)
    labels = Self.labels(["x", "y", "z"].map { [name = context.model.bodies[body].name] in "\(name).\($0)" })
    scale = try settings.number("scale", in: -1e9...1e9, default: 1)
  }

  var bounds: [ClosedRange<Float>] { Array(repeating: -.infinity ... .infinity, count: 3) }
  var componentCount: Int { 3 }

  func write(_ state: TaskState, into observation: inout MutableSpan<Float>, at start: Int) {
    writeVector(state.angularVelocity(ofBody: body), scale: scale, into: &observation, at: start)
  }
}

/// The direction in which things fall, in a body's own axes: what its accelerometer shows at rest. (0, 0, −1) while it
/// is level.
///
/// Settings: `body`.
struct ProjectedGravityObservation: ObservationTerm {
  static let name = "projected_gravity"
  private let body: Int
  let labels: [String]

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    body = try settings.body("body", in: context.model)
    labels = Self.labels(["x", "y", "z"].map { [name = context.model.bodies[body].name] in "\(name).\($0)" })
  }

  // A little over 1, for the rounding of rotations.
  var bounds: [ClosedRange<Float>] { Array(repeating: -1.001...1.001, count: 3) }
  var componentCount: Int { 3 }

  func write(_ state: TaskState, into observation: inout MutableSpan<Float>, at start: Int) {
    writeVector(state.down(inBody: body), scale: 1, into: &observation, at: start)
  }
}

/// The squared velocity of a body's origin along some of its own axes; give it a negative weight.
///
/// Settings: `body`; `axes`, a list out of x, y, z (default all).
struct LinearVelocitySquaredReward: RewardTerm {
  static let name = "linear_velocity_squared"
  private let body: Int
  private let axes: [WorldAxis]

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    body = try settings.body("body", in: context.model)
    axes = try WorldAxis.list(settings)
  }

  func value(_ state: TaskState) -> Double {
    let velocity = state.linearVelocity(ofBody: body)
    return axes.reduce(0) { $0 + velocity[$1.index] * velocity[$1.index] }
  }
}

/// The squared angular velocity of a body about some of its own axes; give it a negative weight.
///
/// Settings: `body`; `axes`, a list out of x, y, z (default all).
struct AngularVelocitySquaredReward: RewardTerm {
  static let name = "angular_velocity_squared"
  private let body: Int
  private let axes: [WorldAxis]

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    body = try settings.body("body", in: context.model)
    axes = try WorldAxis.list(settings)
  }

  func value(_ state: TaskState) -> Double {
    let velocity = state.angularVelocity(ofBody: body)
    return axes.reduce(0) { $0 + velocity[$1.index] * velocity[$1.index] }
  }
}

/// The squared sine of the angle between a body's vertical axis and the world's; give it a negative weight.
///
/// Settings: `body`.
struct TiltSquaredReward: RewardTerm {
  static let name = "tilt_squared"
  private let body: Int

  init(_ settings: TaskSettings, _ context: TermContext) throws { body = try settings.body("body", in: context.model) }

  func value(_ state: TaskState) -> Double {
    let down = state.down(inBody: body)
    return down.x * down.x + down.y * down.y
  }
}

/// Ends the episode when a body leans by more than an angle.
///
/// Settings: `body`; `angle`, rad.
struct TiltAboveTermination: TerminationTerm {
  static let name = "tilt_above"
  private let body: Int
  private let cosine: Double

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    body = try settings.body("body", in: context.model)
    cosine = cos(try settings.number("angle", in: 0 ... .pi))
  }

  func isMet(_ state: TaskState) -> Bool { -state.down(inBody: body).z < cosine }
}
