import SinewPhysics

/// What the terms of a task look at: the robot before and after a control step, and what was asked of it.
///
/// Memory is fixed at the start, so that reading and writing it never allocates.
final class TaskState {
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
  /// The action clamped to the action space: what the motors got.
  let control: UnsafeMutableBufferPointer<Double>
  /// Seconds per step.
  let controlPeriod: Double
  /// Whether a termination term ended the episode in this step.
  var terminated = false
  /// Whether every success term was met after this step.
  var succeeded = false
  private let simulation: Simulation

  init(_ simulation: Simulation, controlPeriod: Double) {
    let model = simulation.model
    self.simulation = simulation
    func zeros(_ count: Int) -> UnsafeMutableBufferPointer<Double> {
      let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: count)
      buffer.initialize(repeating: 0)
      return buffer
    }
    positions = zeros(model.positionCount)
    velocities = zeros(model.velocityCount)
    startPositions = zeros(model.positionCount)
    startVelocities = zeros(model.velocityCount)
    action = zeros(model.controlCount)
    control = zeros(model.controlCount)
    self.controlPeriod = controlPeriod
  }

  deinit {
    for buffer in [positions, velocities, startPositions, startVelocities, action, control] { buffer.deallocate() }
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
