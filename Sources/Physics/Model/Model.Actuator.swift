extension Model {
  /// A motor or servo: with q and q̇ the joint's position and velocity and g the gear, its force or torque at the joint
  /// is g · clamp(`controlGain` · clamped control + `bias` − `positionGain` · g·q − `velocityGain` · g·q̇).
  ///
  /// One that pulls on several joints (MJCF's fixed tendon) takes Σ cᵢqᵢ for q, and pulls on each with cᵢ times the
  /// force.
  public struct Actuator: Sendable, Equatable {
    /// Name; empty where the file gave none.
    public var name: String
    /// Index of the joint (hinge or slide) it drives; the first, if there are several.
    public var joint: Int
    /// The joints and coefficients of a tendon; empty for `joint` alone.
    public var couplings: [Coupling] = []
    /// Newton (metres) per unit of control of a motor; scales a servo's position and velocity too.
    public var gear: Double = 1
    /// Force before the gear per unit of control: 1 of a motor, kp of a position servo, kv of a velocity servo.
    public var controlGain: Double = 1
    /// Force before the gear whatever the control.
    public var bias: Double = 0
    /// Force before the gear per unit of position, towards zero; explicit.
    public var positionGain: Double = 0
    /// Force before the gear per unit of velocity, against it; explicit, or see ``Model/servosAreImplicit``.
    public var velocityGain: Double = 0
    /// Controls are clamped to this range; nil for none.
    public var controlRange: ClosedRange<Double>?
    /// The force or torque before the gear is clamped to this range; nil for none.
    public var forceRange: ClosedRange<Double>?

    /// Whether the force depends on how the joint moves.
    public var hasFeedback: Bool { positionGain != 0 || velocityGain != 0 }

    /// A motor from its parts.
    public init(
      name: String, joint: Int, gear: Double = 1, controlRange: ClosedRange<Double>? = nil,
      forceRange: ClosedRange<Double>? = nil
    ) {
      self.name = name
      self.joint = joint
      self.gear = gear
      self.controlRange = controlRange
      self.forceRange = forceRange
    }
  }

  /// A joint's share in a tendon.
  public struct Coupling: Sendable, Equatable {
    /// Index of the joint, a hinge or slide.
    public var joint: Int
    /// How far the tendon moves when the joint moves by 1.
    public var coefficient: Double

    /// A share from its parts.
    public init(joint: Int, coefficient: Double) { (self.joint, self.coefficient) = (joint, coefficient) }
  }
}
