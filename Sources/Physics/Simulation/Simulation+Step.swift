import CODE

extension Simulation {
  /// Takes `count` timesteps with held controls (`model.controlCount` numbers, clamped to the actuators' ranges).
  ///
  /// Contacts are found at the positions a step begins with; then velocities are solved for and positions follow.
  ///
  /// - Throws: `SimulationError.value` if a control is not finite (nothing has happened then); `.unstable` if a body's
  ///   state is not finite or too fast after a step, naming both: the state is lost until it is set or restored.
  public func step(control: Span<Double>, count: Int = 1) throws(SimulationError) {
    if let lostStep { throw .lost(step: lostStep) }
    try readForces(control)
    Library.prepareThread()
    for substep in 0..<count {
      if hasFeedback && substep > 0 { try readForces(control) }
      try collide()
      drive()
      dWorldStep(world, model.timestep)
      dJointGroupEmpty(contactGroup)
      stepCount += 1
      try checkState()
      readCoordinates()
    }
  }

  private func readForces(_ control: Span<Double>) throws(SimulationError) {
    guard control.count == model.actuators.count else {
      throw .count(what: "control", expected: model.actuators.count, found: control.count)
    }
    for index in forces.indices { forces[index] = 0 }
    for (index, actuator) in model.actuators.enumerated() {
      var value = control[index]
      guard value.isFinite else { throw .value(what: "control", index: index, value: value) }
      if let range = actuator.controlRange { value = min(max(value, range.lowerBound), range.upperBound) }
      value *= actuator.controlGain
      if actuator.hasFeedback {
        let coordinate = jointCoordinates[index]
        value -= actuator.positionGain * actuator.gear * coordinates[coordinate.position]
        value -= actuator.velocityGain * actuator.gear * rates[coordinate.velocity]
      }
      if let range = actuator.forceRange { value = min(max(value, range.lowerBound), range.upperBound) }
      let force = forces[actuator.joint] + actuator.gear * value
      // Beyond this the step could overflow, and the engine would end the process.
      guard abs(force) < 1e12 else { throw .value(what: "control", index: index, value: value) }
      forces[actuator.joint] = force
    }
  }

  /// Sets every joint's motor for the coming step and adds the forces that have no row.
  private func drive() {
    for index in freedoms.indices {
      let force = forces[freedoms[index].joint]
      var rest = force
      if motors[index] != nil {
        let position = coordinates[freedoms[index].positionIndex]
        let rate = rates[freedoms[index].velocityIndex]
        if motors[index]?.drive(position: position, rate: rate, force: force) == true { rest = 0 }
        rest += motors[index]?.limit(position: position, rate: rate, force: force, timestep: model.timestep) ?? 0
      }
      if rest != 0 { apply(rest, to: freedoms[index]) }
    }
  }

  /// Adds a force or torque along a joint, as its rows would act.
  private func apply(_ force: Double, to freedom: Freedom) {
    let link = links[freedom.link]
    switch freedom.kind {
    case .planarSlide:
      let f = force * freedom.axis
      dBodyAddForce(link.body, f.x, f.y, f.z)
    case .slide:
      if let joint = freedom.engineJoint { dJointAddSliderForce(joint, force) }
    case .hinge:
      let torque = force * link.rotate(freedom.axis)
      dBodyAddTorque(link.body, torque.x, torque.y, torque.z)
      if freedom.parent >= 0 { dBodyAddTorque(links[freedom.parent].body, -torque.x, -torque.y, -torque.z) }
    case .ball, .free: break
    }
  }

  private func checkState() throws(SimulationError) {
    let bound = configuration.maximumSpeed * configuration.maximumSpeed
    let farthest = Simulation.farthest * Simulation.farthest
    for index in links.indices {
      let link = links[index]
      let (linear, angular) = (dot(link.linear, link.linear), dot(link.angular, link.angular))
      let distance = dot(link.position, link.position)
      // Written so that a NaN fails too.
      if linear < bound && angular < bound && distance < farthest { continue }
      lostStep = stepCount
      let (quantity, value) =
        !(linear < bound)
        ? ("speed", linear) : !(angular < bound) ? ("angular speed", angular) : ("distance from the origin", distance)
      throw .unstable(
        body: model.describe(body: linkage.links[index].body), step: stepCount, quantity: quantity,
        value: value.squareRoot())
    }
  }
}
