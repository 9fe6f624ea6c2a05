import SinewPhysics

/// Where a robot is, how it moves, and whether it touches anything.
public struct RobotState: Sendable, Equatable {
  /// Generalised positions in MuJoCo's order: m, rad, quaternions with the real part first.
  public var positions: [Double]
  /// Generalised velocities in MuJoCo's order: m/s, rad/s.
  public var velocities: [Double]
  /// Whether geometries overlapped in the last timestep.
  public var isTouching: Bool

  /// A state of these numbers.
  public init(positions: [Double], velocities: [Double], isTouching: Bool = false) {
    (self.positions, self.velocities, self.isTouching) = (positions, velocities, isTouching)
  }

  /// The state of a simulation.
  public init(of simulation: Simulation) {
    self.init(
      positions: simulation.positions, velocities: simulation.velocities,
      isTouching: simulation.contacts.contains { $0.depth > 0 })
  }
}

/// An environment with physics of its own, whose robot can be looked at and put where another one is.
public protocol PlaceableEnvironment: Environment {
  /// The robot's state; nil where the environment has none to show, or could not be put into one.
  ///
  /// Throws what the environment raises.
  func robotState() throws -> RobotState?

  /// Puts the robot into a state, as the beginning of the episode that a reset has just begun.
  ///
  /// - Parameters:
  ///   - state: with as many numbers as ``robotState()`` has.
  ///   - observation: receives the observation there, `observationSpace.count` numbers.
  /// Throws what the environment raises.
  func begin(at state: RobotState, observation: inout MutableSpan<Float>) throws
}

extension Environment {
  /// The state of the environment's robot, in whatever physics; nil where there is none. Throws what the environment
  /// raises.
  public func currentRobotState() throws -> RobotState? {
    try (self as? any PlaceableEnvironment)?.robotState() ?? simulation.map { RobotState(of: $0) }
  }
}
