import Foundation
import SinewPhysics
import Testing

@Suite struct StateTests {
  /// Steps a hopper with varying torques over the floor and returns every state's bits.
  static func run(_ simulation: Simulation, from first: Int, to last: Int) throws -> [UInt64] {
    var bits: [UInt64] = []
    for step in first..<last {
      let phase = Double(step)
      try simulation.step([sin(0.31 * phase), cos(0.17 * phase), sin(0.23 * phase)])
      bits += simulation.positions.map(\.bitPattern) + simulation.velocities.map(\.bitPattern)
    }
    return bits
  }

  @Test(arguments: ["hopper.xml", "chain.xml"]) func snapshotContinuesToTheBit(name: String) throws {
    let model = try Model(mjcf: fixture(name))
    let simulation = try Simulation(model: model)
    _ = try Self.run(simulation, from: 0, to: 300)
    let snapshot = simulation.snapshot()
    let expected = try Self.run(simulation, from: 300, to: 700)
    try simulation.restore(snapshot)
    #expect(simulation.snapshot().map(\.bitPattern) == snapshot.map(\.bitPattern))
    #expect(try Self.run(simulation, from: 300, to: 700) == expected)
    // Another simulation of the model, with another past.
    let other = try Simulation(model: model)
    _ = try Self.run(other, from: 50, to: 90)
    try other.restore(snapshot)
    #expect(try Self.run(other, from: 300, to: 700) == expected)
    #expect(other.time == simulation.time)
  }

  @Test func badSnapshotsAreRefused() throws {
    let simulation = try Simulation(model: Model(mjcf: fixture("hopper.xml")))
    let good = simulation.snapshot()
    #expect(throws: SimulationError.count(what: "snapshot", expected: good.count, found: 3)) {
      try simulation.restore([1, 2, 3])
    }
    for (index, value) in [(0, -1.0), (0, 0.5), (2, .nan), (4, 7), (9, .infinity)] {
      var bad = good
      bad[index] = value
      #expect(throws: SimulationError.self) { try simulation.restore(bad) }
      #expect(simulation.snapshot() == good)
    }
  }

  @Test func twoThreadsGiveTheSameBitsAsOne() async throws {
    let model = try Model(mjcf: fixture("hopper.xml"))
    let alone = try Self.run(Simulation(model: model), from: 0, to: 2000)
    let together = try await withThrowingTaskGroup(of: [UInt64].self) { group in
      for _ in 0..<4 { group.addTask { try Self.run(Simulation(model: model), from: 0, to: 2000) } }
      return try await group.reduce(into: [[UInt64]]()) { $0.append($1) }
    }
    #expect(together.count == 4)
    for bits in together { #expect(bits == alone) }
  }

  @Test func badControlsAndStatesAreRefusedAndChangeNothing() throws {
    let simulation = try Simulation(model: Model(mjcf: fixture("hopper.xml")))
    let before = simulation.snapshot()
    #expect(throws: SimulationError.count(what: "control", expected: 3, found: 2)) { try simulation.step([0, 0]) }
    #expect(throws: SimulationError.self) { try simulation.step([0, .nan, 0]) }
    #expect(throws: SimulationError.self) { try simulation.step([0, .infinity, 0]) }
    let zero = [Double](repeating: 0, count: 6)
    #expect(throws: SimulationError.count(what: "positions", expected: 6, found: 5)) {
      try simulation.setState(positions: [0, 0, 0, 0, 0], velocities: zero)
    }
    #expect(throws: SimulationError.self) {
      try simulation.setState(positions: [0, 0, 0, .nan, 0, 0], velocities: zero)
    }
    #expect(throws: SimulationError.self) {
      try simulation.setState(positions: zero, velocities: [0, 0, 1e7, 0, 0, 0])
    }
    #expect(simulation.snapshot() == before)
    // Controls beyond the range are clamped, not refused.
    try simulation.step([5, -5, 1e300])
  }

  @Test func explosionNamesTheBodyAndLosesTheState() throws {
    let model = try Model(
      mjcf: """
        <mujoco><worldbody><body name="arm"><joint name="joint" axis="0 1 0"/><geom size="0.01"/>
          <body name="hand" pos="0 0 1"><joint axis="0 1 0"/><geom size="0.01"/></body></body></worldbody>
          <actuator><motor joint="joint" gear="1e9"/></actuator></mujoco>
        """, name: "explosion")
    let simulation = try Simulation(model: model)
    var caught: SimulationError?
    do { try simulation.step([1], count: 100) } catch { caught = error as? SimulationError }
    guard case .unstable(let body, let step, _, _)? = caught else {
      Issue.record("not unstable: \(String(describing: caught))")
      return
    }
    #expect(body == "body 'arm'" || body == "body 'hand'")
    #expect(step >= 1 && step < 100)
    #expect(throws: SimulationError.lost(step: step)) { try simulation.step([0]) }
    try simulation.setState(positions: [0, 0], velocities: [0, 0])
    try simulation.step([0])
  }

  /// Links of very different mass and reach, where the engine's solver ends in numbers that are not: without
  /// `dNormalize4` in our hands the engine ends the process.
  @Test func hopelessModelsThrowInsteadOfEndingTheProcess() throws {
    let text = try String(contentsOf: fixture("hopper.xml"), encoding: .utf8)
    var thrown = 0
    for reach in ["500", "2068", "10223", "40000"] {
      for radius in ["0.0001", "0.0011", "0.05", "90"] {
        // Something that leaves the plane, so that the hinges hold the robot in it with rows of their own.
        let ball = "<body pos=\"0 9 9\"><freejoint/><geom type=\"sphere\" size=\"0.1\"/></body></worldbody>"
        let hopeless = text.replacing("</worldbody>", with: ball).replacing(
          "pos=\"0 0 -0.45\"", with: "pos=\"\(reach) 0 -0.45\""
        )
        .replacing("<geom name=\"thigh\" size=\"0.05\"", with: "<geom name=\"thigh\" size=\"\(radius)\"")
        let simulation = try Simulation(model: Model(mjcf: hopeless, name: "hopeless"))
        do { try simulation.step([0.5, 0.5, 0.5], count: 200) } catch { thrown += 1 }
      }
    }
    #expect(thrown > 0)
  }
}
