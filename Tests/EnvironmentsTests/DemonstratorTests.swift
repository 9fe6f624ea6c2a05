import SinewEnvironments
import SinewTensor
import SinewTestSupport
import Testing

@Suite struct DemonstratorTests {
  private struct Episode: Equatable {
    var succeeded = false
    var observations: [[Float]] = []
    var actions: [[Float]] = []
  }

  private func run(
    _ environment: any Environment, _ demonstrator: any Demonstrator, seed: UInt64, choices: UInt64
  ) throws -> Episode {
    var episode = Episode()
    episode.observations.append(try environment.reset(seed: seed))
    demonstrator.beginEpisode(RandomGenerator(seed: choices))
    let space = environment.actionSpace
    while true {
      var action = [Float](repeating: .nan, count: space.count)
      var span = action.mutableSpan
      try demonstrator.act(in: environment, action: &span)
      #expect(action.allSatisfy { (-1...1).contains($0) })
      episode.actions.append(action)
      let scaled = action.indices.map { space.low[$0] + (action[$0] + 1) / 2 * (space.high[$0] - space.low[$0]) }
      let (observation, outcome) = try environment.step(scaled)
      episode.observations.append(observation)
      if outcome.ended { break }
    }
    episode.succeeded = environment.isSuccess == true
    return episode
  }

  @Test(arguments: [("push-t", 60, 54), ("point-maze", 100, 100)])
  func succeeds(name: String, episodes: Int, least: Int) throws {
    let environment = try EnvironmentCatalogue.make(name)
    let demonstrator = try EnvironmentCatalogue.demonstrator(for: name)
    var successes = 0
    for seed in 0..<UInt64(episodes) {
      if try run(environment, demonstrator, seed: seed, choices: seed).succeeded { successes += 1 }
    }
    #expect(successes >= least)
  }

  @Test(arguments: ["push-t", "point-maze"]) func theSameChoicesGiveTheSameBits(name: String) throws {
    let (environment, demonstrator) = (
      try EnvironmentCatalogue.make(name), try EnvironmentCatalogue.demonstrator(for: name)
    )
    let first = try run(environment, demonstrator, seed: 3, choices: 1)
    _ = try run(environment, demonstrator, seed: 4, choices: 2)
    #expect(try run(environment, demonstrator, seed: 3, choices: 1) == first)
    #expect(
      try run(EnvironmentCatalogue.make(name), EnvironmentCatalogue.demonstrator(for: name), seed: 3, choices: 1)
        == first)
    #expect(try run(environment, demonstrator, seed: 3, choices: 5) != first)
  }

  /// From one start the ball passes each of the two blocks on either side, each of the four ways at least once in 60.
  @Test func theMazeIsSolvedInFourWays() throws {
    let environment = try EnvironmentCatalogue.make("point-maze")
    let demonstrator = try EnvironmentCatalogue.demonstrator(for: "point-maze")
    var ways: [[Bool]: Int] = [:]
    for choices in 0..<60 as Range<UInt64> {
      let episode = try run(environment, demonstrator, seed: 1, choices: choices)
      // The blocks stand at x = −2 and x = 2.
      let sides = [-2, 2].map { x in (episode.observations.first { $0[0] > x }?[1] ?? 0) > 0 }
      ways[sides, default: 0] += 1
    }
    #expect(ways.count == 4)
    #expect(ways.values.allSatisfy { $0 >= 4 })
  }

  /// From one situation the first push is on different sides of the block, and turns it either way.
  @Test func theBlockIsPushedInDifferentWays() throws {
    let environment = try EnvironmentCatalogue.make("push-t")
    let demonstrator = try EnvironmentCatalogue.demonstrator(for: "push-t")
    var turns: Set<Bool> = []
    for seed in 0..<8 as Range<UInt64> {
      var lengths: Set<Int> = []
      for choices in 0..<6 as Range<UInt64> {
        let episode = try run(environment, demonstrator, seed: seed, choices: choices)
        lengths.insert(episode.actions.count)
        let start = episode.observations[0][4]
        if let moved = episode.observations.first(where: { abs($0[4] - start) > 0.05 && abs($0[4] - start) < 1 }) {
          turns.insert(moved[4] > start)
        }
      }
      #expect(lengths.count > 2)
    }
    #expect(turns == [true, false])
  }

  @Test func namesWhatItDoesNotKnow() throws {
    #expect(
      message { try EnvironmentCatalogue.demonstrator(for: "hopper") } == "there is no demonstrator for hopper")
    let demonstrator = try EnvironmentCatalogue.demonstrator(for: "push-t")
    let maze = try EnvironmentCatalogue.make("point-maze")
    _ = try maze.reset(seed: 0)
    func act() throws {
      var action: [Float] = [0, 0]
      var span = action.mutableSpan
      try demonstrator.act(in: maze, action: &span)
    }
    #expect(message { try act() } == "this demonstrator knows push-t, not point-maze")
  }
}
