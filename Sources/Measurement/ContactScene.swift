import SinewPhysics
import SinewTensor

/// Scenes of which theory knows the outcome, after Hwangbo and others' SimBenchmark: what the simulation gets wrong at
/// several timesteps and with several solvers, and how fast it is.
public struct ContactScene: Sendable {
  /// Which of them.
  public enum Name: String, CaseIterable, Sendable {
    /// A slab of 10 kg on 25 balls of 1 kg, pulled askew with 150 N for a second: a = F/(M + 0.35·n·m). The error is
    /// the root of the mean square of the slab's velocity less at, in % of the last.
    case rolling
    /// 25 elastic balls that fall 1 m and bounce for ten seconds. The error is what their energy has changed, in %.
    case bouncing
    /// 666 balls fall into a heap. The error is their mean overlap after a second, in % of a radius.
    case balls
    /// The same, elastic and without friction. The error is what their energy has changed after a second, in %.
    case elasticBalls = "elastic-balls"
    /// A ball of 10 m/s hits a block of 27 loose boxes, without gravity. The error is what the momentum has changed, in
    /// %.
    case momentum
    /// A chain of six links swings for five seconds. The error is the greatest change of its energy, in % of what it
    /// may fall by.
    case energy
  }

  /// Which it is.
  public let name: Name

  /// A scene.
  public init(_ name: Name) { self.name = name }

  /// Simulates the scene with a timestep (s) and a solver: `iterations` of the iterative one, or nil for the exact one.
  ///
  /// - Throws: what building the simulation throws; one that blows up is a row that says so.
  public func measure(timestep: Double, iterations: Int? = nil) throws -> ContactSceneRow {
    var row = ContactSceneRow(scene: name.rawValue, timestep: timestep, iterations: iterations)
    var configuration = SimulationConfiguration()
    configuration.iterations = iterations
    let text = "<mujoco><option timestep=\"\(timestep)\"/>\(description)</mujoco>"
    let simulation = try Simulation(model: Model(mjcf: text, name: name.rawValue), configuration: configuration)
    do {
      try begin(simulation)
      let (start, momentum) = (energy(simulation), self.momentum(simulation))
      let count = Int((duration / timestep).rounded())
      var (elapsed, sum, worst) = (0.0, 0.0, 0.0)
      for step in 1...count {
        let clock = threadTime
        try simulation.step(control: UnsafeBufferPointer<Double>(start: nil, count: 0).span, count: 1)
        elapsed += threadTime - clock
        row.contacts = max(row.contacts ?? 0, simulation.contacts.count)
        switch name {
        case .rolling:
          let ideal = Self.pull / (Self.slabMass + 0.35 * 25) * timestep * Double(step)
          let apart = simulation.linearVelocity(ofBody: 1) - ideal * Self.askew
          sum += (apart * apart).sum()
        case .energy: worst = max(worst, abs(energy(simulation) - start))
        default: break
        }
      }
      row.stepsPerSecond = Double(count) / elapsed
      switch name {
      case .rolling:
        row.error = (sum / Double(count)).squareRoot() / (Self.pull / (Self.slabMass + 0.35 * 25) * duration)
      case .bouncing, .elasticBalls: row.error = abs(energy(simulation) - start) / start
      case .balls:
        let depths = simulation.contacts.map(\.depth)
        row.error = depths.reduce(0, +) / Double(max(depths.count, 1)) / 0.1
      case .momentum:
        let change = self.momentum(simulation) - momentum
        row.error = (change * change).sum().squareRoot() / (momentum * momentum).sum().squareRoot()
      case .energy: row.error = worst / (simulation.model.bodies.reduce(0) { $0 + $1.mass } * 9.81 * 1.2)
      }
    } catch let error as SimulationError {
      row.failure = "\(error)"
    }
    return row
  }

  private static let pull = 150.0
  private static let slabMass = 10.0
  private static let askew = SIMD3(0.8, 0.6, 0)

  private var duration: Double {
    switch name {
    case .rolling, .balls, .elasticBalls, .momentum: 1
    case .bouncing: 10
    case .energy: 5
    }
  }

  private func begin(_ simulation: Simulation) throws {
    switch name {
    case .rolling: try simulation.addExternalForce(Self.pull * Self.askew, to: 1)
    case .momentum:
      var velocities = simulation.velocities
      velocities[0] = 10
      try simulation.setState(positions: simulation.positions, velocities: velocities)
    default: break
    }
  }

  // MARK: Models

  private func body(_ x: Double, _ y: Double, _ z: Double, _ geom: String) -> String {
    "<body pos=\"\(x) \(y) \(z)\"><freejoint/>\(geom)</body>"
  }

  private func grid(_ side: Int, _ count: Int, _ spacing: Double, _ lowest: Double, _ geom: String) -> String {
    (0..<count).map { index in
      let (layer, place) = (index / (side * side), index % (side * side))
      // Every layer a little aside, so that none stands on the other.
      let aside = 0.1 * spacing * Double(layer % 3)
      return body(
        spacing * (Double(place % side) - Double(side - 1) / 2) + aside,
        spacing * (Double(place / side) - Double(side - 1) / 2) + aside, lowest + spacing * Double(layer), geom)
    }.joined()
  }

  private var description: String {
    let floor = "<geom type=\"plane\" size=\"0 0 1\"/>"
    let elastic = "<default><geom solref=\"-20000 0\" solimp=\"0.999 0.999 0.001\" condim=\"1\"/></default>"
    switch name {
    case .rolling:
      return "<default><geom friction=\"0.8\"/></default><worldbody>\(floor)"
        + body(0, 0, 1.5, "<geom type=\"box\" size=\"8 8 0.5\" mass=\"\(Self.slabMass)\"/>")
        + grid(5, 25, 2, 0.5, "<geom size=\"0.5\" mass=\"1\"/>") + "</worldbody>"
    case .bouncing:
      return elastic + "<worldbody>\(floor)" + grid(5, 25, 2, 1.5, "<geom size=\"0.5\"/>") + "</worldbody>"
    case .balls: return "<worldbody>\(floor)" + grid(9, 666, 0.21, 0.2, "<geom size=\"0.1\"/>") + "</worldbody>"
    case .elasticBalls:
      return elastic + "<worldbody>\(floor)" + grid(9, 666, 0.21, 0.2, "<geom size=\"0.1\"/>") + "</worldbody>"
    case .momentum:
      return "<option gravity=\"0 0 0\"/><worldbody>" + body(-2, 0.03, 0.24, "<geom size=\"0.1\" density=\"5000\"/>")
        + grid(3, 27, 0.201, 0, "<geom type=\"box\" size=\"0.1 0.1 0.1\"/>") + "</worldbody>"
    case .energy:
      let link = "<joint axis=\"0 1 0\"/><geom type=\"capsule\" size=\"0.02\" fromto=\"0 0 0 0.2 0 0\" contype=\"0\"/>"
      return "<worldbody><body>\(link)"
        + String(repeating: "<body pos=\"0.2 0 0\">\(link)", count: 5) + String(repeating: "</body>", count: 6)
        + "</worldbody>"
    }
  }

  // MARK: What stays

  private func energy(_ simulation: Simulation) -> Double {
    var sum = 0.0
    for (index, body) in simulation.model.bodies.enumerated() where body.mass > 0 {
      let velocity = simulation.velocityOfCentre(ofBody: index)
      let spin = simulation.angularVelocity(ofBody: index)
      sum += body.mass * (velocity * velocity).sum() / 2
      sum += (spin * simulation.inertia(ofBody: index).apply(spin)).sum() / 2
      sum -= body.mass * (simulation.model.gravity * simulation.centreOfMass(ofBody: index)).sum()
    }
    return sum
  }

  private func momentum(_ simulation: Simulation) -> SIMD3<Double> {
    simulation.model.bodies.indices.reduce(.zero) {
      $0 + simulation.model.bodies[$1].mass * simulation.velocityOfCentre(ofBody: $1)
    }
  }
}

/// What ``ContactScene`` found; nil where it blew up.
public struct ContactSceneRow: Codable, Sendable {
  /// The scene's name.
  public var scene: String
  /// Seconds per step.
  public var timestep: Double
  /// Iterations of the iterative solver; nil for the exact one.
  public var iterations: Int?
  /// How far from theory, as a share; see ``ContactScene/Name``.
  public var error: Double?
  /// The most contacts at once.
  public var contacts: Int?
  /// Steps a second of one thread's processor time.
  public var stepsPerSecond: Double?
  /// Why the simulation could not go on.
  public var failure: String?
}
