import SinewPhysics

/// What the terms of a task look at: the robot before and after a control step, and what was asked of it.
///
/// Memory is fixed at the start, so that reading and writing it never allocates.
final class TaskState {
  /// The physics, for what bodies do.
  var simulation: Simulation
  /// Generalised positions after the step, in the model's order (m, rad).
  let positions: UnsafeMutableBufferPointer<Double>
  /// Generalised velocities after the step (m/s, rad/s).
  let velocities: UnsafeMutableBufferPointer<Double>
  /// Positions when the step began.
  let startPositions: UnsafeMutableBufferPointer<Double>
  /// Velocities when the step began.
  let startVelocities: UnsafeMutableBufferPointer<Double>
  /// The action as it was given.
  let action: UnsafeMutableBufferPointer<Double>
  /// The action clamped to the action space: what the motors were asked for.
  let control: UnsafeMutableBufferPointer<Double>
  /// What the motors got in the step before; zero in an episode's first.
  let previousControl: UnsafeMutableBufferPointer<Double>
  /// What the motors last got: `control`, unless actions come late or with noise.
  var motorControl: UnsafeMutableBufferPointer<Double>
  /// Values of the parameters that terms ask for, see ``TaskNeeds/parameter(_:unit:default:in:)``.
  let parameters: UnsafeMutableBufferPointer<Double>
  /// What contacts put on the bodies in the last timestep: ``Simulation/readContactForces(into:)``; empty if no term needs them.
  let contactForces: UnsafeMutableBufferPointer<Double>
  /// Numbers that terms remember, see ``TaskNeeds/memory()``.
  let memory: UnsafeMutableBufferPointer<Double>
  /// Seconds per step.
  let controlPeriod: Double
  /// Whether a termination term ended the episode in this step.
  var terminated = false
  /// Whether every success term was met after this step.
  var succeeded = false

  init(simulation: Simulation, controlPeriod: Double, needsContactForces: Bool, memoryCount: Int, parameterCount: Int) {
    let model = simulation.model
    func zeros(_ count: Int) -> UnsafeMutableBufferPointer<Double> {
      let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: count)
      buffer.initialize(repeating: 0)
      return buffer
    }
    self.simulation = simulation
    positions = zeros(model.positionCount)
    velocities = zeros(model.velocityCount)
    startPositions = zeros(model.positionCount)
    startVelocities = zeros(model.velocityCount)
    action = zeros(model.controlCount)
    control = zeros(model.controlCount)
    previousControl = zeros(model.controlCount)
    motorControl = control
    parameters = zeros(parameterCount)
    contactForces = zeros(needsContactForces ? 6 * model.bodies.count : 0)
    memory = zeros(memoryCount)
    self.controlPeriod = controlPeriod
  }

  deinit {
    for buffer in [
      positions, velocities, startPositions, startVelocities, action, control, previousControl, parameters,
      contactForces, memory,
    ] {
      buffer.deallocate()
    }
  }

  /// Forgets what the terms remember and what was done in the last episode.
  func beginEpisode() {
    for buffer in [action, control, previousControl, memory] { buffer.update(repeating: 0) }
  }

  /// Where the step ended becomes where the next one starts.
  func beginStep() {
    _ = startPositions.update(fromContentsOf: positions)
    _ = startVelocities.update(fromContentsOf: velocities)
  }

  /// Pose of a body in the world after the step.
  func pose(ofBody body: Int) -> Pose { simulation.pose(ofBody: body) }

  /// The moment of a step that a term looks at.
  enum Moment: String, CaseIterable {
    case start, end
  }

  func position(_ index: Int, at moment: Moment) -> Double {
    moment == .end ? positions[index] : startPositions[index]
  }

  func velocity(_ index: Int, at moment: Moment) -> Double {
    moment == .end ? velocities[index] : startVelocities[index]
  }
}
