import Foundation
import SinewEnvironments
import SinewPhysics
import SinewTestSupport
import Testing

@Suite struct QuadrupedTests {
  private let still = [Float](repeating: 0, count: 12)

  /// What the README says of the robot.
  @Test func isOfTheSizeItSays() throws {
    let environment = try EnvironmentCatalogue.make("quadruped")
    #expect(environment.observationSpace.count == 48)
    #expect(environment.actionSpace.count == 12)
    let model = try #require(environment.simulation).model
    #expect(abs(model.bodies.reduce(0) { $0 + $1.mass } - 12.2) < 1e-9)
    #expect(model.actuators.allSatisfy { $0.forceRange == -33.5...33.5 })
  }

  /// The environment with some of its parameters fixed.
  private func make(_ parameters: [String: Double] = [:]) throws -> any Environment {
    let environment = try EnvironmentCatalogue.make("quadruped")
    for (name, value) in parameters { try environment.setParameter(name, to: .fixed(value)) }
    return environment
  }

  /// With action 0 it stands for ten seconds, whatever the noise it begins with, on flat and on rough ground.
  @Test(arguments: [0, 0.03]) func standsUnderZeroAction(roughness: Double) throws {
    let environment = try make(["terrain.roughness": roughness, "terrain.platform": 0, "pushes.force": 0])
    for seed in 0..<5 as Range<UInt64> {
      _ = try environment.reset(seed: seed)
      var outcome = StepOutcome(reward: 0, terminated: false, truncated: false)
      var observation: [Float] = []
      for _ in 0..<500 {
        (observation, outcome) = try environment.step(still)
        try #require(!outcome.ended)
      }
      let simulation = try #require(environment.simulation)
      #expect(simulation.positions[2] > 0.27)
      #expect(observation[8] < (roughness > 0 ? -0.95 : -0.99))
      #expect(simulation.velocities.allSatisfy { abs($0) < 0.05 })
    }
  }

  /// Random actions are not enough to walk, but do it no harm.
  @Test func randomActionsFallOrShuffle() throws {
    let environment = try EnvironmentCatalogue.make("quadruped")
    var generator = SystemRandomNumberGenerator()
    var total = 0.0
    _ = try environment.reset(seed: 1)
    for _ in 0..<2000 {
      let action = (0..<12).map {
        Float.random(in: environment.actionSpace.low[$0]...environment.actionSpace.high[$0], using: &generator)
      }
      let (observation, outcome) = try environment.step(action)
      #expect(observation.allSatisfy { $0.isFinite })
      total += outcome.reward
      if outcome.ended { _ = try environment.reset(seed: nil) }
    }
    #expect(total < 1000)
  }

  /// The command lies in its ranges, holds for five seconds, and is another one afterwards.
  @Test func commandIsDrawnAnew() throws {
    let environment = try make(["pushes.force": 0])
    var observation = try environment.reset(seed: 4)
    var commands: [[Float]] = [Array(observation[9...11])]
    var changes: [Int] = []
    for step in 1...600 {
      let outcome: StepOutcome
      (observation, outcome) = try environment.step(still)
      try #require(!outcome.ended)
      let command = Array(observation[9...11])
      if command != commands.last {
        commands.append(command)
        changes.append(step)
      }
    }
    #expect(changes == [250, 500])
    for command in commands {
      #expect((0...1).contains(command[0]) && (-0.3...0.3).contains(command[1]) && (-0.6...0.6).contains(command[2]))
    }
  }

  @Test func endsWhenItFalls() throws {
    let environment = try EnvironmentCatalogue.make("quadruped")
    _ = try environment.reset(seed: 1)
    let simulation = try #require(environment.simulation)
    var positions = simulation.positions
    // On its side, above the ground.
    positions.replaceSubrange(2..<7, with: [1, 0.7071, 0.7071, 0, 0])
    try simulation.setState(positions: positions, velocities: simulation.velocities)
    #expect(try environment.step(still).outcome.terminated)
  }

  private func ground(_ environment: any Environment) throws -> [Double] {
    let simulation = try #require(environment.simulation)
    return simulation.heights(ofGeometry: try #require(simulation.model.geometry(named: "ground")))
  }

  /// New ground in every episode, the same from the same seed, as rough as it is asked to be, and kept by a snapshot.
  @Test func groundIsNewInEveryEpisode() throws {
    let environment = try make(["terrain.roughness": 0.05])
    _ = try environment.reset(seed: 3)
    let first = try ground(environment)
    #expect(first.count == 121 * 121)
    #expect(first.allSatisfy { abs($0) <= 0.05 } && (first.max() ?? 0) > 0.04)
    let snapshot = environment.snapshot()
    _ = try environment.reset(seed: nil)
    #expect(try ground(environment) != first)

    let other = try make(["terrain.roughness": 0.05])
    _ = try other.reset(seed: 9)
    try other.restore(snapshot)
    #expect(try ground(other) == first)
    _ = try environment.reset(seed: 3)
    #expect(try ground(environment) == first)
    for _ in 0..<50 {
      let (a, b) = (try environment.step(still), try other.step(still))
      #expect(a.observation == b.observation)
    }

    try environment.setParameter("terrain.roughness", to: .fixed(0))
    _ = try environment.reset(seed: 3)
    #expect(try ground(environment).allSatisfy { $0 == 0 })
    // Where robots begin it is flat.
    try environment.setParameter("terrain.step_height", to: .fixed(0.1))
    _ = try environment.reset(seed: 3)
    let simulation = try #require(environment.simulation)
    #expect(simulation.groundHeight(ofGeometry: 0, at: SIMD3(0.2, 0.2, 0)) == 0)
    #expect(abs((simulation.groundHeight(ofGeometry: 0, at: SIMD3(0.7, 0, 0)) ?? 0) - 0.1) < 1e-9)
    // Beyond the edge it goes on.
    let far = simulation.groundHeight(ofGeometry: 0, at: SIMD3(50, 0, 0))
    #expect(far == simulation.groundHeight(ofGeometry: 0, at: SIMD3(6, 0, 0)))
  }

  /// Pushes of the task's own strength move it; strong ones throw it over.
  @Test(arguments: [(50.0, 0), (400, 1)]) func isPushed(force: Double, falls: Int) throws {
    let environment = try make(["pushes.force": force, "pushes.interval": 2, "terrain.roughness": 0])
    var fallen = 0
    for seed in 0..<4 as Range<UInt64> {
      _ = try environment.reset(seed: seed)
      var fastest: Float = 0
      for step in 0..<200 {
        let (observation, outcome) = try environment.step(still)
        if step > 90 { fastest = max(fastest, abs(observation[0]) + abs(observation[1])) }
        if outcome.terminated { fallen += 1 }
        if outcome.ended { break }
      }
      #expect(fastest > 0.1)
    }
    #expect(falls == 0 ? fallen == 0 : fallen > 0)
  }

  @Test func badGroundIsAnError() throws {
    let folder = try TemporaryFolder()
    let shipped = try EnvironmentCatalogue.taskFile("quadruped")
    let model = shipped.deletingLastPathComponent().appendingPathComponent("quadruped.xml")
    let task = try String(contentsOf: shipped, encoding: .utf8).replacing("quadruped.xml", with: model.path)
    func problem(_ line: String) throws -> String {
      let lines = task.split(separator: "\n").map { $0.hasPrefix("terrain:") ? Substring(line) : $0 }
      let path = try folder.write(lines.joined(separator: "\n"), to: "task.yaml")
      return message { try EnvironmentCatalogue.make(path) }
    }
    #expect(try problem("terrain: {geometry: grund, half_size: 6}").contains("did you mean 'ground'?"))
    #expect(try problem("terrain: {geometry: trunk, half_size: 6}").contains("'trunk' is not a plane"))
    #expect(try problem("terrain: {geometry: ground, half_size: 6, spacing: 0.001}").contains("cells along each side"))
    #expect(try problem("terrain: {geometry: ground, half_size: 6, roughnes: 1}").contains("did you mean 'roughness'?"))
  }
}
