import Foundation
import SinewTestSupport
import Testing

@testable import SinewDatasets

/// The real package reads what is written here. Needs a Python with minari: `SINEW_PYTHON`, or `python3`.
@Suite struct PythonTests {
  private static let python: String? = {
    let candidates = [ProcessInfo.processInfo.environment["SINEW_PYTHON"], "python3"].compactMap { $0 }
    return candidates.first { (try? run([$0, "-c", "import minari, h5py"]))?.status == 0 }
  }()

  private static func run(
    _ arguments: [String], environment: [String: String] = [:]
  ) throws -> (status: Int32, output: String) {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  @Test(.enabled(if: python != nil, "no Python with minari: name one with SINEW_PYTHON"))
  func minariIteratesTheSameNumbers() throws {
    let folder = try TemporaryFolder()
    let written = randomEpisodes([2, 3000, 9], observationSize: 5, actionSize: 2)
    let info = DatasetInfo(
      name: "robot-mine", observationSize: 5, actionLow: [-2, -1], actionHigh: [2, 3],
      referenceReturns: ReferenceReturns(random: 1, expert: 101), metadata: ["author": "Someone"])
    try writeMinari(written, info, to: folder.url.appending(path: "robot-mine-v0"))
    let script = """
      import json, minari, numpy
      data = minari.load_dataset("robot-mine-v0")
      assert list(minari.list_local_datasets()) == ["robot-mine-v0"]
      assert data.total_steps == 3011 and data.action_space.high.tolist() == [2, 3]
      assert data.observation_space.shape == (5,)
      assert minari.get_normalized_score(data, numpy.array([51.0])).tolist() == [0.5]
      for episode in data.iterate_episodes():
          assert episode.terminations.dtype == bool and not episode.terminations[:-1].any()
          numbers = [episode.observations, episode.actions, episode.rewards]
          assert all(array.dtype == numpy.float32 for array in numbers)
          print(json.dumps([[int(n) for n in a.view(numpy.uint32).ravel()] for a in numbers]
              + [bool(episode.terminations[-1]), bool(episode.truncations[-1])]))
      """
    let python = try #require(Self.python)
    let (status, output) = try Self.run([python, "-c", script], environment: ["MINARI_DATASETS_PATH": folder.url.path])
    #expect(status == 0)
    let lines = output.split(separator: "\n")
    try #require(lines.count == written.count)
    for (line, episode) in zip(lines, written) {
      let fields = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [Any])
      for (field, expected) in zip(fields, [episode.observations, episode.actions, episode.rewards]) {
        #expect((field as? [NSNumber])?.map { Float(bitPattern: $0.uint32Value) } == expected)
      }
      #expect(fields[3] as? Bool == episode.terminated)
      #expect(fields[4] as? Bool == episode.truncated)
    }
  }
}
