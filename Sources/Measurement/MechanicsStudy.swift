import Foundation
import SinewPhysics

/// Scenes of which it is known what stays or where they go, for the cost of an error: timesteps and solvers side by
/// side.
public struct MechanicsScene: Sendable {
  /// What the scene is called.
  public let name: String
  /// What moves, with the timestep that multiples are of.
  public let model: Model
  let positions: [Double]
  let velocities: [Double]
  let seconds: Double
  /// Whether the energy stays, and the momentum.
  let keepsEnergy: Bool
  let keepsMomentum: Bool
  /// Servos' targets at a time, s.
  let control: @Sendable (Double) -> [Double]

  /// A scene that nothing drives.
  init(
    _ name: String, _ content: String, timestep: Double = 0.002, positions: [Double]? = nil,
    velocities: [Double]? = nil,
    seconds: Double = 5, couplings: [Model.JointCoupling] = [], keepsMomentum: Bool = false
  ) throws {
    var model = try Model(
      mjcf: """
        <mujoco><option timestep="\(timestep)" gravity="0 0 \(keepsMomentum ? 0 : -9.81)"/>
        <default><geom contype="0" conaffinity="0"/></default>\(content)</mujoco>
        """, name: name)
    model.jointCouplings = couplings
    self.name = name
    self.positions = positions ?? model.initialPositions
    self.velocities = velocities ?? [Double](repeating: 0, count: model.velocityCount)
    self.seconds = seconds
    self.keepsMomentum = keepsMomentum
    self.model = model
    keepsEnergy = true
    control = { _ in [] }
  }

  /// A robot on the ground whose joints servos drive to and fro about its pose.
  init(
    _ name: String, robot: Model, stiffness: Double, damping: Double, amplitude: Double, timestep: Double,
    seconds: Double
  ) {
    var model = robot
    model.timestep = timestep
    model.servosAreImplicit = true
    model.actuators = robot.actuators.map { old in
      var servo = Model.Actuator(name: old.name, joint: old.joint)
      (servo.controlGain, servo.positionGain, servo.velocityGain) = (stiffness, stiffness, damping)
      return servo
    }
    let middles = model.actuators.map { servo in
      let joint = model.joints[servo.joint]
      return min(max(joint.reference, joint.range?.lowerBound ?? -10), joint.range?.upperBound ?? 10)
    }
    (self.name, self.model, self.seconds) = (name, model, seconds)
    positions = model.initialPositions
    velocities = [Double](repeating: 0, count: model.velocityCount)
    (keepsEnergy, keepsMomentum) = (false, false)
    control = { time in
      middles.enumerated().map { $1 + amplitude * sin(2 * .pi * time + Double($0)) - amplitude * sin(Double($0)) }
    }
  }
}

extension MechanicsScene {
  /// The scenes; the two robots are given as models.
  ///
  /// - Throws: nothing that a caller could mend.
  public static func all(quadruped: Model, humanoid: Model) throws -> [MechanicsScene] {
    func rod(_ joint: String, _ at: String, _ inner: String = "") -> String {
      "<body pos=\"\(at)\"><joint \(joint)/><geom type=\"capsule\" size=\"0.03\" fromto=\"0 0 0 0 0 -0.4\"/>\(inner)</body>"
    }
    func chain(_ count: Int, _ joints: [String]) -> String {
      (0..<count).reversed().reduce("") { rod(joints[$1 % joints.count], $1 == 0 ? "0 0 0" : "0 0 -0.4", $0) }
    }
    let hinges = ["axis=\"0 1 0\"", "axis=\"1 0 0\""]
    let flat = ["axis=\"0 1 0\""]
    return [
      try MechanicsScene("pendulum", "<worldbody>\(chain(1, flat))</worldbody>", positions: [2]),
      try MechanicsScene("acrobot", "<worldbody>\(chain(2, flat))</worldbody>", positions: [1.5, 0.5], seconds: 3),
      try MechanicsScene(
        "arm of six hinges", "<worldbody>\(chain(6, hinges))</worldbody>", positions: [1, 0.3, -0.2, 0.3, 0.2, -0.1],
        seconds: 1),
      try MechanicsScene(
        "tumbling body",
        "<worldbody><body><freejoint/><inertial pos=\"0 0 0\" mass=\"2\" diaginertia=\"0.2 0.5 0.6\"/></body></worldbody>",
        velocities: [0.3, -0.2, 0.1, 2, 0, 3], keepsMomentum: true),
      try MechanicsScene(
        "floating chain",
        """
        <worldbody><body><freejoint/><geom type="box" size="0.2 0.1 0.1"/>
        \(rod("type=\"ball\"", "0.2 0 0", rod(flat[0], "0 0 -0.4")))\(rod("axis=\"1 0 0\"", "-0.2 0 0"))</body></worldbody>
        """, velocities: [0.5, 0, 0.2, 1, 2, 3, 2, -1, 1, 4, -3], seconds: 1, keepsMomentum: true),
      try MechanicsScene(
        "parallelogram (connect)",
        """
        <worldbody><body name="one"><joint axis="0 1 0"/><geom type="capsule" size="0.03" fromto="0 0 0 0 0 -0.4"/>
        <body name="bar" pos="0 0 -0.4"><joint axis="0 1 0"/><geom type="capsule" size="0.03" fromto="0 0 0 0.5 0 0"/></body>
        </body><body name="two" pos="0.5 0 0"><joint axis="0 1 0"/>
        <geom type="capsule" size="0.03" fromto="0 0 0 0 0 -0.4"/></body></worldbody>
        <equality><connect body1="bar" body2="two" anchor="0.5 0 0"/></equality>
        """, positions: [1, -1, 1]),
      try MechanicsScene(
        "two rods (weld)",
        """
        <worldbody><body name="high"><joint axis="0 1 0"/><geom type="capsule" size="0.03" fromto="0 0 0 0.4 0 0"/></body>
        <body name="low" pos="0.4 0 0"><freejoint/><geom type="capsule" size="0.03" fromto="0 0 0 0.4 0 0"/></body></worldbody>
        <equality><weld body1="high" body2="low"/></equality>
        """),
      try MechanicsScene(
        "geared pendulums (coupling)", "<worldbody>\(rod(flat[0], "0 0 0"))\(rod(flat[0], "1 0 0"))</worldbody>",
        positions: [1, -0.5], couplings: [.init(name: "gears", follower: 1, leader: 0, polynomial: [0, -0.5])]),
      MechanicsScene(
        "quadruped under PD", robot: quadruped, stiffness: 50, damping: 1, amplitude: 0.1, timestep: 0.004, seconds: 1),
      MechanicsScene(
        "humanoid under PD", robot: humanoid, stiffness: 200, damping: 10, amplitude: 0.1, timestep: 0.004, seconds: 1),
    ]
  }

  /// One timestep and solver: `iterations` of the iterative one, or nil for the exact one.
  public func measure(timestep: Double, iterations: Int? = nil) -> MechanicsRow {
    var row = MechanicsRow(scene: name, timestep: timestep, iterations: iterations)
    do {
      let truth = try run(timestep: MechanicsScene.period / 64, iterations: nil)
      let found = try run(timestep: timestep, iterations: iterations)
      let squares = zip(found.states, truth.states).map {
        zip($0, $1).reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      }
      row.error = (squares.reduce(0, +) / Double(squares.count * max(1, found.states[0].count))).squareRoot()
      if keepsEnergy { row.energyDrift = found.energyDrift }
      if keepsMomentum { row.momentumDrift = found.momentumDrift }
      row.stepsPerSecond = found.stepsPerSecond
      row.timesRealTime = found.stepsPerSecond * timestep
    } catch { row.failure = "\(error)" }
    return row
  }

  /// Controls change and states are compared this often, s.
  static let period = 0.008

  private struct Run {
    var states: [[Double]] = []
    var energyDrift = 0.0
    var momentumDrift = 0.0
    var stepsPerSecond = 0.0
  }

  private func run(timestep: Double, iterations: Int?) throws -> Run {
    var model = model
    model.timestep = timestep
    var configuration = SimulationConfiguration()
    configuration.iterations = iterations
    let simulation = try Simulation(model: model, configuration: configuration)
    try simulation.setState(positions: positions, velocities: velocities)
    let held = Int((MechanicsScene.period / timestep).rounded())
    let start = Mechanics(simulation)
    // The kinetic energy that there is to lose, where nothing falls the first; else what the scene turns over.
    var turnedOver = start.kinetic
    var result = Run()
    var elapsed = 0.0
    let periods = Int((seconds / MechanicsScene.period).rounded())
    for period in 0..<periods {
      let control = control(Double(period) * MechanicsScene.period)
      let clock = threadTime
      try simulation.step(control: control.span, count: held)
      elapsed += threadTime - clock
      result.states.append(simulation.positions)
      let now = Mechanics(simulation)
      turnedOver = max(turnedOver, now.kinetic)
      result.energyDrift = max(result.energyDrift, abs(now.kinetic + now.potential - start.kinetic - start.potential))
      let lost = (now.angular - start.angular, now.linear - start.linear)
      let scale = length(start.angular) + length(start.linear)
      result.momentumDrift = max(result.momentumDrift, (length(lost.0) + length(lost.1)) / max(scale, 1e-12))
    }
    result.energyDrift /= max(turnedOver, 1e-12)
    result.stepsPerSecond = Double(periods * held) / max(elapsed, 1e-9)
    return result
  }
}

private func length(_ v: SIMD3<Double>) -> Double { (v * v).sum().squareRoot() }

/// What a moving system has of energy (J) and momentum (N·s, N·m·s about the world's origin).
struct Mechanics {
  var kinetic = 0.0
  var potential = 0.0
  var linear = SIMD3<Double>.zero
  var angular = SIMD3<Double>.zero

  init(_ simulation: Simulation) {
    for (index, body) in simulation.model.bodies.enumerated() where body.mass > 0 {
      let velocity = simulation.velocityOfCentre(ofBody: index)
      let spin = simulation.angularVelocity(ofBody: index)
      let momentum = simulation.inertia(ofBody: index).apply(spin)
      let at = simulation.centreOfMass(ofBody: index)
      kinetic += body.mass * (velocity * velocity).sum() / 2 + (spin * momentum).sum() / 2
      potential -= body.mass * (simulation.model.gravity * at).sum()
      let pushed = body.mass * velocity
      linear += pushed
      angular += momentum
      angular += SIMD3(
        at.y * pushed.z - at.z * pushed.y, at.z * pushed.x - at.x * pushed.z, at.x * pushed.y - at.y * pushed.x)
    }
    // Rotors.
    let velocities = simulation.velocities
    for (index, joint) in simulation.model.joints.enumerated() where joint.armature > 0 {
      let rate = velocities[simulation.model.velocityIndex(ofJoint: index)]
      kinetic += joint.armature * rate * rate / 2
    }
  }
}

/// What ``MechanicsScene/measure(timestep:iterations:)`` found; nil where there is nothing to measure.
public struct MechanicsRow: Codable, Sendable {
  /// The scene's name.
  public var scene: String
  /// Seconds per step.
  public var timestep: Double
  /// Iterations of the iterative solver; nil for the exact one.
  public var iterations: Int?
  /// Root mean square of the difference of all positions from those of the exact solver with a step of 0.125 ms, rad or
  /// m.
  public var error: Double?
  /// Greatest change of the energy, as a share of the most kinetic energy there was.
  public var energyDrift: Double?
  /// Greatest change of the momenta, as a share of them.
  public var momentumDrift: Double?
  /// Steps a second on one thread.
  public var stepsPerSecond: Double?
  /// Simulated seconds in a second.
  public var timesRealTime: Double?
  /// Why the simulation could not go on.
  public var failure: String?
}
