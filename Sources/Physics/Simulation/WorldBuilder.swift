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
        addMotor(&freedom, joint, links: links, home: homes[index])
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
      if let range = joint.range {
        dJointSetSliderParam(slider, Int32(dParamLoStop), range.lowerBound - joint.reference)
        dJointSetSliderParam(slider, Int32(dParamHiStop), range.upperBound - joint.reference)
        let stop = stopParameters(freedom, joint)
        dJointSetSliderParam(slider, Int32(dParamStopERP), stop.errorReduction)
        dJointSetSliderParam(slider, Int32(dParamStopCFM), stop.mixing)
      }
      freedom.engineJoint = slider
    case .ball:
      let ball: dJointID = dJointCreateBall(world, nil)
      dJointAttach(ball, body, parent)
      dJointSetBallAnchor(ball, anchor.x, anchor.y, anchor.z)
      freedom.engineJoint = ball
    }
  }

  /// MuJoCo's soft limit as ODE's stop: with R = (1−d)/d·w, stiffness h²·k and softness h·R. Its damping has no
  /// counterpart: a stop takes the joint's whole speed in one step.
  private func stopParameters(
    _ freedom: Freedom, _ joint: Model.Joint
  ) -> (errorReduction: Double, mixing: Double) {
    let h = model.timestep
    let soft = joint.limitSoftness.coefficients(depth: joint.limitSoftness.width, timestep: h)
    let weight = weights.velocities[freedom.velocityIndex]
    return (min(h * h * soft.stiffness, 1), h * (1 - soft.impedance) / soft.impedance * weight)
  }

  /// Damping, armature and spring of a hinge or slide, and a hinge's limits, which are rows of a motor of its own:
  /// ODE turns a motor row at a stop of the same joint into a plain torque.
  private func addMotor(
    _ freedom: inout Freedom, _ joint: Model.Joint, links: UnsafeMutableBufferPointer<LinkState>, home: Pose
  ) {
    guard joint.kind == .hinge || joint.kind == .slide else { return }
    let h = model.timestep
    freedom.armaturePerStep = joint.armature / h
    freedom.stiffness = joint.stiffness
    freedom.springReference = joint.springReference
    let gain = joint.damping + freedom.armaturePerStep + h * joint.stiffness
    let stops = joint.kind == .hinge && joint.range != nil
    freedom.hasMotorRow = gain > 0
    guard gain > 0 || stops else { return }
    freedom.inverseGain = gain > 0 ? 1 / gain : 0

    let body = links[freedom.link].body
    let parent: dBodyID? = freedom.parent >= 0 ? links[freedom.parent].body : nil
    let axis = frame.vectorIntoEngine(home.rotation.rotate(joint.axis))
    if joint.kind == .slide {
      let motor: dJointID = dJointCreateLMotor(world, nil)
      dJointAttach(motor, body, parent)
      dJointSetLMotorNumAxes(motor, 1)
      // A root slide's axis is the world's, any other one turns with the body.
      dJointSetLMotorAxis(motor, 0, freedom.kind == .planarSlide ? 0 : 1, axis.x, axis.y, axis.z)
      dJointSetLMotorParam(motor, Int32(dParamFMax), .infinity)
      dJointSetLMotorParam(motor, Int32(dParamCFM), freedom.inverseGain)
      freedom.motor = motor
      freedom.motorIsLinear = true
      return
    }
    let motor: dJointID = dJointCreateAMotor(world, nil)
    dJointAttach(motor, body, parent)
    dJointSetAMotorMode(motor, Int32(dAMotorUser))
    dJointSetAMotorNumAxes(motor, (freedom.hasMotorRow ? 1 : 0) + (stops ? 1 : 0))
    freedom.motor = motor
    if freedom.hasMotorRow {
      dJointSetAMotorAxis(motor, 0, 1, axis.x, axis.y, axis.z)
      dJointSetAMotorParam(motor, Int32(dParamFMax), .infinity)
      dJointSetAMotorParam(motor, Int32(dParamCFM), freedom.inverseGain)
    }
    if stops, let range = joint.range {
      freedom.stopAxis = freedom.hasMotorRow ? 1 : 0
      let group = freedom.hasMotorRow ? Int32(dParamGroup2) : 0
      dJointSetAMotorAxis(motor, freedom.stopAxis, 1, axis.x, axis.y, axis.z)
      dJointSetAMotorParam(motor, group | Int32(dParamLoStop), range.lowerBound)
      dJointSetAMotorParam(motor, group | Int32(dParamHiStop), range.upperBound)
      let stop = stopParameters(freedom, joint)
      dJointSetAMotorParam(motor, group | Int32(dParamStopERP), stop.errorReduction)
      dJointSetAMotorParam(motor, group | Int32(dParamStopCFM), stop.mixing)
    }
  }
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
