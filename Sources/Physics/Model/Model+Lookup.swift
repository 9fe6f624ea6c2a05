extension Model {
  /// Number of generalised positions (MuJoCo's nq).
  public var positionCount: Int { joints.reduce(0) { $0 + $1.kind.positionCount } }

  /// Number of generalised velocities (MuJoCo's nv).
  public var velocityCount: Int { joints.reduce(0) { $0 + $1.kind.velocityCount } }

  /// Number of controls (MuJoCo's nu).
  public var controlCount: Int { actuators.count }

  /// Index of the joint with this name.
  public func joint(named name: String) -> Int? { joints.firstIndex { $0.name == name } }

  /// Index of the body with this name.
  public func body(named name: String) -> Int? { bodies.firstIndex { $0.name == name } }

  /// Index of the geometry with this name.
  public func geometry(named name: String) -> Int? { geometries.firstIndex { $0.name == name } }

  /// Index of the actuator with this name.
  public func actuator(named name: String) -> Int? { actuators.firstIndex { $0.name == name } }

  /// Where the joint's positions begin in the vector of positions.
  public func positionIndex(ofJoint joint: Int) -> Int { joints[..<joint].reduce(0) { $0 + $1.kind.positionCount } }

  /// Where the joint's velocities begin in the vector of velocities.
  public func velocityIndex(ofJoint joint: Int) -> Int { joints[..<joint].reduce(0) { $0 + $1.kind.velocityCount } }

  /// The configuration the file describes (MuJoCo's qpos0): each joint at its reference.
  public var initialPositions: [Double] {
    joints.flatMap { joint -> [Double] in
      switch joint.kind {
      case .hinge, .slide: return [joint.reference]
      case .ball: return [1, 0, 0, 0]
      case .free:
        let pose = bodies[joint.body].pose
        let (p, q) = (pose.position, pose.rotation)
        return [p.x, p.y, p.z, q.w, q.x, q.y, q.z]
      }
    }
  }

  /// How a body is called in messages: its name, or its index.
  func describe(body: Int) -> String { bodies[body].name.isEmpty ? "body \(body)" : "body '\(bodies[body].name)'" }

  /// How a joint is called in messages: its name, or its index.
  func describe(joint: Int) -> String {
    joints[joint].name.isEmpty ? "joint \(joint)" : "joint '\(joints[joint].name)'"
  }
}
