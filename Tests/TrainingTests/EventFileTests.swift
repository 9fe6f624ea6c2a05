import Foundation
import SinewSettings
import SinewTestSupport
import Testing

@testable import SinewTraining

/// What TensorBoard's own reader finds in an event file.
@Suite struct EventFileTests {
  let scratch: TemporaryFolder

  init() throws { scratch = try TemporaryFolder() }

  private func logger(keepingUpTo step: Int) throws -> MetricsLogger {
    try MetricsLogger(
      scratch.url, keepingUpTo: step,
      settings: .table([
        .init("algorithm", .text("sac")), .init("seed", .integer(3)),
        .init(
          "hyperparameters", .table([.init("discount", .number(0.99)), .init("normaliseObservations", .boolean(true))])),
      ]))
  }

  private var eventFile: URL {
    get throws {
      let names = try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).filter(EventFile.isName)
      #expect(names.count == 1)
      return scratch.url.appending(path: try #require(names.first))
    }
  }

  private func log(_ steps: ClosedRange<Int>, after step: Int) throws {
    let logger = try logger(keepingUpTo: step)
    for step in steps {
      try logger.log(
        step: step,
        [
          ("seconds", .number(0.5)), ("critic_loss", .number(Double(step) / 4)),
          ("evaluation_return_mean", .integer(step * 10)), ("note", .text("left out")),
        ])
    }
  }

  /// Checked by an implementation of others: the value that RFC 3720 gives for these bytes.
  @Test func checksumsAreCastagnolis() {
    #expect(Checksum.plain("123456789".utf8) == 0xe306_9283)
    #expect(Checksum.plain([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
  }

  /// A resumed run writes no step twice, whatever a kill left of the last record.
  @Test func aResumedRunWritesNoStepTwice() throws {
    try log(1...3, after: -1)
    let whole = try Data(contentsOf: eventFile)
    try log(4...6, after: 3)
    // Cut within the last record, and go back to step 3.
    let file = try eventFile
    try Data(contentsOf: file).dropLast(5).write(to: file)
    let reopened = try logger(keepingUpTo: 3)
    try reopened.synchronize()
    #expect(try Data(contentsOf: file) == whole)
    // A bit that was flipped within the second step's record: what comes after cannot be told apart from noise.
    var broken = whole
    broken[whole.count - 60] ^= 1
    try broken.write(to: file)
    _ = try logger(keepingUpTo: 3)
    #expect(try Data(contentsOf: file).count < whole.count)
    #expect(whole.starts(with: try Data(contentsOf: file)))
  }

  /// `make differential` installs TensorBoard beside MuJoCo.
  static let python = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: ".build/differential-python/bin/python")

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: python.path)))
  func tensorBoardReadsIt() throws {
    try log(1...3, after: -1)
    try log(3...4, after: 2)
    try logger(keepingUpTo: 4).link(step: 4, "replay", to: URL(filePath: "/tmp/run/replay.html"))
    let script = """
      import sys, json
      from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
      from tensorboard.plugins.hparams import plugin_data_pb2
      events = EventAccumulator(sys.argv[1]); events.Reload()
      session = plugin_data_pb2.HParamsPluginData.FromString(
          events.SummaryMetadata("_hparams_/session_start_info").plugin_data.content).session_start_info
      values = {k: getattr(v, v.WhichOneof("kind")) for k, v in session.hparams.items()}
      print(json.dumps({
          "scalars": {t: [[e.step, e.value] for e in events.Scalars(t)] for t in events.Tags()["scalars"]},
          "settings": values,
          "text": events.Tensors("replay")[0].tensor_proto.string_val[0].decode()}, sort_keys=True))
      """
    let process = Process()
    process.executableURL = Self.python
    process.arguments = ["-c", script, try eventFile.path]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    struct Read: Decodable, Equatable {
      struct Settings: Decodable, Equatable {
        var algorithm: String
        var seed: Double
        var discount: Double
        var normalises: Bool
        enum CodingKeys: String, CodingKey {
          case algorithm, seed
          case discount = "hyperparameters.discount"
          case normalises = "hyperparameters.normalise_observations"
        }
      }
      var scalars: [String: [[Double]]]
      var settings: Settings
      var text: String
    }
    #expect(
      try JSONDecoder().decode(Read.self, from: data)
        == Read(
          scalars: [
            "training/seconds": [[1, 0.5], [2, 0.5], [3, 0.5], [4, 0.5]],
            "training/critic_loss": [[1, 0.25], [2, 0.5], [3, 0.75], [4, 1]],
            "evaluation/return_mean": [[1, 10], [2, 20], [3, 30], [4, 40]],
          ], settings: .init(algorithm: "sac", seed: 3, discount: 0.99, normalises: true),
          text: "[replay.html](file:///tmp/run/replay.html)"))
  }
}
