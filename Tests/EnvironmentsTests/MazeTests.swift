import Foundation
import SinewEnvironments
import SinewPhysics
import SinewTestSupport
import Testing

@Suite struct MazeTests {
  /// The shipped task with another map.
  private func make(_ folder: TemporaryFolder, map: [String]) throws -> any SinewEnvironments.Environment {
    let shipped = try EnvironmentCatalogue.taskFile("point-maze")
    var lines = try String(contentsOf: shipped, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false
    )
    .map(String.init)
    let first = try #require(lines.firstIndex { $0.hasPrefix("  map:") })
    let last = try #require(lines.firstIndex { $0.hasPrefix("observation:") })
    lines.replaceSubrange((first + 1)..<last, with: map.map { "    " + $0 })
    let model = shipped.deletingLastPathComponent().appendingPathComponent("point-maze.xml")
    try folder.write(try String(contentsOf: model, encoding: .utf8), to: "point-maze.xml")
    return try EnvironmentCatalogue.make(try folder.write(lines.joined(separator: "\n"), to: "task.yaml"))
  }

  /// A user's own maze keeps every promise; the middle of the map is the origin, y points up.
  @Test func takesAnyMap() throws {
    let folder = try TemporaryFolder()
    let map = ["#####", "#S#G#", "#...#", "#####"]
    let environment = try make(folder, map: map)
    #expect(checkEnvironment(try make(folder, map: map), steps: 200) == [])
    var seen: [ClosedRange<Float>] = Array(repeating: 0...0, count: 6)
    for seed in 0..<200 {
      let observation = try environment.reset(seed: UInt64(seed))
      for (index, value) in observation.enumerated() {
        seen[index] =
          seed == 0 ? value...value : min(seen[index].lowerBound, value)...max(seen[index].upperBound, value)
      }
    }
    // Cells S and G are centred at (−1, 0.5) and (1, 0.5); the noise is a quarter of a cell.
    for (index, centre) in [(0, -1), (1, 0.5), (4, 1), (5, 0.5)] as [(Int, Float)] {
      #expect(seen[index].lowerBound >= centre - 0.25 && seen[index].lowerBound < centre - 0.2)
      #expect(seen[index].upperBound <= centre + 0.25 && seen[index].upperBound > centre + 0.2)
    }
    #expect(seen[2] == 0...0 && seen[3] == 0...0)
  }

  @Test func startAndGoalAreDrawnFromTheirCells() throws {
    let folder = try TemporaryFolder()
    let environment = try make(folder, map: ["#####", "#*.*#", "#####"])
    var sides: Set<[Bool]> = []
    for seed in 0..<50 {
      let observation = try environment.reset(seed: UInt64(seed))
      sides.insert([observation[0] > 0, observation[4] > 0])
    }
    #expect(sides == [[false, true], [true, false]])
  }

  /// Pressed against a wall for two seconds, the ball stays where its radius says, and along the wall it slides.
  @Test func wallsStopTheBall() throws {
    let folder = try TemporaryFolder()
    let environment = try make(folder, map: ["######", "#S..G#", "#....#", "#....#", "######"])
    _ = try environment.reset(seed: 0)
    let simulation = try #require(environment.simulation)
    try simulation.setState(positions: [0.4, -1, -1.5, 1], velocities: [0, 0, 0, 0])
    var observation: [Float] = []
    for _ in 0..<200 { observation = try environment.step([0, -1]).observation }
    #expect(abs(observation[1] + 1.4) < 0.02)
    #expect(abs(observation[0] - 0.4) < 1e-6)
    for _ in 0..<20 { observation = try environment.step([0.1, -1]).observation }
    #expect(observation[0] > 0.42)
    #expect(abs(observation[1] + 1.4) < 0.02)
  }

  @Test func velocityIsHeldToFive() throws {
    let folder = try TemporaryFolder()
    let environment = try make(folder, map: ["############", "#S........G#", "#..........#", "############"])
    _ = try environment.reset(seed: 0)
    var fastest: Float = 0
    for _ in 0..<100 { fastest = max(fastest, try environment.step([1, 0]).observation[2]) }
    #expect(fastest == 5)
  }

  /// One step from the goal's edge: reward 1, the episode ends, and it counts as a success.
  @Test func reachingTheGoalIsSuccess() throws {
    let environment = try EnvironmentCatalogue.make("point-maze")
    #expect(environment.observationSpace.count == 6)
    #expect(environment.actionSpace == BoxSpace(low: [-1, -1], high: [1, 1]))
    _ = try environment.reset(seed: 0)
    let simulation = try #require(environment.simulation)
    try simulation.setState(positions: [3, 0.1, 3.5, 0.1], velocities: [3, 0, 0, 0])
    let far = try environment.step([0, 0]).outcome
    #expect(far == StepOutcome(reward: 0, terminated: false, truncated: false) && environment.isSuccess == false)
    let near = try environment.step([0, 0]).outcome
    #expect(near == StepOutcome(reward: 1, terminated: true, truncated: false) && environment.isSuccess == true)
  }

  @Test(arguments: [
    (["###", "#S#"], "row 2, column 2 is open to the outside"),
    (["####", "#SX#", "####"], "row 2 has 'X'"),
    (["####", "#S#", "####"], "row 2 has 3 cells, the first one 4"),
    (["###", "#S#", "###"], "another one for the goal"),
    (["#####", "#S#G#", "#####"], "no way between row 2, column 2 and row 2, column 4"),
    ([], "map"),
  ]) func saysWhatIsWrongWithAMap(map: [String], problem: String) throws {
    let folder = try TemporaryFolder()
    #expect(message { try make(folder, map: map) }.contains(problem))
  }
}
