import Foundation
import SinewPhysics
import SinewTensor

/// Which body is pushed, and which way.
///
/// ```yaml
/// pushes:
///   body: torso                    # default: the first body that moves
///   direction: horizontal          # every push in another horizontal direction (default), or an axis such as [1, 0, 0]
///   force: {uniform: [50, 200]}    # N, at the body's centre of mass; negative ones against the direction
///   interval: {uniform: [1, 3]}    # s from the beginning of the episode, or the end of a push, to the next
///   duration: 0.2                  # s
/// ```
/// Force, interval and duration are drawn anew for every push; they are the parameters `pushes.force`,
/// `pushes.interval` and `pushes.duration` (defaults: 0, so none, 2 and 0.2). Times are rounded to control periods, a
/// push lasts at least one. A planar robot is pushed one way or the other along the horizontal line of its plane.
struct PushTarget: Sendable {
  /// Index of the body; nil where none can move.
  let body: Int?
  let direction: Direction

  enum Direction: Sendable {
    case horizontal
    /// Along a line, one way or the other.
    case line(SIMD3<Double>)
    /// A unit vector.
    case axis(SIMD3<Double>)
  }

  /// Where pushes go unless the task says otherwise.
  init(_ model: Model) {
    body = model.joints.first?.body
    direction = model.horizontalLine.map { .line($0) } ?? .horizontal
  }

  init(_ settings: TaskSettings, model: Model) throws {
    let usual = PushTarget(model)
    if try settings.optionalText("body") != nil {
      let index = try settings.body("body", in: model)
      guard !model.isFixed(body: index) else { throw settings.error("body", "cannot move") }
      body = index
    } else {
      body = usual.body
    }
    if let axis = try settings.axis("direction") {
      direction = .axis(axis)
    } else {
      direction = usual.direction
    }
  }

  /// A unit vector to push along.
  func vector(using generator: inout RandomGenerator) -> SIMD3<Double> {
    switch direction {
    case .horizontal:
      let angle = generator.uniform(-Double.pi...Double.pi)
      return SIMD3(cos(angle), sin(angle), 0)
    case .line(let axis): return generator.uniform() < 0.5 ? axis : -axis
    case .axis(let axis): return axis
    }
  }
}

extension TaskSettings {
  /// `horizontal` (nil), or an axis in brackets as a unit vector.
  fileprivate func axis(_ key: String) throws -> SIMD3<Double>? {
    if isList(key) {
      let numbers = try numbers(key, count: 3) ?? []
      let axis = SIMD3(numbers[0], numbers[1], numbers[2])
      let length = (axis * axis).sum().squareRoot()
      guard length > 1e-9, length < 1e9 else { throw error(key, "an axis must not be zero") }
      return axis / length
    }
    guard let word = try optionalText(key), word != "horizontal" else { return nil }
    throw error(key, "expected 'horizontal' or an axis such as [1, 0, 0], found '\(word)'")
  }
}

extension Model {
  /// The horizontal direction of the plane that every joint keeps the robot in; nil where there is none.
  fileprivate var horizontalLine: SIMD3<Double>? {
    guard joints.contains(where: { $0.kind == .hinge }) else { return nil }
    let isPlanar = joints.allSatisfy { joint in
      switch joint.kind {
      case .hinge: abs(joint.axis.y) > 1 - 1e-9
      case .slide: abs(joint.axis.y) < 1e-9
      case .ball, .free: false
      }
    }
    return isPlanar ? SIMD3(1, 0, 0) : nil
  }

  /// Whether neither the body nor one it hangs on has a joint.
  fileprivate func isFixed(body: Int) -> Bool {
    var body = body
    while body != 0 {
      if joints.contains(where: { $0.body == body }) { return false }
      body = bodies[body].parent
    }
    return true
  }
}
