import COpenDynamicsEngine

/// One world of the Open Dynamics Engine with a model in it.
///
/// Bodies have six coordinates each, joints are constraints, and every step solves them together with contacts exactly
/// (`dWorldStep`), so that the same state and controls give the same bits. Damping, armature and springs of joints are
/// implicit. Use one simulation from one thread at a time; it may move between threads, and any number may run at once.
public final class Simulation {
  /// What is simulated.
  public let model: Model
  /// How.
  public let configuration: SimulationConfiguration

  let linkage: Linkage
  /// Takes the model's coordinates into the engine's: a planar robot moves in the engine's x–y plane.
  let frame: WorldFrame
  /// Whether nothing can leave the plane.
  let isPlanar: Bool
  let world: dWorldID
  var threading: dThreadingImplementationID?
  let contactGroup: dJointGroupID

  let links: UnsafeMutableBufferPointer<LinkState>
  let freedoms: UnsafeMutableBufferPointer<Freedom>
  /// Damping, armature, spring and limits of each freedom; nil if it has none.
  let motors: UnsafeMutableBufferPointer<JointMotor?>
  /// What the fluid does to each body; empty without one.
  let drags: UnsafeMutableBufferPointer<FluidDrag>
  let pairs: UnsafeMutableBufferPointer<CollisionPair>
  let shapes: UnsafeMutableBufferPointer<ShapeState>
  let fields: [HeightFieldState]
  var fieldTouches = HeightFieldTouches()
  /// Nil where no two convex shapes meet.
  var convexContacts: ConvexContacts?
  let contactBuffer: ContactBuffer
  /// Of the links, once something touches in a step.
  let steadyGains: UnsafeMutableBufferPointer<SteadyGain>
  /// Generalised positions, velocities and forces of motors, kept up to date after every step.
  let coordinates: UnsafeMutableBufferPointer<Double>
  let rates: UnsafeMutableBufferPointer<Double>
  let forces: UnsafeMutableBufferPointer<Double>

  /// Damping of servos that the step takes implicitly, by joint.
  let servoDamping: UnsafeMutableBufferPointer<Double>
  /// What the actuators pull on, one after the other, and where each actuator's part begins.
  let shares: [JointShare]
  let firstShares: [Int]
  /// What holds bodies up against gravity.
  let lifts: [Lift]
  /// What ties bodies together beside joints.
  var ties: [Tie]
  /// Joints that follow others.
  let coupledPairs: [CoupledPair]
  /// Whether forces of actuators change within a step of control.
  let hasFeedback: Bool

  /// Pushes from outside, see ``addExternalForce(_:torque:to:)``.
  var externalForces: [ExternalForce] = []
  /// Reused to set a state without allocating.
  var motionScratch: [Motion] = []
  var positionScratch: [Double] = []
  var stepCount = 0
  /// The step that threw, until a state is set again.
  var lostStep: Int?
  var contactCount = 0
  var contactRowCount = 0
  /// By how much contacts are softer than the model says, see ``solveStep()``.
  var contactSoftening = 1.0

  /// Builds the world in the model's reference configuration, at rest.
  ///
  /// - Throws: `SimulationError.model` if the model has something that cannot be simulated: the exact solver takes at
  ///   most 600 velocities, the iterative one 6000.
  public init(model: Model, configuration: SimulationConfiguration = .init()) throws(SimulationError) {
    let linkage = try Linkage(model)
    guard configuration.iterations != nil || model.velocityCount <= Simulation.mostExactVelocities else {
      throw .model(
        name: model.name,
        message:
          "has \(model.velocityCount) velocities; more than \(Simulation.mostExactVelocities) "
          + "take the exact solver too long"
      )
    }
    Library.prepareThread()
    self.model = model
    self.configuration = configuration
    self.linkage = linkage
    frame = WorldFrame(linkage)
    isPlanar = linkage.isPlanar(model)
    var shares: [JointShare] = []
    var firstShares: [Int] = []
    for actuator in model.actuators {
      firstShares.append(shares.count)
      let couplings =
        actuator.couplings.isEmpty
        ? [Model.Coupling(joint: actuator.joint, coefficient: 1)] : actuator.couplings
      shares += couplings.map { coupling in
        JointShare(
          joint: coupling.joint, coefficient: coupling.coefficient,
          position: model.positionIndex(ofJoint: coupling.joint),
          velocity: model.velocityIndex(ofJoint: coupling.joint))
      }
    }
    self.shares = shares
    self.firstShares = firstShares + [shares.count]
    hasFeedback = model.actuators.contains(where: \.hasFeedback)
    world = dWorldCreate()
    threading = Simulation.giveThreading(to: world)
    contactGroup = dJointGroupCreate(0)
    let gravity = frame.vectorIntoEngine(model.gravity)
    dWorldSetGravity(world, gravity.x, gravity.y, gravity.z)
    dWorldSetERP(world, configuration.errorReduction)
    dWorldSetCFM(world, configuration.constraintForceMixing)
    if let iterations = configuration.iterations { dWorldSetQuickStepNumIterations(world, Int32(max(iterations, 1))) }

    let builder = WorldBuilder(model: model, linkage: linkage, frame: frame, world: world, isPlanar: isPlanar)
    links = builder.makeLinks()
    freedoms = builder.makeFreedoms(links)
    ties = builder.makeEqualities(links)
    coupledPairs = builder.makeCoupledPairs(freedoms)
    lifts = builder.makeLifts(links)
    motors = builder.makeMotors(links, freedoms)
    drags = builder.makeDrags(links)
    fields = builder.makeFields()
    shapes = builder.makeShapes(links, fields: fields)
    pairs = builder.makePairs(shapes)
    convexContacts = pairs.contains { $0.meeting == .convex || $0.meeting == .ballBox } ? ConvexContacts() : nil
    contactBuffer = ContactBuffer(capacity: min(4 * pairs.count, Simulation.contactLimit(configuration)))
    steadyGains = .allocate(capacity: links.count)
    steadyGains.initialize(repeating: SteadyGain())
    coordinates = .allocate(capacity: model.positionCount)
    coordinates.initialize(repeating: 0)
    rates = .allocate(capacity: model.velocityCount)
    rates.initialize(repeating: 0)
    forces = .allocate(capacity: model.joints.count)
    forces.initialize(repeating: 0)
    servoDamping = .allocate(capacity: model.joints.count)
    servoDamping.initialize(repeating: 0)
    try refuseTooManyCells()
    try setState(positions: model.initialPositions, velocities: [Double](repeating: 0, count: model.velocityCount))
  }

  /// Gives a world its own threading object: worlds share one otherwise, and two that step at once end the process.
  static func giveThreading(to world: dWorldID) -> dThreadingImplementationID? {
    let threading = dThreadingAllocateSelfThreadedImplementation()
    dWorldSetStepThreadingImplementation(world, dThreadingImplementationGetFunctions(threading), threading)
    return threading
  }

  /// Beyond this many contacts the exact solver would take seconds a step; the iterative one's time grows with them.
  static func contactLimit(_ configuration: SimulationConfiguration) -> Int {
    configuration.iterations == nil ? 512 : 8192
  }

  /// The time of the exact solver grows with the third power.
  static let mostExactVelocities = 600

  deinit {
    Library.prepareThread()
    dJointGroupDestroy(contactGroup)
    for shape in shapes {
      dGeomDestroy(shape.geometry)
      shape.hull?.deallocate()
    }
    for field in fields { field.deallocate() }
    fieldTouches.deallocate()
    convexContacts?.deallocate()
    dWorldDestroy(world)
    if let threading { dThreadingFreeImplementation(threading) }
    links.deallocate()
    freedoms.deallocate()
    motors.deallocate()
    drags.deallocate()
    pairs.deallocate()
    shapes.deallocate()
    contactBuffer.deallocate()
    steadyGains.deallocate()
    coordinates.deallocate()
    rates.deallocate()
    forces.deallocate()
    servoDamping.deallocate()
  }

  /// Seconds since the state was first set: steps taken × timestep.
  public var time: Double { Double(stepCount) * model.timestep }
}

/// A joint's part in what an actuator pulls on.
struct JointShare {
  let joint: Int
  let coefficient: Double
  let position: Int
  let velocity: Int
}

/// A force against gravity at a point of a link.
struct Lift {
  let link: Int
  /// From the engine's origin of the body, in the link's frame.
  let offset: SIMD3<Double>
  /// In the engine's world.
  let force: SIMD3<Double>
}

/// The rotation and shift between the model's coordinates and the engine's.
struct WorldFrame {
  /// Rotates the model's vectors into the engine's.
  var rotation = Quaternion.identity
  /// The model's point that is the engine's origin.
  var origin = SIMD3<Double>.zero

  init(_ linkage: Linkage) {
    guard let plane = linkage.plane else { return }
    let second = cross(plane.normal, plane.first)
    rotation = Quaternion(columns: plane.first, second, plane.normal).conjugate
    // Only along the normal, so that positions in the plane keep their digits.
    origin = dot(plane.point, plane.normal) * plane.normal
  }

  func vectorIntoEngine(_ v: SIMD3<Double>) -> SIMD3<Double> { rotation.rotate(v) }
  func vectorFromEngine(_ v: SIMD3<Double>) -> SIMD3<Double> { rotation.conjugate.rotate(v) }
  func pointIntoEngine(_ p: SIMD3<Double>) -> SIMD3<Double> { rotation.rotate(p - origin) }
  func pointFromEngine(_ p: SIMD3<Double>) -> SIMD3<Double> { origin + rotation.conjugate.rotate(p) }
  func rotationIntoEngine(_ q: Quaternion) -> Quaternion { rotation * q }
  func rotationFromEngine(_ q: Quaternion) -> Quaternion { rotation.conjugate * q }
}

/// A link's body in the engine, and where the engine keeps its state.
struct LinkState {
  let body: dBodyID
  /// Index of the parent link, −1 for the world.
  let parent: Int
  /// Pose in the parent link's frame at the reference configuration.
  let home: Pose
  /// The engine's rotation of the body at the reference configuration, and its third coordinate there.
  let homeRotation: Quaternion
  let homeHeight: Double
  /// Centre of mass in the link's frame; the engine's origin of the body.
  let centre: SIMD3<Double>
  let firstFreedom: Int
  let freedomCount: Int
  let mass: Double
  /// Index of the link that the links up to this one hang on, if that floats; −1 if it's held.
  let root: Int
  /// Of a root that floats, what all links that hang on it weigh, kg; 0 of the others.
  var treeMass = 0.0
  /// Of a root that floats, the mass times the way of the links that are being put onto their joints.
  var shift = SIMD3<Double>.zero
  /// From where the link is to where the coming step begins with it, see ``Simulation/assemble()``.
  var gap = SIMD3<Double>.zero
  let positionMemory: UnsafePointer<Double>
  let rotationMemory: UnsafePointer<Double>
  let quaternionMemory: UnsafePointer<Double>
  let linearMemory: UnsafePointer<Double>
  let angularMemory: UnsafePointer<Double>

  var position: SIMD3<Double> { SIMD3(positionMemory[0], positionMemory[1], positionMemory[2]) }
  var linear: SIMD3<Double> { SIMD3(linearMemory[0], linearMemory[1], linearMemory[2]) }
  var angular: SIMD3<Double> { SIMD3(angularMemory[0], angularMemory[1], angularMemory[2]) }
  var hasFiniteSpeed: Bool { (linear + angular).isFinite }
  var rotation: Quaternion {
    Quaternion(w: quaternionMemory[0], x: quaternionMemory[1], y: quaternionMemory[2], z: quaternionMemory[3])
  }
  /// Rotates a vector of the link's frame by the engine's matrix (rows of four).
  func rotate(_ v: SIMD3<Double>) -> SIMD3<Double> {
    let m = rotationMemory
    return SIMD3(
      m[0] * v.x + m[1] * v.y + m[2] * v.z, m[4] * v.x + m[5] * v.y + m[6] * v.z,
      m[8] * v.x + m[9] * v.y + m[10] * v.z)
  }
}

/// One joint of the model as the simulation moves it.
struct Freedom {
  enum Kind { case hinge, gimbal, slide, planarSlide, ball, free }
  let kind: Kind
  /// Index of the joint in the model.
  let joint: Int
  let link: Int
  let parent: Int
  let positionIndex: Int
  let velocityIndex: Int
  /// In the child link's frame; of a planar slide in the engine's world.
  let axis: SIMD3<Double>
  /// In the child link's frame.
  let anchor: SIMD3<Double>
  /// The anchor at the reference configuration, in the parent link's frame (from its centre of mass), or the world's.
  let homeAnchor: SIMD3<Double>
  /// Undoes the link's rotation against its parent at the reference configuration.
  let homeInverse: Quaternion
  let reference: Double

  /// The engine's joint, which takes torques where there is no motor row; nil for planar and free ones.
  var engineJoint: dJointID?
  /// Of a hinge that shares its body with others: the torque that a unit of force along it is, in the engine's world.
  /// It does no work at the other hinges.
  var dualAxis = SIMD3<Double>.zero
  /// Of the same, how fast its rate would grow, rad/s², if both bodies went on turning as they do.
  var turning = 0.0
  /// Of the first of them: what the angular velocity of its body gains as their axes turn, rad/s².
  var axesTurning = SIMD3<Double>.zero
}
