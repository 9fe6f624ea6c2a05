extension Model {
  /// A place on a body, for tasks and sensors.
  public struct Site: Sendable, Equatable {
    /// Name; empty where the file gave none.
    public var name: String
    /// Index of the body it is fixed to.
    public var body: Int
    /// Pose in the body's frame.
    public var pose: Pose
    /// The volume that a touch sensor counts contacts in.
    public var shape: Geometry.Shape

    /// A site from its parts.
    public init(name: String, body: Int, pose: Pose, shape: Geometry.Shape = .sphere(radius: 0.005)) {
      (self.name, self.body, self.pose, self.shape) = (name, body, pose, shape)
    }
  }

  /// Something that the file says is measured. `Simulation` doesn't evaluate sensors: tasks do.
  public struct Sensor: Sendable, Equatable {
    /// What is measured; MJCF's words.
    public enum Kind: String, Sendable, Equatable, CaseIterable {
      /// Of a site.
      case touch, accelerometer, velocimeter, gyro, force, torque
      /// Of a joint.
      case jointPosition = "jointpos"
      case jointVelocity = "jointvel"
      case jointForce = "jointactuatorfrc"
      case ballRotation = "ballquat"
      case ballVelocity = "ballangvel"
      case jointLimitForce = "jointlimitfrc"
      /// Of an actuator.
      case actuatorPosition = "actuatorpos"
      case actuatorVelocity = "actuatorvel"
      case actuatorForce = "actuatorfrc"
      /// Of the frame of a body, geometry or site.
      case framePosition = "framepos"
      case frameRotation = "framequat"
      case frameXAxis = "framexaxis"
      case frameYAxis = "frameyaxis"
      case frameZAxis = "framezaxis"
      case frameVelocity = "framelinvel"
      case frameAngularVelocity = "frameangvel"
      /// Of a body and all that hangs on it.
      case subtreeCentre = "subtreecom"
      case subtreeVelocity = "subtreelinvel"
      case subtreeAngularMomentum = "subtreeangmom"
    }

    /// What it is measured of, by index.
    public enum Target: Sendable, Equatable {
      case body(Int), joint(Int), geometry(Int), site(Int), actuator(Int)
    }

    /// Name; empty where the file gave none.
    public var name: String
    /// What is measured.
    public var kind: Kind
    /// What it is measured of.
    public var target: Target

    /// A sensor from its parts.
    public init(name: String, kind: Kind, target: Target) {
      (self.name, self.kind, self.target) = (name, kind, target)
    }
  }

  /// A state by name (MJCF `keyframe/key`).
  public struct Keyframe: Sendable, Equatable {
    /// Name; empty where the file gave none.
    public var name: String
    /// Generalised positions, `positionCount` numbers.
    public var positions: [Double]
    /// Generalised velocities, `velocityCount` numbers.
    public var velocities: [Double]
    /// Controls; empty where the file gave none.
    public var controls: [Double]

    /// A state from its parts.
    public init(name: String, positions: [Double], velocities: [Double], controls: [Double] = []) {
      (self.name, self.positions, self.velocities, self.controls) = (name, positions, velocities, controls)
    }
  }

  /// Index of the site with this name.
  public func site(named name: String) -> Int? { sites.firstIndex { $0.name == name } }

  /// Index of the sensor with this name.
  public func sensor(named name: String) -> Int? { sensors.firstIndex { $0.name == name } }

  /// Index of the keyframe with this name.
  public func keyframe(named name: String) -> Int? { keyframes.firstIndex { $0.name == name } }
}
