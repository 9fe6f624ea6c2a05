/// A robot and its surroundings as plain data: bodies, joints, geometries, actuators.
///
/// Read from MJCF or URDF with `Model(contentsOf:)`; simulated by `Simulation`. Units are SI, angles radians, z is up
/// by MJCF's habit. Generalised positions and velocities are in MuJoCo's order: joints in the order of the file, a free
/// joint as seven positions (x, y, z, quaternion w, x, y, z) and six velocities (linear in world axes, angular in the
/// body's).
public struct Model: Sendable, Equatable {
  /// What the model is called (MJCF `mujoco/@model`, else the file's name).
  public var name: String
  /// Seconds per simulation step.
  public var timestep: Double = 0.002
  /// Acceleration of gravity, m/s².
  public var gravity: SIMD3<Double> = SIMD3(0, 0, -9.81)
  /// How friction is bounded.
  public var frictionCone = FrictionCone.pyramid
  /// How much stiffer friction is than the normal force, > 0 (MJCF `impratio`); for pyramids.
  public var frictionImpedanceRatio = 1.0
  /// Whether the damping of servos acts at the end of a step, like a joint's, which no gain makes unstable: on a single
  /// joint and while the force is within its range. Else at its beginning (MJCF `integrator`: "implicit" and
  /// "implicitfast", or "Euler").
  public var servosAreImplicit = false
  /// What the bodies move in; nil for nothing.
  public var fluid: Fluid?
  /// Bodies; index 0 is the world, and a parent comes before its children.
  public var bodies: [Body] = [.world]
  /// Joints, grouped by body in the order of `bodies`.
  public var joints: [Joint] = []
  /// Shapes that collide and are drawn.
  public var geometries: [Geometry] = []
  /// Motors, in the order of the control vector.
  public var actuators: [Actuator] = []
  /// Pairs of bodies that never touch (MJCF `contact/exclude`).
  public var excludedPairs: [BodyPair] = []
  /// Pairs of geometries that touch whatever their kinds say (MJCF `contact/pair`).
  public var contactPairs: [ContactPair] = []
  /// Constraints between bodies beside joints.
  public var equalities: [Equality] = []
  /// Joints whose positions follow others' (MJCF `equality/joint`, URDF `mimic`).
  public var jointCouplings: [JointCoupling] = []
  /// Places on bodies by name.
  public var sites: [Site] = []
  /// Places to look from.
  public var cameras: [Camera] = []
  /// What the file's sensors measure, for tasks to use.
  public var sensors: [Sensor] = []
  /// States the file gives by name.
  public var keyframes: [Keyframe] = []
  /// What the reader left out of the file: one line each, with the place.
  public var warnings: [String] = []

  /// An empty world.
  public init(name: String) { self.name = name }
}

extension Model {
  /// A rigid body. Its frame is given by `pose` in the frame of its parent while every joint is at its reference.
  public struct Body: Sendable, Equatable {
    /// Name; empty where the file gave none.
    public var name: String
    /// Index of the parent in `Model.bodies`; the world is its own parent.
    public var parent: Int
    /// Pose in the parent's frame at the reference configuration.
    public var pose: Pose
    /// Mass, centre of mass and inertia, in the body's frame.
    public var massProperties: MassProperties
    /// Share of its weight that is held up (MJCF `gravcomp`).
    public var gravityCompensation = 0.0

    /// A body from its parts.
    public init(
      name: String, parent: Int = 0, pose: Pose = .identity, massProperties: MassProperties = .init()
    ) {
      self.name = name
      self.parent = parent
      self.pose = pose
      self.massProperties = massProperties
    }

    /// The fixed body every other one descends from.
    public static let world = Body(name: "world")

    /// Mass, kg.
    public var mass: Double { massProperties.mass }
    /// Centre of mass in the body's frame, metres.
    public var centreOfMass: SIMD3<Double> { massProperties.centre }
    /// Inertia about the centre of mass, in the axes of the body's frame, kg·m².
    public var inertia: InertiaTensor { massProperties.inertia }
  }

  /// Two bodies by index, in either order.
  public struct BodyPair: Sendable, Equatable, Hashable {
    /// The lower index.
    public let first: Int
    /// The higher index.
    public let second: Int

    /// Sorts the two.
    public init(_ a: Int, _ b: Int) { (first, second) = (Swift.min(a, b), Swift.max(a, b)) }
  }

  /// A freedom between a body and its parent. Several joints of one body act in order, the first nearest the parent.
  public struct Joint: Sendable, Equatable {
    /// What a joint lets a body do.
    public enum Kind: String, Sendable, Equatable, CaseIterable {
      /// Rotation about `axis` through `anchor`.
      case hinge
      /// Translation along `axis`.
      case slide
      /// Rotation about `anchor` in every direction.
      case ball
      /// All six freedoms.
      case free

      /// How many generalised positions the joint has.
      public var positionCount: Int {
        switch self {
        case .hinge, .slide: 1
        case .ball: 4
        case .free: 7
        }
      }
      /// How many generalised velocities the joint has.
      public var velocityCount: Int {
        switch self {
        case .hinge, .slide: 1
        case .ball: 3
        case .free: 6
        }
      }
    }

    /// Name; empty where the file gave none.
    public var name: String
    /// Index of the body that moves.
    public var body: Int
    /// What it lets the body do.
    public var kind: Kind
    /// Unit axis in the body's frame (hinge and slide).
    public var axis: SIMD3<Double> = SIMD3(0, 0, 1)
    /// A point on the axis in the body's frame, metres.
    public var anchor: SIMD3<Double> = .zero
    /// Limits of the position, rad or m; nil for none.
    public var range: ClosedRange<Double>?
    /// Viscous damping, N·m·s/rad or N·s/m, ≥ 0; integrated implicitly.
    public var damping: Double = 0
    /// Inertia of the motor's rotor seen at the joint, kg·m² or kg, ≥ 0.
    public var armature: Double = 0
    /// Spring constant, N·m/rad or N/m, ≥ 0.
    public var stiffness: Double = 0
    /// Position at which the spring is at rest.
    public var springReference: Double = 0
    /// Position in the configuration that `Body.pose` describes.
    public var reference: Double = 0
    /// Dry friction, N·m or N, ≥ 0: the joint sticks below it (hinge and slide).
    public var frictionLoss: Double = 0
    /// Speed that the motor allows (URDF `velocity`), rad/s or m/s; for information, it is not enforced.
    public var speedLimit: Double?
    /// How the limits give way.
    public var limitSoftness = SoftConstraint()

    /// A joint without limits, damping or springs.
    public init(
      name: String, body: Int, kind: Kind, axis: SIMD3<Double> = SIMD3(0, 0, 1), anchor: SIMD3<Double> = .zero
    ) {
      self.name = name
      self.body = body
      self.kind = kind
      self.axis = axis
      self.anchor = anchor
    }
  }

  /// How the friction of a contact is bounded by its normal force.
  public enum FrictionCone: Sendable, Equatable {
    /// MuJoCo's pyramid, solved exactly together with the normal force. Friction is as soft as the contact is, so that
    /// a body on a slope creeps.
    case pyramid
    /// ODE's box: as large as the normal force that there would be without friction. Friction is stiff: nothing creeps.
    case box
  }
}
