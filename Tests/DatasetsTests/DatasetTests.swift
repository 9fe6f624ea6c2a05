import SinewDatasets
import SinewTensor
import Testing

@Suite struct DatasetTests {
  static let info = DatasetInfo(
    name: "counting", environment: "line", observationSize: 2, actionLow: [-2, 0], actionHigh: [4, 10])

  /// Observation k of episode e shows (100e + k, −k); the action of step k is at the lower bound plus k.
  static func episode(
    _ index: Int, steps: Int, terminated: Bool = false, truncated: Bool = true
  ) -> EpisodeData {
    EpisodeData(
      observations: (0...steps).flatMap { [Float(100 * index + $0), -Float($0)] },
      actions: (0..<steps).flatMap { [-2 + Float($0), Float($0)] }, rewards: (0..<steps).map { Float($0) },
      terminated: terminated, truncated: truncated)
  }

  static func dataset(_ counts: [Int]) throws -> Dataset {
    var builder = Dataset.Builder(info)
    for (index, count) in counts.enumerated() {
      try builder.append(episode(index, steps: count, terminated: index == 1))
    }
    return try builder.build()
  }

  @Test func keepsEpisodesWhole() throws {
    let dataset = try Self.dataset([3, 1, 4])
    #expect(dataset.count == 8)
    #expect(dataset.episodes.map(\.firstRow) == [0, 4, 6])
    #expect(dataset.episodes.map(\.totalReward) == [3, 0, 6])
    #expect(dataset.episodes.map(\.terminated) == [false, true, false])
    #expect((0..<8).map(dataset.row(ofTransition:)) == [0, 1, 2, 4, 6, 7, 8, 9])
    #expect(Array(dataset.observation(inRow: 7)) == [201, -1])
    #expect(Array(dataset.observation(inRow: 10)) == [204, -4])
    // In the environment's units −2…4 and 0…10.
    #expect(Array(dataset.action(inRow: 2)) == [-1 / 3, -0.6])
    #expect(dataset.reward(inRow: 9) == 3)
  }

  @Test func knowsItsStatistics() throws {
    let statistics = try Self.dataset([3, 1, 4]).statistics
    // Of the steps' observations; final ones do not count.
    let (first, second): ([Double], [Double]) = ([0, 1, 2, 100, 200, 201, 202, 203], [0, 1, 2, 0, 0, 1, 2, 3])
    func deviation(_ values: [Double]) -> Double {
      let mean = values.reduce(0, +) / 8
      return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 8).squareRoot()
    }
    #expect(statistics.observationMean == [Float(first.reduce(0, +) / 8), Float(-second.reduce(0, +) / 8)])
    #expect(statistics.observationDeviation == [Float(deviation(first)), Float(deviation(second))])
    #expect(statistics.observationMinimum == [0, -3] && statistics.observationMaximum == [203, 0])
    #expect(statistics.minimumReturn == 0 && statistics.maximumReturn == 6)
  }

  @Test func setsActionsBeyondTheirRangeToItsEnd() throws {
    var episode = Self.episode(0, steps: 2)
    episode.actions = [4.5, 10, -2, 5]
    var builder = Dataset.Builder(Self.info)
    try builder.append(episode)
    let dataset = try builder.build()
    #expect(Array(dataset.action(inRow: 0)) == [1, 1] && Array(dataset.action(inRow: 1)) == [-1, 0])
    #expect(dataset.clippedActionCount == 1)
  }

  @Test func namesWhatIsWrong() throws {
    func message(_ change: (inout EpisodeData) -> Void) -> String? {
      var builder = Dataset.Builder(Self.info)
      var episode = Self.episode(1, steps: 3)
      change(&episode)
      do {
        try builder.append(Self.episode(0, steps: 2))
        try builder.append(episode)
        return nil
      } catch { return "\(error)" }
    }
    #expect(message { _ in } == nil)
    #expect(message { $0.observations.removeLast(2) } == "observations, episode 1: has 6 numbers, expected 4 rows of 2")
    #expect(message { $0.actions.append(0) } == "actions, episode 1: has 7 numbers, expected 3 rows of 2")
    #expect(
      message { $0.actions[5] = .nan } == "actions, episode 1, row 2: component 1 is nan, expected a finite number")
    #expect(message { $0.rewards[1] = -.infinity } == "rewards, episode 1, row 1: is -inf, expected a finite number")
    #expect(
      message { $0.observations[7] = .infinity }?.hasPrefix("observations, episode 1, row 3: component 1") == true)
    #expect(
      message { ($0.rewards, $0.actions, $0.observations) = ([], [], [0, 0]) } == "rewards, episode 1: has no step")
  }

  @Test func anEpisodeThatIsRefusedLeavesNoTrace() throws {
    var builder = Dataset.Builder(Self.info)
    var spoilt = Self.episode(1, steps: 3)
    spoilt.observations[7] = .nan
    try builder.append(Self.episode(0, steps: 2))
    #expect(throws: DatasetError.self) { try builder.append(spoilt) }
    try builder.append(Self.episode(1, steps: 1))
    let dataset = try builder.build()
    #expect(dataset.count == 3 && dataset.episodes.map(\.firstRow) == [0, 3])
  }

  @Test func refusesAnImpossibleDescription() {
    func message(_ change: (inout DatasetInfo) -> Void) -> String {
      var info = Self.info
      change(&info)
      do {
        _ = try Dataset.Builder(info).build()
        return ""
      } catch { return "\(error)" }
    }
    #expect(message { _ in } == "the dataset 'counting' has no episode")
    #expect(
      message { $0.actionHigh[1] = 0 } == "action space: component 1 goes from 0.0 to 0.0, expected a finite range")
    #expect(message { $0.actionLow = [0] } == "action space: has 1 lower and 2 upper bounds, expected as many of each")
    #expect(message { $0.actionHigh[0] = .infinity }.hasPrefix("action space: component 0 goes from -2.0 to inf"))
    #expect(message { $0.observationSize = 0 } == "observations: have 0 numbers, expected 1 or more")
  }

  @Test func readsASource() throws {
    struct Source: EpisodeSource {
      let info = DatasetTests.info
      let episodeCount = 3
      let transitionCount = 6
      var given = 0
      mutating func next() -> EpisodeData? {
        given += 1
        return given <= 3 ? DatasetTests.episode(given, steps: given) : nil
      }
    }
    let dataset = try Dataset(Source())
    #expect(dataset.count == 6 && dataset.episodes.count == 3)
    #expect(Array(dataset.observation(inRow: 2)) == [200, 0])
  }

  @Test func scoresAreNormalised() {
    let references = ReferenceReturns(random: 20, expert: 3020)
    #expect(references.normalizedScore(20) == 0 && references.normalizedScore(3020) == 100)
    #expect(references.normalizedScore(-10) == -1)
  }
}
