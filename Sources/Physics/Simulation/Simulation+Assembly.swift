import COpenDynamicsEngine

/// Links on their joints, however fast they turn.
///
/// A step moves every link along its own velocity, so that one that turns fast leaves its joint along the tangent: at
/// 20 rad/s and 10 ms a limb is 2 % longer after a step. The engine needs that gap: pulling it closed in the next step
/// is the force that keeps a limb on its circle, and doing so at once (`SimulationConfiguration.errorReduction` of 1)
/// keeps its energy. But contacts and observers see links where their joints hold them. So a step begins with the links
/// apart and ends with them together, and ``LinkState/gap`` is the way between.
extension Simulation {
  /// Puts the links onto their joints after a step. The centre of mass of what floats stays where its momentum took it.
  func assemble() {
    for index in links.indices { links[index].gap = links[index].position }
    for index in links.indices {
      let freedom = links[index].firstFreedom
      switch freedoms[freedom].kind {
      case .free, .planarSlide: continue
      case .hinge, .gimbal, .ball: move(index, by: -separation(index, freedom))
      case .slide:
        let axis = links[index].rotate(freedoms[freedom].axis)
        let apart = separation(index, freedom)
        move(index, by: dot(axis, apart) * axis - apart)
      }
    }
    for index in links.indices {
      let root = links[index].root
      if root >= 0 { links[index].move(by: (-1 / links[root].treeMass) * links[root].shift) }
    }
    for index in links.indices {
      links[index].gap -= links[index].position
      links[index].shift = .zero
    }
  }

  /// Takes the links apart again, as the coming step needs them.
  func disassemble() {
    for index in links.indices { links[index].move(by: links[index].gap) }
  }

  /// Sets the gaps that the links' velocities would have opened in a step.
  func estimateGaps() {
    let h = model.timestep
    for index in links.indices {
      let link = links[index]
      let freedom = freedoms[link.firstFreedom]
      links[index].gap = link.parent >= 0 ? links[link.parent].gap : .zero
      guard freedom.kind != .free, freedom.kind != .planarSlide, freedom.kind != .slide else { continue }
      links[index].gap += bend(link.angular, link.rotate(freedom.anchor - link.centre), h)
      guard link.parent >= 0 else { continue }
      let parent = links[link.parent]
      links[index].gap -= bend(parent.angular, parent.rotate(freedom.homeAnchor), h)
    }
  }

  /// By how much an arm that turns leaves its tangent in a step.
  private func bend(_ angular: SIMD3<Double>, _ arm: SIMD3<Double>, _ h: Double) -> SIMD3<Double> {
    0.5 * h * h * cross(angular, cross(angular, arm))
  }

  /// From the point of a joint on the parent to that on the link. Given by their indices: copies of either cost more
  /// than this does.
  private func separation(_ link: Int, _ freedom: Int) -> SIMD3<Double> {
    let anchor = links[link].position + links[link].rotate(freedoms[freedom].anchor - links[link].centre)
    let parent = freedoms[freedom].parent
    guard parent >= 0 else { return anchor - freedoms[freedom].homeAnchor }
    return anchor - links[parent].position - links[parent].rotate(freedoms[freedom].homeAnchor)
  }

  private func move(_ index: Int, by shift: SIMD3<Double>) {
    links[index].move(by: shift)
    let root = links[index].root
    if root >= 0 { links[root].shift += links[index].mass * shift }
  }
}

extension LinkState {
  /// Moves the engine's body. Its geometries are told by the step.
  func move(by shift: SIMD3<Double>) {
    let position = UnsafeMutablePointer(mutating: positionMemory)
    for axis in 0..<3 { position[axis] += shift[axis] }
  }

  /// Turns the engine's body to a rotation, a unit quaternion.
  func turn(to rotation: Quaternion) {
    let memory = UnsafeMutablePointer(mutating: quaternionMemory)
    (memory[0], memory[1], memory[2], memory[3]) = (rotation.w, rotation.x, rotation.y, rotation.z)
    dRfromQ(UnsafeMutablePointer(mutating: rotationMemory), memory)
  }
}
