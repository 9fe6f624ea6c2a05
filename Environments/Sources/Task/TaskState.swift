import SinewPhysics

/// What the terms of a task look at: the robot before and after a control step, and what was asked of it.
///
/// Memory is fixed at the start, so that reading and writing it never allocates. Terms read everything; reset terms
/// write positions and velocities; each term writes the numbers of ``memory`` that are its own.
public final class TaskState {
  /// The physics, for what bodies do: poses, velocities, contact forces.
  public internal(set) var simulation: Simulation
  /// Generalised positions after the step, in the model's order (m, rad).
  public let positions: StateNumbers
  /// Generalised velocities after the step (m/s, rad/s).
  public let velocities: StateNumbers
  /// Positions when the step began.
  public let startPositions: StateNumbers
  /// Velocities when the step began.
  public let startVelocities: StateNumbers
  /// The action as it was given, in the units of the action space.
  public let action: StateNumbers
  /// The action clamped to the action space: what the motors were asked for.
  public let control: StateNumbers
  /// What the motors got in the step before; zero in an episode's first.
  public let previousControl: StateNumbers
  /// What the motors last got: `control`, unless actions come late or with noise.
  public internal(set) var motorControl: StateNumbers
  /// Values of the parameters that terms ask for, see ``TermContext/parameter(_:unit:default:in:)``.
  public let parameters: StateNumbers
  /// What contacts put on the bodies in the last timestep: ``Simulation/readContactForces(into:)``; empty if no term
  /// needs them.
  let contactForces: StateNumbers
  /// Numbers that terms remember, see ``TermContext/memory(_:)``.
  public let memory: StateNumbers
  /// Seconds per step.
  public let controlPeriod: Double
  /// Whether a termination term ended the episode in this step; known when rewards are asked for.
  public internal(set) var terminated = false
  /// Whether every success term was met after this step; known when terminations and rewards are asked for.
  public internal(set) var succeeded = false

  init(simulation: Simulation, controlPeriod: Double, needsContactForces: Bool, memoryCount: Int, parameterCount: Int) {
    let model = simulation.model
    self.simulation = simulation
    positions = StateNumbers(count: model.positionCount)
    velocities = StateNumbers(count: model.velocityCount)
    startPositions = StateNumbers(count: model.positionCount)
    startVelocities = StateNumbers(count: model.velocityCount)
    action = StateNumbers(count: model.controlCount)
    control = StateNumbers(count: model.controlCount)
    previousControl = StateNumbers(count: model.controlCount)
    motorControl = control
    parameters = StateNumbers(count: parameterCount)
    contactForces = StateNumbers(count: needsContactForces ? 6 * model.bodies.count : 0)
    memory = StateNumbers(count: memoryCount)
    self.controlPeriod = controlPeriod
  }

  deinit {
    for numbers in [
      positions, velocities, startPositions, startVelocities, action, control, previousControl, parameters,
      contactForces, memory,
    ] {
      numbers.deallocate()
    }
  }

  /// Forgets what the terms remember and what was done in the last episode.
  func beginEpisode() {
    for numbers in [action, control, previousControl, memory] { numbers.update(repeating: 0) }
  }

  /// Where the step ended becomes where the next one starts.
  func beginStep() {
    startPositions.update(fromContentsOf: positions)
    startVelocities.update(fromContentsOf: velocities)
  }

  /// Pose of a body in the world after the step.
  public func pose(ofBody body: Int) -> Pose { simulation.pose(ofBody: body) }

  /// The moment of a step that a term looks at.
  public enum Moment: String, CaseIterable, Sendable {
    case start, end
  }

  /// A position when the step began, or after it.
  public func position(_ index: Int, at moment: Moment) -> Double {
    moment == .end ? positions[index] : startPositions[index]
  }

  /// A velocity when the step began, or after it.
  public func velocity(_ index: Int, at moment: Moment) -> Double {
    moment == .end ? velocities[index] : startVelocities[index]
  }
}
