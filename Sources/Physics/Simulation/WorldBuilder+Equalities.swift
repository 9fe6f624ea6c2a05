import CODE

extension WorldBuilder {
  /// Makes the joints of `Model.equalities`.
  func makeEqualities(_ links: UnsafeMutableBufferPointer<LinkState>) {
    let homes = self.homes
    func pose(ofBody body: Int) -> Pose {
      (linkage.linkOfBody[body].map { homes[$0] } ?? .identity) * linkage.poseOfBody[body]
    }
    for equality in model.equalities {
      var equality = equality
      if linkage.linkOfBody[equality.first] == nil { equality = equality.swapped }
      guard let link = linkage.linkOfBody[equality.first] else { continue }
      let other = linkage.linkOfBody[equality.second]
      guard other != link else { continue }
      let body = links[link].body
      let otherBody: dBodyID? = other.map { links[$0].body }
      let joint: dJointID
      switch equality.kind {
      case .connect(let point, let otherPoint):
        joint = dJointCreateBall(world, nil)
        dJointAttach(joint, body, otherBody)
        let anchor = frame.pointIntoEngine(pose(ofBody: equality.first).apply(point))
        dJointSetBallAnchor(joint, anchor.x, anchor.y, anchor.z)
        // The engine takes the second point in its body's frame, or in the world where there is none.
        let otherAnchor =
          other.map { linkage.poseOfBody[equality.second].apply(otherPoint) - links[$0].centre }
          ?? frame.pointIntoEngine(pose(ofBody: equality.second).apply(otherPoint))
        dJointSetBallAnchor2(joint, otherAnchor.x, otherAnchor.y, otherAnchor.z)
        // Where a loop is closed the joints say some things twice: softness chooses among the forces that do.
        dJointSetBallParam(joint, Int32(dParamCFM), WorldBuilder.loopMixing)
      case .weld(let relative):
        joint = dJointCreateFixed(world, nil)
        dJointAttach(joint, body, otherBody)
        // The engine fixes bodies as they are, so that the first is put where it belongs, and back.
        let goal =
          pose(ofBody: equality.second) * relative.inverse * linkage.poseOfBody[equality.first].inverse
        place(links[link], at: goal)
        dJointSetFixed(joint)
        place(links[link], at: homes[link])
        dJointSetFixedParam(joint, Int32(dParamCFM), WorldBuilder.loopMixing)
      }
    }
  }

  /// Velocity per force, (m/s)/N.
  private static let loopMixing = 1e-8

  private func place(_ link: LinkState, at home: Pose) {
    let position = frame.pointIntoEngine(home.apply(link.centre))
    dBodySetPosition(link.body, position.x, position.y, position.z)
    frame.rotationIntoEngine(home.rotation).withPointer { dBodySetQuaternion(link.body, $0) }
  }

  /// The forces that hold bodies up by `Body.gravityCompensation`.
  func makeLifts(_ links: UnsafeMutableBufferPointer<LinkState>) -> [Lift] {
    let gravity = frame.vectorIntoEngine(model.gravity)
    return model.bodies.indices.compactMap { index in
      let body = model.bodies[index]
      guard body.gravityCompensation != 0, body.mass > 0, let link = linkage.linkOfBody[index] else { return nil }
      return Lift(
        link: link, offset: linkage.poseOfBody[index].apply(body.centreOfMass) - links[link].centre,
        force: -body.gravityCompensation * body.mass * gravity)
    }
  }
}

extension Model.Equality {
  /// The same with the bodies exchanged.
  fileprivate var swapped: Model.Equality {
    let kind: Kind =
      switch self.kind {
      case .connect(let a, let b): .connect(b, a)
      case .weld(let pose): .weld(pose.inverse)
      }
    return Model.Equality(name: name, first: second, second: first, kind: kind)
  }
}
