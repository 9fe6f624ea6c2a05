import Sinew

/// What the motors do: the sum over the actuated joints of |force · velocity| (W); give it a negative weight.
struct PowerReward: RewardTerm {
  static let name = "power"
  static let summary = "Sum over the actuated joints of |force · velocity| (W)."
  static let settings = [TaskReference.Key("above", "W", "0", "What costs nothing.")]
  static let example: String? = "above: 1, weight: -0.01"

  private let above: Double
  private let motors: [(joint: Int, velocity: Int)]

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    above = try settings.number("above", in: 0...1e6, default: 0)
    motors = context.model.actuators.compactMap { actuator in
      let name = context.model.joints[actuator.joint].name
      return context.coordinates.velocities.firstIndex(of: name).map { (actuator.joint, $0) }
    }
    guard !motors.isEmpty else { throw EnvironmentError("the term 'power' needs a motor on a named hinge or slide") }
  }

  func value(_ state: TaskState) -> Double {
    var power = 0.0
    for motor in motors {
      power += abs(state.simulation.actuatorForce(ofJoint: motor.joint) * state.velocities[motor.velocity])
    }
    return max(0, power - above)
  }
}
