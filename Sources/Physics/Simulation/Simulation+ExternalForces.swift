import COpenDynamicsEngine

extension Simulation {
  /// A force and a torque on a body of the model.
  struct ExternalForce {
    let body: Int
    let force: SIMD3<Double>
    let torque: SIMD3<Double>
  }

  /// Pushes a body in every coming timestep, until ``clearExternalForces()``. Several pushes add up. No part of a
  /// snapshot.
  ///
  /// - Parameters:
  ///   - force: at the body's centre of mass, world axes, N. A planar robot only feels what lies in its plane.
  ///   - torque: world axes, N·m.
  ///   - body: index in `Model.bodies` of a body that can move.
  /// - Throws: `SimulationError` for a body that cannot move, and for numbers that are not finite or beyond 10¹².
  public func addExternalForce(
    _ force: SIMD3<Double>, torque: SIMD3<Double> = .zero, to body: Int
  ) throws(SimulationError) {
    for index in 0..<3 {
      guard abs(force[index]) < 1e12 else { throw .value(what: "force", index: index, value: force[index]) }
      guard abs(torque[index]) < 1e12 else { throw .value(what: "torque", index: index, value: torque[index]) }
    }
    guard model.bodies.indices.contains(body), linkage.linkOfBody[body] != nil else {
      throw .value(what: "body that can move", index: 0, value: Double(body))
    }
    externalForces.append(ExternalForce(body: body, force: force, torque: torque))
  }

  /// Ends all pushes.
  public func clearExternalForces() { externalForces.removeAll(keepingCapacity: true) }

  /// Hands the pushes to the engine, which forgets them after the timestep.
  func applyExternalForces() {
    for external in externalForces {
      guard let index = linkage.linkOfBody[external.body] else { continue }
      let link = links[index]
      let properties = model.bodies[external.body].massProperties
      let arm = link.rotate(linkage.poseOfBody[external.body].apply(properties.centre) - link.centre)
      let force = frame.vectorIntoEngine(external.force)
      let torque = frame.vectorIntoEngine(external.torque) + cross(arm, force)
      dBodyAddForce(link.body, force.x, force.y, force.z)
      dBodyAddTorque(link.body, torque.x, torque.y, torque.z)
    }
  }
}
