import SinewEnvironments
import SinewPhysics
import SinewTensor
import SinewTestSupport
import Testing

/// Parameters of tasks: what they change, what they leave alone, and that everything is reproducible under them.
@Suite struct ParameterTests {
  private func make(_ name: String, _ assignments: String...) throws -> TaskEnvironment {
    let environment = try TaskEnvironment(EnvironmentCatalogue.definition(name))
    try environment.setParameters(assignments.map { try ParameterAssignment($0) })
    return environment
  }

  private func model(_ name: String, _ assignment: String) throws -> Model {
    let environment = try make(name, assignment)
    _ = try environment.reset(seed: 1)
    return environment.simulation.map(\.model) ?? Model(name: "")
  }

  /// Observations and positions of random steps.
  private func trace(
    _ environment: TaskEnvironment, seed: UInt64? = 3, steps: Int = 60, actionSeed: UInt64 = 1
  ) throws -> [UInt64] {
    var actions = RandomActions(environment, seed: actionSeed)
    var seen = try environment.reset(seed: seed).map { UInt64($0.bitPattern) }
    for _ in 0..<steps {
      let (observation, outcome) = try environment.step(actions.next())
      seen += observation.map { UInt64($0.bitPattern) } + [outcome.reward.bitPattern]
      seen += (environment.simulation?.positions ?? []).map(\.bitPattern)
      if outcome.ended { seen += try environment.reset().map { UInt64($0.bitPattern) } }
    }
    return seen
  }

  // MARK: What they change

  @Test func factorsReachTheModel() throws {
    let plain = try EnvironmentCatalogue.definition("hopper").model
    let thigh = try #require(plain.body(named: "thigh"))
    var heavy = try model("hopper", "mass=2")
    #expect(heavy.bodies[thigh].mass == 2 * plain.bodies[thigh].mass)
    #expect(heavy.bodies[thigh].inertia.diagonal == 2 * plain.bodies[thigh].inertia.diagonal)
    heavy = try model("hopper", "mass.thigh=2")
    #expect(heavy.bodies[thigh].mass == 2 * plain.bodies[thigh].mass)
    #expect(heavy.bodies[1] == plain.bodies[1])
    #expect(try model("hopper", "gravity=0.5").gravity == plain.gravity / 2)
    let foot = try #require(plain.geometry(named: "foot"))
    #expect(
      try model("hopper", "friction.foot=0.25").geometries[foot].friction == 0.25 * plain.geometries[foot].friction)
    #expect(
      try model("hopper", "contact_softness=2").geometries[foot].softness.reference.x
        == 2 * plain.geometries[foot].softness.reference.x)
    let knee = try #require(plain.joint(named: "leg_joint"))
    #expect(try model("hopper", "damping=3").joints[knee].damping == 3 * plain.joints[knee].damping)
    #expect(try model("hopper", "armature=3").joints[knee].armature == 3 * plain.joints[knee].armature)
    #expect(try model("hopper", "limit_softness.leg_joint=3").joints[knee].limitSoftness.reference.x == 0.06)
    #expect(try model("half-cheetah", "stiffness=0").joints.allSatisfy { $0.stiffness == 0 })
    #expect(try model("hopper", "motor_strength.leg=0").actuators.map(\.controlGain) == [1, 0, 1])
  }

  /// A robot in the air falls half as fast at half the gravity.
  @Test func gravityActs() throws {
    func speed(_ gravity: Double) throws -> Double {
      let environment = try make("ant", "gravity=\(gravity)")
      _ = try environment.reset(seed: 1)
      let simulation = try #require(environment.simulation)
      var positions = simulation.model.initialPositions
      positions[2] = 10
      try simulation.setState(positions: positions, velocities: [Double](repeating: 0, count: 14))
      _ = try environment.step([Float](repeating: 0, count: 8))
      return simulation.centreOfMassVelocity.z
    }
    for gravity in [1, 0.5, 0] { #expect(abs(try speed(gravity) + 9.81 * gravity * 0.05) < 1e-9) }
  }

  @Test func motorsWithoutStrengthDoNothing() throws {
    let (weak, idle) = (try make("pendulum", "motor_strength=0"), try make("pendulum"))
    _ = try weak.reset(seed: 1)
    _ = try idle.reset(seed: 1)
    for _ in 0..<20 { #expect(try weak.step([2]).observation == idle.step([0]).observation) }
  }

  /// A changed environment has the bits of a simulation that was made of the changed model in the first place.
  @Test func anEpisodeIsThatOfAFreshWorld() throws {
    let environment = try make("hopper", "mass=uniform:0.5,2", "friction=0.7", "damping=2")
    for _ in 0..<3 { _ = try environment.reset() }
    let used = try #require(environment.simulation)
    let fresh = try Simulation(model: used.model)
    try fresh.setState(positions: used.positions, velocities: used.velocities)
    try used.setState(positions: used.positions, velocities: used.velocities)
    for step in 0..<100 {
      let control = [0.5, -0.3, Double(step % 7) / 7]
      try used.step(control: control.span, count: 4)
      try fresh.step(control: control.span, count: 4)
    }
    #expect(used.positions == fresh.positions && used.velocities == fresh.velocities)
  }

  // MARK: What they leave alone

  /// Set to its default, every parameter of every environment leaves every bit as it was.
  @Test(arguments: EnvironmentCatalogue.names) func defaultsChangeNothing(_ name: String) throws {
    let plain = try make(name)
    let expected = try trace(plain)
    let set = try make(name)
    // What the task's own file sets is no default.
    let free = set.parameters.filter { !$0.isSet }
    for parameter in free { try set.setParameter(parameter.name, to: parameter.defaultValue) }
    #expect(set.parameters.allSatisfy { $0.isSet })
    #expect(try trace(set) == expected)
    for parameter in free { try set.releaseParameter(parameter.name) }
    #expect(try trace(set) == expected)
    #expect(set.parameters.count { !$0.isSet } == free.count)
  }

  @Test func oneIsDrawnWithoutRegardToTheOthers() throws {
    func draw(_ assignments: String...) throws -> (observations: [[Float]], masses: [Double]) {
      let environment = try make("hopper")
      try environment.setParameters(assignments.map { try ParameterAssignment($0) })
      var observations = [try environment.reset(seed: 4)]
      var masses: [Double] = []
      for _ in 0..<5 {
        masses.append(environment.parameters.first { $0.name == "mass" }?.value ?? 0)
        observations.append(try environment.reset())
      }
      return (observations, masses)
    }
    let alone = try draw("mass=uniform:0.5,2"), both = try draw("friction=uniform:0.5,2", "mass=uniform:0.5,2")
    #expect(alone.masses == both.masses && Set(alone.masses).count == 5)
    #expect(alone.masses.allSatisfy { (0.5...2).contains($0) })
    #expect(try draw().observations == both.observations)
  }

  @Test func anOverrideHoldsUntilReleased() throws {
    let environment = try make("hopper", "mass=3")
    func mass() throws -> Double {
      _ = try environment.reset()
      return environment.simulation?.model.bodies[1].mass ?? 0
    }
    let plain = environment.definition.model.bodies[1].mass
    #expect(try mass() == 3 * plain && mass() == 3 * plain)
    // Not before the next episode.
    try environment.setParameter("mass", to: 2)
    #expect(environment.simulation?.model.bodies[1].mass == 3 * plain)
    #expect(try mass() == 2 * plain)
    try environment.releaseParameter("mass")
    #expect(try mass() == plain)
  }

  @Test func unknownOnesAreErrors() throws {
    let environment = try make("hopper")
    func error(_ text: String) -> String { message { try environment.setParameters([ParameterAssignment(text)]) } }
    #expect(error("fricton=1") == "unknown parameter of hopper 'fricton'; did you mean 'friction'?")
    #expect(error("mass.torzo=1") == "unknown parameter of hopper 'mass.torzo'; did you mean 'mass.torso'?")
    #expect(error("mass=0") == "parameter mass of hopper: 0 is outside of 0.001 to 1000")
    #expect(error("mass") == "'mass': expected name=value, such as friction=0.5 or mass=uniform:0.8,1.2")
    #expect(error("mass=uniform:1") == "mass: uniform takes two numbers, low and high")
    #expect(
      message { try environment.releaseParameter("mas") } == "unknown parameter of hopper 'mas'; did you mean 'mass'?")
    #expect(message { try PointEnvironment().setParameter("mass", to: 1) }.hasPrefix("point has no parameters"))
  }

  // MARK: Reproducibility

  private static let everything = [
    "mass=uniform:0.8,1.2", "friction=log_uniform:0.5,2", "motor_strength=normal:1,0.1", "action_noise=0.1",
    "action_latency=choice:0,0.003,0.01", "observation_latency=choice:0,0.02,0.05", "observation_noise=0.01",
    "pushes.force=uniform:1,3", "pushes.interval=uniform:0.05,0.2", "pushes.duration=0.05",
  ]

  private func disturbed(_ name: String) throws -> TaskEnvironment {
    let environment = try make(name)
    try environment.setParameters(Self.everything.map { try ParameterAssignment($0) })
    return environment
  }

  /// Same seed, same bits; snapshots with everything in force; wrong input: what any environment must keep.
  @Test(arguments: EnvironmentCatalogue.names) func everyEnvironmentKeepsItsPromises(_ name: String) throws {
    #expect(checkEnvironment(try disturbed(name), steps: name == "humanoid" ? 60 : 150) == [])
  }

  /// A snapshot carries what was set with it: an environment that knows nothing of it goes on with the same bits.
  @Test(arguments: EnvironmentCatalogue.names) func aSnapshotCarriesParameters(_ name: String) throws {
    let first = try disturbed(name), second = try make(name)
    _ = try trace(first, steps: 25)
    if let body = first.definition.model.joints.first.map({ first.definition.model.bodies[$0.body].name }) {
      if try first.step([Float](repeating: 0, count: first.actionSpace.count)).outcome.ended { _ = try first.reset() }
      try first.applyDisturbance(SIMD3(1, 0.5, 0), to: body)
    }
    let snapshot = first.snapshot()
    func record(_ environment: TaskEnvironment) throws -> [UInt64] {
      var actions = RandomActions(environment, seed: 9)
      var seen: [UInt64] = []
      for _ in 0..<50 {
        let (observation, outcome) = try environment.step(actions.next())
        seen += observation.map { UInt64($0.bitPattern) } + [outcome.reward.bitPattern]
        if outcome.ended { seen += try environment.reset().map { UInt64($0.bitPattern) } }
      }
      return seen + (try environment.reset().map { UInt64($0.bitPattern) })
        + environment.parameters.map(\.value.bitPattern)
    }
    let expected = try record(first)
    try second.restore(snapshot)
    #expect(try record(second) == expected)
    #expect(second.parameters.filter(\.isSet).map(\.name) == first.parameters.filter(\.isSet).map(\.name))
  }
}
