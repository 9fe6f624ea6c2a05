import Foundation
import SinewDatasets
import Testing

/// `sinew dataset stats`, `filter`, `subsample`, `split` and `merge`.
@Suite(.serialized)
struct DatasetCutTests {
  let command: Command

  init() throws { command = try Command() }

  private static let info = DatasetInfo(
    name: "robot-mine", environment: "hopper", observationSize: 4, actionLow: [-1, -2], actionHigh: [1, 2],
    referenceReturns: ReferenceReturns(random: 0, expert: 100), metadata: ["author": "Someone", "recipe": "0123"])

  /// Episode k: k + 1 steps with rewards of k; column 1 never changes, column 3 is column 0; action 1 is at its bound.
  private func episode(_ k: Int, noise: Float = 0) -> EpisodeData {
    let rows = k + 2
    return EpisodeData(
      observations: (0..<rows).flatMap { row -> [Float] in
        let value = Float(k) + Float(row) / 10 + noise
        return [value, 7, Float(row * row), value]
      },
      actions: (0...k).flatMap { [Float($0 % 3) / 3, 2] }, rewards: Array(repeating: Float(k), count: k + 1),
      terminated: k % 2 == 0, truncated: k % 2 == 1)
  }

  private func write(_ name: String, _ info: DatasetInfo = info, episodes: Int = 10) throws {
    let writer = try MinariWriter(creating: command.path(name), info: info)
    for k in 0..<episodes { try writer.append(episode(k)) }
    try writer.finish()
  }

  private func read(_ name: String) throws -> (info: DatasetInfo, episodes: [EpisodeData]) {
    var source = try DatasetFile.open(command.path(name).path)
    var episodes: [EpisodeData] = []
    while let episode = try source.next() { episodes.append(episode) }
    return (source.info, episodes)
  }

  private func run(_ arguments: String...) throws -> Command.Result { try command.run(["dataset"] + arguments) }

  private func json(_ text: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func statsFindWhatDeservesALook() throws {
    let writer = try MinariWriter(creating: command.path("odd-v0"), info: Self.info)
    for k in [3, 5, 3, 40] { try writer.append(episode(k)) }
    try writer.finish()
    let result = try run("stats", "odd-v0", "--json", "--out", "odd.html")
    #expect(result.status == 0, "\(result.errors)")
    let report = try json(result.output)
    #expect(report["returns"] as? [Double] == [12, 30, 12, 1640])
    #expect(report["lengths"] as? [Int] == [4, 6, 4, 41])
    #expect(report["repeated_episodes"] as? Int == 1)
    let observations = try #require(report["observations"] as? [[String: Any]])
    #expect(observations.map { $0["is_constant"] as? Bool } == [false, true, false, false])
    #expect(observations[3]["same_as"] as? String == "observation 0")
    #expect(observations[1]["minimum"] as? Double == 7 && observations[1]["deviation"] as? Double == 0)
    // The last row of an episode is no step.
    #expect(observations[2]["maximum"] as? Double == 1600)
    let histogram = try #require(observations[0]["histogram"] as? [Int])
    #expect(histogram.reduce(0, +) == 55)
    let actions = try #require(report["actions"] as? [[String: Any]])
    #expect(actions.map { $0["saturation"] as? Double } == [0, 1])
    let spread = try #require(report["effective_dimensions"] as? Double)
    #expect(spread > 1 && spread < 2)
    let findings = try #require(report["findings"] as? [String]).joined(separator: "\n")
    for line in [
      "the same in every step: observation 1 (7.0), action 1 (2.0)",
      "the same as another: observation 3 = observation 0", "episodes that are the same as an earlier one: 1",
    ] { #expect(findings.contains(line), "\(findings)") }
    let page = try String(contentsOf: command.path("odd.html"), encoding: .utf8)
    #expect(page.contains("<svg") && page.contains("observation 3 = observation 0") && !page.contains("http://"))
    let text = try run("stats", "odd-v0").output
    #expect(text.contains("to look at:") && !text.contains("<svg"))
  }

  @Test func filterKeepsWhatPasses() throws {
    try write("all-v0")
    let result = try run("filter", "all-v0", "--out", "good-v0", "--min-return", "6", "--terminated", "--json")
    #expect(result.status == 0, "\(result.errors)")
    #expect(try json(result.output)["episodes"] as? Int == 4)
    let good = try read("good-v0")
    #expect(good.episodes == [2, 4, 6, 8].map { episode($0) })
    #expect(good.info.name == "good" && good.info.referenceReturns == Self.info.referenceReturns)
    #expect(good.info.environment == "hopper" && good.info.metadata["author"] == "Someone")
    #expect(good.info.metadata["recipe"] == nil)
    #expect(good.info.metadata["made_from"] == "all: 4 of its 10 episodes")
    #expect(try run("filter", "all-v0", "--out", "best-v0", "--best", "0.2").status == 0)
    #expect(try read("best-v0").episodes == [episode(8), episode(9)])
    // In its own place, which is swapped at the end.
    #expect(try run("filter", "all-v0", "--out", "all-v0", "--force", "--max-length", "3").status == 0)
    #expect(try read("all-v0").episodes.map(\.count) == [1, 2, 3])
  }

  @Test func subsampleDrawsTheSameForTheSameSeed() throws {
    try write("all-v0")
    for (out, seed) in [("a-v0", "1"), ("b-v0", "1"), ("c-v0", "2")] {
      #expect(try run("subsample", "all-v0", "--out", out, "--episodes", "4", "--seed", seed).status == 0)
    }
    let (a, b, c) = try (read("a-v0").episodes, read("b-v0").episodes, read("c-v0").episodes)
    #expect(a == b && a != c && a.count == 4)
    #expect(a.map(\.count) == a.map(\.count).sorted())
    #expect(try run("subsample", "all-v0", "--out", "d-v0", "--transitions", "30").status == 0)
    let steps = try read("d-v0").episodes.reduce(0) { $0 + $1.count }
    #expect(steps >= 30 && steps < 40)
  }

  @Test func splitSharesTheEpisodes() throws {
    try write("all-v0")
    let result = try run("split", "all-v0", "--share", "0.7", "--out", "train-v0", "--rest", "test-v0")
    #expect(result.status == 0, "\(result.errors)")
    let (train, test) = try (read("train-v0").episodes, read("test-v0").episodes)
    #expect(train.count == 7 && test.count == 3)
    #expect((train + test).map(\.count).sorted() == Array(1...10))
  }

  @Test func mergeKeepsWhatAllSay() throws {
    try write("a-v0", episodes: 3)
    var other = Self.info
    (other.metadata["author"], other.referenceReturns) = ("Another", nil)
    try write("b-v0", other, episodes: 2)
    let result = try run("merge", "a-v0", "b-v0", "a-v0", "--out", "all-v0")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    let merged = try read("all-v0")
    #expect(merged.episodes == [0, 1, 2, 0, 1, 0, 1, 2].map { episode($0) })
    #expect(merged.info.referenceReturns == Self.info.referenceReturns && merged.info.environment == "hopper")
    #expect(merged.info.metadata["author"] == nil && merged.info.metadata["made_from"] == "a, b, a")
  }

  @Test func whatCannotBeIsOneLineAndLeavesNothing() throws {
    try write("all-v0")
    try write("wide-v0", DatasetInfo(name: "w", observationSize: 4, actionLow: [-1, -3], actionHigh: [1, 3]))
    let narrow = try MinariWriter(
      creating: command.path("narrow-v0"),
      info: DatasetInfo(name: "n", observationSize: 1, actionLow: [-1], actionHigh: [1]))
    try narrow.append(
      EpisodeData(observations: [0, 1], actions: [0], rewards: [1], terminated: true, truncated: false))
    try narrow.finish()
    let (fifo, folder) = (command.path("fifo.hdf5").path, command.path("plain"))
    try #require(mkfifo(fifo, 0o600) == 0)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    let cases: [([String], Int32, String)] = [
      (
        ["merge", "all-v0", "narrow-v0", "--out", "x-v0"], 1,
        "narrow-v0: has 1 observations and 1 actions, but all-v0 has 4 and 2"
      ),
      (
        ["merge", "all-v0", "wide-v0", "--out", "x-v0"], 1,
        "wide-v0: actions: component 1 goes from -3.0 to 3.0, but that of all-v0 from -2.0 to 2.0"
      ),
      (["merge", "all-v0", "none/x", "--out", "x-v0"], 1, "none/x: No such file or folder"),
      (
        ["filter", "all-v0", "--out", "x-v0", "--min-return", "1e9"], 1,
        "all-v0: none of its 10 episodes is kept: x-v0 is not written"
      ),
      (
        ["filter", "all-v0", "--out", "wide-v0", "--best", "0.5"], 1, "exists; name another folder, or remove it first"
      ),
      (["filter", "all-v0", "--out", "plain", "--best", "0.5", "--force"], 1, "is no dataset: not replaced"),
      (
        ["filter", "all-v0", "--out", "fifo.hdf5/x", "--best", "0.5"], 1,
        "fifo.hdf5/x: cannot be written: Not a directory"
      ),
      (["subsample", "all-v0", "--out", "x-v0", "--episodes", "11"], 1, "all-v0: has 10 episodes, fewer than 11"),
      (
        ["split", "narrow-v0", "--out", "x-v0", "--rest", "y-v0"], 1,
        "narrow-v0: has 1 episode; two or more can be split"
      ),
      (["stats", fifo], 1, "fifo.hdf5: is a pipe, not a file"),
      (["stats", "all-v0", "--out", "plain"], 1, "cannot write plain: it is a folder; name a file"),
    ]
    func names() throws -> Set<String> {
      try Set(
        FileManager.default.contentsOfDirectory(atPath: command.folder.path)
          .filter { !$0.hasPrefix("out-") && !$0.hasPrefix("errors-") })
    }
    let before = try names()
    for (arguments, status, line) in cases {
      let result = try command.run(["dataset"] + arguments)
      #expect(result.status == status, "\(arguments): \(result.errors)")
      #expect(result.errors.hasPrefix("sinew: ") && result.errors.hasSuffix(line + "\n"), "\(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1)
    }
    for arguments in [
      ["filter", "all-v0", "--out", "x-v0"], ["subsample", "all-v0", "--out", "x-v0"],
      ["split", "all-v0", "--out", "x-v0", "--rest", "./x-v0"], ["merge", "all-v0", "--out", "x-v0"],
      ["stats", "all-v0", "--out", "page.png"], ["filter", "all-v0", "--out", "x-v0", "--best", "nan"],
      ["split", "all-v0", "--out", "x-v0", "--rest", "y-v0", "--share", "1"],
    ] { #expect(try command.run(["dataset"] + arguments).status == 2, "\(arguments)") }
    #expect(try names() == before)
  }
}
