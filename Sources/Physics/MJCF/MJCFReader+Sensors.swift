extension MJCFReader {
  mutating func readSensors(_ element: MarkupElement) throws(ModelError) {
    _ = try attributes(of: element)
    for child in element.children {
      guard let kind = Model.Sensor.Kind(rawValue: child.name) else {
        warn("sensor/\(child.name.prefix(60)) is skipped: nothing here measures it", child)
        continue
      }
      let values = MarkupAttributes(
        element: child.name, line: child.line, source: child.source, values: child.attributes)
      guard model.sensors.count < 10 * ImportLimits.joints else {
        throw child.error("more than \(10 * ImportLimits.joints) sensors")
      }
      if child.attributes["reftype"] != nil || child.attributes["refname"] != nil {
        warn("\(child.title) is skipped: it is measured in a frame of its own", child)
        continue
      }
      guard let target = try readTarget(of: kind, values, child) else { continue }
      let name = try values.string("name") ?? ""
      guard name.isEmpty || names["sensor", default: []].insert(name).inserted else {
        throw values.error("name", "'\(name.prefix(60))' is already taken by another sensor")
      }
      model.sensors.append(Model.Sensor(name: name, kind: kind, target: target))
    }
  }

  /// What a sensor measures; nil if that was left out and a warning says so.
  private mutating func readTarget(
    of kind: Model.Sensor.Kind, _ values: MarkupAttributes, _ element: MarkupElement
  ) throws(ModelError) -> Model.Sensor.Target? {
    switch kind {
    case .touch, .accelerometer, .velocimeter, .gyro, .force, .torque:
      return .site(try lookUp("site", in: values, "site") { model.site(named: $0) })
    case .jointPosition, .jointVelocity, .jointForce, .ballRotation, .ballVelocity, .jointLimitForce:
      return .joint(try lookUp("joint", in: values, "joint") { model.joint(named: $0) })
    case .actuatorPosition, .actuatorVelocity, .actuatorForce:
      guard let name = try values.string("actuator") else { throw values.missing("actuator") }
      guard let index = model.actuator(named: name) else {
        warn("\(element.title) is skipped: there is no actuator '\(name.prefix(60))'", element)
        return nil
      }
      return .actuator(index)
    case .subtreeCentre, .subtreeVelocity, .subtreeAngularMomentum:
      return .body(try lookUp("body", in: values, "body") { model.body(named: $0) })
    case .framePosition, .frameRotation, .frameXAxis, .frameYAxis, .frameZAxis, .frameVelocity, .frameAngularVelocity:
      let type = try values.keyword("objtype", ["body", "xbody", "geom", "site", "camera"])
      switch type {
      case "body", "xbody": return .body(try lookUp("objname", in: values, "body") { model.body(named: $0) })
      case "site": return .site(try lookUp("objname", in: values, "site") { model.site(named: $0) })
      case "geom":
        guard let name = try values.string("objname") else { throw values.missing("objname") }
        if let index = model.geometry(named: name) { return .geometry(index) }
        warn("\(element.title) is skipped: there is no geom '\(name.prefix(60))'", element)
        return nil
      case nil: throw values.missing("objtype")
      default:
        warn("\(element.title) is skipped: cameras are not measured", element)
        return nil
      }
    }
  }

  mutating func readKeyframes(_ element: MarkupElement) throws(ModelError) {
    _ = try attributes(of: element)
    for child in element.children {
      guard child.name == "key" else { throw unsupported(child, in: "keyframe") }
      let values = try attributes(of: child)
      guard model.keyframes.count < ImportLimits.meshes else {
        throw child.error("more than \(ImportLimits.meshes) keyframes")
      }
      var lists: [String: [Double]] = [:]
      var fits = true
      for (name, count) in [
        ("qpos", model.positionCount), ("qvel", model.velocityCount), ("ctrl", model.controlCount),
      ] {
        guard let numbers = try values.numbers(name, count: 0...100_000) else { continue }
        if numbers.count == count {
          lists[name] = numbers
        } else {
          warn(
            "\(child.title) is skipped: \(name) has \(numbers.count) numbers, and the model as it is read takes \(count)",
            child)
          fits = false
        }
      }
      guard fits else { continue }
      model.keyframes.append(
        Model.Keyframe(
          name: try takeName(values), positions: lists["qpos"] ?? model.initialPositions,
          velocities: lists["qvel"] ?? [Double](repeating: 0, count: model.velocityCount),
          controls: lists["ctrl"] ?? []))
    }
  }
}
