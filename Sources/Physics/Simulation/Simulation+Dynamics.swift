import COpenDynamicsEngine

/// What moves and what pushes, body by body: what locomotion tasks observe beside positions and velocities.
extension Simulation {
  /// Centre of mass of everything that moves, world coordinates, metres.
  public var centreOfMass: SIMD3<Double> {
    var (mass, sum) = (0.0, SIMD3<Double>.zero)
    for body in model.bodies.indices where linkage.linkOfBody[body] != nil {
      mass += model.bodies[body].massProperties.mass
      sum += model.bodies[body].massProperties.mass * centreOfMass(ofBody: body)
    }
    return mass > 0 ? sum / mass : .zero
  }

  /// Velocity of the centre of mass of everything that moves, world axes, m/s.
  public var centreOfMassVelocity: SIMD3<Double> {
    var (mass, sum) = (0.0, SIMD3<Double>.zero)
    for body in model.bodies.indices where linkage.linkOfBody[body] != nil {
      mass += model.bodies[body].massProperties.mass
      sum += model.bodies[body].massProperties.mass * velocityOfCentre(ofBody: body)
    }
    return mass > 0 ? sum / mass : .zero
  }

  /// Velocity of a body's centre of mass in world axes, m/s.
  public func velocityOfCentre(ofBody body: Int) -> SIMD3<Double> {
    let arm = pose(ofBody: body).rotation.rotate(model.bodies[body].massProperties.centre)
    return linearVelocity(ofBody: body) + cross(angularVelocity(ofBody: body), arm)
  }

  /// Inertia of a body about its centre of mass in world axes, kg·m².
  public func inertia(ofBody body: Int) -> InertiaTensor {
    model.bodies[body].massProperties.inertia.rotated(by: pose(ofBody: body).rotation)
  }

  /// Velocity of a point that is fixed in a body, world axes, m/s; the point in world coordinates.
  public func velocity(ofBody body: Int, at point: SIMD3<Double>) -> SIMD3<Double> {
    linearVelocity(ofBody: body) + cross(angularVelocity(ofBody: body), point - pose(ofBody: body).position)
  }

  /// The forces that contacts put on every body of the model in the last timestep (MuJoCo's `cfrc_ext`): for each body
  /// the torque about the centre of mass of everything that moves (N·m), then the force (N), in world axes.
  ///
  /// Zero after a state was set. `forces` takes 6 × the number of bodies, the world's first (always zero).
  public func readContactForces(into forces: inout MutableSpan<Double>) {
    precondition(forces.count == 6 * model.bodies.count, "wrong size of contact forces")
    for index in forces.indices { forces[index] = 0 }
    guard contactCount > 0 else { return }
    // Contacts were found before the positions moved on by the new velocities.
    let centre = centreOfMass - model.timestep * centreOfMassVelocity
    for index in 0..<contactCount {
      let contact = contactBuffer.contacts[index]
      let pair = pairs[contactBuffer.pairs[index]]
      let position = contact.geom.pos
      // The engine reports the force on the first of the two bodies that can move.
      let sign = shapes[pair.first].link >= 0 ? 1.0 : -1
      let onFirst = sign * frame.vectorFromEngine(force(ofContact: index))
      let torque = cross(frame.pointFromEngine(SIMD3(position.0, position.1, position.2)) - centre, onFirst)
      add(torque, onFirst, toBodyOf: pair.first, &forces)
      add(-torque, -onFirst, toBodyOf: pair.second, &forces)
    }
  }

  /// The sum of the normal forces, N, with which contacts pushed a geometry in the last timestep; 0 after a state was
  /// set.
  public func contactForce(ofGeometry geometry: Int) -> Double {
    var sum = 0.0
    for index in 0..<contactCount {
      let pair = pairs[contactBuffer.pairs[index]]
      guard pair.first == geometry || pair.second == geometry else { continue }
      let normal = contactBuffer.contacts[index].geom.normal
      sum += abs(dot(force(ofContact: index), SIMD3(normal.0, normal.1, normal.2)))
    }
    return sum
  }

  /// How far the last timestep took a link off its joint before it was put back, metres: the farthest of all.
  public var jointError: Double {
    var worst = 0.0
    for index in links.indices {
      let link = links[index]
      let apart = link.parent >= 0 ? link.gap - links[link.parent].gap : link.gap
      worst = max(worst, length(apart))
    }
    return worst
  }

  /// The force or torque, N or N·m, of the actuators of a joint in the last timestep.
  public func actuatorForce(ofJoint joint: Int) -> Double { forces[joint] }

  private func add(
    _ torque: SIMD3<Double>, _ force: SIMD3<Double>, toBodyOf geometry: Int, _ forces: inout MutableSpan<Double>
  ) {
    guard shapes[geometry].link >= 0 else { return }
    let start = 6 * model.geometries[geometry].body
    for axis in 0..<3 {
      forces[start + axis] += torque[axis]
      forces[start + 3 + axis] += force[axis]
    }
  }

  /// The force, N or N·m, with which a hinge's or slide's limit pushed in the last timestep; positive towards greater
  /// positions, zero within the range and after a state was set.
  ///
  /// - Parameter velocity: index of the joint's generalised velocity.
  public func limitForce(ofVelocity velocity: Int) -> Double {
    for index in freedoms.indices where freedoms[index].velocityIndex == velocity {
      return motors[index]?.limitForce(rate: rates[velocity]) ?? 0
    }
    return 0
  }
}
