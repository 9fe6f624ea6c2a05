import CODE

/// Memory for the contacts of a step: what the engine's collision writes and its solver reads, and the forces it found.
struct ContactBuffer {
  let capacity: Int
  let contacts: UnsafeMutablePointer<dContact>
  let feedback: UnsafeMutablePointer<dJointFeedback>
  /// Index of the pair each contact is of.
  let pairs: UnsafeMutablePointer<Int>

  init(capacity: Int) {
    self.capacity = capacity
    contacts = .allocate(capacity: max(capacity, 1))
    contacts.initialize(repeating: dContact(), count: max(capacity, 1))
    feedback = .allocate(capacity: max(capacity, 1))
    feedback.initialize(repeating: dJointFeedback(), count: max(capacity, 1))
    pairs = .allocate(capacity: max(capacity, 1))
    pairs.initialize(repeating: 0, count: max(capacity, 1))
  }

  /// Where the engine writes what it finds; further contacts follow at the stride of `dContact`.
  func geometry(of index: Int) -> UnsafeMutablePointer<dContactGeom> {
    let offset = MemoryLayout<dContact>.offset(of: \dContact.geom) ?? 0
    return UnsafeMutableRawPointer(contacts + index).advanced(by: offset).assumingMemoryBound(to: dContactGeom.self)
  }

  func deallocate() {
    contacts.deallocate()
    feedback.deallocate()
    pairs.deallocate()
  }
}

extension Simulation {
  /// What touched in the last step; empty after a state was set.
  public var contacts: [Contact] {
    (0..<contactCount).map { index in
      let contact = contactBuffer.contacts[index]
      let pair = pairs[contactBuffer.pairs[index]]
      let force = contactBuffer.feedback[index].f1
      let normal = SIMD3(contact.geom.normal.0, contact.geom.normal.1, contact.geom.normal.2)
      let position = SIMD3(contact.geom.pos.0, contact.geom.pos.1, contact.geom.pos.2)
      return Contact(
        first: pair.first, second: pair.second, position: frame.pointFromEngine(position),
        normal: -frame.vectorFromEngine(normal), depth: contact.geom.depth - pair.margin,
        normalForce: abs(dot(SIMD3(force.0, force.1, force.2), normal)))
    }
  }

  /// Finds contacts at the present positions and makes a soft contact joint for each.
  func collide() throws(SimulationError) {
    contactCount = 0
    for index in pairs.indices where mayTouch(pairs[index]) {
      let pair = pairs[index]
      guard contactCount + 4 <= contactBuffer.capacity else {
        lostStep = stepCount
        dJointGroupEmpty(contactGroup)
        throw .contacts(step: stepCount, limit: contactBuffer.capacity)
      }
      let (first, second) = (shapes[pair.first], shapes[pair.second])
      let found = dCollide(
        first.geometry, second.geometry, 4, contactBuffer.geometry(of: contactCount),
        Int32(MemoryLayout<dContact>.stride))
      for _ in 0..<found {
        contactBuffer.pairs[contactCount] = index
        attach(contactCount, pair)
        contactCount += 1
      }
    }
  }

  private func centre(_ shape: ShapeState) -> SIMD3<Double> {
    guard shape.link >= 0 else { return shape.offset }
    let link = links[shape.link]
    return link.position + link.rotate(shape.offset)
  }

  /// Whether the balls around two geometries meet.
  private func mayTouch(_ pair: CollisionPair) -> Bool {
    let (first, second) = (shapes[pair.first], shapes[pair.second])
    if second.isPlane {
      return dot(second.planeNormal, centre(first)) - second.planeDistance < first.bound
    }
    let apart = centre(first) - centre(second)
    let reach = first.bound + second.bound
    return dot(apart, apart) < reach * reach
  }

  /// MuJoCo's soft contact in ODE's terms: with h the step, r the depth, k and b the stiffness and damping of the
  /// reference acceleration and R = (1−d)/d·w, ERP = h²·k, CFM = h·R and a target velocity of (1 − h·b)·v.
  private func attach(_ index: Int, _ pair: CollisionPair) {
    let contact = contactBuffer.contacts + index
    let (first, second) = (shapes[pair.first].link, shapes[pair.second].link)
    let normal = SIMD3(contact.pointee.geom.normal.0, contact.pointee.geom.normal.1, contact.pointee.geom.normal.2)
    let point = SIMD3(contact.pointee.geom.pos.0, contact.pointee.geom.pos.1, contact.pointee.geom.pos.2)
    let separating = dot(normal, velocity(ofLink: first, at: point) - velocity(ofLink: second, at: point))
    let h = model.timestep
    let soft = pair.softness.coefficients(depth: contact.pointee.geom.depth, timestep: h)
    var mode = dContactSoftERP | dContactSoftCFM | dContactMotionN | dContactApprox1
    contact.pointee.surface.soft_erp = min(h * h * soft.stiffness, 1)
    contact.pointee.surface.soft_cfm = h * (1 - soft.impedance) / soft.impedance * pair.weight
    contact.pointee.surface.motionN = (1 - h * soft.damping) * separating
    contact.pointee.surface.mu = pair.friction
    if isPlanar {
      // Nothing moves across the plane, so that friction along it is all there is.
      mode |= dContactMu2 | dContactFDir1
      contact.pointee.surface.mu2 = 0
      contact.pointee.fdir1 = (normal.y, -normal.x, 0, 0)
    }
    contact.pointee.surface.mode = Int32(mode)
    let joint: dJointID = dJointCreateContact(world, contactGroup, contact)
    dJointAttach(joint, first >= 0 ? links[first].body : nil, second >= 0 ? links[second].body : nil)
    dJointSetFeedback(joint, contactBuffer.feedback + index)
  }

  private func velocity(ofLink index: Int, at point: SIMD3<Double>) -> SIMD3<Double> {
    guard index >= 0 else { return .zero }
    let link = links[index]
    return link.linear + cross(link.angular, point - link.position)
  }
}
