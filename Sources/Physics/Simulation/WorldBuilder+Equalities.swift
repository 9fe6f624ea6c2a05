import COpenDynamicsEngine

extension WorldBuilder {
  /// Makes the joints of `Model.equalities`.
  func makeEqualities(_ links: UnsafeMutableBufferPointer<LinkState>) -> [Tie] {
    var ties: [Tie] = []
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
      // Both ends in the engine's frames of the two bodies, or of the world.
      func end(_ body: Int, _ link: Int?, _ local: Pose) -> Pose {
        let inLink = linkage.poseOfBody[body] * local
        guard let link else {
          return Pose(
            position: frame.pointIntoEngine(inLink.position), rotation: frame.rotationIntoEngine(inLink.rotation))
        }
        return Pose(position: inLink.position - links[link].centre, rotation: inLink.rotation)
      }
      switch equality.kind {
      case .connect(let point, let otherPoint):
        joint = dJointCreateBall(world, nil)
        dJointAttach(joint, body, otherBody)
        let anchor = frame.pointIntoEngine(pose(ofBody: equality.first).apply(point))
        dJointSetBallAnchor(joint, anchor.x, anchor.y, anchor.z)
        let ends = (
          end(equality.first, link, Pose(position: point)), end(equality.second, other, Pose(position: otherPoint))
        )
        // The engine takes the second point in its body's frame, or in the world where there is none.
        let otherAnchor = ends.1.position
        dJointSetBallAnchor2(joint, otherAnchor.x, otherAnchor.y, otherAnchor.z)
        ties.append(Tie(joint: joint, isWeld: false, first: link, second: other, ends: ends))
        // Where a loop is closed the joints say some things twice: softness chooses among the forces that do.
        dJointSetBallParam(joint, Int32(dParamCFM), WorldBuilder.loopMixing)
      case .weld(let relative):
        joint = dJointCreateFixed(world, nil)
        dJointAttach(joint, body, otherBody)
        dJointSetFixedParam(joint, Int32(dParamCFM), WorldBuilder.loopMixing)
        let ends = (end(equality.first, link, relative), end(equality.second, other, .identity))
        let tie = Tie(joint: joint, isWeld: true, first: link, second: other, ends: ends)
        tie.hold(.identity, links)
        ties.append(tie)
      }
    }
    return ties
  }

  /// The joints of `Model.jointCouplings`.
  func makeCoupledPairs(_ freedoms: UnsafeMutableBufferPointer<Freedom>) -> [CoupledPair] {
    model.jointCouplings.compactMap { coupling in
      guard let follower = freedoms.firstIndex(where: { $0.joint == coupling.follower }) else { return nil }
      let leader = coupling.leader.flatMap { leader in freedoms.firstIndex { $0.joint == leader } }
      return CoupledPair(
        coupling: coupling, follower: follower, leader: leader,
        weight: weights.velocities[freedoms[follower].velocityIndex],
        leaderWeight: leader.map { weights.velocities[freedoms[$0].velocityIndex] } ?? 0)
    }
  }

  /// Velocity per force, (m/s)/N.
  static let loopMixing = 1e-8

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
