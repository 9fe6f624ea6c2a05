import COpenDynamicsEngine

extension Simulation {
  /// Takes `count` timesteps with held controls (`model.controlCount` numbers, clamped to the actuators' ranges).
  ///
  /// Contacts are found at the positions a step begins with; then velocities are solved for and positions follow.
  ///
  /// - Throws: `SimulationError.value` if a control is not finite (nothing has happened then); `.unstable` if a
  ///   body's state is too fast or too far away after a step, naming both; `.unsolvable` if rounding leaves a step
  ///   without a solution, or with one that is no number: the state is lost until it is set or restored, and there are
  ///   no contacts.
  public func step(control: Span<Double>, count: Int = 1) throws(SimulationError) {
    if let lostStep { throw .lost(step: lostStep) }
    try readForces(control)
    Library.prepareThread()
    for substep in 0..<count {
      if hasFeedback && substep > 0 { try readForces(control) }
      try solveStep()
      stepCount += 1
      if isPlanar { flatten() }
      assemble()
      try checkState()
      readCoordinates()
    }
  }

  /// Finds the contacts and takes the step.
  ///
  /// Of something light and thin deep in something else, the rows of contacts are so nearly alike that rounding may
  /// leave no solution, or one that is no number. Then the step is taken once more, with contacts ten times as soft.
  private func solveStep() throws(SimulationError) {
    contactSoftening = 1
    if try trySolving() { return }
    contactSoftening = 10
    takeBackStep()
    if try trySolving() { return }
    lostStep = stepCount
    // Their forces are no numbers.
    (contactCount, contactRowCount) = (0, 0)
    throw .unsolvable(step: stepCount)
  }

  private func trySolving() throws(SimulationError) -> Bool {
    try collide()
    drive()
    disassemble()
    if !ties.isEmpty { closeTies() }
    let isSolved = coupledPairs.isEmpty ? takeStep() : stepCoupled()
    dJointGroupEmpty(contactGroup)
    if isSolved { return links.indices.allSatisfy { links[$0].hasFiniteSpeed } }
    // The old one holds what is left of the step, and checks on its end that nothing is: it stays.
    threading = Simulation.giveThreading(to: world)
    return false
  }

  /// The engine's step; false where it found no solution.
  func takeStep() -> Bool {
    Library.step(world, by: model.timestep, isIterative: configuration.iterations != nil)
  }

  private func readForces(_ control: Span<Double>) throws(SimulationError) {
    guard control.count == model.actuators.count else {
      throw .count(what: "control", expected: model.actuators.count, found: control.count)
    }
    for index in forces.indices { (forces[index], servoDamping[index]) = (0, 0) }
    for index in model.actuators.indices {
      var value = control[index]
      guard value.isFinite else { throw .value(what: "control", index: index, value: value) }
      if let range = model.actuators[index].controlRange { value = min(max(value, range.lowerBound), range.upperBound) }
      value = value * model.actuators[index].controlGain + model.actuators[index].bias
      let gear = model.actuators[index].gear
      let range = firstShares[index]..<firstShares[index + 1]
      var damping = 0.0
      if model.actuators[index].hasFeedback {
        var (position, rate) = (0.0, 0.0)
        for share in range {
          position += shares[share].coefficient * coordinates[shares[share].position]
          rate += shares[share].coefficient * rates[shares[share].velocity]
        }
        value -= model.actuators[index].positionGain * gear * position
        damping = model.actuators[index].velocityGain * gear
        value -= damping * rate
      }
      if let bounds = model.actuators[index].forceRange, !bounds.contains(value) {
        value = min(max(value, bounds.lowerBound), bounds.upperBound)
        damping = 0
      }
      let isAlone = range.count == 1
      for part in range {
        let share = shares[part]
        let pull = gear * share.coefficient
        let force = forces[share.joint] + pull * value
        // Beyond this the step could overflow, and the engine would end the process.
        guard abs(force) < 1e12 else { throw .value(what: "control", index: index, value: value) }
        forces[share.joint] = force
        if model.servosAreImplicit && isAlone && damping * pull * share.coefficient > 0 {
          servoDamping[share.joint] += damping * pull * share.coefficient
        }
      }
    }
  }

  /// Sets every joint's motor for the coming step and adds the forces that have no row.
  private func drive() {
    for index in freedoms.indices {
      let force = forces[freedoms[index].joint]
      var rest = force
      if motors[index] != nil {
        if freedoms[index].kind == .gimbal { motors[index]?.turn(to: freedoms[index].dualAxis) }
        let position = coordinates[freedoms[index].positionIndex]
        let rate = rates[freedoms[index].velocityIndex]
        rest =
          motors[index]?.drive(
            position: position, rate: rate, force: force, servoDamping: servoDamping[freedoms[index].joint],
            rotorRate: rotorRate(index, rate)) ?? force
        rest += motors[index]?.limit(position: position, rate: rate, force: force, timestep: model.timestep) ?? 0
      }
      if rest != 0 { apply(rest, to: freedoms[index]) }
    }
    if !externalForces.isEmpty { applyExternalForces() }
    for lift in lifts {
      let link = links[lift.link]
      let torque = cross(link.rotate(lift.offset), lift.force)
      dBodyAddForce(link.body, lift.force.x, lift.force.y, lift.force.z)
      dBodyAddTorque(link.body, torque.x, torque.y, torque.z)
    }
    guard let fluid = model.fluid else { return }
    let wind = frame.vectorIntoEngine(fluid.wind)
    for drag in drags { drag.apply(to: links[drag.link], wind: wind) }
  }

  /// The rate that a joint's rotor has at the pose a step begins with.
  ///
  /// What moves straight on gains speed along an axis that turns; a rotor, which knows nothing but the joint's
  /// position, does not. A hinge turns about what it is fixed to, so that there is no difference.
  private func rotorRate(_ index: Int, _ rate: Double) -> Double {
    switch freedoms[index].kind {
    case .gimbal: return rate - model.timestep * freedoms[index].turning
    case .slide where freedoms[index].parent >= 0:
      let freedom = freedoms[index]
      let (link, parent) = (links[freedom.link], links[freedom.parent])
      let axis = link.rotate(freedom.axis)
      let turned = cross(link.angular, axis)
      let gain =
        2 * dot(turned, link.linear - parent.linear)
        + dot(cross(link.angular, turned), link.position - parent.position)
      return rate - model.timestep * gain
    case .slide, .hinge, .planarSlide, .ball, .free: return rate
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
    case .gimbal:
      let torque = force * freedom.dualAxis
      dBodyAddTorque(link.body, torque.x, torque.y, torque.z)
      if freedom.parent >= 0 { dBodyAddTorque(links[freedom.parent].body, -torque.x, -torque.y, -torque.z) }
    case .ball, .free: break
    }
  }

  /// Takes back what rounding moved out of the engine's x–y plane, before it can grow: there are no rows that would.
  private func flatten() {
    for index in links.indices {
      let link = links[index]
      UnsafeMutablePointer(mutating: link.positionMemory)[2] = link.homeHeight
      UnsafeMutablePointer(mutating: link.linearMemory)[2] = 0
      let angular = UnsafeMutablePointer(mutating: link.angularMemory)
      (angular[0], angular[1]) = (0, 0)
      let turned = link.rotation * link.homeRotation.conjugate
      link.turn(to: Quaternion(w: turned.w, x: 0, y: 0, z: turned.z).normalized * link.homeRotation)
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
