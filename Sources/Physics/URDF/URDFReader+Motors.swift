extension URDFReader {
  /// A joint that moves as another does: `multiplier` times as far, and `offset` farther.
  mutating func readMimic(_ element: MarkupElement) throws(ModelError) {
    guard let mimic = element.child("mimic") else { return }
    func index(_ name: String) throws(ModelError) -> Int? {
      guard let index = model.joint(named: name), [.hinge, .slide].contains(model.joints[index].kind) else {
        warn("\(element.title): mimic is skipped: it couples joints that turn or slide", mimic)
        return nil
      }
      return index
    }
    let values = values(mimic)
    guard let leader = try values.string("joint") else { throw values.missing("joint") }
    let name = try requiredName(element)
    guard leader != name else { throw mimic.error("of \(element.title) names the joint itself") }
    guard jointNames.contains(leader) else {
      throw values.error(
        "joint", "names '\(leader.prefix(60))', and there is no such joint for \(element.title) to follow")
    }
    guard let follower = try index(name), let index = try index(leader) else { return }
    let (multiplier, offset) = (try values.number("multiplier") ?? 1, try values.number("offset") ?? 0)
    model.jointCouplings.append(
      Model.JointCoupling(name: "", follower: follower, leader: index, polynomial: [offset, multiplier]))
  }

  /// One motor for every joint that a transmission names, or, without transmissions, for every joint that moves and has
  /// effort. Controls are forces or torques at the joint, behind any gear, within ± its effort.
  mutating func readMotors(_ root: MarkupElement, joints: [MarkupElement]) throws(ModelError) {
    var driven: Set<String> = []
    var hasTransmissions = false
    for element in root.children where element.name == "transmission" {
      hasTransmissions = true
      let type = element.child("type")?.text ?? element.attributes["type"]?.text ?? ""
      guard type.isEmpty || type.hasSuffix("SimpleTransmission") else {
        warn("\(element.title) is skipped: its type '\(type.prefix(60))' is not SimpleTransmission", element)
        continue
      }
      for part in element.children where part.name == "joint" {
        guard let name = part.attributes["name"]?.text else { throw part.error("needs the attribute 'name'") }
        guard joints.contains(where: { $0.attributes["name"]?.text == name }) else {
          warn("\(element.title) is skipped: there is no joint '\(name.prefix(60))'", part)
          continue
        }
        driven.insert(name)
      }
    }
    for element in joints {
      guard let name = element.attributes["name"]?.text, let joint = model.joint(named: name),
        [.hinge, .slide].contains(model.joints[joint].kind)
      else { continue }
      guard hasTransmissions ? driven.contains(name) : element.child("mimic") == nil else { continue }
      let effort = try element.child("limit").flatMap { (limit) throws(ModelError) in
        try bound("effort", values(limit))
      }
      if let effort, effort == 0 {
        warn("\(element.title): its effort is 0, so that it has no motor", element)
        continue
      }
      var motor = Model.Actuator(name: name, joint: joint)
      if let effort {
        motor.controlRange = -effort...effort
        motor.forceRange = -effort...effort
      } else {
        warn("\(element.title): has no effort, so that its motor has no bounds", element)
      }
      model.actuators.append(motor)
    }
    if model.joints.contains(where: { $0.speedLimit != nil }) {
      log.add("limit: velocity is kept for information: nothing holds a joint to it", source: source, line: root.line)
    }
  }
}
