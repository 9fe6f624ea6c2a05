import Foundation
import SinewEnvironments
import SinewPhysics
import Testing

@testable import SinewRendering

@Suite struct ReplayTests {
  @Test func termsThatAppearLateOrEndEarlyAreFilledWithZeros() {
    var replay = ReplayFixtures.still()
    replay.append(poses: ReplayFixtures.rest, reward: 0)
    replay.append(poses: ReplayFixtures.rest, reward: 1, terms: [("forward", 0.25)])
    replay.append(poses: ReplayFixtures.rest, reward: 2, terms: [("forward", 0.5), ("control", -1)])
    replay.append(poses: ReplayFixtures.rest, reward: 3, terms: [("control", -2)])
    replay.endEpisode(outcome: "fell")
    #expect(replay.episodes.count == 1)
    #expect(replay.episodes[0].frameCount == 4)
    #expect(replay.episodes[0].totalReward == 6)
    #expect(replay.episodes[0].outcome == "fell")
    #expect(
      replay.episodes[0].series == [
        .init(name: "forward", values: [0, 0.25, 0.5, 0]), .init(name: "control", values: [0, 0, -1, -2]),
      ])
  }

  @Test func aTermNamedTwiceInAFrameKeepsItsFirstValue() {
    var replay = ReplayFixtures.still()
    replay.append(poses: ReplayFixtures.rest, reward: 0, terms: [("a", 1), ("a", 2)])
    replay.append(poses: ReplayFixtures.rest, reward: 0, terms: [("a", 3), ("a", 4)])
    #expect(replay.episodes[0].series == [.init(name: "a", values: [1, 3])])
  }

  @Test func aReplaySurvivesCoding() throws {
    let replay = ReplayFixtures.hopper(episodes: [(40, 1.4), (25, 1)])
    let data = try JSONEncoder().encode(replay)
    #expect(try JSONDecoder().decode(Replay.self, from: data) == replay)
  }

  /// Each case: what is broken, and what the message must name.
  static let faults: [(String, String, @Sendable (inout Replay) -> Void)] = [
    ("reward not a number", "frame 3: the reward is nan", { $0.episodes[0].rewards[3] = .nan }),
    ("reward beyond single precision", "frame 2: the reward is 1e+300", { $0.episodes[0].rewards[2] = 1e300 }),
    ("position infinite", "frame 1: the position of shape 2 (thigh)", { $0.episodes[0].poses[7 * 7 + 1] = .infinity }),
    ("position not a number", "frame 0: the position of shape 1 (torso)", { $0.episodes[0].poses[7] = .nan }),
    ("rotation zero", "frame 0: the rotation of shape 0", { $0.episodes[0].poses[3] = 0 }),
    ("rotation not a number", "frame 0: the rotation of shape 0", { $0.episodes[0].poses[4] = .nan }),
    ("curve not a number", "frame 5: the curve 'healthy'", { $0.episodes[0].series[0].values[5] = .nan }),
    ("curve too long", "'healthy' has 11 values for 10", { $0.episodes[0].series[0].values.append(1) }),
    ("poses missing", "has 349 pose numbers; 10 frames of 5 shapes need 350", { $0.episodes[0].poses.removeLast() }),
    ("no frames", "episode 2 has no frames", { $0.beginEpisode() }),
    ("no episodes", "no episode", { $0.episodes = [] }),
    ("no shapes", "no shapes", { $0.shapes = [] }),
    ("size missing", "a capsule needs 2", { $0.shapes[1].size = [0.1] }),
    ("size negative", "shape 1 (torso) has the size", { $0.shapes[1].size = [0.1, -1] }),
    ("colour out of range", "colour", { $0.shapes[1].colour = [0.1, 0.2, 7, 1] }),
    ("colour incomplete", "four numbers", { $0.shapes[1].colour = [0.1, 0.2] }),
    ("interval zero", "frame interval", { $0.frameInterval = 0 }),
    ("interval not a number", "frame interval", { $0.frameInterval = .nan }),
  ]

  @Test(arguments: faults.indices)
  func aFaultIsNamedInOneLine(index: Int) throws {
    let (_, expected, spoil) = Self.faults[index]
    var replay = ReplayFixtures.hopper(episodes: [(10, 1)])
    try replay.validate()
    spoil(&replay)
    let onPage = #expect(throws: ReplayError.self) { try replay.html() }
    let inPicture = #expect(throws: ReplayError.self) { try replay.picture() }
    #expect(onPage == inPicture)
    let message = try #require(onPage).description
    #expect(message.contains(expected), "\(message)")
    #expect(message.hasPrefix("replay: ") && !message.contains("\n"))
  }
}

/// Replays of a simulated model.
@Suite struct ReplayRecordingTests {
  @Test func aModelsGeometriesBecomeShapes() throws {
    let model = try Model(
      mjcf: """
        <mujoco>
          <worldbody>
            <geom name="floor" type="plane" size="5 6 1"/>
            <body name="a" pos="0 0 2">
              <freejoint/>
              <geom type="sphere" size="0.1" rgba="1 0.5 0 0.25"/>
              <geom type="capsule" size="0.1 0.2" pos="0 0 0.5"/>
              <geom type="box" size="0.1 0.2 0.3" pos="0 0 -0.5"/>
            </body>
          </worldbody>
        </mujoco>
        """, name: "shapes")
    let replay = Replay(title: "shapes", model: model, frameInterval: 0.01)
    #expect(replay.shapes.map(\.kind) == [.plane, .sphere, .capsule, .box])
    #expect(replay.shapes.map(\.size) == [[5, 6], [0.1], [0.1, 0.2], [0.1, 0.2, 0.3]])
    #expect(replay.shapes[0].name == "floor")
    #expect(replay.shapes[1].colour == [1, 0.5, 0, 0.25])
  }

  @Test func aFrameHoldsWhereTheGeometriesAre() throws {
    let simulation = try Simulation(model: EnvironmentCatalogue.definition("hopper").model)
    var replay = Replay(title: "hopper", model: simulation.model, frameInterval: 4 * simulation.model.timestep)
    replay.beginEpisode()
    replay.append(frameOf: simulation, reward: 0)
    let control = [0.5, -0.5, 0.2]
    for step in 1...20 {
      for _ in 0..<4 { try simulation.step(control: control.span) }
      replay.append(frameOf: simulation, reward: Double(step), terms: [("step", Double(step))])
    }
    replay.endEpisode(outcome: "stopped")
    #expect(replay.episodes[0].frameCount == 21)
    #expect(replay.episodes[0].totalReward == 210)
    for geometry in replay.shapes.indices {
      let pose = simulation.pose(ofGeometry: geometry)
      let recorded = replay.episodes[0].pose(at: (20 * replay.shapes.count + geometry) * 7)
      let apart = recorded.position - pose.position
      #expect((apart * apart).sum().squareRoot() < 1e-6)
      let turned = recorded.rotation * pose.rotation.conjugate
      #expect(abs(abs(turned.w) - 1) < 1e-6)
    }
    #expect(try replay.html().contains("<h1>hopper</h1>"))
    #expect(try replay.picture().contains("</svg>"))
  }

  @Test func aFrameOfAnotherModelIsFoundWhenThePageIsMade() throws {
    let simulation = try Simulation(model: EnvironmentCatalogue.definition("hopper").model)
    var replay = ReplayFixtures.still()
    replay.append(frameOf: simulation, reward: 0)
    let error = #expect(throws: ReplayError.self) { try replay.html() }
    #expect(try #require(error).description.contains("35 pose numbers; 1 frames of 1 shapes need 7"))
  }
}
