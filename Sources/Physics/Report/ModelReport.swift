/// A model as it was understood, for people and programs: the tree of bodies, motors, what was left out, and whether it
/// can be simulated.
public struct ModelReport: Sendable, Encodable {
  /// The model's name.
  public var name: String
  public var timestep: Double
  public var gravity: [Double]
  /// Mass of everything that can move, and of everything, kg.
  public var movingMass: Double
  public var totalMass: Double
  public var positionCount: Int
  public var velocityCount: Int
  public var controlCount: Int
  /// Bodies, the world first, parents before children.
  public var bodies: [Body]
  public var actuators: [Actuator]
  public var sensors: [String]
  public var sites: [String]
  public var keyframes: [String]
  /// Constraints between bodies beside joints, in words.
  public var equalities: [String]
  /// What was left out, one line each.
  public var warnings: [String]
  /// What came of simulating it; nil if that was not tried.
  public var trial: ModelTrial?

  /// A body and what is on it.
  public struct Body: Sendable, Encodable {
    public var name: String
    /// Index of the parent in `bodies`; nil for the world.
    public var parent: Int?
    /// kg.
    public var mass: Double
    /// In the body's frame, metres.
    public var centreOfMass: [Double]
    /// Principal moments of inertia about the centre of mass, ascending, kg·m².
    public var principalInertia: [Double]
    /// In the parent's frame, metres.
    public var position: [Double]
    public var joints: [Joint]
    public var geometries: [Geometry]
  }

  /// A joint; lengths in metres, angles in radians.
  public struct Joint: Sendable, Encodable {
    public var name: String
    public var kind: String
    public var axis: [Double]
    /// Lower and upper end; nil without limits.
    public var range: [Double]?
    public var damping: Double
    public var armature: Double
    public var stiffness: Double
    public var friction: Double
    public var speedLimit: Double?
  }

  /// A shape.
  public struct Geometry: Sendable, Encodable {
    public var name: String
    public var kind: String
    /// MuJoCo's sizes, metres; of a mesh the half sizes of the box around it.
    public var size: [Double]
    /// Whether it touches anything.
    public var collides: Bool
    /// Corners of the hull that a mesh collides as; nil for other shapes.
    public var hullVertices: Int?
  }

  /// A motor or servo.
  public struct Actuator: Sendable, Encodable {
    public var name: String
    /// The joints it pulls on.
    public var joints: [String]
    public var gear: Double
    public var positionGain: Double
    public var velocityGain: Double
    public var controlRange: [Double]?
    public var forceRange: [Double]?
  }

  /// Describes a model.
  ///
  /// - Parameter trial: what simulating it came to; nil if that was not tried.
  public init(_ model: Model, trial: ModelTrial? = nil) {
    name = model.name
    timestep = model.timestep
    gravity = model.gravity.numbers
    totalMass = model.bodies.reduce(0) { $0 + $1.mass }
    movingMass = model.bodies.indices.reduce(0) { $0 + (model.isFixed(body: $1) ? 0 : model.bodies[$1].mass) }
    (positionCount, velocityCount, controlCount) = (model.positionCount, model.velocityCount, model.controlCount)
    var joints = [[Joint]](repeating: [], count: model.bodies.count)
    for joint in model.joints { joints[joint.body].append(Joint(joint)) }
    var geometries = [[Geometry]](repeating: [], count: model.bodies.count)
    let paired = Set(model.contactPairs.flatMap { [$0.first, $0.second] })
    for (index, geometry) in model.geometries.enumerated() {
      geometries[geometry.body].append(Geometry(geometry, isPaired: paired.contains(index)))
    }
    bodies = model.bodies.indices.map { index in
      let body = model.bodies[index]
      let moments = body.inertia.principal.moments
      return Body(
        name: body.name, parent: index == 0 ? nil : body.parent, mass: body.mass,
        centreOfMass: body.centreOfMass.numbers, principalInertia: moments.numbers.sorted(),
        position: body.pose.position.numbers, joints: joints[index], geometries: geometries[index])
    }
    actuators = model.actuators.map { actuator in
      let indices = actuator.couplings.isEmpty ? [actuator.joint] : actuator.couplings.map(\.joint)
      return Actuator(
        name: actuator.name, joints: indices.map { model.title(ofJoint: $0) }, gear: actuator.gear,
        positionGain: actuator.positionGain, velocityGain: actuator.velocityGain,
        controlRange: actuator.controlRange.map { [$0.lowerBound, $0.upperBound] },
        forceRange: actuator.forceRange.map { [$0.lowerBound, $0.upperBound] })
    }
    sensors = model.sensors.map { $0.name.isEmpty ? $0.kind.rawValue : "\($0.name) (\($0.kind.rawValue))" }
    sites = model.sites.map(\.name)
    keyframes = model.keyframes.map(\.name)
    equalities = model.equalities.map { equality in
      let kind = if case .weld = equality.kind { "weld" } else { "connect" }
      return "\(kind) \(model.describe(body: equality.first)) to \(model.describe(body: equality.second))"
    }
    equalities += model.jointCouplings.map { coupling in
      let leader = coupling.leader.map { " to \(model.describe(joint: $0))" } ?? ""
      return "couple \(model.describe(joint: coupling.follower))\(leader)"
    }
    warnings = model.warnings + (model.isRigid ? ["none of its bodies can move: it has no joints"] : [])
    self.trial = trial
  }
}

extension ModelReport.Joint {
  fileprivate init(_ joint: Model.Joint) {
    self.init(
      name: joint.name, kind: joint.kind.rawValue, axis: joint.axis.numbers,
      range: joint.range.map { [$0.lowerBound, $0.upperBound] }, damping: joint.damping, armature: joint.armature,
      stiffness: joint.stiffness, friction: joint.frictionLoss, speedLimit: joint.speedLimit)
  }
}

extension ModelReport.Geometry {
  /// - Parameter isPaired: whether a pair of contact of its own names it.
  fileprivate init(_ geometry: Model.Geometry, isPaired: Bool) {
    let size: [Double]
    var hullVertices: Int?
    switch geometry.shape {
    case .sphere(let radius): size = [radius]
    case .capsule(let radius, let half), .cylinder(let radius, let half): size = [radius, half]
    case .box(let half), .ellipsoid(let half): size = half.numbers
    case .plane(let half): size = [half.x, half.y]
    case .heightField(let field): size = [field.halfSizes.x, field.halfSizes.y]
    case .mesh(let mesh):
      size = mesh.boundingHalfSizes.numbers
      hullVertices = mesh.hull?.vertices.count
    }
    self.init(
      name: geometry.name, kind: geometry.shape.name, size: size, collides: geometry.collides || isPaired,
      hullVertices: hullVertices)
  }
}

extension Model {
  func title(ofJoint joint: Int) -> String {
    joints[joint].name.isEmpty ? "\(joint)" : joints[joint].name
  }
}

extension SIMD3<Double> {
  fileprivate var numbers: [Double] { [x, y, z] }
}
