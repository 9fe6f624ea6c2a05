import COpenDynamicsEngine
import Foundation

/// An equality between two bodies as the simulation holds it.
struct Tie {
  let joint: dJointID
  let isWeld: Bool
  /// Index of one link, and of the other; nil for the world.
  let first: Int
  let second: Int?
  /// What coincides: in the engine's frames of the two links, or in its world.
  let ends: (Pose, Pose)
  /// Whether a weld holds its ends apart for a step, on their way together.
  var isApart = false

  /// Has a weld hold the second end where `apart` says, in the frame of the first.
  ///
  /// The engine fixes bodies as they are, so that they are put there, and back.
  func hold(_ apart: Pose, _ links: UnsafeMutableBufferPointer<LinkState>) {
    let between = ends.0 * apart * ends.1.inverse
    let saved = (links[first].saved, second.map { links[$0].saved })
    if let second {
      links[first].put(at: .identity)
      links[second].put(at: between)
    } else {
      links[first].put(at: between.inverse)
    }
    dJointSetFixed(joint)
    links[first].restore(saved.0)
    if let second, let state = saved.1 { links[second].restore(state) }
  }
}

extension Simulation {
  /// Has what starts apart closed at a bounded speed. What only drifts apart is put right within a step, as joints are.
  func closeTies() {
    let h = model.timestep
    for index in ties.indices {
      let tie = ties[index]
      let apart = end(tie.ends.0, tie.first).inverse * end(tie.ends.1, tie.second)
      let half = length(apart.rotation.imaginary)
      let angle = tie.isWeld ? 2 * atan2(half, abs(apart.rotation.w)) : 0
      let rate = Simulation.closingRate(gap: max(length(apart.position), angle), timestep: h)
      let share = h * rate
      if !tie.isWeld {
        dJointSetBallParam(tie.joint, Int32(dParamERP), share * configuration.errorReduction)
      } else if share < 1 {
        let axis = half > 0 ? (apart.rotation.w < 0 ? -1 : 1) * apart.rotation.imaginary / half : SIMD3(1, 0, 0)
        tie.hold(
          Pose(
            position: (1 - share) * apart.position, rotation: Quaternion(angle: (1 - share) * angle, axis: axis)),
          links)
        ties[index].isApart = true
      } else if tie.isApart {
        tie.hold(.identity, links)
        ties[index].isApart = false
      }
    }
  }

  private func end(_ local: Pose, _ link: Int?) -> Pose {
    guard let link else { return local }
    let body = links[link]
    return Pose(position: body.position + body.rotate(local.position), rotation: body.rotation * local.rotation)
  }
}
