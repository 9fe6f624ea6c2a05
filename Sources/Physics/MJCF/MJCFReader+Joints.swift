extension MJCFReader {
  mutating func append(_ joint: Model.Joint, _ element: MarkupElement) throws(ModelError) {
    guard model.joints.count < ImportLimits.joints else {
      throw element.error("more than \(ImportLimits.joints) joints")
    }
    model.joints.append(joint)
  }

  mutating func readJoint(
    _ element: MarkupElement, body: Int, frame: Pose, childClass: String?
  ) throws(ModelError) {
    let values = try attributes(of: element, childClass: childClass)
    try refuseChildren(of: element)
    let kind = Model.Joint.Kind(
      rawValue: try values.keyword("type", Model.Joint.Kind.allCases.map(\.rawValue)) ?? "hinge")
    var joint = Model.Joint(name: try takeName(values), body: body, kind: kind ?? .hinge)
    let turns = joint.kind == .hinge || joint.kind == .ball
    let unit = turns && compiler.degrees ? Double.pi / 180 : 1
    joint.axis = frame.rotation.rotate(try values.unit("axis", try values.vector("axis") ?? SIMD3(0, 0, 1)))
    joint.anchor = frame.apply(try values.vector("pos") ?? .zero)
    joint.damping = try values.firstNonNegative("damping") ?? 0
    joint.armature = try values.nonNegative("armature") ?? 0
    joint.stiffness = try values.firstNonNegative("stiffness") ?? 0
    joint.frictionLoss = try values.nonNegative("frictionloss") ?? 0
    joint.springReference = unit * (try values.number("springref") ?? 0)
    joint.reference = unit * (try values.number("ref") ?? 0)
    joint.limitSoftness = try readSoftness(values, reference: "solreflimit", impedance: "solimplimit")
    // Nothing limits a free joint, and no motor drives a ball, whatever a default says.
    if joint.kind == .hinge || joint.kind == .slide {
      if let range = try values.range("range", limited: "limited", automatic: compiler.automaticLimits) {
        joint.range = unit * range.lowerBound...unit * range.upperBound
      }
      jointForceRanges[model.joints.count] = try values.range(
        "actuatorfrcrange", limited: "actuatorfrclimited", automatic: compiler.automaticLimits)
    }
    if let spring = try values.numbers("springdamper", count: 2...2), spring[0] > 0, spring[1] > 0 {
      springDampers.append((model.joints.count, spring[0], spring[1]))
    }
    if joint.kind == .ball || joint.kind == .free { try restrict(&joint, values) }
    try append(joint, element)
  }

  /// A ball or free joint carries nothing but its freedom.
  private mutating func restrict(_ joint: inout Model.Joint, _ values: MarkupAttributes) throws(ModelError) {
    var isLimited = false
    if joint.kind == .free {
      // MuJoCo's free joint has its frame at the body's.
      joint.anchor = .zero
    } else {
      let bounds = try values.numbers("range", count: 2...2) ?? [0, 0]
      let word = try values.keyword("limited", ["true", "false", "auto"])
      isLimited = word == "true" || word != "false" && bounds[0] != bounds[1]
    }
    for (name, given) in [
      ("damping", joint.damping > 0), ("armature", joint.armature > 0), ("stiffness", joint.stiffness > 0),
      ("frictionloss", joint.frictionLoss > 0), ("range", isLimited),
    ] where given {
      warn("joint: attribute '\(name)' is skipped: a \(joint.kind) joint moves freely", values)
    }
    (joint.damping, joint.armature, joint.stiffness, joint.frictionLoss) = (0, 0, 0, 0)
    springDampers.removeAll { $0.joint == model.joints.count }
  }

  func readSoftness(
    _ values: MarkupAttributes, reference: String, impedance: String
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
      // MuJoCo reads any numbers, and brings them into their ranges where it uses them.
      result.minimumImpedance = min(max(result.minimumImpedance, 0), 1)
      result.maximumImpedance = min(max(result.maximumImpedance, 0), 1)
      result.width = max(result.width, 0)
      result.midpoint = min(max(result.midpoint, 0), 1)
      result.power = max(result.power, 1)
    }
    return result
  }
}
