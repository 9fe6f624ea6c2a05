import SinewPhysics

/// The force of contacts on every body but the world in the step's last timestep, in the model's order: torque about
/// the centre of mass of everything that moves (N·m), then force (N), in world axes (MuJoCo's `cfrc_ext`).
///
/// Settings: `clip`, a bound on the absolute value.
struct ContactForcesObservation: ObservationTerm {
  static let name = "contact_forces"
  private let clip: Double
  let componentCount: Int

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    clip = try settings.number("clip", in: 0 ... .infinity, default: .infinity)
    componentCount = 6 * (context.model.bodies.count - 1)
    context.needs.contactForces = true
  }

  var bounds: [ClosedRange<Float>] { Array(repeating: -Float(clip)...Float(clip), count: componentCount) }

  func write(_ state: TaskState, into observation: inout MutableSpan<Float>, at start: Int) {
    for index in 0..<componentCount {
      observation[start + index] = Float(min(max(state.contactForces[6 + index], -clip), clip))
    }
  }
}

/// Sum of the squared numbers of ``ContactForcesObservation``; give it a negative weight.
///
/// Settings: `clip`, a bound on the absolute value of each (default none); `at_most`, a bound on the sum (default
/// none).
struct ContactForcesSquaredReward: RewardTerm {
  static let name = "contact_forces_squared"
  private let clip: Double
  private let bound: Double

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    clip = try settings.number("clip", in: 0 ... .infinity, default: .infinity)
    bound = try settings.number("at_most", in: 0 ... .infinity, default: .infinity)
    context.needs.contactForces = true
  }

  func value(_ state: TaskState) -> Double {
    var sum = 0.0
    for force in state.contactForces {
      let clipped = min(max(force, -clip), clip)
      sum += clipped * clipped
    }
    return min(sum, bound)
  }
}

/// The force with which a joint's limit pushed in the step's last timestep, N or N·m.
///
/// Settings: `coordinate`, a hinge or slide; `clip`, a bound on the absolute value.
struct LimitForceObservation: ObservationTerm {
  static let name = "limit_force"
  private let index: Int
  private let clip: Double
  let labels: [String]

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    index = try settings.coordinate("coordinate", among: context.coordinates.velocities)
    labels = Self.labels([context.coordinates.velocities[index]])
    clip = try settings.number("clip", in: 0 ... .infinity, default: .infinity)
  }

  var bounds: [ClosedRange<Float>] { [-Float(clip)...Float(clip)] }
  var componentCount: Int { 1 }

  func write(_ state: TaskState, into observation: inout MutableSpan<Float>, at start: Int) {
    observation[start] = Float(min(max(state.simulation.limitForce(ofVelocity: index), -clip), clip))
  }
}

/// The forces of the motors at every hinge and slide, in the model's order (N, N·m): gear × strength × what the motor
/// got.
struct MotorForcesObservation: ObservationTerm {
  static let name = "motor_forces"
  /// For each component, the motors that make it up.
  private let motors: [[Int]]
  let labels: [String]

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    let model = context.model
    if let servo = model.actuators.first(where: { $0.positionGain != 0 || $0.velocityGain != 0 }) {
      throw EnvironmentError(
        "\(settings.file): \(settings.path) is for motors; the actuator '\(servo.name)' is a servo")
    }
    labels = Self.labels(model.joints.filter { [.hinge, .slide].contains($0.kind) }.map(\.name))
    motors = model.joints.indices.filter { [.hinge, .slide].contains(model.joints[$0].kind) }.map { joint in
      model.actuators.indices.filter { model.actuators[$0].joint == joint }
    }
  }

  var bounds: [ClosedRange<Float>] { motors.map { _ in -.infinity ... .infinity } }
  var componentCount: Int { motors.count }

  func write(_ state: TaskState, into observation: inout MutableSpan<Float>, at start: Int) {
    for (index, parts) in motors.enumerated() {
      var force = 0.0
      for action in parts {
        let gear = state.simulation.model.actuators[action].gear
        force += gear * state.simulation.model.actuators[action].controlGain * state.motorControl[action]
      }
      observation[start + index] = Float(force)
    }
  }
}

/// Inertia of every body but the world about the centre of mass of everything that moves, in world axes (MuJoCo's
/// `cinert`): Ixx, Iyy, Izz, Ixy, Ixz, Iyz (kg·m²), mass × the body's centre of mass as seen from that point (kg·m),
/// and mass (kg).
struct BodyInertiasObservation: ObservationTerm {
  static let name = "body_inertias"
  let componentCount: Int

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    componentCount = 10 * (context.model.bodies.count - 1)
  }

  var bounds: [ClosedRange<Float>] { Array(repeating: -.infinity ... .infinity, count: componentCount) }

  func write(_ state: TaskState, into observation: inout MutableSpan<Float>, at start: Int) {
    let simulation = state.simulation
    let centre = simulation.centreOfMass
    var next = start
    for body in 1..<(1 + componentCount / 10) {
      let mass = simulation.model.bodies[body].massProperties.mass
      let offset = simulation.centreOfMass(ofBody: body) - centre
      let inertia = simulation.inertia(ofBody: body) + .point(mass: mass, at: offset)
      for axis in 0..<3 {
        observation[next + axis] = Float(inertia.diagonal[axis])
        observation[next + 3 + axis] = Float(inertia.offDiagonal[axis])
        observation[next + 6 + axis] = Float(mass * offset[axis])
      }
      observation[next + 9] = Float(mass)
      next += 10
    }
  }
}

/// Velocity of every body but the world (MuJoCo's `cvel`): angular (rad/s), then linear of the point of the body that
/// is now at the centre of mass of everything that moves (m/s), in world axes.
struct BodyVelocitiesObservation: ObservationTerm {
  static let name = "body_velocities"
  let componentCount: Int

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    componentCount = 6 * (context.model.bodies.count - 1)
  }

  var bounds: [ClosedRange<Float>] { Array(repeating: -.infinity ... .infinity, count: componentCount) }

  func write(_ state: TaskState, into observation: inout MutableSpan<Float>, at start: Int) {
    let simulation = state.simulation
    let centre = simulation.centreOfMass
    for body in 1..<(1 + componentCount / 6) {
      let angular = simulation.angularVelocity(ofBody: body)
      let linear = simulation.velocity(ofBody: body, at: centre)
      for axis in 0..<3 {
        observation[start + 6 * (body - 1) + axis] = Float(angular[axis])
        observation[start + 6 * (body - 1) + 3 + axis] = Float(linear[axis])
      }
    }
  }
}

/// Mean velocity over the step of the centre of mass of everything that moves, m/s.
///
/// Settings: `axis`, x, y or z (default x).
struct CentreOfMassVelocityReward: RewardTerm {
  static let name = "centre_of_mass_velocity"
  private let axis: WorldAxis
  private let start: Int

  init(_ settings: TaskSettings, _ context: TermContext) throws {
    axis = try settings.choice("axis", default: .x)
    start = context.needs.memory()
  }

  func beginStep(_ state: TaskState) { state.memory[start] = state.simulation.centreOfMass[axis.index] }

  func value(_ state: TaskState) -> Double {
    (state.simulation.centreOfMass[axis.index] - state.memory[start]) / state.controlPeriod
  }
}
