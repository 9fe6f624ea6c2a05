extension Model {
  /// The first thing that keeps the model from being simulated, in one line; nil if there is none.
  ///
  /// The Open Dynamics Engine ends the process on bad masses, axes or sizes, so that none may reach it.
  var firstProblem: String? {
    guard !bodies.isEmpty else { return "has no world body" }
    guard timestep.isFinite, timestep > 0 else { return "timestep is \(timestep); it must be positive" }
    guard gravity.isFinite else { return "gravity is not finite" }
    for index in bodies.indices {
      if let problem = problem(ofBody: index) { return "\(describe(body: index)): \(problem)" }
    }
    for index in joints.indices {
      if let problem = problem(ofJoint: index) { return "\(describe(joint: index)): \(problem)" }
    }
    for (index, geometry) in geometries.enumerated() {
      if let problem = problem(of: geometry) {
        return "\(geometry.name.isEmpty ? "geometry \(index)" : "geom '\(geometry.name)'"): \(problem)"
      }
    }
    for (index, actuator) in actuators.enumerated() {
      let title = actuator.name.isEmpty ? "actuator \(index)" : "actuator '\(actuator.name)'"
      guard joints.indices.contains(actuator.joint) else { return "\(title): has no joint" }
      guard [.hinge, .slide].contains(joints[actuator.joint].kind) else {
        return "\(title): drives hinges and slides only"
      }
      guard [actuator.gear, actuator.controlGain, actuator.positionGain, actuator.velocityGain].allSatisfy(\.isFinite)
      else { return "\(title): its gear and gains must be finite" }
    }
    for pair in excludedPairs where !bodies.indices.contains(pair.first) || !bodies.indices.contains(pair.second) {
      return "an excluded pair names a body that is not there"
    }
    return nil
  }

  private func problem(ofBody index: Int) -> String? {
    let body = bodies[index]
    guard body.pose.isSound else { return Model.badPose }
    if index == 0 { return nil }
    guard (0..<index).contains(body.parent) else { return "its parent must come before it" }
    let mass = body.massProperties
    guard mass.mass.isFinite, mass.mass >= 0, mass.centre.isNear, mass.inertia.diagonal.isFinite,
      mass.inertia.offDiagonal.isFinite
    else { return "its mass properties are not finite or negative" }
    return nil
  }

  private func problem(ofJoint index: Int) -> String? {
    let joint = joints[index]
    guard bodies.indices.contains(joint.body), joint.body > 0 else { return "moves no body" }
    guard index == 0 || joints[index - 1].body <= joint.body else {
      return "joints must be in the order of their bodies"
    }
    let hasCompany = joints.indices.contains { $0 != index && joints[$0].body == joint.body }
    switch joint.kind {
    case .free:
      guard bodies[joint.body].parent == 0 else { return "a free joint needs the world as parent of its body" }
      guard !hasCompany else { return "a free joint must be the only one of its body" }
    case .ball, .hinge, .slide: break
    }
    guard abs(dot(joint.axis, joint.axis) - 1) < 1e-6, joint.anchor.isNear else {
      return "its axis must have length 1 and its anchor lie within 100 km"
    }
    guard [joint.damping, joint.armature, joint.stiffness].allSatisfy({ $0.isFinite && $0 >= 0 }) else {
      return "damping, armature and stiffness must not be negative"
    }
    if joint.kind == .free || joint.kind == .ball {
      guard joint.damping == 0, joint.armature == 0, joint.stiffness == 0, joint.range == nil else {
        return "damping, armature, stiffness and range are not supported on a \(joint.kind) joint; set them to 0"
      }
    }
    guard joint.reference.isFinite, joint.springReference.isFinite else { return "its references must be finite" }
    if let range = joint.range, !range.lowerBound.isFinite || !range.upperBound.isFinite {
      return "its range is not finite"
    }
    return nil
  }

  private func problem(of geometry: Geometry) -> String? {
    guard bodies.indices.contains(geometry.body) else { return "belongs to no body" }
    guard geometry.pose.isSound else { return Model.badPose }
    let sizes: [Double]
    switch geometry.shape {
    case .sphere(let radius): sizes = [radius]
    case .capsule(let radius, let half), .cylinder(let radius, let half): sizes = [radius, half]
    case .box(let half): sizes = [half.x, half.y, half.z]
    case .plane:
      guard isFixed(body: geometry.body) else { return "a plane must be fixed to the world" }
      sizes = []
    }
    guard sizes.allSatisfy({ $0 > 0 && $0 < Model.farthest }) else {
      return "its sizes must be positive and below 100 km"
    }
    guard geometry.friction.isFinite, geometry.friction.min() >= 0, geometry.margin.isFinite, geometry.margin >= 0
    else {
      return "friction and margin must not be negative"
    }
    return nil
  }

  /// Whether neither the body nor one it hangs on can move.
  func isFixed(body: Int) -> Bool {
    var body = body
    while body != 0 {
      if joints.contains(where: { $0.body == body }) { return false }
      body = bodies[body].parent
    }
    return true
  }
}

extension Model {
  /// Beyond this, metres, the digits of a double no longer hold joints together.
  fileprivate static let farthest = 1e5
  fileprivate static let badPose = "its position must lie within 100 km and its quaternion have norm 1"
}

extension Pose {
  fileprivate var isSound: Bool { position.isNear && abs(rotation.squaredNorm - 1) < 1e-6 }
}

extension SIMD3<Double> {
  fileprivate var isNear: Bool {
    abs(x) < Model.farthest && abs(y) < Model.farthest && abs(z) < Model.farthest
  }

  var isFinite: Bool { x.isFinite && y.isFinite && z.isFinite }
}
