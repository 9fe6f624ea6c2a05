import CODE

/// Makes a model's bodies and joints in a world of the engine.
struct WorldBuilder {
  let model: Model
  let linkage: Linkage
  let frame: WorldFrame
  let world: dWorldID
  let weights: InverseWeights

  init(model: Model, linkage: Linkage, frame: WorldFrame, world: dWorldID) {
    self.model = model
    self.linkage = linkage
    self.frame = frame
    self.world = world
    weights = model.inverseWeights()
  }

  /// Poses of the links in the world at the reference configuration.
  private var homes: [Pose] {
    var result: [Pose] = []
    for link in linkage.links { result.append((link.parent.map { result[$0] } ?? .identity) * link.home) }
    return result
  }

  func makeLinks() -> UnsafeMutableBufferPointer<LinkState> {
    let result = UnsafeMutableBufferPointer<LinkState>.allocate(capacity: linkage.links.count)
    var firstFreedom = 0
    for (index, (link, home)) in zip(linkage.links, homes).enumerated() {
      let body: dBodyID = dBodyCreate(world)
      let properties = link.massProperties
      var mass = dMass()
      let (d, o) = (properties.inertia.diagonal, properties.inertia.offDiagonal)
      dMassSetParameters(&mass, properties.mass, 0, 0, 0, d.x, d.y, d.z, o.x, o.y, o.z)
      dBodySetMass(body, &mass)
      dBodySetAutoDisableFlag(body, 0)
      // Rotations are integrated exactly: half a turn more or less shows in springs and in long swings.
      dBodySetFiniteRotationMode(body, 1)
      let position = frame.pointIntoEngine(home.apply(properties.centre))
      dBodySetPosition(body, position.x, position.y, position.z)
      frame.rotationIntoEngine(home.rotation).withPointer { dBodySetQuaternion(body, $0) }
      result.initializeElement(
        at: index,
        to: LinkState(
          body: body, parent: link.parent ?? -1, home: link.home, centre: properties.centre,
          firstFreedom: firstFreedom, freedomCount: link.joints.count, positionMemory: dBodyGetPosition(body),
          rotationMemory: dBodyGetRotation(body), quaternionMemory: dBodyGetQuaternion(body),
          linearMemory: dBodyGetLinearVel(body), angularMemory: dBodyGetAngularVel(body)))
      firstFreedom += link.joints.count
    }
    return result
  }

  func makeFreedoms(_ links: UnsafeMutableBufferPointer<LinkState>) -> UnsafeMutableBufferPointer<Freedom> {
    let result = UnsafeMutableBufferPointer<Freedom>.allocate(capacity: model.joints.count)
    let homes = self.homes
    var (next, position, velocity) = (0, 0, 0)
    for (index, link) in linkage.links.enumerated() {
      if link.isPlanar { constrainToPlane(link, body: links[index].body) }
      for jointIndex in link.joints {
        let joint = model.joints[jointIndex]
        var freedom = makeFreedom(jointIndex, link: index, position: position, velocity: velocity)
        connect(&freedom, joint, links: links, home: homes[index])
        result.initializeElement(at: next, to: freedom)
        next += 1
        position += joint.kind.positionCount
        velocity += joint.kind.velocityCount
      }
    }
    return result
  }

  private func makeFreedom(_ jointIndex: Int, link index: Int, position: Int, velocity: Int) -> Freedom {
    let joint = model.joints[jointIndex]
    let link = linkage.links[index]
    let kind: Freedom.Kind =
      switch joint.kind {
      case .hinge: .hinge
      case .slide: link.isPlanar ? .planarSlide : .slide
      case .ball: .ball
      case .free: .free
      }
    // The slides of a planar body measure where the point of its hinge is, whatever the order of joints.
    let anchor = link.isPlanar ? model.joints[link.joints.last ?? jointIndex].anchor : joint.anchor
    var homeAnchor = link.home.apply(anchor)
    var homeInverse = link.home.rotation.conjugate
    if let parent = link.parent {
      homeAnchor -= linkage.links[parent].massProperties.centre
    } else {
      homeAnchor = frame.pointIntoEngine(homeAnchor)
      homeInverse = frame.rotationIntoEngine(link.home.rotation).conjugate
    }
    let axis =
      kind == .planarSlide ? frame.vectorIntoEngine(link.home.rotation.rotate(joint.axis)) : joint.axis
    return Freedom(
      kind: kind, joint: jointIndex, link: index, parent: link.parent ?? -1, positionIndex: position,
      velocityIndex: velocity, axis: axis, anchor: anchor, homeAnchor: homeAnchor, homeInverse: homeInverse,
      reference: joint.reference)
  }

  /// One constraint keeps a planar robot in its plane; the bodies that hang on it by parallel hinges follow.
  private func constrainToPlane(_ link: Linkage.Link, body: dBodyID) {
    let plane: dJointID = dJointCreatePlane2D(world, nil)
    dJointAttach(plane, body, nil)
    guard link.joints.count == 2 else { return }
    // Two slides without a hinge: the remaining rotation is held at zero.
    let lock: dJointID = dJointCreateAMotor(world, nil)
    dJointAttach(lock, body, nil)
    dJointSetAMotorNumAxes(lock, 1)
    dJointSetAMotorAxis(lock, 0, 0, 0, 0, 1)
    dJointSetAMotorParam(lock, Int32(dParamVel), 0)
    dJointSetAMotorParam(lock, Int32(dParamFMax), .infinity)
  }

  private func connect(
    _ freedom: inout Freedom, _ joint: Model.Joint, links: UnsafeMutableBufferPointer<LinkState>, home: Pose
  ) {
    let body = links[freedom.link].body
    let parent: dBodyID? = freedom.parent >= 0 ? links[freedom.parent].body : nil
    let axis = frame.vectorIntoEngine(home.rotation.rotate(joint.axis))
    let anchor = frame.pointIntoEngine(home.apply(joint.anchor))
    if linkage.links[freedom.link].isPlanar { return }
    switch joint.kind {
    case .free: return
    case .hinge:
      let hinge: dJointID = dJointCreateHinge(world, nil)
      dJointAttach(hinge, body, parent)
      dJointSetHingeAnchor(hinge, anchor.x, anchor.y, anchor.z)
      dJointSetHingeAxis(hinge, axis.x, axis.y, axis.z)
      freedom.engineJoint = hinge
    case .slide:
      let slider: dJointID = dJointCreateSlider(world, nil)
      dJointAttach(slider, body, parent)
      dJointSetSliderAxis(slider, axis.x, axis.y, axis.z)
      freedom.engineJoint = slider
    case .ball:
      let ball: dJointID = dJointCreateBall(world, nil)
      dJointAttach(ball, body, parent)
      dJointSetBallAnchor(ball, anchor.x, anchor.y, anchor.z)
      freedom.engineJoint = ball
    }
  }

  func makeMotors(
    _ links: UnsafeMutableBufferPointer<LinkState>, _ freedoms: UnsafeMutableBufferPointer<Freedom>
  ) -> UnsafeMutableBufferPointer<JointMotor?> {
    let result = UnsafeMutableBufferPointer<JointMotor?>.allocate(capacity: freedoms.count)
    let homes = self.homes
    for (index, freedom) in freedoms.enumerated() {
      let joint = model.joints[freedom.joint]
      var motor: JointMotor?
      if joint.kind == .hinge || joint.kind == .slide, joint.needsMotor {
        motor = JointMotor(
          world: world, body: links[freedom.link].body,
          parent: freedom.parent >= 0 ? links[freedom.parent].body : nil,
          axis: frame.vectorIntoEngine(homes[freedom.link].rotation.rotate(joint.axis)),
          isLinear: joint.kind == .slide, isFixed: freedom.kind == .planarSlide, joint: joint,
          weight: weights.velocities[freedom.velocityIndex], timestep: model.timestep)
      }
      result.initializeElement(at: index, to: motor)
    }
    return result
  }
}

extension Model.Joint {
  /// Whether anything but the constraint acts on the joint.
  var needsMotor: Bool { damping > 0 || armature > 0 || stiffness > 0 || range != nil }
}

extension Quaternion {
  /// Hands the engine its four numbers, in the order it shares with us.
  func withPointer(_ body: (UnsafePointer<Double>) -> Void) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 4) { numbers in
      (numbers[0], numbers[1], numbers[2], numbers[3]) = (w, x, y, z)
      if let start = numbers.baseAddress { body(start) }
    }
  }
}
