import COpenDynamicsEngine
import Foundation

extension Simulation {
  /// Generalised positions in MuJoCo's order, `model.positionCount` numbers. A hinge counts turns beyond ±π.
  public var positions: [Double] { Array(coordinates) }

  /// Generalised velocities in MuJoCo's order, `model.velocityCount` numbers.
  public var velocities: [Double] { Array(rates) }

  /// Copies positions and velocities without allocating. The spans must have `model.positionCount` and
  /// `model.velocityCount` elements.
  public func readState(positions: inout MutableSpan<Double>, velocities: inout MutableSpan<Double>) {
    precondition(positions.count == coordinates.count && velocities.count == rates.count, "wrong size of state")
    for index in coordinates.indices { positions[index] = coordinates[index] }
    for index in rates.indices { velocities[index] = rates[index] }
  }

  /// Puts the model into a state; quaternions are normalised. Time goes on.
  ///
  /// - Throws: `SimulationError` if a count is wrong or a number is not finite or out of bounds; nothing changes then.
  public func setState(positions: [Double], velocities: [Double]) throws(SimulationError) {
    try check(positions, count: coordinates.count, what: "positions")
    try check(velocities, count: rates.count, what: "velocities")
    Library.prepareThread()
    positionScratch.removeAll(keepingCapacity: true)
    positionScratch.append(contentsOf: positions)
    for freedom in freedoms where freedom.kind == .ball || freedom.kind == .free {
      let start = freedom.positionIndex + (freedom.kind == .free ? 3 : 0)
      let q = Quaternion(
        w: positions[start], x: positions[start + 1], y: positions[start + 2], z: positions[start + 3])
      guard q.squaredNorm > 1e-12, q.squaredNorm < 1e12 else {
        throw .value(what: "positions", index: start, value: positions[start])
      }
      let unit = q.normalized
      positionScratch[start] = unit.w
      positionScratch[start + 1] = unit.x
      positionScratch[start + 2] = unit.y
      positionScratch[start + 3] = unit.z
    }
    followJoints(positionScratch, velocities)
    for (index, motion) in motionScratch.enumerated() {
      guard length(motion.linear) < configuration.maximumSpeed, length(motion.angular) < configuration.maximumSpeed,
        length(motion.pose.position) < Simulation.farthest
      else {
        throw .unstable(
          body: model.describe(body: linkage.links[index].body), step: stepCount, quantity: "speed",
          value: max(length(motion.linear), length(motion.angular)))
      }
    }
    placeLinks()
    // Hinges count turns from the given angles.
    for index in positionScratch.indices { coordinates[index] = positionScratch[index] }
    for index in motors.indices { motors[index]?.release() }
    contactCount = 0
    lostStep = nil
    readCoordinates()
  }

  /// Farther than this from the origin, metres, digits run out.
  static let farthest = 1e8

  func check(_ values: [Double], count: Int, what: String) throws(SimulationError) {
    guard values.count == count else { throw .count(what: what, expected: count, found: values.count) }
    for (index, value) in values.enumerated() where !(abs(value) < Simulation.farthest) {
      throw .value(what: what, index: index, value: value)
    }
  }

  /// Where a link is and how its frame's origin moves, in the model's coordinates.
  struct Motion {
    var pose = Pose.identity
    var linear = SIMD3<Double>.zero
    var angular = SIMD3<Double>.zero
  }

  /// Follows the joints from the world outwards, as MuJoCo does: each acts on the frame the ones before it left.
  private func followJoints(_ positions: [Double], _ velocities: [Double]) {
    motionScratch.removeAll(keepingCapacity: true)
    for link in links {
      let parent = link.parent >= 0 ? motionScratch[link.parent] : Motion()
      var motion = Motion(pose: parent.pose * link.home, linear: parent.linear, angular: parent.angular)
      motion.linear += cross(parent.angular, motion.pose.position - parent.pose.position)
      for index in link.firstFreedom..<link.firstFreedom + link.freedomCount {
        let freedom = freedoms[index]
        let joint = model.joints[freedom.joint]
        let (p, v) = (freedom.positionIndex, freedom.velocityIndex)
        func vector(_ values: [Double], _ start: Int) -> SIMD3<Double> {
          SIMD3(values[start], values[start + 1], values[start + 2])
        }
        func quaternion(_ start: Int) -> Quaternion {
          Quaternion(
            w: positions[start], x: positions[start + 1], y: positions[start + 2], z: positions[start + 3])
        }
        switch joint.kind {
        case .free:
          motion.pose = Pose(position: vector(positions, p), rotation: quaternion(p + 3))
          motion.linear = vector(velocities, v)
          motion.angular = motion.pose.rotation.rotate(vector(velocities, v + 3))
        case .slide:
          let axis = motion.pose.rotation.rotate(joint.axis)
          let shift = (positions[p] - joint.reference) * axis
          motion.pose.position += shift
          motion.linear += cross(motion.angular, shift) + velocities[v] * axis
        case .hinge, .ball:
          let turn: Quaternion
          let spin: SIMD3<Double>
          if joint.kind == .hinge {
            turn = Quaternion(angle: positions[p] - joint.reference, axis: joint.axis)
            spin = velocities[v] * motion.pose.rotation.rotate(joint.axis)
          } else {
            turn = quaternion(p)
            spin = (motion.pose.rotation * turn).rotate(vector(velocities, v))
          }
          let anchor = motion.pose.apply(joint.anchor)
          let anchorVelocity = motion.linear + cross(motion.angular, anchor - motion.pose.position)
          motion.pose.rotation = (motion.pose.rotation * turn).normalized
          motion.pose.position = anchor - motion.pose.rotation.rotate(joint.anchor)
          motion.angular += spin
          motion.linear = anchorVelocity + cross(motion.angular, motion.pose.position - anchor)
        }
      }
      motionScratch.append(motion)
    }
  }

  private func placeLinks() {
    for (index, motion) in motionScratch.enumerated() { place(links[index], motion) }
    estimateGaps()
  }

  /// Puts the links where they were before a step that failed: ``coordinates`` and ``rates`` are still those.
  func takeBackStep() {
    followJoints(positions, velocities)
    placeLinks()
  }

  private func place(_ link: LinkState, _ motion: Motion) {
    let arm = motion.pose.rotation.rotate(link.centre)
    let position = frame.pointIntoEngine(motion.pose.position + arm)
    let linear = frame.vectorIntoEngine(motion.linear + cross(motion.angular, arm))
    let angular = frame.vectorIntoEngine(motion.angular)
    dBodySetPosition(link.body, position.x, position.y, position.z)
    frame.rotationIntoEngine(motion.pose.rotation).withPointer { dBodySetQuaternion(link.body, $0) }
    dBodySetLinearVel(link.body, linear.x, linear.y, linear.z)
    dBodySetAngularVel(link.body, angular.x, angular.y, angular.z)
    dBodySetForce(link.body, 0, 0, 0)
    dBodySetTorque(link.body, 0, 0, 0)
  }

  /// Reads the generalised state off the bodies.
  func readCoordinates() {
    for index in freedoms.indices {
      let freedom = freedoms[index]
      let link = links[freedom.link]
      switch freedom.kind {
      case .hinge: readHinge(freedom, link)
      case .gimbal: if index == link.firstFreedom { readGimbal(index, link) }
      case .slide: readSlide(freedom, link)
      case .planarSlide:
        let arm = link.rotate(freedom.anchor - link.centre)
        let moved = link.position + arm - freedom.homeAnchor
        coordinates[freedom.positionIndex] = freedom.reference + dot(freedom.axis, moved)
        rates[freedom.velocityIndex] = dot(freedom.axis, link.linear + cross(link.angular, arm))
      case .ball, .free: readRotation(freedom, link)
      }
    }
  }

  func parentRotation(_ freedom: Freedom) -> Quaternion {
    freedom.parent >= 0 ? links[freedom.parent].rotation : .identity
  }

  func parentAngular(_ freedom: Freedom) -> SIMD3<Double> {
    freedom.parent >= 0 ? links[freedom.parent].angular : .zero
  }

  private func readHinge(_ freedom: Freedom, _ link: LinkState) {
    var relative = link.rotation
    if freedom.parent >= 0 { relative = links[freedom.parent].rotation.conjugate * relative }
    let turned = freedom.homeInverse * relative
    let angle = freedom.reference + 2 * atan2(dot(freedom.axis, turned.imaginary), turned.w)
    let previous = coordinates[freedom.positionIndex]
    let turns = ((previous - angle) / (2 * Double.pi)).rounded()
    coordinates[freedom.positionIndex] = angle + turns * (2 * Double.pi)
    rates[freedom.velocityIndex] = dot(link.rotate(freedom.axis), link.angular - parentAngular(freedom))
  }

  private func readSlide(_ freedom: Freedom, _ link: LinkState) {
    let axis = link.rotate(freedom.axis)
    let arm = link.rotate(freedom.anchor - link.centre)
    var home = freedom.homeAnchor
    var homeVelocity = SIMD3<Double>.zero
    if freedom.parent >= 0 {
      let parent = links[freedom.parent]
      let parentArm = parent.rotate(freedom.homeAnchor)
      home = parent.position + parentArm
      homeVelocity = parent.linear + cross(parent.angular, parentArm)
    }
    let moved = link.position + arm - home
    let velocity = link.linear + cross(link.angular, arm) - homeVelocity - cross(link.angular, moved)
    coordinates[freedom.positionIndex] = freedom.reference + dot(axis, moved)
    rates[freedom.velocityIndex] = dot(axis, velocity)
  }

  private func readRotation(_ freedom: Freedom, _ link: LinkState) {
    var (p, v) = (freedom.positionIndex, freedom.velocityIndex)
    let rotation: Quaternion
    if freedom.kind == .free {
      rotation = frame.rotationFromEngine(link.rotation)
      let arm = link.rotate(link.centre)
      let origin = frame.pointFromEngine(link.position - arm)
      let velocity = frame.vectorFromEngine(link.linear - cross(link.angular, arm))
      for k in 0..<3 {
        coordinates[p + k] = origin[k]
        rates[v + k] = velocity[k]
      }
      (p, v) = (p + 3, v + 3)
    } else {
      rotation = freedom.homeInverse * parentRotation(freedom).conjugate * link.rotation
    }
    let angular = link.rotation.conjugate.rotate(link.angular - parentAngular(freedom))
    (coordinates[p], coordinates[p + 1], coordinates[p + 2], coordinates[p + 3]) = (
      rotation.w, rotation.x, rotation.y, rotation.z
    )
    for k in 0..<3 { rates[v + k] = angular[k] }
  }
}
