extension Model {
  /// Two geometries that touch with a contact of their own.
  public struct ContactPair: Sendable, Equatable {
    /// Index of one geometry in `Model.geometries`.
    public var first: Int
    /// Index of the other.
    public var second: Int
    /// Coefficient of sliding friction; 0 for none.
    public var friction: Double
    /// Contacts act from this distance on, metres; at most the geometries' own margins together.
    public var margin: Double
    /// How contacts give way.
    public var softness: SoftConstraint

    /// A pair from its parts.
    public init(first: Int, second: Int, friction: Double, margin: Double = 0, softness: SoftConstraint = .init()) {
      (self.first, self.second, self.friction, self.margin, self.softness) = (first, second, friction, margin, softness)
    }
  }

  /// What holds two bodies together beside joints, such as where a kinematic loop closes. It is as stiff as joints are.
  public struct Equality: Sendable, Equatable {
    /// What is equal.
    public enum Kind: Sendable, Equatable {
      /// A point of the first body and one of the second, each in its body's frame: a ball joint.
      case connect(SIMD3<Double>, SIMD3<Double>)
      /// The second body's pose in the first's frame: a fixed joint.
      case weld(Pose)
    }

    /// Name; empty where the file gave none.
    public var name: String
    /// Index of a body.
    public var first: Int
    /// Index of another; 0 is the world.
    public var second: Int
    /// What is equal.
    public var kind: Kind

    /// A constraint from its parts.
    public init(name: String, first: Int, second: Int, kind: Kind) {
      (self.name, self.first, self.second, self.kind) = (name, first, second, kind)
    }
  }

  /// A joint whose position follows another's as through gears, each pushing the other: a finger that mirrors a finger.
  ///
  /// With the positions counted from the joints' references, q − q₀ = Σ `polynomial`[k] · (p − p₀)ᵏ. It is as stiff as
  /// joints are, and its force acts on both joints.
  public struct JointCoupling: Sendable, Equatable {
    /// Name; empty where the file gave none.
    public var name: String
    /// Index of the joint that follows, a hinge or slide.
    public var follower: Int
    /// Index of the joint it follows, a hinge or slide too; nil holds the follower where the first coefficient says.
    public var leader: Int?
    /// One to five coefficients, the constant first (MJCF `polycoef`); URDF's offset and multiplier are two.
    public var polynomial: [Double]

    /// A coupling from its parts; without a polynomial the follower moves by as much as the leader.
    public init(name: String, follower: Int, leader: Int?, polynomial: [Double] = [0, 1]) {
      (self.name, self.follower, self.leader, self.polynomial) = (name, follower, leader, polynomial)
    }

    /// Where the follower belongs while the leader is at `position`, and how far it moves when the leader moves by 1;
    /// both positions counted from the joints' references.
    public func follow(_ position: Double) -> (position: Double, slope: Double) {
      guard leader != nil else { return (polynomial.first ?? 0, 0) }
      var (value, slope) = (0.0, 0.0)
      for coefficient in polynomial.reversed() {
        slope = slope * position + value
        value = value * position + coefficient
      }
      return (value, slope)
    }
  }
}
