import COpenDynamicsEngine

/// Makes a model's bodies and joints in a world of the engine.
struct WorldBuilder {
  let model: Model
  let linkage: Linkage
  let frame: WorldFrame
  let world: dWorldID
  let weights: InverseWeights
  /// Whether nothing can leave the plane, see ``Simulation/flatten()``.
  let isPlanar: Bool

  init(model: Model, linkage: Linkage, frame: WorldFrame, world: dWorldID, isPlanar: Bool) {
    self.isPlanar = isPlanar
    self.model = model
    self.linkage = linkage
    self.frame = frame
    self.world = world
    weights = model.inverseWeights()
  }

  /// Poses of the links in the world at the reference configuration.
  var homes: [Pose] {
    var result: [Pose] = []
    for link in linkage.links { result.append((link.parent.map { result[$0] } ?? .identity) * link.home) }
    return result
  }

  func makeLinks() -> UnsafeMutableBufferPointer<LinkState> {
    let result = UnsafeMutableBufferPointer<LinkState>.allocate(capacity: linkage.links.count)
    var firstFreedom = 0
    for (index, (link, home)) in zip(linkage.links, homes).enumerated() {
      let body: dBodyID = dBodyCreate(world)
      var properties = link.massProperties
      let rotation = frame.rotationIntoEngine(home.rotation)
      if isPlanar {
        // What couples turns in the plane with turns out of it is the constraint's business, and there is none.
        var inertia = properties.inertia.rotated(by: rotation)
        (inertia.offDiagonal.y, inertia.offDiagonal.z) = (0, 0)
        properties.inertia = inertia.rotated(by: rotation.conjugate)
        dBodySetGyroscopicMode(body, 0)
      }
      var mass = dMass()
      let (d, o) = (properties.inertia.diagonal, properties.inertia.offDiagonal)
      dMassSetParameters(&mass, properties.mass, 0, 0, 0, d.x, d.y, d.z, o.x, o.y, o.z)
      dBodySetMass(body, &mass)
      dBodySetAutoDisableFlag(body, 0)
      // Rotations are integrated exactly: half a turn more or less shows in springs and in long swings.
      dBodySetFiniteRotationMode(body, 1)
      let position = frame.pointIntoEngine(home.apply(properties.centre))
      dBodySetPosition(body, position.x, position.y, position.z)
      rotation.withPointer { dBodySetQuaternion(body, $0) }
      let floats = link.isPlanar || link.joints.contains { model.joints[$0].kind == .free }
      let root = link.parent.map { result[$0].root } ?? (floats ? index : -1)
      result.initializeElement(
        at: index,
        to: LinkState(
          body: body, parent: link.parent ?? -1, home: link.home, homeRotation: rotation, homeHeight: position.z,
          centre: properties.centre,
          firstFreedom: firstFreedom, freedomCount: link.joints.count, mass: properties.mass, root: root,
          positionMemory: dBodyGetPosition(body),
          rotationMemory: dBodyGetRotation(body), quaternionMemory: dBodyGetQuaternion(body),
          linearMemory: dBodyGetLinearVel(body), angularMemory: dBodyGetAngularVel(body)))
      if root >= 0 { result[root].treeMass += properties.mass }
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
      if link.joints.count > 1 && !link.isPlanar { connectGimbal(link, links: links, home: homes[index], index: index) }
      for jointIndex in link.joints {
        let joint = model.joints[jointIndex]
        var freedom = makeFreedom(jointIndex, link: index, position: position, velocity: velocity)
        if freedom.kind != .gimbal { connect(&freedom, joint, links: links, home: homes[index]) }
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
      case .hinge: link.joints.count > 1 && !link.isPlanar ? .gimbal : .hinge
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

  /// One constraint keeps a planar body in its plane, unless the simulation does it for all.
  private func constrainToPlane(_ link: Linkage.Link, body: dBodyID) {
    if !isPlanar {
      let plane: dJointID = dJointCreatePlane2D(world, nil)
      dJointAttach(plane, body, nil)
    }
    guard link.joints.count == 2 else { return }
    // Two slides without a hinge: the remaining rotation is held at zero.
    let lock: dJointID = dJointCreateAMotor(world, nil)
    dJointAttach(lock, body, nil)
    dJointSetAMotorNumAxes(lock, 1)
    dJointSetAMotorAxis(lock, 0, 0, 0, 0, 1)
    dJointSetAMotorParam(lock, Int32(dParamVel), 0)
    dJointSetAMotorParam(lock, Int32(dParamFMax), .infinity)
  }

  /// Two hinges are a universal joint; three, a ball joint.
  private func connectGimbal(
    _ link: Linkage.Link, links: UnsafeMutableBufferPointer<LinkState>, home: Pose, index: Int
  ) {
    let joints = link.joints.map { model.joints[$0] }
    let body = links[index].body
    let parent: dBodyID? = links[index].parent >= 0 ? links[links[index].parent].body : nil
    let anchor = frame.pointIntoEngine(home.apply(joints[0].anchor))
    if joints.count == 3 {
      let ball: dJointID = dJointCreateBall(world, nil)
      dJointAttach(ball, body, parent)
      dJointSetBallAnchor(ball, anchor.x, anchor.y, anchor.z)
      return
    }
    let universal: dJointID = dJointCreateUniversal(world, nil)
    dJointAttach(universal, body, parent)
    dJointSetUniversalAnchor(universal, anchor.x, anchor.y, anchor.z)
    // The engine fixes its first axis in the first body, which here is the one that moves last.
    let axes = joints.map { frame.vectorIntoEngine(home.rotation.rotate($0.axis)) }
    dJointSetUniversalAxis1(universal, axes[1].x, axes[1].y, axes[1].z)
    dJointSetUniversalAxis2(universal, axes[0].x, axes[0].y, axes[0].z)
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
    case .hinge where isPlanar, .ball:
      // In the plane a point in common is all there is to a hinge: three rows instead of five.
      let ball: dJointID = dJointCreateBall(world, nil)
      dJointAttach(ball, body, parent)
      dJointSetBallAnchor(ball, anchor.x, anchor.y, anchor.z)
      freedom.engineJoint = ball
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
    }
  }

  func makeDrags(_ links: UnsafeMutableBufferPointer<LinkState>) -> UnsafeMutableBufferPointer<FluidDrag> {
    var drags: [FluidDrag] = []
    if let fluid = model.fluid {
      for (index, body) in model.bodies.enumerated() where body.mass > 0 {
        guard let link = linkage.linkOfBody[index] else { continue }
        let pose = linkage.poseOfBody[index]
        drags.append(
          FluidDrag(
            body.massProperties, fluid: fluid, link: link,
            offset: pose.apply(body.centreOfMass) - links[link].centre, rotation: pose.rotation))
      }
    }
    let result = UnsafeMutableBufferPointer<FluidDrag>.allocate(capacity: drags.count)
    _ = result.initialize(fromContentsOf: drags)
    return result
  }

  func makeMotors(
    _ links: UnsafeMutableBufferPointer<LinkState>, _ freedoms: UnsafeMutableBufferPointer<Freedom>
  ) -> UnsafeMutableBufferPointer<JointMotor?> {
    let result = UnsafeMutableBufferPointer<JointMotor?>.allocate(capacity: freedoms.count)
    let homes = self.homes
    for (index, freedom) in freedoms.enumerated() {
      let joint = linkage.motorised(freedom.joint, of: model)
      var motor: JointMotor?
      let isServo =
        model.servosAreImplicit
        && model.actuators.contains { $0.joint == freedom.joint && $0.velocityGain != 0 }
      if joint.kind == .hinge || joint.kind == .slide, joint.needsMotor || isServo {
        motor = JointMotor(
          world: world, body: links[freedom.link].body,
          parent: freedom.parent >= 0 ? links[freedom.parent].body : nil,
          axis: frame.vectorIntoEngine(homes[freedom.link].rotation.rotate(joint.axis)),
          isLinear: joint.kind == .slide, isFixed: freedom.kind == .planarSlide || freedom.kind == .gimbal,
          joint: joint,
          weight: weights.velocities[freedom.velocityIndex], timestep: model.timestep)
      }
      result.initializeElement(at: index, to: motor)
    }
    return result
  }
}

extension Model.Joint {
  /// Whether anything but the constraint acts on the joint.
  var needsMotor: Bool { damping > 0 || armature > 0 || stiffness > 0 || frictionLoss > 0 || range != nil }
}

extension Model.Actuator {
  /// Whether it pulls on the joint.
  func drives(_ joint: Int) -> Bool { self.joint == joint || couplings.contains { $0.joint == joint } }
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
