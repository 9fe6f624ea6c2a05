extension Simulation {
  /// Pose of a body of the model (its frame, not its centre of mass) in the world.
  public func pose(ofBody body: Int) -> Pose { linkPose(ofBody: body) * linkage.poseOfBody[body] }

  /// Pose of a geometry of the model in the world.
  public func pose(ofGeometry geometry: Int) -> Pose {
    pose(ofBody: model.geometries[geometry].body) * model.geometries[geometry].pose
  }

  /// Velocity of the origin of a body's frame in world axes, m/s.
  public func linearVelocity(ofBody body: Int) -> SIMD3<Double> {
    guard let index = linkage.linkOfBody[body] else { return .zero }
    let link = links[index]
    let arm = link.rotate(linkage.poseOfBody[body].position - link.centre)
    return frame.vectorFromEngine(link.linear + cross(link.angular, arm))
  }

  /// Angular velocity of a body in world axes, rad/s.
  public func angularVelocity(ofBody body: Int) -> SIMD3<Double> {
    guard let index = linkage.linkOfBody[body] else { return .zero }
    return frame.vectorFromEngine(links[index].angular)
  }

  /// Centre of mass of a body in the world, metres.
  public func centreOfMass(ofBody body: Int) -> SIMD3<Double> {
    pose(ofBody: body).apply(model.bodies[body].centreOfMass)
  }

  private func linkPose(ofBody body: Int) -> Pose {
    guard let index = linkage.linkOfBody[body] else { return .identity }
    let link = links[index]
    return Pose(
      position: frame.pointFromEngine(link.position - link.rotate(link.centre)),
      rotation: frame.rotationFromEngine(link.rotation))
  }
}
