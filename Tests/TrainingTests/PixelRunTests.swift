import Foundation
import SinewEnvironments
import SinewEvaluation
import SinewLearners
import SinewPolicies
import SinewTensor
import SinewTestSupport
import Testing

@testable import SinewTraining

/// Runs whose policies see a picture of the point on the line.
struct PixelRunTests {
  /// The point's place as a bright pixel of 10 × 10, by columns of 0.2, bytes.
  private final class Picture: EnvironmentWrapper {
    let base: any Environment = LineEnvironment()
    let observationSpace = BoxSpace(
      low: [Float](repeating: 0, count: 100), high: [Float](repeating: 1, count: 100),
      columns: Columns([Column("camera", shape: [10, 10, 1], element: .byte)]))
    private var own: [Float] = [0, 0]

    func reset(seed: UInt64?, observation: inout MutableSpan<Float>) throws {
      own = try base.reset(seed: seed)
      show(&observation)
    }

    func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
      let (seen, outcome) = try base.step([action[0]])
      own = seen
      show(&observation)
      return outcome
    }

    private func show(_ observation: inout MutableSpan<Float>) {
      let place = Int(min(max(5 * own[0] + 5, 0), 9))
      for index in 0..<100 { observation[index] = index % 10 == place ? Float(50 + index / 10) / 255 : 0 }
    }
  }

  let scratch: TemporaryFolder

  init() throws { scratch = try TemporaryFolder() }

  private func start(_ name: String, wrappers: [String] = ["frame_stack:2"]) throws -> Trainer {
    var hyperparameters = SAC.Configuration()
    (hyperparameters.replay.warmUpSteps, hyperparameters.replay.batchSize) = (30, 8)
    hyperparameters.network = NetworkSettings(
      hiddenSizes: [8], encoder: EncoderSettings(channels: [4], kernels: [3], strides: [2], features: 6))
    var settings = DriftRun(steps: 100).settings
    (settings.algorithm, settings.wrappers) = ("sac", wrappers)
    return try Trainer(
      algorithm: Algorithm(SAC.self, configuration: hyperparameters), configuration: settings,
      folder: scratch.path(name), makeEnvironment: { _ in Picture() })
  }

  @Test func aRunFromPixelsResumesToTheSameBits() throws {
    try start("whole").run()
    for step in [20, 67] {
      let trainer = try start("stopped-\(step)")
      let killed = scratch.path("killed-\(step)")
      try trainer.run {
        guard trainer.step >= step else { return false }
        try? FileManager.default.copyItem(at: scratch.path("stopped-\(step)"), to: killed)
        return true
      }
      try Trainer(resuming: killed, makeEnvironment: { _ in Picture() }).run()
      try expectSameRun(scratch.path("whole"), killed)
    }
  }

  /// Every step takes a byte for each pixel of its two frames, in the file as in memory.
  @Test func aStepTakesAByteForEachPixel() throws {
    try start("run").run()
    let folder = scratch.path("run/checkpoints/step-100")
    let state = try StateDictionary(contentsOf: folder.appending(path: "replay-buffer.safetensors"))
    // 100 steps and what the newest led to; an action, a reward and an end of each.
    #expect(state[bytes: "bytes"]?.count == 101 * 200 && state[floats: "rows"]?.count == 101 * 3)
    #expect(state[bytes: "final_bytes"]?.count == 5 * 200)
  }

  @Test func anExportedPolicyActsAsTheRunDoes() throws {
    try start("run").run()
    let folder = try RunFolder(scratch.path("run"))
    let saved = try folder.loadLearner(folder.checkpoint(named: "last"))
    #expect(saved.task.observation.parts.map(\.shape) == [[10, 10, 2]])
    let file = scratch.path("policy.safetensors")
    try saved.exportPolicy(of: folder, to: file)
    let exported = try RunFolder.SavedLearner(exported: file)
    let evaluations = try [saved.policy, exported.policy].map {
      try Evaluation(of: $0, in: saved.configuration.prepare(Picture()), episodes: 3)
    }
    #expect(evaluations[0].returns == evaluations[1].returns && Set(evaluations[0].returns).count == 3)
    // It says nothing of being a plain network.
    #expect(try StateDictionary(contentsOf: file).metadata["policy"] == nil)
  }
}
