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
    /// What the two slides of a planar body carry beside it: a mass at the hinge that does not turn. Equal rotors on
    /// both slides are just that.
    var carriage = 0.0
    /// Whether it stands between two joints of one body: a share of the body's mass that no geometry is fixed to.
    var isCarrier = false
  }

  /// What each carrier takes over of its body's mass and inertia. The engine's joints need a body on both sides; this
  /// one moves the masses that the first joints carry by as much, which is well below what a model is known to.
  static let carrierShare = 1e-4

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
    try boundPairs(of: model)
    weighMassless()
    var groups: [[[Int]]] = []
    for index in links.indices { groups.append(try arrange(link: index, of: model)) }
    if groups.contains(where: { $0.count > 1 }) { insertCarriers(groups) }
  }

  /// Decides how the joints of a link are made: all at once, or in groups with a carrier between two.
  private mutating func arrange(link index: Int, of model: Model) throws(SimulationError) -> [[Int]] {
    let link = links[index]
    let mass = link.massProperties
    let moments = mass.inertia.principal.moments
    guard mass.mass >= 1e-12, moments.max() >= 1e-20 else {
      throw .model(
        name: model.name,
        message:
          "\(model.describe(body: link.body)): a moving body needs mass and inertia; give it a geom with density or "
          + "an inertial")
    }
    // The engine ends the process where rounding could make a moment negative.
    guard moments.min() >= 1e-20, moments.min() > 1e-12 * moments.max() else {
      throw .model(
        name: model.name,
        message:
          "\(model.describe(body: link.body)): its moments of inertia, \(moments.min()) to \(moments.max()), must be "
          + "positive, and within a factor of 1e12 of each other")
    }
    if let problem = mass.inertia.problem {
      throw .model(name: model.name, message: "\(model.describe(body: link.body)): \(problem)")
    }
    if link.joints.count == 1 || makePlanar(link: index, of: model) { return [link.joints] }
    // As many hinges at a time as a universal or ball joint takes.
    var groups: [[Int]] = []
    for joint in link.joints {
      if let last = groups.last, Linkage.areGimbal((last + [joint]).map { model.joints[$0] }) {
        groups[groups.count - 1].append(joint)
      } else {
        groups.append([joint])
      }
    }
    return groups
  }

  /// Gives links without mass between two joints what a carrier has, out of what they carry.
  private mutating func weighMassless() {
    for index in links.indices.reversed() where links[index].massProperties.mass == 0 {
      guard
        let child = links.indices.first(where: { links[$0].parent == index && links[$0].massProperties.mass > 0 })
      else { continue }
      var share = links[child].massProperties
      (share.mass, share.inertia) = (Linkage.carrierShare * share.mass, Linkage.carrierShare * share.inertia)
      links[index].massProperties = share.placed(at: links[child].home)
      let rest = 1 - Linkage.carrierShare
      links[child].massProperties.mass *= rest
      links[child].massProperties.inertia = rest * links[child].massProperties.inertia
    }
  }

  /// Refuses what would take minutes to set up and seconds to step.
  private func boundPairs(of model: Model) throws(SimulationError) {
    let colliding = model.geometries.filter(\.collides)
    let moving = colliding.filter { linkOfBody[$0.body] != nil }.count
    guard moving * colliding.count <= 500_000 else {
      throw .model(
        name: model.name, message: "\(colliding.count) shapes that touch, \(moving) of them moving, are too many pairs")
    }
  }

  private mutating func insertCarriers(_ groups: [[[Int]]]) {
    var result: [Link] = []
    var newIndex: [Int] = []
    for (index, link) in links.enumerated() {
      let share = Linkage.carrierShare
      let carriers = groups[index].count - 1
      var parent = link.parent.map { newIndex[$0] }
      var home = link.home
      var carried = link.massProperties
      (carried.mass, carried.inertia) = (share * carried.mass, share * carried.inertia)
      for group in groups[index].prefix(carriers) {
        result.append(
          Link(body: link.body, parent: parent, home: home, massProperties: carried, joints: group, isCarrier: true))
        (parent, home) = (result.count - 1, .identity)
      }
      var last = link
      (last.parent, last.home) = (parent, home)
      if carriers > 0 {
        let rest = 1 - share * Double(carriers)
        (last.massProperties.mass, last.massProperties.inertia) = (
          rest * last.massProperties.mass, rest * last.massProperties.inertia
        )
        last.joints = groups[index].last ?? []
      }
      newIndex.append(result.count)
      result.append(last)
    }
    links = result
    linkOfBody = linkOfBody.map { $0.map { newIndex[$0] } }
  }

  /// The link that a link moves against, past carriers; nil for the world.
  func parent(ofLink index: Int) -> Int? {
    var parent = links[index].parent
    while let link = parent, links[link].isCarrier { parent = links[link].parent }
    return parent
  }

  /// Makes a link planar if one constraint can stand for its joints: two slides, or two slides and a hinge, against the
  /// world.
  private mutating func makePlanar(link index: Int, of model: Model) -> Bool {
    let link = links[index]
    let mass = link.massProperties
    let joints = link.joints.map { model.joints[$0] }
    guard link.parent == nil, joints.count <= 3, joints[0].kind == .slide, joints[1].kind == .slide,
      joints.count == 2 || joints[2].kind == .hinge
    else { return false }
    let normal = cross(joints[0].axis, joints[1].axis)
    guard abs(dot(joints[0].axis, joints[1].axis)) < 1e-9,
      joints.count == 2 || abs(dot(normal, joints[2].axis)) > 1 - 1e-9
    else { return false }
    // A slide's row acts on the centre of mass; where the hinge turns about another point, that is not its coordinate.
    let turnsAboutCentre = joints.count == 2 || length(joints[2].anchor - mass.centre) < 1e-9
    let gravityAcross = cross(link.home.rotation.rotate(normal), model.gravity)
    let hasCarriage =
      joints[0].armature > 0 && joints[0].armature == joints[1].armature && length(gravityAcross) < 1e-9
    let isDriven = zip(link.joints, joints).prefix(2).contains { index, joint in
      var joint = joint
      if hasCarriage { joint.armature = 0 }
      return joint.needsMotor || model.actuators.contains { $0.drives(index) }
        || model.jointCouplings.contains { $0.follower == index || $0.leader == index }
    }
    guard turnsAboutCentre || !isDriven else { return false }
    let centre = link.home.apply(mass.centre)
    let worldNormal = link.home.rotation.rotate(normal)
    if let plane {
      guard abs(dot(plane.normal, worldNormal)) > 1 - 1e-9, abs(dot(plane.normal, centre - plane.point)) < 1e-9 else {
        return false
      }
    } else {
      plane = (worldNormal, link.home.rotation.rotate(joints[0].axis), centre)
    }
    if hasCarriage {
      links[index].carriage = joints[0].armature
      let anchor = joints.count == 2 ? mass.centre : joints[2].anchor
      links[index].massProperties = mass + MassProperties(mass: joints[0].armature, centre: anchor)
    }
    links[index].isPlanar = true
    return true
  }

  /// The joint as its motor sees it: without the rotor that its link carries.
  func motorised(_ joint: Int, of model: Model) -> Model.Joint {
    var result = model.joints[joint]
    if result.kind == .slide, links.contains(where: { $0.carriage > 0 && $0.joints.contains(joint) }) {
      result.armature = 0
    }
    return result
  }

  /// Whether hinges of one body turn it about one point and about axes at right angles to each other.
  private static func areGimbal(_ joints: [Model.Joint]) -> Bool {
    guard joints.count <= 3, joints.allSatisfy({ $0.kind == .hinge && length($0.anchor - joints[0].anchor) < 1e-9 })
    else { return false }
    for (index, joint) in joints.enumerated() {
      for other in joints[..<index] where abs(dot(joint.axis, other.axis)) > 1e-9 { return false }
    }
    return true
  }

  /// Whether nothing in the model can leave one plane, so that friction across it need not be asked for.
  func isPlanar(_ model: Model) -> Bool {
    guard let plane, model.equalities.isEmpty else { return false }
    // Rotations at the reference configuration are enough: hinges about the normal leave it in place.
    var rotations: [Quaternion] = []
    for link in links {
      let rotation = (link.parent.map { rotations[$0] } ?? .identity) * link.home.rotation
      rotations.append(rotation)
      if link.isPlanar { continue }
      guard link.parent != nil, link.joints.count == 1, let joint = link.joints.first.map({ model.joints[$0] }) else {
        return false
      }
      let along = abs(dot(rotation.rotate(joint.axis), plane.normal))
      guard (joint.kind == .hinge && along > 1 - 1e-9) || (joint.kind == .slide && along < 1e-9) else { return false }
    }
    return true
  }
}
