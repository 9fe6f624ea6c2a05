import Foundation
import SinewEnvironments
import SinewPhysics
import SinewTensor
import SinewTestSupport
import Testing

/// Delays, noise and pushes, against what they must amount to.
@Suite struct DisturbanceTests {
  private func make(_ name: String, _ assignments: String...) throws -> TaskEnvironment {
    let environment = try TaskEnvironment(EnvironmentCatalogue.definition(name))
    try environment.setParameters(assignments.map { try ParameterAssignment($0) })
    return environment
  }

  private func actions(_ environment: TaskEnvironment, _ count: Int) -> [[Float]] {
    var actions = RandomActions(environment)
    return (0..<count).map { _ in actions.next() }
  }

  /// Two periods late: what the robot does is what it would do under the actions, after two steps of nothing.
  @Test func actionsComeLate() throws {
    let late = try make("half-cheetah", "action_latency=0.1"), prompt = try make("half-cheetah")
    let actions = actions(late, 20)
    #expect(try late.reset(seed: 1) == prompt.reset(seed: 1))
    for step in 0..<20 {
      let nothing = [Float](repeating: 0, count: 6)
      let (seen, _) = try late.step(actions[step])
      #expect(try prompt.step(step < 2 ? nothing : actions[step - 2]).observation == seen)
    }
  }

  /// Three of the five timesteps of a period late.
  @Test func actionsComeWithinAPeriod() throws {
    let late = try make("half-cheetah", "action_latency=0.03"), other = try make("half-cheetah")
    let actions = actions(late, 20)
    #expect(try late.reset(seed: 1) == other.reset(seed: 1))
    let simulation = try #require(other.simulation)
    for step in 0..<20 {
      _ = try late.step(actions[step])
      let before = step == 0 ? [Double](repeating: 0, count: 6) : actions[step - 1].map(Double.init)
      let after = actions[step].map(Double.init)
      try simulation.step(control: before.span, count: 3)
      try simulation.step(control: after.span, count: 2)
      #expect(late.simulation?.positions == simulation.positions)
    }
  }

  @Test func observationsComeLate() throws {
    let late = try make("half-cheetah", "observation_latency=0.15"), prompt = try make("half-cheetah")
    let actions = actions(late, 20)
    var shown = [try prompt.reset(seed: 1)]
    #expect(try late.reset(seed: 1) == shown[0])
    for step in 0..<20 {
      shown.append(try prompt.step(actions[step]).observation)
      #expect(try late.step(actions[step]).observation == shown[max(step + 1 - 3, 0)])
    }
  }

  /// Noise has the deviation that it should have, reaches every component and leaves the state alone.
  @Test func observationsAreNoisy() throws {
    let noisy = try make("half-cheetah", "observation_noise=0.2"), clean = try make("half-cheetah")
    var squares = [Double](repeating: 0, count: 17)
    _ = try (noisy.reset(seed: 1), clean.reset(seed: 1))
    for action in actions(noisy, 900) {
      let pairs = zip(try noisy.step(action).observation, try clean.step(action).observation)
      for (index, pair) in pairs.enumerated() { squares[index] += Double(pair.0 - pair.1) * Double(pair.0 - pair.1) }
    }
    #expect(noisy.simulation?.positions == clean.simulation?.positions)
    // Five standard errors of a variance estimate.
    for square in squares { #expect(abs(square / 900 / 0.04 - 1) < 5 * (2.0 / 900).squareRoot()) }
  }

  @Test func actionsAreNoisyWithinTheirBounds() throws {
    let noisy = try make("pendulum", "action_noise=10"), clean = try make("pendulum")
    _ = try (noisy.reset(seed: 1), clean.reset(seed: 1))
    // Noise of ten half ranges: nearly always one bound or the other.
    var torques: Set<Bool> = []
    for _ in 0..<40 {
      try clean.restore(noisy.snapshot())
      let before = noisy.simulation?.velocities[0] ?? 0
      _ = try noisy.step([0])
      torques.insert((noisy.simulation?.velocities[0] ?? 0) > before)
    }
    #expect(torques.count == 2)
  }

  // MARK: Pushes

  /// A thrust on a free body in the air: v = F·t/m, wherever the body's frame is.
  @Test func aForceAccelerates() throws {
    var model = Model(name: "ball")
    model.gravity = .zero
    model.bodies.append(
      Model.Body(
        name: "ball",
        massProperties: MassProperties(mass: 2, centre: SIMD3(0.3, 0, 0), inertia: .init(diagonal: SIMD3(1, 1, 1)))))
    model.joints = [Model.Joint(name: "free", body: 1, kind: .free)]
    let simulation = try Simulation(model: model)
    let none: [Double] = []
    try simulation.addExternalForce(SIMD3(0, 3, 0), to: 1)
    try simulation.step(control: none.span, count: 100)
    #expect(abs(simulation.velocityOfCentre(ofBody: 1).y - 3.0 / 2 * 100 * model.timestep) < 1e-12)
    #expect(simulation.angularVelocity(ofBody: 1) == .zero)
    simulation.clearExternalForces()
    try simulation.addExternalForce(.zero, torque: SIMD3(0, 0, 0.5), to: 1)
    try simulation.step(control: none.span, count: 100)
    #expect(abs(simulation.angularVelocity(ofBody: 1).z - 0.5 * 100 * model.timestep) < 1e-12)
    #expect(throws: SimulationError.self) { try simulation.addExternalForce(.zero, to: 0) }
    #expect(throws: SimulationError.self) { try simulation.addExternalForce(SIMD3(.nan, 0, 0), to: 1) }
  }

  /// A schedule without chance does what a caller could do by hand.
  @Test func pushesKeepTheirSchedule() throws {
    let folder = try TemporaryFolder()
    let shipped = try EnvironmentCatalogue.taskFile("half-cheetah").deletingLastPathComponent()
    let task = try String(contentsOf: shipped.appendingPathComponent("task.yaml"), encoding: .utf8)
    let model = try String(contentsOf: shipped.appendingPathComponent("half-cheetah.xml"), encoding: .utf8)
    try folder.write(model, to: "half-cheetah.xml")
    let path = try folder.write(
      task + "\npushes: {body: bshin, direction: [0, 0, 2], force: 40, interval: 0.15, duration: 0.1}\n",
      to: "task.yaml")
    let pushed = try TaskEnvironment(EnvironmentCatalogue.definition(path)), other = try make("half-cheetah")
    #expect(try pushed.reset(seed: 1) == other.reset(seed: 1))
    var differs = 0
    let plain = try make("half-cheetah")
    _ = try plain.reset(seed: 1)
    for (step, action) in actions(pushed, 30).enumerated() {
      // Three steps without, two with.
      if step % 5 >= 3 { try other.applyDisturbance(SIMD3(0, 0, 40), to: "bshin") }
      let seen = try pushed.step(action).observation
      #expect(try other.step(action).observation == seen)
      if try plain.step(action).observation != seen { differs += 1 }
    }
    #expect(differs == 27)
  }

  @Test func pushesAreDrawnAnew() throws {
    let environment = try make("ant", "pushes.force=uniform:20,40", "pushes.interval=uniform:0,0.3")
    let plain = try make("ant")
    var forces: Set<SIMD3<Double>> = []
    _ = try (environment.reset(seed: 1), plain.reset(seed: 1))
    for _ in 0..<60 {
      try plain.restore(environment.snapshot())
      if let numbers = environment.snapshot()[doubles: "disturbances.push_force"] {
        forces.insert(SIMD3(numbers[0], numbers[1], numbers[2]))
      }
      if try environment.step([Float](repeating: 0, count: 8)).outcome.ended { _ = try environment.reset() }
    }
    forces.remove(.zero)
    #expect(forces.count > 5)
    for force in forces {
      #expect(force.z == 0)
      #expect((20...40).contains((force * force).sum().squareRoot()))
    }
  }

  @Test func aPushLastsOneStep() throws {
    let pushed = try make("point-maze"), other = try make("point-maze")
    _ = try (pushed.reset(seed: 1), other.reset(seed: 1))
    let body = try #require(pushed.definition.model.joints.first).body
    let name = pushed.definition.model.bodies[body].name
    try pushed.applyDisturbance(SIMD3(5, 0, 0), to: name)
    _ = try (pushed.step([0, 0]), other.step([0, 0]))
    #expect(pushed.simulation?.velocities != other.simulation?.velocities)
    try other.restore(pushed.snapshot())
    for _ in 0..<5 { #expect(try pushed.step([0, 0]).observation == other.step([0, 0]).observation) }
    // Nor longer than the episode.
    try pushed.applyDisturbance(SIMD3(5, 0, 0), to: name)
    #expect(try pushed.reset(seed: 2) == other.reset(seed: 2))
    #expect(try pushed.step([0, 0]).observation == other.step([0, 0]).observation)
    #expect(message { try pushed.applyDisturbance(.one, to: "bal") }.hasPrefix("unknown body of point-maze 'bal'"))
    #expect(message { try pushed.applyDisturbance(.one, to: "world") } != "")
    #expect(message { try pushed.applyDisturbance(SIMD3(.nan, 0, 0), to: name) } != "")
  }
}
