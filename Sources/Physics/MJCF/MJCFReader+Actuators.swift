extension MJCFReader {
  mutating func readActuators(_ element: MJCFElement) throws(ModelError) {
    _ = try attributes(of: element)
    for child in element.children {
      guard ["motor", "position", "velocity"].contains(child.name) else {
        throw unsupported(child, in: "actuator, which takes motor, position and velocity")
      }
      let values = try attributes(of: child)
      try refuseChildren(of: child)
      guard let target = try values.string("joint") else { throw values.missing("joint") }
      guard let joint = model.joint(named: target) else {
        throw values.error("joint", "names '\(target)', and there is no such joint")
      }
      guard model.joints[joint].kind == .hinge || model.joints[joint].kind == .slide else {
        throw values.error(
          "joint", "names '\(target)', a \(model.joints[joint].kind) joint; motors drive hinges and slides")
      }
      let gear = try values.numbers("gear", count: 1...6) ?? [1]
      guard gear.dropFirst().allSatisfy({ $0 == 0 }) else {
        throw values.error("gear", "has more than one number that is not zero; a hinge or slide takes one")
      }
      var actuator = Model.Actuator(
        name: try takeName(values), joint: joint, gear: gear[0],
        controlRange: try values.range("ctrlrange", limited: "ctrllimited", automatic: compiler.automaticLimits),
        forceRange: try values.range("forcerange", limited: "forcelimited", automatic: compiler.automaticLimits))
      switch child.name {
      case "position":
        actuator.positionGain = try values.nonNegative("kp") ?? 1
        actuator.velocityGain = try values.nonNegative("kv") ?? 0
        actuator.controlGain = actuator.positionGain
      case "velocity":
        actuator.velocityGain = try values.nonNegative("kv") ?? 1
        actuator.controlGain = actuator.velocityGain
      default: break
      }
      model.actuators.append(actuator)
    }
  }

  mutating func readContacts(_ element: MJCFElement) throws(ModelError) {
    _ = try attributes(of: element)
    for child in element.children {
      guard child.name == "exclude" else { throw unsupported(child, in: "contact, which takes exclude") }
      let values = try attributes(of: child)
      var pair: [Int] = []
      for name in ["body1", "body2"] {
        guard let target = try values.string(name) else { throw values.missing(name) }
        guard let body = model.body(named: target) else {
          throw values.error(name, "names '\(target)', and there is no such body")
        }
        pair.append(body)
      }
      model.excludedPairs.append(Model.BodyPair(pair[0], pair[1]))
    }
  }
}
