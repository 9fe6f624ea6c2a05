/// A model as the simulation sees it: bodies without joints merged into what they hang on, and every remaining rigid
/// body (a link) with the freedoms it has against its parent.
struct Linkage {
  /// A rigid body that moves.
  struct Link {
    /// Index of the model's body whose frame is the link's.
    var body: Int
    /// Index of the parent link; nil for the world.
    var parent: Int?
    /// Pose in the parent link's frame at the reference configuration.
    var home: Pose
    var massProperties = MassProperties()
    /// Indices of its joints, in order.
    var joints: [Int] = []
    /// Whether a single planar constraint stands for its joints.
    var isPlanar = false
  }

  var links: [Link] = []
  /// Link of each body; nil where it is fixed to the world.
  var linkOfBody: [Int?] = []
  /// Pose of each body in its link's frame, or in the world's.
  var poseOfBody: [Pose] = []
  /// The plane of a planar robot: the normal, and a point in it.
  var plane: (normal: SIMD3<Double>, first: SIMD3<Double>, point: SIMD3<Double>)?

  init(_ model: Model) throws(SimulationError) {
    if let problem = model.firstProblem { throw .model(name: model.name, message: problem) }
    for (index, body) in model.bodies.enumerated() {
      let joints = model.joints.indices.filter { model.joints[$0].body == index }
      if index == 0 {
        linkOfBody.append(nil)
        poseOfBody.append(.identity)
      } else if joints.isEmpty {
        linkOfBody.append(linkOfBody[body.parent])
        poseOfBody.append(poseOfBody[body.parent] * body.pose)
      } else {
        let home = poseOfBody[body.parent] * body.pose
        linkOfBody.append(links.count)
        poseOfBody.append(.identity)
        links.append(Link(body: index, parent: linkOfBody[body.parent], home: home, joints: joints))
      }
      if let link = linkOfBody[index] {
        let added = body.massProperties.placed(at: poseOfBody[index])
        links[link].massProperties = links[link].massProperties + added
      }
    }
    for index in links.indices { try check(link: index, of: model) }
  }

  private mutating func check(link index: Int, of model: Model) throws(SimulationError) {
    let link = links[index]
    func fail(_ message: String) -> SimulationError {
      .model(name: model.name, message: "\(model.describe(body: link.body)): \(message)")
    }
    let mass = link.massProperties
    guard mass.mass >= 1e-9, mass.inertia.isPositiveDefinite, mass.inertia.diagonal.min() >= 1e-15 else {
      throw fail("a moving body needs mass and inertia; give it a geom with density or an inertial")
    }
    let joints = link.joints.map { model.joints[$0] }
    if joints.count == 1 { return }
    guard link.parent == nil, joints.count <= 3, joints[0].kind == .slide, joints[1].kind == .slide,
      joints.count == 2 || joints[2].kind == .hinge
    else {
      throw fail(
        "\(joints.map(\.kind.rawValue).joined(separator: " + ")) joints together are not supported; one body takes one "
          + "joint, or slide + slide + hinge against the world: put bodies in between")
    }
    let normal = cross(joints[0].axis, joints[1].axis)
    guard abs(dot(joints[0].axis, joints[1].axis)) < 1e-9,
      joints.count == 2 || abs(dot(normal, joints[2].axis)) > 1 - 1e-9
    else { throw fail("the two slides must be at right angles and the hinge at right angles to both") }
    // A slide's row acts on the centre of mass; where the hinge turns about another point, that is not its coordinate.
    let turnsAboutCentre = joints.count == 2 || length(joints[2].anchor - mass.centre) < 1e-9
    let isDriven = link.joints.prefix(2).contains { joint in
      model.joints[joint].needsMotor || model.actuators.contains { $0.joint == joint }
    }
    guard turnsAboutCentre || !isDriven else {
      throw fail("motors, damping or a range on the slides need a hinge through the centre of mass")
    }
    let centre = link.home.apply(mass.centre)
    let worldNormal = link.home.rotation.rotate(normal)
    if let plane {
      guard abs(dot(plane.normal, worldNormal)) > 1 - 1e-9, abs(dot(plane.normal, centre - plane.point)) < 1e-9 else {
        throw fail("is the second planar body, and its plane is not the first one's")
      }
    } else {
      plane = (worldNormal, link.home.rotation.rotate(joints[0].axis), centre)
    }
    links[index].isPlanar = true
  }

  /// Whether nothing in the model can leave one plane, so that friction across it need not be asked for.
  func isPlanar(_ model: Model) -> Bool {
    guard let plane else { return false }
    // Rotations at the reference configuration are enough: hinges about the normal leave it in place.
    var rotations: [Quaternion] = []
    for link in links {
      let rotation = (link.parent.map { rotations[$0] } ?? .identity) * link.home.rotation
      rotations.append(rotation)
      if link.isPlanar { continue }
      guard link.parent != nil, let joint = link.joints.first.map({ model.joints[$0] }) else { return false }
      let along = abs(dot(rotation.rotate(joint.axis), plane.normal))
      guard (joint.kind == .hinge && along > 1 - 1e-9) || (joint.kind == .slide && along < 1e-9) else { return false }
    }
    return true
  }
}
