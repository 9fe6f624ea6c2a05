extension MJCFReader {
  /// What a body gathers while its contents are read.
  struct BodyContents {
    var inertial: (properties: MassProperties, element: MarkupElement)?
    var fromGeometries = MassProperties()
    /// Bodies and attached models with the frame and class they stand in, in the order of the file.
    var children: [(element: MarkupElement, frame: Pose, childClass: String?)] = []
  }

  mutating func readWorld(_ element: MarkupElement) throws(ModelError) {
    let values = try attributes(of: element)
    var contents = BodyContents()
    try readContents(of: element, body: 0, frame: .identity, childClass: try values.string("childclass"), &contents)
    for child in contents.children { try readChild(child, parent: 0) }
  }

  private mutating func readChild(
    _ child: (element: MarkupElement, frame: Pose, childClass: String?), parent: Int
  ) throws(ModelError) {
    if child.element.name == "attach" {
      try attach(child.element, parent: parent, frame: child.frame)
    } else {
      try readBody(child.element, parent: parent, frame: child.frame, childClass: child.childClass)
    }
  }

  private func inheritedClass(_ values: MarkupAttributes, _ outer: String?) throws(ModelError) -> String? {
    guard let own = try values.string("childclass") else { return outer }
    guard defaults[own] != nil else { throw values.error("childclass", "'\(own.prefix(60))' does not exist") }
    return own
  }

  private mutating func readBody(
    _ element: MarkupElement, parent: Int, frame: Pose, childClass: String?
  ) throws(ModelError) {
    let values = try attributes(of: element)
    let childClass = try inheritedClass(values, childClass)
    let index = model.bodies.count
    guard index < ImportLimits.bodies else { throw element.error("more than \(ImportLimits.bodies) bodies") }
    let (name, own) = (try takeName(values), try pose(values))
    if !name.isEmpty { ownPoses[name] = own }
    model.bodies.append(Model.Body(name: name, parent: parent, pose: frame * own))
    if let compensation = try values.number("gravcomp") { model.bodies[index].gravityCompensation = compensation }
    if try values.flag("mocap") == true {
      warn("body: attribute 'mocap' is skipped: the body stays where the file puts it", element)
    }
    var contents = BodyContents()
    try readContents(of: element, body: index, frame: .identity, childClass: childClass, &contents)
    var properties =
      switch compiler.inertiaFrom {
      case .geometries: contents.fromGeometries
      case .inertial: contents.inertial?.properties ?? MassProperties()
      case .automatic: contents.inertial?.properties ?? contents.fromGeometries
      }
    bound(&properties)
    if compiler.inertiaFrom != .geometries, let given = contents.inertial?.element,
      let problem = properties.inertia.problem
    {
      throw given.error("\(problem); give others, or let compiler/balanceinertia set them to their mean")
    }
    model.bodies[index].massProperties = properties
    for child in contents.children { try readChild(child, parent: index) }
  }

  /// What `boundmass`, `boundinertia` and `balanceinertia` make of mass properties.
  private func bound(_ properties: inout MassProperties) {
    properties.mass = max(properties.mass, compiler.leastMass)
    if compiler.leastInertia > 0 {
      let (moments, axes) = properties.inertia.principal
      let bounded = pointwiseMax(moments, SIMD3(repeating: compiler.leastInertia))
      if bounded != moments { properties.inertia = InertiaTensor(diagonal: bounded).rotated(by: axes) }
    }
    if compiler.balancesInertia { properties.inertia = properties.inertia.balanced }
  }

  private mutating func readContents(
    of element: MarkupElement, body: Int, frame: Pose, childClass: String?, _ contents: inout BodyContents
  ) throws(ModelError) {
    for child in element.children {
      switch child.name {
      case "geom":
        let mass = try readGeometry(child, body: body, frame: frame, childClass: childClass)
        contents.fromGeometries = contents.fromGeometries + mass
      case "site": try readSite(child, body: body, frame: frame, childClass: childClass)
      case "camera": try readCamera(child, body: body, frame: frame, childClass: childClass)
      case "body", "attach": contents.children.append((child, frame, childClass))
      case "frame":
        let values = try attributes(of: child)
        try readContents(
          of: child, body: body, frame: frame * (try pose(values)), childClass: try inheritedClass(values, childClass),
          &contents)
      case "joint" where body > 0: try readJoint(child, body: body, frame: frame, childClass: childClass)
      case "freejoint" where body > 0:
        let joint = Model.Joint(name: try takeName(try attributes(of: child)), body: body, kind: .free)
        try append(joint, child)
      case "inertial" where body > 0: contents.inertial = (try readInertial(child), child)
      default: try skip(child, in: body > 0 ? "body" : "worldbody")
      }
    }
  }

  private mutating func readInertial(_ element: MarkupElement) throws(ModelError) -> MassProperties {
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
}
