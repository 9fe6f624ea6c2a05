extension Model {
  /// A place to look from (MJCF `camera`).
  public struct Camera: Sendable, Equatable {
    /// How a camera goes with its body.
    public enum Mode: String, Sendable, Equatable, CaseIterable {
      /// As if it were screwed on.
      case fixed
      /// It keeps its distance from the body in world axes, and its direction.
      case track
      /// As `track`, from the centre of mass of the body and all that hangs on it.
      case trackCentreOfMass = "trackcom"
      /// It is screwed on, but always looks at another body.
      case targetBody = "targetbody"
      /// As `targetBody`, at the centre of mass of the body and all that hangs on it.
      case targetCentreOfMass = "targetbodycom"
    }

    /// Name; empty where the file gave none.
    public var name: String
    /// Index of the body it is fixed to.
    public var body: Int
    /// Pose in the body's frame: x to the right of the picture, y up, looking along −z.
    public var pose: Pose
    /// How it goes with its body.
    public var mode = Mode.fixed
    /// Name of the body that it looks at, where it looks at one.
    public var target = ""
    /// Angle from the lower to the upper edge of the picture, radians in 0…π.
    public var verticalAngle = Double.pi / 4

    /// A camera that is screwed on.
    public init(name: String, body: Int, pose: Pose = .identity) {
      (self.name, self.body, self.pose) = (name, body, pose)
    }
  }
}
