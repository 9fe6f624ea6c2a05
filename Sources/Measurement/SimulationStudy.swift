import SinewEnvironments
import SinewPhysics
import SinewTensor

/// Measures what a robot's simulation gets wrong at several timesteps and with several solvers, and how fast it is.
public struct SimulationStudy {
  /// The robot's task, whose model and control period are used.
  public let definition: TaskDefinition
  /// Simulated seconds of each measurement.
  public var seconds = 5.0
  /// The generator's seed: of controls and of velocities to begin with.
  public var seed: UInt64 = 1

  /// A study of an environment's robot: a catalogue name or the path of a task file.
  ///
  /// - Throws: what ``EnvironmentCatalogue/definition(_:)`` throws.
  public init(_ nameOrPath: String) throws { definition = try EnvironmentCatalogue.definition(nameOrPath) }

  /// Measures with a timestep (s) and a solver: `iterations` of the iterative one, or nil for the exact one.
  ///
  /// - Throws: what building the simulation throws; one that blows up is a row that says so.
  public func measure(timestep: Double, iterations: Int? = nil) throws -> SimulationStudyRow {
    var row = SimulationStudyRow(env: definition.name, timestep: timestep, iterations: iterations)
    do {
      row.energyDrift = try energyDrift(timestep, iterations)
      try measureRandomControls(timestep, iterations, &row)
      row.slip = try slip(timestep, iterations)
    } catch let error as SimulationError {
      guard case .unstable = error else { throw error }
      row.failure = "\(error)"
    }
    return row
  }

  private func simulation(_ model: Model, _ timestep: Double, _ iterations: Int?) throws -> Simulation {
    var model = model
    model.timestep = timestep
    var configuration = SimulationConfiguration()
    configuration.iterations = iterations
    return try Simulation(model: model, configuration: configuration)
  }

  /// The robot without contacts, motors, damping, springs, limits, fluid and gravity, set swinging: its energy must
  /// stay. A share of it.
  private func energyDrift(_ timestep: Double, _ iterations: Int?) throws -> Double {
    var model = definition.model
    model.gravity = .zero
    model.fluid = nil
    model.actuators = []
    for index in model.geometries.indices {
      (model.geometries[index].contactType, model.geometries[index].contactAffinity) = (0, 0)
    }
    for index in model.joints.indices {
      (model.joints[index].damping, model.joints[index].stiffness, model.joints[index].range) = (0, 0, nil)
    }
    let simulation = try simulation(model, timestep, iterations)
    var generator = RandomGenerator(seed: seed)
    let velocities = (0..<model.velocityCount).map { _ in generator.normal() }
    try simulation.setState(positions: model.initialPositions, velocities: velocities)
    let start = kineticEnergy(simulation)
    var worst = 0.0
    for _ in 0..<Int((1 / timestep).rounded()) {
      try simulation.step(control: UnsafeBufferPointer<Double>(start: nil, count: 0).span, count: 1)
      worst = max(worst, abs(kineticEnergy(simulation) - start))
    }
    return worst / start
  }

  private func kineticEnergy(_ simulation: Simulation) -> Double {
    var sum = 0.0
    for (index, body) in simulation.model.bodies.enumerated() where body.mass > 0 {
      let velocity = simulation.velocityOfCentre(ofBody: index)
      let spin = simulation.angularVelocity(ofBody: index)
      sum += body.mass * (velocity * velocity).sum() / 2
      sum += (spin * simulation.inertia(ofBody: index).apply(spin)).sum() / 2
    }
    // Rotors.
    let velocities = simulation.velocities
    for (index, joint) in simulation.model.joints.enumerated() where joint.armature > 0 {
      let rate = velocities[simulation.model.velocityIndex(ofJoint: index)]
      sum += joint.armature * rate * rate / 2
    }
    return sum
  }

  /// Uniformly random controls, each held for a control period.
  private func measureRandomControls(
    _ timestep: Double, _ iterations: Int?, _ row: inout SimulationStudyRow
  ) throws {
    let simulation = try simulation(definition.model, timestep, iterations)
    let model = simulation.model
    var generator = RandomGenerator(seed: seed)
    let held = max(1, Int((definition.controlPeriod / timestep).rounded()))
    var control = [Double](repeating: 0, count: model.controlCount)
    var (depths, steps, elapsed) = (0.0, 0, 0.0)
    for period in 0..<Int((seconds / definition.controlPeriod).rounded(.up)) {
      for (index, actuator) in model.actuators.enumerated() {
        control[index] = generator.uniform(actuator.controlRange ?? 0...0)
      }
      elapsed += try SinewMeasurement.seconds { try simulation.step(control: control.span, count: held) }
      steps += held
      row.jointError = max(row.jointError ?? 0, simulation.jointError)
      // What the model begins with in the ground isn't the solver's.
      guard Double(period) * definition.controlPeriod > 0.5 else { continue }
      let deepest = simulation.contacts.map(\.depth).max() ?? 0
      row.penetration = max(row.penetration ?? 0, deepest)
      depths += deepest
    }
    row.stepsPerSecond = Double(steps) / elapsed
  }

  /// How fast what carries the robot moves over the ground while nothing is asked of it, m/s: the fastest contact's
  /// mean over the last of four seconds.
  private func slip(_ timestep: Double, _ iterations: Int?) throws -> Double? {
    let simulation = try simulation(definition.model, timestep, iterations)
    let control = [Double](repeating: 0, count: simulation.model.controlCount)
    let weight = simulation.model.bodies.reduce(0) { $0 + $1.mass } * 9.81
    try simulation.step(control: control.span, count: Int((3 / timestep).rounded()))
    var (sum, count) = (0.0, 0)
    for _ in 0..<Int((1 / timestep).rounded()) {
      try simulation.step(control: control.span, count: 1)
      let speeds = simulation.contacts.filter { $0.normalForce > 0.05 * weight }.map { contact in
        let bodies = [contact.first, contact.second].map { simulation.model.geometries[$0].body }
        let apart =
          simulation.velocity(ofBody: bodies[0], at: contact.position)
          - simulation.velocity(ofBody: bodies[1], at: contact.position)
        let along = apart - (apart * contact.normal).sum() * contact.normal
        return (along * along).sum().squareRoot()
      }
      guard let fastest = speeds.max() else { continue }
      (sum, count) = (sum + fastest, count + 1)
    }
    return count > 0 ? sum / Double(count) : nil
  }
}

/// What ``SimulationStudy`` found; nil where there is nothing to measure or it blew up.
public struct SimulationStudyRow: Codable, Sendable {
  /// The environment's name.
  public var env: String
  /// Seconds per step of the simulation.
  public var timestep: Double
  /// Iterations of the iterative solver; nil for the exact one.
  public var iterations: Int?
  /// Greatest change of the energy within a second of swinging freely, as a share of it.
  public var energyDrift: Double?
  /// Farthest that a step under random controls took a link off its joint, m.
  public var jointError: Double?
  /// Greatest depth of a contact under random controls after half a second, m.
  public var penetration: Double?
  /// Mean speed over the ground of the fastest contact at rest, m/s.
  public var slip: Double?
  /// Steps of the physics a second on one thread under random controls.
  public var stepsPerSecond: Double?
  /// Why the simulation could not go on.
  public var failure: String?
}
