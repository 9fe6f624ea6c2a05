import Foundation
import SinewTestSupport
import Testing

@testable import SinewDatasets

@Suite struct MinariTests {
  private let folder: TemporaryFolder
  private let info = DatasetInfo(
    name: "robot-mine", environment: "robot", observationSize: 5, actionLow: [-2, -1], actionHigh: [2, 3],
    referenceReturns: ReferenceReturns(random: 1.5, expert: 100),
    metadata: ["author": "Someone", "description": "a \"test\""])

  init() throws { folder = try TemporaryFolder() }

  @Test func writtenEpisodesAreReadBack() throws {
    let written = randomEpisodes([1, 7, 5000, 3], observationSize: 5, actionSize: 2)
    let place = folder.url.appending(path: "robot-mine-v0")
    try writeMinari(written, info, to: place)
    let source = try DatasetFile.open(place.path)
    #expect(source.info == info)
    #expect(source.episodeCount == 4)
    #expect(source.transitionCount == 5011)
    #expect(try episodes(of: source) == written)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["robot-mine-v0"])
    for path in ["data", "data/main_data.hdf5"] {
      #expect(try episodes(of: DatasetFile.open(place.appending(path: path).path)) == written)
    }
  }

  @Test func theSameEpisodesAreTheSameBytes() throws {
    let written = randomEpisodes([4, 3000], observationSize: 5, actionSize: 2)
    var files: [Data] = []
    for name in ["a-v0", "b-v0"] {
      try writeMinari(written, info, to: folder.url.appending(path: name))
      files.append(try Data(contentsOf: folder.url.appending(path: "\(name)/data/main_data.hdf5")))
    }
    #expect(files[0] == files[1])
  }

  /// What the real package wrote: five steps of three episodes, cut off by the time limit.
  @Test func pythonsDatasetIsRead() throws {
    let source = try DatasetFile.open(fixture("minari/pendulum/test-v0").path)
    #expect(source.info.name == "pendulum/test")
    #expect(source.info.environment == "Pendulum-v1")
    #expect(source.info.observationSize == 3)
    #expect(source.info.actionLow == [-2] && source.info.actionHigh == [2])
    #expect(source.info.metadata["author"] == "Someone")
    let episodes = try episodes(of: source)
    #expect(episodes.map(\.count) == [5, 5, 5])
    #expect(episodes.allSatisfy { $0.truncated && !$0.terminated })
    // A point on the unit circle in each row.
    for episode in episodes {
      for row in 0...5 {
        let (x, y) = (episode.observations[3 * row], episode.observations[3 * row + 1])
        #expect(abs(x * x + y * y - 1) < 1e-5)
      }
    }
    #expect(try Dataset(source).count == 15)
  }

  @Test func anUnfinishedDatasetLeavesNothing() throws {
    let place = folder.url.appending(path: "half-v0")
    do {
      let writer = try MinariWriter(creating: place, info: info)
      try writer.append(randomEpisodes([3], observationSize: 5, actionSize: 2)[0])
      #expect(throws: DatasetError.self) {
        try writer.append(randomEpisodes([3], observationSize: 4, actionSize: 2)[0])
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
    try Data().write(to: place)
    #expect(throws: DatasetError.self) { try MinariWriter(creating: place, info: info) }
    let missing = folder.url.appending(path: "half-v0/in-a-file")
    #expect(throws: DatasetError(file: missing.relativePath, "cannot be written: Not a directory")) {
      try MinariWriter(creating: missing, info: info)
    }
  }

  // MARK: Broken files

  /// One episode of arrays that may be anything.
  private func write(
    observations: ([Float], columns: Int?) = ([Float](repeating: 0, count: 20), 5), rewards: [Float]? = [1, 2, 3],
    actions: [Float] = [0, 0, 0, 0, 0, 0], terminations: [Bool] = [false, false, false],
    truncations: [Bool] = [false, false, true]
  ) throws -> URL {
    let place = folder.url.appending(path: "\(UUID().uuidString)-v0")
    try writeMinari(randomEpisodes([3], observationSize: 5, actionSize: 2), info, to: place)
    let path = place.appending(path: "data/main_data.hdf5")
    try FileManager.default.removeItem(at: path)
    let file = try HDF5Writer(creating: path.path)
    let group = try file.makeGroup("episode_0")
    try file.write("observations", observations.0, columns: observations.columns, in: group)
    if let rewards { try file.write("rewards", rewards, in: group) }
    try file.write("actions", actions, columns: 2, in: group)
    try file.write("terminations", terminations, in: group)
    try file.write("truncations", truncations, in: group)
    try file.close()
    return path
  }

  @Test func brokenArraysAreNamed() throws {
    let zeros = [Float](repeating: 0, count: 20)
    var poisoned = zeros
    poisoned[12] = .nan
    let cases: [(URL, String)] = [
      (try write(), "1 episodes"),
      (try write(rewards: nil), "rewards, episode 0: missing"),
      (try write(rewards: []), "rewards, episode 0: has no step"),
      (try write(rewards: [1, .infinity, 0]), "rewards, episode 0, row 1: is inf, expected a finite number"),
      (
        try write(observations: (Array(zeros.dropLast(5)), 5)),
        "observations, episode 0: has 3 rows, expected 4 (one more than rewards)"
      ),
      (try write(observations: (zeros, 4)), "observations, episode 0: has rows of 4 numbers, expected 5"),
      (try write(observations: (zeros, nil)), "observations, episode 0: has rows of 1 numbers, expected 5"),
      (
        try write(observations: (poisoned, 5)),
        "observations, episode 0, row 2: component 2 is nan, expected a finite number"
      ),
      (try write(actions: [0, 0]), "actions, episode 0: has 1 rows, expected 3 (as many as rewards)"),
      (
        try write(terminations: [false, true, false]),
        "terminations, episode 0, row 1: is true before the episode's last row, 2"
      ),
      (try write(truncations: [true]), "truncations, episode 0: has 1 rows, expected 3 (as many as rewards)"),
    ]
    for (path, expected) in cases {
      #expect(problem(path) == (expected.hasSuffix("episodes") ? expected : "main_data.hdf5: \(expected)"))
    }
  }

  @Test func anEpisodeThatNothingEndedIsTruncated() throws {
    let path = try write(truncations: [false, false, false])
    let episode = try #require(try episodes(of: DatasetFile.open(path.path)).first)
    #expect(episode.truncated && !episode.terminated)
  }

  @Test func brokenMetadataAreNamed() throws {
    let good = try String(contentsOf: fixture("minari/pendulum/test-v0/data/metadata.json"), encoding: .utf8)
    let cases: [(String, String, String)] = [
      ("{", "[", "not a JSON object"),
      (#""total_steps": 15"#, #""total_steps": 16"#, "has 15 steps, metadata.json says 16 (total_steps)"),
      (#""total_episodes": 3"#, #""total_episodes": 4"#, "rewards, episode 3: missing"),
      (#""total_episodes": 3"#, #""total_episodes": -1"#, "total_episodes: is no count"),
      (#""total_episodes": 3, "#, "", "total_episodes: missing"),
      (#""dataset_id""#, #""dataset""#, "dataset_id: missing"),
      (
        #""data_format": "hdf5""#, #""data_format": "arrow""#,
        #"data_format: is 'arrow'; only hdf5 is read (minari.create_dataset…(data_format="hdf5"))"#
      ),
      (
        #""observation_space": "{\"type\": \"Box\""#, #""observation_space": "{\"type\": \"Dict\""#,
        "observation_space: is no space"
      ),
      (
        #""action_space": "{\"type\": \"Box\""#, #""action_space": "{\"type\": \"Text\""#,
        "action_space: is a Text space; Box, Discrete, Dict and Tuple spaces are read"
      ),
      (#"[-2.0]"#, #"[-Infinity]"#, "action_space: has bounds that are not finite"),
      (
        #"\"shape\": [3]"#, #"\"shape\": [4]"#,
        "observation_space: is a Box of shape [4]; one axis, with as many bounds, is read"
      ),
    ]
    for (old, new, expected) in cases {
      let place = folder.url.appending(path: "metadata-\(UUID().uuidString)/data")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        at: fixture("minari/pendulum/test-v0/data/main_data.hdf5"), to: place.appending(path: "main_data.hdf5"))
      #expect(good.contains(old), "\(old)")
      try Data(good.replacing(old, with: new, maxReplacements: 1).utf8).write(
        to: place.appending(path: "metadata.json"))
      let line = problem(place)
      #expect(line.hasPrefix("data/m") && line.hasSuffix(": \(expected)"), "\(line)")
    }
  }
}
