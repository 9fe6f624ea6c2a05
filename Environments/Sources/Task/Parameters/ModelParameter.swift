import SinewPhysics

/// A parameter that is a factor on numbers of the model. All that are not 1 change the model that an episode is
/// simulated with.
struct ModelParameter: Sendable {
  let name: String
  let range: ClosedRange<Double>
  /// Multiplies what it stands for.
  let apply: @Sendable (_ factor: Double, _ model: inout Model) -> Void

  /// Those of a model: for all of it, and for each part that has a name.
  static func all(of model: Model) -> [ModelParameter] {
    let bodies = model.bodies.indices.filter { model.bodies[$0].mass > 0 }
    let slidersAndHinges = model.joints.indices.filter { [.hinge, .slide].contains(model.joints[$0].kind) }
    let gravity = ModelParameter(name: "gravity", range: -100...100) { $1.gravity *= $0 }
    return [gravity]
      + family("mass", 1e-3...1e3, bodies, model.bodies.map(\.name)) { factor, body, model in
        model.bodies[body].massProperties.mass *= factor
        model.bodies[body].massProperties.inertia = factor * model.bodies[body].massProperties.inertia
      }
      + family("friction", 0...1e3, Array(model.geometries.indices), model.geometries.map(\.name)) {
        factor, geometry, model in
        model.geometries[geometry].friction *= factor
      }
      + family("contact_softness", 0.01...100, Array(model.geometries.indices), model.geometries.map(\.name)) {
        factor, geometry, model in
        model.geometries[geometry].softness.slow(by: factor)
      }
      + joints("damping", model, slidersAndHinges) { $1.damping *= $0 }
      + joints("armature", model, slidersAndHinges) { $1.armature *= $0 }
      + joints("stiffness", model, slidersAndHinges) { $1.stiffness *= $0 }
      + joints("limit_softness", model, slidersAndHinges, range: 0.01...100) { $1.limitSoftness.slow(by: $0) }
      + family("motor_strength", 0...1e6, Array(model.actuators.indices), model.actuatorNames) {
        factor, actuator, model in
        model.actuators[actuator].strengthen(by: factor)
      }
  }

  /// A parameter of some elements together, and one of each that has a name.
  private static func family(
    _ name: String, _ range: ClosedRange<Double>, _ elements: [Int], _ names: [String],
    _ apply: @escaping @Sendable (_ factor: Double, _ element: Int, _ model: inout Model) -> Void
  ) -> [ModelParameter] {
    let all = ModelParameter(name: name, range: range) { factor, model in
      for element in elements { apply(factor, element, &model) }
    }
    let single = elements.filter { !names[$0].isEmpty }.map { element in
      ModelParameter(name: "\(name).\(names[element])", range: range) { apply($0, element, &$1) }
    }
    return [all] + single
  }

  private static func joints(
    _ name: String, _ model: Model, _ joints: [Int], range: ClosedRange<Double> = 0...1e3,
    _ apply: @escaping @Sendable (_ factor: Double, _ joint: inout Model.Joint) -> Void
  ) -> [ModelParameter] {
    family(name, range, joints, model.joints.map(\.name)) { apply($0, &$2.joints[$1]) }
  }
}

extension Model {
  /// Names of the actuators: their own, or their joints'.
  fileprivate var actuatorNames: [String] { actuators.map { $0.name.isEmpty ? joints[$0.joint].name : $0.name } }
}

extension Model.Actuator {
  /// Multiplies the force that it exerts, whatever it answers to.
  fileprivate mutating func strengthen(by factor: Double) {
    controlGain *= factor
    positionGain *= factor
    velocityGain *= factor
    forceRange = forceRange.map { $0.lowerBound * factor...$0.upperBound * factor }
  }
}

extension SoftConstraint {
  /// Multiplies the time constant with which it gives way, at the same damping ratio.
  fileprivate mutating func slow(by factor: Double) {
    if reference.x > 0 {
      reference.x *= factor
    } else {
      // Stiffness goes with the time constant's inverse square, damping with its inverse.
      reference.x /= factor * factor
      reference.y /= factor
    }
  }
}
