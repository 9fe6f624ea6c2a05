extension MJCFReader {
  mutating func readActuators(_ element: MarkupElement) throws(ModelError) {
    _ = try attributes(of: element)
    for child in element.children {
      guard MJCFSchema.actuators.contains(child.name) else { throw unsupported(child, in: "actuator") }
      guard MJCFSchema.readActuators.contains(child.name) else {
        warn("\(child.title) is skipped: there is no actuator of this kind, and no control for it", child)
        continue
      }
      let values = try attributes(of: child)
      try refuseChildren(of: child)
      guard var actuator = try readTransmission(values, child) else { continue }
      actuator.controlRange = try values.range(
        "ctrlrange", limited: "ctrllimited", automatic: compiler.automaticLimits)
      actuator.forceRange = try values.range(
        "forcerange", limited: "forcelimited", automatic: compiler.automaticLimits)
      guard try readGains(&actuator, values, child) else { continue }
      bound(&actuator, values)
      guard model.actuators.count < ImportLimits.joints else {
        throw child.error("more than \(ImportLimits.joints) actuators")
      }
      model.actuators.append(actuator)
    }
  }

  /// What an actuator pulls on; nil if that cannot be had and a warning says so.
  private mutating func readTransmission(
    _ values: MarkupAttributes, _ element: MarkupElement
  ) throws(ModelError) -> Model.Actuator? {
    let name = try takeName(values)
    let gear = try values.numbers("gear", count: 1...6) ?? [1]
    for other in ["site", "body", "cranksite", "slidersite", "refsite"] where element.attributes[other] != nil {
      warn("\(element.title) is skipped: it acts on a \(other), and motors act on joints", element)
      return nil
    }
    if let tendon = try values.string("tendon") {
      guard let known = tendons[tendon] else {
        throw values.error("tendon", "names '\(tendon.prefix(60))', and there is no such tendon")
      }
      guard let couplings = known, let first = couplings.first else {
        warn("\(element.title) is skipped: it pulls on the tendon '\(tendon.prefix(60))', which is not there", element)
        return nil
      }
      var actuator = Model.Actuator(name: name, joint: first.joint, gear: gear[0])
      actuator.couplings = couplings
      return actuator
    }
    let attribute = values.values["joint"] == nil && values.values["jointinparent"] != nil ? "jointinparent" : "joint"
    let joint = try lookUp(attribute, in: values, "joint") { model.joint(named: $0) }
    let kind = model.joints[joint].kind
    guard kind == .hinge || kind == .slide else {
      warn("\(element.title) is skipped: it drives a \(kind) joint, and motors drive hinges and slides", element)
      return nil
    }
    guard gear.dropFirst().allSatisfy({ $0 == 0 }) else {
      throw values.error("gear", "has more than one number that is not zero; a hinge or slide takes one")
    }
    return Model.Actuator(name: name, joint: joint, gear: gear[0])
  }

  /// Reads what force a control makes; false if the actuator is left out and a warning says so.
  private mutating func readGains(
    _ actuator: inout Model.Actuator, _ values: MarkupAttributes, _ element: MarkupElement
  ) throws(ModelError) -> Bool {
    let gain = try values.numbers("gainprm", count: 1...10) ?? [1]
    switch values.element {
    case "position":
      let kp = try values.nonNegative("kp") ?? gain[0]
      var kv = try values.nonNegative("kv") ?? 0
      if let ratio = try values.nonNegative("dampratio"), ratio > 0 { kv = damping(ratio, kp, actuator) }
      (actuator.controlGain, actuator.positionGain, actuator.velocityGain) = (kp, kp, kv)
      try inheritRange(&actuator, values)
      if let time = try values.nonNegative("timeconst"), time > 0 {
        warn("\(values.element): attribute 'timeconst' is skipped: controls act at once", element)
      }
    case "velocity":
      actuator.velocityGain = try values.nonNegative("kv") ?? gain[0]
      actuator.controlGain = actuator.velocityGain
    case "general": return try readGeneral(&actuator, gain, values, element)
    default: break
    }
    return true
  }

  private mutating func readGeneral(
    _ actuator: inout Model.Actuator, _ gain: [Double], _ values: MarkupAttributes, _ element: MarkupElement
  ) throws(ModelError) -> Bool {
    let kinds = (
      gain: try values.string("gaintype") ?? "fixed", bias: try values.string("biastype") ?? "none",
      dynamics: try values.string("dyntype") ?? "none"
    )
    guard ["fixed", "affine", "muscle", "user", "dcmotor", "so3"].contains(kinds.gain) else {
      throw values.error("gaintype", "is '\(kinds.gain.prefix(60))'; it takes fixed, affine, muscle, user")
    }
    guard ["none", "affine", "muscle", "user", "dcmotor", "so3"].contains(kinds.bias) else {
      throw values.error("biastype", "is '\(kinds.bias.prefix(60))'; it takes none, affine, muscle, user")
    }
    guard ["none", "integrator", "filter", "filterexact", "muscle", "user", "dcmotor", "pid"].contains(kinds.dynamics)
    else {
      throw values.error("dyntype", "is '\(kinds.dynamics.prefix(60))'; it takes none, integrator, filter, filterexact")
    }
    let isAffine = kinds.gain == "affine" && gain.dropFirst().contains { $0 != 0 }
    for (kind, isRead) in [
      ("gaintype", ["fixed", "affine"].contains(kinds.gain) && !isAffine),
      ("biastype", ["none", "affine"].contains(kinds.bias)),
      ("dyntype", ["none", "filter", "filterexact"].contains(kinds.dynamics)),
    ] where !isRead {
      let text = values.values[kind]?.text ?? ""
      warn(
        "\(element.title) is skipped: no actuator has \(kind) '\(text.prefix(60))', and there is no control for it",
        element)
      return false
    }
    if kinds.dynamics != "none" {
      warn("general: dyntype '\(kinds.dynamics)' is skipped: controls act at once", element)
    }
    actuator.controlGain = gain[0]
    if kinds.bias == "affine" {
      let bias = try values.numbers("biasprm", count: 1...10) ?? [0]
      actuator.bias = bias[0]
      if bias.count > 1 { actuator.positionGain = -bias[1] }
      if bias.count > 2 {
        // MuJoCo reads a positive number here as a damping ratio.
        actuator.velocityGain =
          bias[2] > 0 && actuator.positionGain == gain[0]
          ? damping(bias[2], gain[0], actuator) : -bias[2]
      }
    }
    return true
  }

  /// Critical damping times `ratio` of a servo's spring, with the inertia at the reference configuration of all that it
  /// moves: 1/(J·M⁻¹·Jᵀ), where J says how fast the servo moves with each velocity.
  private mutating func damping(_ ratio: Double, _ gain: Double, _ actuator: Model.Actuator) -> Double {
    if inverseInertia == nil { inverseInertia = model.inverseInertia() }
    let gear = actuator.gear == 0 ? 1 : actuator.gear
    let couplings =
      actuator.couplings.isEmpty ? [Model.Coupling(joint: actuator.joint, coefficient: 1)] : actuator.couplings
    let row = couplings.map { (index: model.velocityIndex(ofJoint: $0.joint), share: gear * $0.coefficient) }
    var weight = 0.0
    for a in row {
      for b in row { weight += a.share * b.share * (inverseInertia?[a.index * model.velocityCount + b.index] ?? 0) }
    }
    return 2 * ratio * (gain / max(weight, 1e-12)).squareRoot()
  }

  private func inheritRange(_ actuator: inout Model.Actuator, _ values: MarkupAttributes) throws(ModelError) {
    guard let share = try values.nonNegative("inheritrange"), share > 0, actuator.controlRange == nil,
      let range = model.joints[actuator.joint].range
    else { return }
    let (middle, half) = ((range.upperBound + range.lowerBound) / 2, (range.upperBound - range.lowerBound) / 2 * share)
    actuator.controlRange = middle - half...middle + half
  }

  /// Bounds the force as the joint asks for.
  private mutating func bound(_ actuator: inout Model.Actuator, _ values: MarkupAttributes) {
    guard let range = jointForceRanges[actuator.joint], actuator.couplings.isEmpty, actuator.gear != 0 else { return }
    let ends = [range.lowerBound / actuator.gear, range.upperBound / actuator.gear].sorted()
    let own = actuator.forceRange ?? -.infinity...Double.infinity
    actuator.forceRange = own.clamped(to: ends[0]...ends[1])
    if model.actuators.contains(where: { $0.joint == actuator.joint && $0.couplings.isEmpty }) {
      warn("joint: actuatorfrcrange bounds each of the joint's actuators by itself, not their sum", values)
    }
  }
}
