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
}
