import SinewTensor
import SinewTestSupport
import Testing

@testable import SinewDatasets

/// Rows in a file are the same rows.
@Suite struct DatasetRowsTests {
  /// Half a million rows of 16 bytes, so that the file is written in several stretches.
  private let episodes = (0..<500).map { (count: 997 + $0 % 5, total: Float($0), first: Float($0 % 7)) }

  private func datasets() throws -> [Dataset] {
    try [nil, 0].map { try SamplingTests.dataset(episodes, memory: $0) { $0 % 3 == 0 } }
  }

  @Test func everyRowIsTheSame() throws {
    let (kept, filed) = try (datasets()[0], datasets()[1])
    #expect(kept.statistics == filed.statistics && kept.episodes == filed.episodes)
    for row in stride(from: 0, to: kept.count + episodes.count, by: 11) {
      #expect(kept.observation(inRow: row) == filed.observation(inRow: row))
      #expect(
        kept.action(inRow: row) == filed.action(inRow: row) && kept.reward(inRow: row) == filed.reward(inRow: row))
    }
  }

  @Test(arguments: [1, 5]) func drawsTheSameTransitions(steps: Int) throws {
    let drawn = try datasets().map { dataset in
      let batch = Transitions(
        Transitions.Request(size: 4096, discount: 0.9, steps: steps, nextAction: true), observationSize: 2,
        actionSize: 1)
      var generator = RandomGenerator(seed: 3)
      DatasetTransitions(dataset, .episodeReturn(temperature: 0.5)).fill(0..<4096, of: batch, using: &generator)
      return batch.tensors.map(\.floats)
    }
    #expect(drawn[0] == drawn[1])
    #expect(drawn[0].contains { Set($0).count > 1000 })
  }

  @Test func drawsTheSameWindows() throws {
    let drawn = try datasets().map { dataset in
      let batch = Windows(
        Windows.Request(size: 1024, observations: 3, actions: 8, discount: 0.9), observationSize: 2, actionSize: 1)
      var generator = RandomGenerator(seed: 3)
      DatasetWindows(dataset).fill(0..<1024, of: batch, using: &generator)
      return batch.tensors.map(\.floats)
    }
    #expect(drawn[0] == drawn[1])
  }

  /// A dataset is what its builder had been given, and the builder goes on from there.
  @Test func aBuilderGoesOnAfterADataset() throws {
    // The first is written at once; what follows waits for more.
    let counts = [200_000, 20_000, 20_000]
    func episode(_ index: Int) -> EpisodeData {
      EpisodeData(
        observations: (0...counts[index]).map { Float(index * 1000 + $0 % 997) },
        actions: Array(repeating: 0, count: counts[index]),
        rewards: Array(repeating: Float(index), count: counts[index]), terminated: false, truncated: true)
    }
    let info = DatasetInfo(name: "twice", observationSize: 1, actionLow: [-1], actionHigh: [1])
    var builder = Dataset.Builder(info, memory: 0)
    for index in 0..<2 { try builder.append(episode(index)) }
    let first = try builder.build()
    try builder.append(episode(2))
    let second = try builder.build()
    for (index, episode) in second.episodes.enumerated() {
      let row = episode.firstRow + 77
      #expect(second.observation(inRow: row).first == Float(index * 1000 + 77))
      #expect(second.reward(inRow: row) == Float(index))
      if index < 2 { #expect(first.observation(inRow: row) == second.observation(inRow: row)) }
    }
  }

  @Test func aFolderThatCannotBeWrittenToIsNamed() throws {
    var rows = DatasetRows.Writer(memory: 0, folder: "/nowhere")
    #expect {
      try rows.append(Array(repeating: 1, count: 1 << 19))
    } throws: { "\($0)".contains("/nowhere: No such file or directory; TMPDIR names another folder") }
    // A folder of the kernel's in which nothing can be made.
    var other = DatasetRows.Writer(memory: 0, folder: "/proc")
    #expect(throws: DatasetError.self) { try other.append(Array(repeating: 1, count: 1 << 19)) }
  }
}
