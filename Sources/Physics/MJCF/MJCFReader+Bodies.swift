extension MJCFReader {
  mutating func readWorld(_ element: MJCFElement) throws(ModelError) {
    _ = try attributes(of: element)
    for child in element.children where child.name != "body" {
      if child.name == "geom" {
        _ = try readGeometry(child, body: 0, childClass: nil)
      } else {
        try skip(child, in: "worldbody")
      }
    }
    for child in element.children where child.name == "body" { try readBody(child, parent: 0, childClass: nil) }
  }

  private mutating func readBody(_ element: MJCFElement, parent: Int, childClass: String?) throws(ModelError) {
    let values = try attributes(of: element)
    let childClass = try values.string("childclass") ?? childClass
    if let childClass, defaults[childClass] == nil {
      throw values.error("childclass", "'\(childClass)' does not exist")
    }
    let index = model.bodies.count
    guard index < MJCFLimits.bodies else {
      throw ModelError(source: source, line: element.line, message: "body: more than \(MJCFLimits.bodies) bodies")
    }
    let pose = Pose(position: try values.vector("pos") ?? .zero, rotation: try orientation(values) ?? .identity)
    model.bodies.append(Model.Body(name: try takeName(values), parent: parent, pose: pose))
    var inertial: MassProperties?
    var fromGeometries = MassProperties()
    for child in element.children where child.name != "body" {
      switch child.name {
      case "geom": fromGeometries = fromGeometries + (try readGeometry(child, body: index, childClass: childClass))
      case "joint": try readJoint(child, body: index, childClass: childClass)
      case "freejoint":
        let joint = Model.Joint(name: try takeName(try attributes(of: child)), body: index, kind: .free)
        try append(joint, line: child.line)
      case "inertial": inertial = try readInertial(child)
      default: try skip(child, in: "body")
      }
    }
    model.bodies[index].massProperties =
      switch compiler.inertiaSource {
      case .geometries: fromGeometries
      case .inertial: inertial ?? MassProperties()
      case .automatic: inertial ?? fromGeometries
      }
    for child in element.children where child.name == "body" {
      try readBody(child, parent: index, childClass: childClass)
    }
  }

  private mutating func readInertial(_ element: MJCFElement) throws(ModelError) -> MassProperties {
    let values = try attributes(of: element)
    try refuseChildren(of: element)
    guard let mass = try values.nonNegative("mass") else { throw values.missing("mass") }
    guard let position = try values.vector("pos") else { throw values.missing("pos") }
    let rotation = try orientation(values)
    if let full = try values.numbers("fullinertia", count: 6...6) {
      guard rotation == nil, values.values["diaginertia"] == nil else {
        throw values.error("fullinertia", "excludes 'diaginertia' and an orientation")
      }
      let tensor = InertiaTensor(
        diagonal: SIMD3(full[0], full[1], full[2]), offDiagonal: SIMD3(full[3], full[4], full[5]))
      return MassProperties(mass: mass, centre: position, inertia: tensor)
    }
    guard let diagonal = try values.vector("diaginertia") else { throw values.missing("diaginertia") }
    let principal = MassProperties(mass: mass, inertia: InertiaTensor(diagonal: diagonal))
    return principal.placed(at: Pose(position: position, rotation: rotation ?? .identity))
  }

  private mutating func append(_ joint: Model.Joint, line: Int) throws(ModelError) {
    guard model.joints.count < MJCFLimits.joints else {
      throw ModelError(source: source, line: line, message: "joint: more than \(MJCFLimits.joints) joints")
    }
    model.joints.append(joint)
  }

  private mutating func readJoint(_ element: MJCFElement, body: Int, childClass: String?) throws(ModelError) {
    let values = try attributes(of: element, childClass: childClass)
    try refuseChildren(of: element)
    let kind = Model.Joint.Kind(
      rawValue: try values.keyword("type", Model.Joint.Kind.allCases.map(\.rawValue)) ?? "hinge")
    var joint = Model.Joint(name: try takeName(values), body: body, kind: kind ?? .hinge)
    let turns = joint.kind == .hinge
    let unit = turns && compiler.degrees ? Double.pi / 180 : 1
    joint.axis = try values.unit("axis", try values.vector("axis") ?? SIMD3(0, 0, 1))
    joint.anchor = try values.vector("pos") ?? .zero
    joint.damping = try values.nonNegative("damping") ?? 0
    joint.armature = try values.nonNegative("armature") ?? 0
    joint.stiffness = try values.nonNegative("stiffness") ?? 0
    joint.springReference = unit * (try values.number("springref") ?? 0)
    joint.reference = unit * (try values.number("ref") ?? 0)
    joint.limitSoftness = try readSoftness(values, reference: "solreflimit", impedance: "solimplimit")
    if let range = try values.range("range", limited: "limited", automatic: compiler.automaticLimits) {
      joint.range = unit * range.lowerBound...unit * range.upperBound
    }
    if joint.kind == .free {
      // MuJoCo's free joint has its frame at the body's and no limits, whatever a default says.
      joint.anchor = .zero
      joint.range = nil
    }
    try append(joint, line: element.line)
  }

  func readSoftness(
    _ values: MJCFAttributes, reference: String, impedance: String
  ) throws(ModelError) -> SoftConstraint {
    var result = SoftConstraint()
    if let r = try values.numbers(reference, count: 1...2) {
      result.reference = SIMD2(r[0], r.count > 1 ? r[1] : result.reference.y)
      let standard = result.reference.x > 0 && result.reference.y > 0
      guard standard || (result.reference.x <= 0 && result.reference.y <= 0) else {
        throw values.error(reference, "takes two positive numbers (time, damping ratio) or two that are not positive")
      }
    }
    if let i = try values.numbers(impedance, count: 1...5) {
      result.minimumImpedance = i[0]
      if i.count > 1 { result.maximumImpedance = i[1] }
      if i.count > 2 { result.width = i[2] }
      if i.count > 3 { result.midpoint = i[3] }
      if i.count > 4 { result.power = i[4] }
      guard (0...1).contains(result.minimumImpedance), (0...1).contains(result.maximumImpedance) else {
        throw values.error(impedance, "takes two impedances in 0…1 first")
      }
      guard result.width >= 0, (0...1).contains(result.midpoint), result.power >= 1 else {
        throw values.error(impedance, "takes a width ≥ 0, a midpoint in 0…1 and a power ≥ 1 after the impedances")
      }
    }
    return result
  }
}
