extension MJCFReader {
  mutating func readContacts(_ element: MarkupElement) throws(ModelError) {
    _ = try attributes(of: element)
    for child in element.children {
      let values = try attributes(of: child)
      switch child.name {
      case "exclude":
        let first = try lookUp("body1", in: values, "body") { model.body(named: $0) }
        let second = try lookUp("body2", in: values, "body") { model.body(named: $0) }
        model.excludedPairs.append(Model.BodyPair(first, second))
      case "pair": try readPair(values)
      default: throw unsupported(child, in: "contact")
      }
    }
  }

  private mutating func readPair(_ values: MarkupAttributes) throws(ModelError) {
    let first = try lookUp("geom1", in: values, "geom") { model.geometry(named: $0) }
    let second = try lookUp("geom2", in: values, "geom") { model.geometry(named: $0) }
    let (a, b) = (model.geometries[first], model.geometries[second])
    guard model.contactPairs.count < ImportLimits.geometries else {
      throw values.error("geom1", "more than \(ImportLimits.geometries) pairs")
    }
    for geometry in [a, b] {
      if case .mesh(let mesh) = geometry.shape, mesh.hull == nil {
        warn("\(values.title) is skipped: its mesh '\(mesh.name.prefix(60))' is flat and touches nothing", values)
        return
      }
    }
    let dimension = try readDimension(values) ?? max(a.contactDimension, b.contactDimension)
    let friction = try values.numbers("friction", count: 1...5)
    if let friction, !friction.allSatisfy({ $0 >= 0 }) { throw values.error("friction", "must not be negative") }
    if let friction, friction.count > 1, friction[1] != friction[0] {
      warn("pair: the second of two sliding frictions is skipped: friction is the same every way", values)
    }
    var softness = a.softness.mixed(with: b.softness)
    if values.values["solref"] != nil || values.values["solimp"] != nil {
      softness = try readSoftness(values, reference: "solref", impedance: "solimp")
    }
    let margin = try values.nonNegative("margin") ?? a.margin + b.margin
    model.contactPairs.append(
      Model.ContactPair(
        first: first, second: second, friction: dimension > 1 ? friction?[0] ?? max(a.friction.x, b.friction.x) : 0,
        margin: min(margin, a.margin + b.margin), softness: softness))
  }

  /// Fixed tendons become what actuators pull on; others are not there.
  mutating func readTendons(_ element: MarkupElement) throws(ModelError) {
    _ = try attributes(of: element)
    for child in element.children {
      guard ["fixed", "spatial"].contains(child.name) else { throw unsupported(child, in: "tendon") }
      let values = try attributes(of: child)
      let name = try values.string("name") ?? ""
      guard name.isEmpty || tendons[name] == nil else {
        throw values.error("name", "'\(name.prefix(60))' is already taken by another tendon")
      }
      guard child.name == "fixed" else {
        warn("\(child.title) is skipped: a tendon through sites pulls on nothing", child)
        tendons[name] = .some(nil)
        continue
      }
      var couplings: [Model.Coupling]? = []
      for part in child.children {
        guard part.name == "joint" else { throw unsupported(part, in: "fixed") }
        let share = MarkupAttributes(
          element: "fixed/joint", line: part.line, source: part.source, values: part.attributes)
        let joint = try lookUp("joint", in: share, "joint") { model.joint(named: $0) }
        guard let coefficient = try share.number("coef") else { throw share.missing("coef") }
        guard [.hinge, .slide].contains(model.joints[joint].kind) else {
          warn("\(child.title) is skipped: it hangs on a \(model.joints[joint].kind) joint", child)
          couplings = nil
          break
        }
        couplings?.append(Model.Coupling(joint: joint, coefficient: coefficient))
      }
      tendons[name] = .some(couplings)
    }
  }

  mutating func readEqualities(_ element: MarkupElement) throws(ModelError) {
    _ = try attributes(of: element)
    for child in element.children {
      switch child.name {
      case "connect", "weld": try readEquality(child)
      case "joint": try readCoupling(child)
      case "tendon":
        warn("equality/\(child.title) is skipped: the engine couples no lengths, so that each moves by itself", child)
      case "flex", "flexvert", "flexstrain":
        warn("equality/\(child.title) is skipped: soft bodies are not there", child)
      case "distance": throw child.error("was dropped by MuJoCo itself")
      default: throw unsupported(child, in: "equality")
      }
    }
  }

  private mutating func readCoupling(_ element: MarkupElement) throws(ModelError) {
    let values = try attributes(of: element, as: "equality/joint")
    let name = try values.string("name") ?? ""
    guard name.isEmpty || names["equality", default: []].insert(name).inserted else {
      throw values.error("name", "'\(name.prefix(60))' is already taken by another equality")
    }
    if try values.flag("active") == false {
      return warn("equality/\(element.title) is skipped: it is not active", element)
    }
    func joint(_ attribute: String) throws(ModelError) -> Int {
      let index = try lookUp(attribute, in: values, "joint") { model.joint(named: $0) }
      guard [.hinge, .slide].contains(model.joints[index].kind) else {
        throw values.error(attribute, "names a \(model.joints[index].kind) joint; it takes hinges and slides")
      }
      return index
    }
    let follower = try joint("joint1")
    let leader = values.values["joint2"] == nil ? nil : try joint("joint2")
    guard leader != follower else { throw values.error("joint2", "is joint1 itself") }
    // Without as many numbers as there may be, the others are MuJoCo's defaults.
    var polynomial: [Double] = [0, 1, 0, 0, 0]
    for (index, number) in (try values.numbers("polycoef", count: 1...5) ?? []).enumerated() {
      polynomial[index] = number
    }
    model.jointCouplings.append(
      Model.JointCoupling(name: name, follower: follower, leader: leader, polynomial: polynomial))
  }

  private mutating func readEquality(_ element: MarkupElement) throws(ModelError) {
    let values = try attributes(of: element)
    let name = try takeName(values)
    if try values.flag("active") == false {
      return warn("\(element.title) is skipped: it is not active", element)
    }
    var kind: Model.Equality.Kind
    var bodies = (first: 0, second: 0)
    if values.values["site1"] != nil || values.values["site2"] != nil {
      let first = model.sites[try lookUp("site1", in: values, "site") { model.site(named: $0) }]
      let second = model.sites[try lookUp("site2", in: values, "site") { model.site(named: $0) }]
      bodies = (first.body, second.body)
      kind =
        element.name == "connect"
        ? .connect(first.pose.position, second.pose.position) : .weld(first.pose * second.pose.inverse)
    } else {
      bodies.first = try lookUp("body1", in: values, "body") { model.body(named: $0) }
      if values.values["body2"] != nil {
        bodies.second = try lookUp("body2", in: values, "body") { model.body(named: $0) }
      }
      // Where the file gives no more, things are as they are in the reference configuration.
      let poses = model.referencePoses
      let relative = poses[bodies.first].inverse * poses[bodies.second]
      if element.name == "connect" {
        guard let anchor = try values.vector("anchor") else { throw values.missing("anchor") }
        kind = .connect(anchor, relative.inverse.apply(anchor))
      } else {
        kind = .weld(relative)
        if let given = try values.numbers("relpose", count: 7...7) {
          let rotation = Quaternion(w: given[3], x: given[4], y: given[5], z: given[6])
          if rotation.squaredNorm > 1e-20 {
            kind = .weld(Pose(position: SIMD3(given[0], given[1], given[2]), rotation: rotation.normalized))
          }
        }
      }
    }
    guard bodies.first != bodies.second else { throw element.error("joins a body to itself") }
    model.equalities.append(Model.Equality(name: name, first: bodies.first, second: bodies.second, kind: kind))
  }
}
