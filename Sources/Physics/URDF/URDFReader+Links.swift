extension URDFReader {
  mutating func readLink(
    _ link: MarkupElement, named name: String, joint: MarkupElement?, freeBase: Bool
  ) throws(ModelError) {
    guard model.bodies.count < ImportLimits.bodies else { throw link.error("more than \(ImportLimits.bodies) links") }
    var mass = try readInertial(link)
    if balancesInertia { mass.inertia = mass.inertia.balanced }
    var index = 0
    if let joint {
      let parent = joint.child("parent")?.attributes["link"]?.text ?? ""
      index = model.bodies.count
      bodies[name] = index
      model.bodies.append(
        Model.Body(name: name, parent: bodies[parent] ?? 0, pose: try origin(joint), massProperties: mass))
      try readJoint(joint, body: index)
    } else if name == "world" && mass.mass == 0 {
      bodies[name] = 0
    } else {
      index = model.bodies.count
      bodies[name] = index
      model.bodies.append(Model.Body(name: name, massProperties: mass))
      if freeBase { model.joints.append(Model.Joint(name: "\(name)_free", body: index, kind: .free)) }
    }
    for child in link.children {
      switch child.name {
      case "collision": try readGeometry(child, body: index, isVisual: false)
      case "visual": try readGeometry(child, body: index, isVisual: true)
      case "inertial", "contact", "origin", "self_collision_checking", "verbose", "sensor", "gazebo": break
      default: warn("link/\(child.name.prefix(60)) is skipped: it is not one of URDF's", child)
      }
    }
  }

  private func readInertial(_ link: MarkupElement) throws(ModelError) -> MassProperties {
    guard let inertial = link.child("inertial") else { return MassProperties() }
    guard let massElement = inertial.child("mass") else {
      throw inertial.error("of \(link.title) needs <mass value=\"…\"/>")
    }
    guard let mass = try values(massElement).nonNegative("value") else { throw values(massElement).missing("value") }
    var tensor = InertiaTensor()
    if let element = inertial.child("inertia") {
      let values = values(element)
      func part(_ name: String) throws(ModelError) -> Double { try values.number(name) ?? 0 }
      tensor = InertiaTensor(
        diagonal: SIMD3(try part("ixx"), try part("iyy"), try part("izz")),
        offDiagonal: SIMD3(try part("ixy"), try part("ixz"), try part("iyz")))
      guard tensor.diagonal.min() >= 0 else { throw element.error("of \(link.title) has a negative moment") }
    }
    return MassProperties(mass: mass, inertia: tensor).placed(at: try origin(inertial))
  }

  private mutating func readJoint(_ element: MarkupElement, body: Int) throws(ModelError) {
    let name = try requiredName(element)
    let type = element.attributes["type"]?.text ?? ""
    let axisElement = element.child("axis")
    var axis = SIMD3<Double>(1, 0, 0)
    if let axisElement, let given = try values(axisElement).vector("xyz"), type != "fixed", type != "floating" {
      guard let unit = direction(given) else { throw axisElement.error("of \(element.title) has no direction") }
      axis = unit
    }
    guard model.joints.count < ImportLimits.joints - 3 else {
      throw element.error("more than \(ImportLimits.joints) joints")
    }
    switch type {
    case "fixed": return
    case "floating":
      guard model.bodies[body].parent == 0 else {
        throw element.error("is floating, and only a link that hangs on the world can float")
      }
      model.bodies[body].parent = 0
      model.joints.append(Model.Joint(name: name, body: body, kind: .free))
    case "spherical":
      // Not of the format itself, but of PyBullet's and MuJoCo's.
      model.joints.append(Model.Joint(name: name, body: body, kind: .ball))
      for part in ["limit", "dynamics"] where element.child(part) != nil {
        warn("\(element.title): \(part) is skipped: a spherical joint moves freely", element)
      }
    case "planar":
      let (first, second) = tangents(axis)
      model.joints.append(Model.Joint(name: "\(name)_x", body: body, kind: .slide, axis: first))
      model.joints.append(Model.Joint(name: "\(name)_y", body: body, kind: .slide, axis: second))
      model.joints.append(Model.Joint(name: "\(name)_rotation", body: body, kind: .hinge, axis: axis))
      warn(
        "\(element.title): a planar joint is read as two slides and a hinge, '\(name.prefix(60))_x', '…_y', '…_rotation'",
        element)
    case "revolute", "continuous", "prismatic":
      var joint = Model.Joint(name: name, body: body, kind: type == "prismatic" ? .slide : .hinge, axis: axis)
      try readLimit(element, type, &joint)
      if let dynamics = element.child("dynamics") {
        joint.damping = try values(dynamics).nonNegative("damping") ?? 0
        joint.frictionLoss = try values(dynamics).nonNegative("friction") ?? 0
      }
      if element.child("safety_controller") != nil {
        warn("joint/safety_controller is skipped: only the limit holds", element)
      }
      model.joints.append(joint)
    default:
      throw element.error(
        "type is '\(type.prefix(60))'; it takes revolute, continuous, prismatic, spherical, fixed, floating, planar")
    }
  }

  /// A bound that is not negative; nil if there is none, as where it is infinite.
  func bound(_ name: String, _ values: MarkupAttributes) throws(ModelError) -> Double? {
    guard let bound = try values.numbers(name, count: 1...1, infinite: true)?.first else { return nil }
    guard bound >= 0 else { throw values.error(name, "is \(bound); it must not be negative") }
    return bound.isInfinite ? nil : bound
  }

  private mutating func readLimit(
    _ element: MarkupElement, _ type: String, _ joint: inout Model.Joint
  ) throws(ModelError) {
    guard let limit = element.child("limit") else {
      if type == "continuous" { return }
      throw element.error("is \(type) and needs <limit lower=\"…\" upper=\"…\" effort=\"…\" velocity=\"…\"/>")
    }
    let values = values(limit)
    if let speed = try bound("velocity", values), speed > 0 { joint.speedLimit = speed }
    guard type != "continuous" else { return }
    func end(_ name: String) throws(ModelError) -> Double {
      try values.numbers(name, count: 1...1, infinite: true)?.first ?? 0
    }
    let (lower, upper) = (try end("lower"), try end("upper"))
    guard lower <= upper else { throw limit.error("of \(element.title) has lower \(lower) above upper \(upper)") }
    if lower < upper {
      joint.range = MarkupAttributes.range(lower, upper)
    } else if values.values["lower"] != nil || values.values["upper"] != nil {
      warn("\(element.title): lower and upper are both \(lower); it is read as without limits", limit)
    }
  }
}
