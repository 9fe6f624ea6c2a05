import SinewPhysics

/// The action of the step before, clamped to the action space; zero when an episode begins.
struct PreviousActionObservation: ObservationTerm {
  static let name = "previous_action"
  let bounds: [ClosedRange<Float>]
  let componentCount: Int
  let labels: [String]

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    bounds = context.model.actuators.map { actuator in
      let range = actuator.controlRange ?? 0...0
      return Float(min(range.lowerBound, 0))...Float(max(range.upperBound, 0))
    }
    componentCount = bounds.count
    labels = Self.labels(context.model.actuators.map(\.name))
  }

  func write(_ state: TaskState, into observation: inout MutableSpan<Float>, at start: Int) {
    for index in 0..<componentCount { observation[start + index] = Float(state.control[index]) }
  }
}

/// Sum of the squared differences between this step's clamped action and the last one's; give it a negative weight.
struct ActionRateSquaredReward: RewardTerm {
  static let name = "action_rate_squared"

  init(_ settings: TaskSettings, _ context: TermContext) throws {}

  func value(_ state: TaskState) -> Double {
    var sum = 0.0
    for index in state.control.indices {
      let change = state.control[index] - state.previousControl[index]
      sum += change * change
    }
    return sum
  }
}

/// Sum over the joints of the squared force of their actuators in the step's last timestep (N², N²·m²); give it a
/// negative weight.
struct TorqueSquaredReward: RewardTerm {
  static let name = "torque_squared"
  private let joints: [Int]

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    joints = Set(context.model.actuators.map(\.joint)).sorted()
  }

  func value(_ state: TaskState) -> Double {
    var sum = 0.0
    for joint in joints {
      let force = state.simulation.actuatorForce(ofJoint: joint)
      sum += force * force
    }
    return sum
  }
}

/// Sum of the squared mean accelerations over the step (rad²/s⁴, m²/s⁴); give it a negative weight.
///
/// Settings: `only` or `except`, lists of coordinates.
struct AccelerationSquaredReward: RewardTerm {
  static let name = "acceleration_squared"
  private let indices: [Int]

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    indices = try settings.selection(among: context.coordinates.velocities)
  }

  func value(_ state: TaskState) -> Double {
    var sum = 0.0
    for index in indices {
      let acceleration = (state.velocities[index] - state.startVelocities[index]) / state.controlPeriod
      sum += acceleration * acceleration
    }
    return sum
  }
}
