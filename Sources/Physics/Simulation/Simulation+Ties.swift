import CODE

/// An equality between two bodies as the simulation holds it.
struct Tie {
  let joint: dJointID
  let isWeld: Bool
  /// Index of one link, and of the other; nil for the world.
  let first: Int
  let second: Int?
  /// What coincides: in the engine's frames of the two links, or in its world.
  let ends: (Pose, Pose)
}

extension Simulation {
  /// Has what starts apart closed at a bounded speed. What only drifts apart is put right within a step, as joints are.
  func closeTies() {
    let h = model.timestep
    for tie in ties {
      let (one, two) = (end(tie.ends.0, tie.first), end(tie.ends.1, tie.second))
      var gap = length(one.position - two.position)
      if tie.isWeld {
        let turned = (one.rotation.conjugate * two.rotation).imaginary
        gap = max(gap, 2 * length(turned))
      }
      let share = h * Simulation.closingRate(gap: gap, timestep: h) * configuration.errorReduction
      if tie.isWeld {
        dJointSetFixedParam(tie.joint, Int32(dParamERP), share)
      } else {
        dJointSetBallParam(tie.joint, Int32(dParamERP), share)
      }
    }
  }

  private func end(_ local: Pose, _ link: Int?) -> Pose {
    guard let link else { return local }
    let body = links[link]
    return Pose(position: body.position + body.rotate(local.position), rotation: body.rotation * local.rotation)
  }
}
