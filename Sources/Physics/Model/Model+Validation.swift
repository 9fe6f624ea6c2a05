extension Model {
  /// The first thing that keeps the model from being simulated, in one line; nil if there is none.
  ///
  /// The Open Dynamics Engine ends the process on bad masses, axes or sizes, so that none may reach it.
  var firstProblem: String? {
    guard !bodies.isEmpty else { return "has no world body" }
    guard timestep.isFinite, timestep > 0 else { return "timestep is \(timestep); it must be positive" }
    guard gravity.isFinite else { return "gravity is not finite" }
    guard (1e-6...1e6).contains(frictionImpedanceRatio) else { return "its impratio must lie in 1e-6…1e6" }
    if let fluid {
      guard [fluid.density, fluid.viscosity].allSatisfy({ (0...1e6).contains($0) }), fluid.wind.isFinite else {
        return "the fluid's density and viscosity must lie in 0…1e6 and the wind be finite"
      }
    }
    guard velocityCount <= Model.mostVelocities else {
      return "has \(velocityCount) velocities; more than \(Model.mostVelocities) take too much memory"
    }
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
      guard
        [actuator.gear, actuator.controlGain, actuator.bias, actuator.positionGain, actuator.velocityGain]
          .allSatisfy(\.isFinite)
      else { return "\(title): its gear and gains must be finite" }
      for coupling in actuator.couplings {
        guard joints.indices.contains(coupling.joint), [.hinge, .slide].contains(joints[coupling.joint].kind),
          coupling.coefficient.isFinite
        else { return "\(title): its tendon must hang on hinges and slides, by finite coefficients" }
      }
    }
    for camera in cameras where !bodies.indices.contains(camera.body) || !camera.pose.isSound {
      return "the camera '\(camera.name)' needs a body and a pose within 100 km"
    }
    for pair in excludedPairs where !bodies.indices.contains(pair.first) || !bodies.indices.contains(pair.second) {
      return "an excluded pair names a body that is not there"
    }
    return problemOfConstraints
  }

  private var problemOfConstraints: String? {
    for pair in contactPairs {
      guard geometries.indices.contains(pair.first), geometries.indices.contains(pair.second),
        pair.first != pair.second
      else { return "a pair of contact names a geom that is not there" }
      guard pair.friction.isFinite, pair.friction >= 0, pair.margin.isFinite, pair.margin >= 0 else {
        return "friction and margin of a pair of contact must not be negative"
      }
      for geometry in [geometries[pair.first], geometries[pair.second]] {
        if case .mesh(let mesh) = geometry.shape, mesh.hull == nil {
          return "a pair of contact names the mesh '\(mesh.name)', which has no hull"
        }
      }
    }
    for equality in equalities {
      let title = equality.name.isEmpty ? "an equality" : "equality '\(equality.name)'"
      guard bodies.indices.contains(equality.first), bodies.indices.contains(equality.second),
        equality.first != equality.second
      else { return "\(title) must join two bodies" }
      switch equality.kind {
      case .connect(let first, let second):
        guard first.isNear, second.isNear else { return "\(title): its points must lie within 100 km" }
      case .weld(let pose):
        guard pose.isSound else { return "\(title): \(Model.badPose)" }
      }
    }
    for coupling in jointCouplings {
      if let problem = problem(of: coupling) {
        return "\(coupling.name.isEmpty ? "a coupling of joints" : "coupling '\(coupling.name)'"): \(problem)"
      }
    }
    return nil
  }

  private func problem(of coupling: JointCoupling) -> String? {
    let isLinear = { (joint: Int) in
      joints.indices.contains(joint) && [.hinge, .slide].contains(joints[joint].kind)
    }
    guard isLinear(coupling.follower), coupling.leader.map(isLinear) ?? true else {
      return "couples hinges and slides only"
    }
    guard coupling.leader != coupling.follower else { return "a joint cannot follow itself" }
    guard (1...5).contains(coupling.polynomial.count), coupling.polynomial.allSatisfy({ abs($0) < Model.farthest })
    else {
      return "its polynomial needs 1 to 5 coefficients below 100,000"
    }
    return nil
  }

  private func problem(ofBody index: Int) -> String? {
    let body = bodies[index]
    guard body.pose.isSound else { return Model.badPose }
    if index == 0 { return nil }
    guard (0..<index).contains(body.parent) else { return "its parent must come before it" }
    let mass = body.massProperties
    guard body.gravityCompensation.isFinite, mass.mass.isFinite, mass.mass >= 0, mass.centre.isNear,
      mass.inertia.diagonal.isFinite,
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
    guard [joint.damping, joint.armature, joint.stiffness, joint.frictionLoss].allSatisfy({ $0.isFinite && $0 >= 0 })
    else {
      return "damping, armature, stiffness and friction must not be negative"
    }
    if joint.kind == .free || joint.kind == .ball {
      guard joint.damping == 0, joint.armature == 0, joint.stiffness == 0, joint.frictionLoss == 0, joint.range == nil
      else {
        return
          "damping, armature, stiffness, friction and range are not supported on a \(joint.kind) joint; set them to 0"
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
    case .box(let half), .ellipsoid(let half): sizes = [half.x, half.y, half.z]
    case .mesh(let mesh):
      guard mesh.hull != nil || !geometry.collides else { return "its mesh is flat or has no hull, and cannot collide" }
      sizes = []
    case .plane:
      guard isFixed(body: geometry.body) else { return "a plane must be fixed to the world" }
      sizes = []
    case .heightField(let field):
      guard isFixed(body: geometry.body) else { return "a height field must be fixed to the world" }
      guard field.heights.count <= 1 << 22, field.heights.allSatisfy({ abs($0) < Model.farthest }) else {
        return "a height field has at most 4,194,304 points, each within 100 km"
      }
      sizes = [field.halfSizes.x, field.halfSizes.y]
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
  /// Memory grows with the square.
  static let mostVelocities = 6000
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
