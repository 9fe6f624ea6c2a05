import COpenDynamicsEngine

/// Memory for the contacts of a step: what the engine's collision writes and its solver reads, and the forces it found.
struct ContactBuffer {
  let capacity: Int
  let contacts: UnsafeMutablePointer<dContact>
  let feedback: UnsafeMutablePointer<dJointFeedback>
  /// Index of the pair each contact is of.
  let pairs: UnsafeMutablePointer<Int>
  /// Index of the first of its forces in `feedback`.
  let firstRows: UnsafeMutablePointer<Int>

  init(capacity: Int) {
    self.capacity = capacity
    contacts = .allocate(capacity: max(capacity, 1))
    contacts.initialize(repeating: dContact(), count: max(capacity, 1))
    feedback = .allocate(capacity: max(4 * capacity, 1))
    feedback.initialize(repeating: dJointFeedback(), count: max(4 * capacity, 1))
    firstRows = .allocate(capacity: max(capacity, 1))
    firstRows.initialize(repeating: 0, count: max(capacity, 1))
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
    firstRows.deallocate()
  }
}

/// What the forces of one contact have in common.
private struct ContactRow {
  let firstBody: dBodyID?
  let secondBody: dBodyID?
  /// What is left of the relative velocity after a step of damping.
  let velocity: SIMD3<Double>
  let errorReduction: Double
  var mixing: Double
}

extension Simulation {
  /// What touched in the last step; empty after a state was set.
  public var contacts: [Contact] {
    (0..<contactCount).map { index in
      let contact = contactBuffer.contacts[index]
      let pair = pairs[contactBuffer.pairs[index]]
      let normal = SIMD3(contact.geom.normal.0, contact.geom.normal.1, contact.geom.normal.2)
      let position = SIMD3(contact.geom.pos.0, contact.geom.pos.1, contact.geom.pos.2)
      return Contact(
        first: pair.first, second: pair.second, position: frame.pointFromEngine(position),
        normal: -frame.vectorFromEngine(normal), depth: contact.geom.depth - pair.margin,
        normalForce: abs(dot(force(ofContact: index), normal)))
    }
  }

  /// Finds contacts at the present positions and makes a soft contact joint for each.
  func collide() throws(SimulationError) {
    contactCount = 0
    contactRowCount = 0
    for index in pairs.indices where mayTouch(pairs[index].first, pairs[index].second) {
      let pair = pairs[index]
      guard contactCount + 4 <= contactBuffer.capacity else {
        lostStep = stepCount
        dJointGroupEmpty(contactGroup)
        throw .contacts(step: stepCount, limit: contactBuffer.capacity)
      }
      let found = find(pair)
      if contactCount == 0 && found > 0 { findSteadyGains() }
      for _ in 0..<found {
        contactBuffer.pairs[contactCount] = index
        placeHalfway(contactCount, pair)
        attach(contactCount, pair)
        contactCount += 1
      }
    }
  }

  /// Finds at most four contacts of two geometries and writes them behind those that were found before.
  private func find(_ pair: CollisionPair) -> Int {
    let (first, second) = (pair.first, pair.second)
    let (next, stride) = (contactBuffer.geometry(of: contactCount), MemoryLayout<dContact>.stride)
    switch pair.meeting {
    case .field:
      return fieldTouches.collide(
        shapes[first], fields[shapes[second].field], limit: 4, into: next, stride: stride)
    case .convex: return collide(shapes[first], convex: shapes[second])
    case .ellipsoidPlane: return collide(ellipsoid: shapes[first].convex, of: shapes[first], with: shapes[second])
    case .hullPlane: return shapes[first].hull.map { collide($0, of: shapes[first], with: shapes[second]) } ?? 0
    case .ballBox, .engine:
      let found = Int(dCollide(shapes[first].geometry, shapes[second].geometry, 4, next, Int32(stride)))
      guard pair.meeting == .ballBox, found > 0 else { return found }
      // With the ball's centre on the box, the engine has no direction.
      let radius = max(shapes[first].convex.radius, shapes[second].convex.radius)
      return next.pointee.depth > 0.999_999_999 * radius ? collide(shapes[first], convex: shapes[second]) : found
    }
  }

  private func centre(ofShape index: Int) -> SIMD3<Double> {
    let link = shapes[index].link
    guard link >= 0 else { return shapes[index].offset }
    return links[link].position + links[link].rotate(shapes[index].offset)
  }

  /// Whether the balls around two geometries meet. Asked of every pair in every step, so shapes are not copied.
  private func mayTouch(_ first: Int, _ second: Int) -> Bool {
    if shapes[second].isPlane {
      return dot(shapes[second].planeNormal, centre(ofShape: first)) - shapes[second].planeDistance
        < shapes[first].bound
    }
    if shapes[second].field >= 0 { return true }
    let apart = centre(ofShape: first) - centre(ofShape: second)
    let reach = shapes[first].bound + shapes[second].bound
    return dot(apart, apart) < reach * reach
  }

  /// Moves a contact with a plane, which is found at the deepest point below it, halfway to the plane, where MuJoCo has
  /// it: of a soft contact the depth is no small part of what friction turns a light foot by.
  private func placeHalfway(_ index: Int, _ pair: CollisionPair) {
    guard shapes[pair.second].isPlane || shapes[pair.second].field >= 0, pair.meeting != .ellipsoidPlane else { return }
    let contact = contactBuffer.geometry(of: index)
    let half = contact.pointee.depth / 2
    contact.pointee.pos.0 += half * contact.pointee.normal.0
    contact.pointee.pos.1 += half * contact.pointee.normal.1
    contact.pointee.pos.2 += half * contact.pointee.normal.2
  }

  /// MuJoCo's soft contact in ODE's terms: with h the step, r the depth, k and b the stiffness and damping of the
  /// reference acceleration and R = (1−d)/d·w, a force f ≥ 0 along a direction e (of any length) obeys e·v⁺ + h·R·f =
  /// (1 − h·b)·e·v + h·k·r. Along the unit vector that is ERP = h²·k/|e|, CFM = h·R/|e|² and a target velocity of (1 −
  /// h·b) times the present one.
  ///
  /// MuJoCo's v is J·q̇ at the present pose. Links still move as the joints stood when the last step began: what the
  /// joints' turning has added since, h·J̇·q̇, is no small part of it where a foot is pushed off.
  ///
  /// Friction as a pyramid is four such forces along n ± μt, each with 2μ²(1 + μ²)·R: the normal force and friction are
  /// found together. In the plane the two edges across it are one force along n with half of that.
  private func attach(_ index: Int, _ pair: CollisionPair) {
    let contact = contactBuffer.contacts + index
    let normal = SIMD3(contact.pointee.geom.normal.0, contact.pointee.geom.normal.1, contact.pointee.geom.normal.2)
    let point = SIMD3(contact.pointee.geom.pos.0, contact.pointee.geom.pos.1, contact.pointee.geom.pos.2)
    let (first, second) = (shapes[pair.first].link, shapes[pair.second].link)
    let h = model.timestep
    let soft = pair.softness.coefficients(depth: contact.pointee.geom.depth, timestep: h)
    var row = ContactRow(
      firstBody: first >= 0 ? links[first].body : nil, secondBody: second >= 0 ? links[second].body : nil,
      velocity: (1 - h * soft.damping) * (velocity(ofLink: first, at: point) - velocity(ofLink: second, at: point)),
      errorReduction: min(h * h * soft.stiffness, 1),
      mixing: h * (1 - soft.impedance) / soft.impedance * pair.weight * contactSoftening)
    contactBuffer.firstRows[index] = contactRowCount
    let friction = pair.friction
    guard friction > 0 else { return add(row, along: normal, to: contact) }
    guard model.frictionCone == .pyramid else { return addBox(row, along: normal, friction: friction, to: contact) }
    row.mixing *= 2 * friction * friction * (1 + friction * friction) / model.frictionImpedanceRatio
    if isPlanar {
      let tangent = friction * SIMD3(normal.y, -normal.x, 0)
      add(row, along: normal + tangent, to: contact)
      add(row, along: normal - tangent, to: contact)
      row.mixing /= 2
      add(row, along: normal, to: contact)
    } else {
      // MuJoCo's choice of directions.
      let helper: SIMD3<Double> = abs(normal.y) < 0.5 ? SIMD3(0, 1, 0) : SIMD3(0, 0, 1)
      let second = direction(helper - dot(helper, normal) * normal) ?? SIMD3(0, 1, 0)
      let third = cross(normal, second)
      add(row, along: normal + friction * second, to: contact)
      add(row, along: normal - friction * second, to: contact)
      add(row, along: normal + friction * third, to: contact)
      add(row, along: normal - friction * third, to: contact)
    }
  }

  /// Adds a force that pushes along a direction, which need not have length 1.
  private func add(
    _ row: ContactRow, along edge: SIMD3<Double>, to contact: UnsafeMutablePointer<dContact>
  ) {
    let shrink = 1 / length(edge)
    let unit = shrink * edge
    var copy = contact.pointee
    copy.geom.normal = (unit.x, unit.y, unit.z, 0)
    copy.surface.mode = Int32(dContactSoftERP | dContactSoftCFM | dContactMotionN)
    copy.surface.mu = 0
    copy.surface.soft_erp = row.errorReduction * shrink
    copy.surface.soft_cfm = row.mixing * shrink * shrink
    copy.surface.motionN = dot(unit, row.velocity)
    create(row, &copy)
  }

  /// Adds a force along the normal, and friction within a box of the size that the normal force without friction
  /// allows.
  private func addBox(
    _ row: ContactRow, along normal: SIMD3<Double>, friction: Double, to contact: UnsafeMutablePointer<dContact>
  ) {
    var mode = dContactSoftERP | dContactSoftCFM | dContactMotionN | dContactApprox1
    contact.pointee.surface.soft_erp = row.errorReduction
    contact.pointee.surface.soft_cfm = row.mixing
    contact.pointee.surface.motionN = dot(normal, row.velocity)
    contact.pointee.surface.mu = friction
    if isPlanar {
      // Nothing moves across the plane, so that friction along it is all there is.
      mode |= dContactMu2 | dContactFDir1
      contact.pointee.surface.mu2 = 0
      contact.pointee.fdir1 = (normal.y, -normal.x, 0, 0)
    }
    contact.pointee.surface.mode = Int32(mode)
    create(row, contact)
  }

  private func create(_ row: ContactRow, _ contact: UnsafePointer<dContact>) {
    let joint: dJointID = dJointCreateContact(world, contactGroup, contact)
    dJointAttach(joint, row.firstBody, row.secondBody)
    dJointSetFeedback(joint, contactBuffer.feedback + contactRowCount)
    contactRowCount += 1
  }

  /// The force of the last step on the first body of a contact that can move, in the engine's world, N.
  func force(ofContact index: Int) -> SIMD3<Double> {
    let end = index + 1 < contactCount ? contactBuffer.firstRows[index + 1] : contactRowCount
    var sum = SIMD3<Double>.zero
    for row in contactBuffer.firstRows[index]..<end {
      let force = contactBuffer.feedback[row].f1
      sum += SIMD3(force.0, force.1, force.2)
    }
    return sum
  }

  /// What the rates of the joints make at the present pose.
  private func velocity(ofLink index: Int, at point: SIMD3<Double>) -> SIMD3<Double> {
    guard index >= 0 else { return .zero }
    let (link, gain, h) = (links[index], steadyGains[index], model.timestep)
    return link.linear + h * gain.linear + cross(link.angular + h * gain.angular, point - link.position)
  }
}
