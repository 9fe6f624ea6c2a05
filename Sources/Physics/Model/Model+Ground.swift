extension Model {
  /// Adds level ground, a plane without end called "ground" at height 0.
  public mutating func addGround() {
    var ground = Geometry(name: "ground", body: 0, shape: .plane(halfSizes: .zero))
    ground.colour = SIMD4(0.8, 0.82, 0.85, 1)
    geometries.append(ground)
  }

  /// Moves the roots that float up or down.
  ///
  /// - Parameter height: of their frames' origins, metres; nil puts the lowest point of what collides onto height 0.
  public mutating func raiseFloatingRoots(to height: Double?) {
    let roots = Set(joints.filter { $0.kind == .free }.map(\.body))
    for root in roots {
      if let height {
        bodies[root].pose.position.z = height
      } else if let lowest = lowestPoint(of: root) {
        bodies[root].pose.position.z -= lowest
      }
    }
  }

  /// Whether no body has a joint to move by.
  public var isRigid: Bool { joints.isEmpty }

  /// The height of the lowest point of what collides on a body and those that hang on it, while every joint is at its
  /// reference; of what is drawn, where nothing collides. Nil without either.
  func lowestPoint(of root: Int) -> Double? {
    var poses = [Pose](repeating: .identity, count: bodies.count)
    var belongs = [Bool](repeating: false, count: bodies.count)
    for index in bodies.indices.dropFirst() {
      poses[index] = poses[bodies[index].parent] * bodies[index].pose
      belongs[index] = index == root || belongs[bodies[index].parent]
    }
    func lowest(_ isCounted: (Geometry) -> Bool) -> Double? {
      geometries.filter { belongs[$0.body] && isCounted($0) }.map { $0.lowestPoint(in: poses[$0.body] * $0.pose) }.min()
    }
    return lowest(\.collides) ?? lowest { _ in true }
  }
}

extension Model.Geometry {
  /// The height of the lowest point of the shape at a pose.
  fileprivate func lowestPoint(in pose: Pose) -> Double {
    // Down, in the shape's own axes.
    let down = pose.rotation.conjugate.rotate(SIMD3(0, 0, -1))
    func size(_ v: SIMD3<Double>) -> Double { (v * v).sum().squareRoot() }
    let flat = size(SIMD3(down.x, down.y, 0))
    let reach: Double =
      switch shape {
      case .sphere(let radius): radius
      case .capsule(let radius, let half): radius + half * abs(down.z)
      case .cylinder(let radius, let half): radius * flat + half * abs(down.z)
      case .box(let half): (half * SIMD3(abs(down.x), abs(down.y), abs(down.z))).sum()
      case .ellipsoid(let half): size(half * down)
      case .mesh(let mesh): mesh.vertices.map { ($0 * down).sum() }.max() ?? 0
      case .plane, .heightField: 0
      }
    return pose.position.z - reach
  }
}
