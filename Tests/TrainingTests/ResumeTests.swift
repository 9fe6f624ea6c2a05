import Foundation
import SinewEnvironments
import SinewFiles
import SinewLearners
import SinewTensor
import SinewTestSupport
import Testing

@testable import SinewTraining

/// A run that was stopped or killed and resumed reaches the same bits as one that never was.
struct ResumeTests {
  let scratch: TemporaryFolder

  init() throws { scratch = try TemporaryFolder() }

  /// Leaves what a SIGKILL after `step` would leave, and what an interruption would.
  private func stop(_ run: DriftRun, at step: Int) throws -> (killed: URL, interrupted: URL) {
    let (killed, interrupted) = (scratch.path("killed-\(step)"), scratch.path("interrupted-\(step)"))
    let trainer = try run.start(in: interrupted)
    let outcome = try trainer.run {
      guard trainer.step >= step else { return false }
      try? FileManager.default.copyItem(at: interrupted, to: killed)
      return true
    }
    #expect(outcome == .interrupted)
    return (killed, interrupted)
  }

  @Test(arguments: [1, 3])
  func reachesTheSameBits(environmentCount: Int) throws {
    var run = DriftRun(steps: 230)
    run.settings.environmentCount = environmentCount
    run.settings.checkpoint.keep = 100
    // A fraction, so that a checkpoint finds a part of an update due.
    run.learner.replay.updatesPerStep = 0.75
    let whole = scratch.path("whole")
    #expect(try run.start(in: whole).run() == .finished)
    // Before the first checkpoint, in warm-up, on and off a report, an evaluation and a checkpoint, near the end.
    for step in [1, 9, 10, 25, 39, 40, 41, 100, 119, 200, 227] {
      let (killed, interrupted) = try stop(run, at: step)
      #expect(try run.resume(killed).run() == .finished)
      try expectSameRun(whole, killed)

      #expect(try run.resume(interrupted).run() == .finished)
      // The interruption left one more checkpoint, off schedule.
      let extra = try RunFolder(interrupted).checkpointSteps().filter {
        try !RunFolder(whole).checkpointSteps().contains($0)
      }
      for step in extra { try FileSystem.remove(RunFolder(interrupted).folder(of: .step(step))) }
      try expectSameRun(whole, interrupted)
    }
  }

  @Test func survivesBeingKilledAgainAndAgain() throws {
    let run = DriftRun(steps: 200)
    let whole = scratch.path("whole")
    try run.start(in: whole).run()
    var (current, _) = try stop(run, at: 5)
    for (round, step) in [30, 55, 90, 131, 170].enumerated() {
      let next = scratch.path("again-\(round)")
      let trainer = try run.resume(current)
      try trainer.run {
        guard trainer.step >= step else { return false }
        try? FileManager.default.copyItem(at: current, to: next)
        return true
      }
      current = next
    }
    try run.resume(current).run()
    try expectSameRun(whole, current)
  }

  /// What a kill in the middle of writing leaves: half a checkpoint, half a line, half a best learner.
  @Test func clearsWhatWasHalfWritten() throws {
    let run = DriftRun(steps: 120)
    let whole = scratch.path("whole")
    try run.start(in: whole).run()
    let (killed, _) = try stop(run, at: 90)
    let files = FileManager.default
    try files.copyItem(
      at: killed.appending(path: "checkpoints/step-80"), to: killed.appending(path: "checkpoints/.step-120.partial"))
    try files.removeItem(at: killed.appending(path: "checkpoints/.step-120.partial/learner.safetensors"))
    for name in ["best/learner.safetensors.123.partial", "config.yaml.99.partial", "replay.html.1.partial"] {
      try Data("half".utf8).write(to: killed.appending(path: name))
    }
    let metrics = try FileHandle(forWritingTo: killed.appending(path: "metrics.jsonl"))
    try metrics.seekToEnd()
    try metrics.write(contentsOf: Data(#"{"step":100,"seco"#.utf8))
    try run.resume(killed).run()
    try expectSameRun(whole, killed)
    #expect(try contents(of: killed).keys.allSatisfy { !$0.contains("partial") })
  }

  @Test func trainsForLonger() throws {
    var run = DriftRun(steps: 200)
    try run.start(in: scratch.path("long")).run()
    run.settings.steps = 120
    try run.start(in: scratch.path("short")).run()
    try run.resume(scratch.path("short"), steps: 200).run()
    #expect(
      try RunFolder(scratch.path("short")).settings(among: [Algorithm(DriftLearner.self)]).configuration.steps == 200)
    for name in ["learner", "replay-buffer", "environments", "loop"] {
      let file = "checkpoints/step-200/\(name).safetensors"
      let files = try ["long", "short"].map { try Data(contentsOf: scratch.path("\($0)/\(file)")) }
      #expect(files[0] == files[1], "\(name)")
    }
    #expect(
      line { _ = try run.resume(scratch.path("long"), steps: 10) }?.hasSuffix(
        "has done 200 steps already; name more than 10") == true)
  }

  @Test func aFinishedRunStaysAsItIs() throws {
    let run = DriftRun(steps: 100)
    try run.start(in: scratch.path("run")).run()
    let before = try contents(of: scratch.path("run"))
    #expect(try run.resume(scratch.path("run")).run() == .finished)
    #expect(try contents(of: scratch.path("run")) == before)
  }

  @Test func saysWhichCheckpointIsDamaged() throws {
    let run = DriftRun(steps: 100)
    let folder = scratch.path("run")
    try run.start(in: folder).run()
    let file = folder.appending(path: "checkpoints/step-100/replay-buffer.safetensors")
    try Data(contentsOf: file).dropLast(10).write(to: file)
    let message = try #require(line { _ = try run.resume(folder) })
    #expect(message.hasPrefix("cannot continue from "))
    #expect(
      message.contains("step-100: ")
        && message.hasSuffix("remove that folder to continue from the checkpoint before it"))
    try FileManager.default.removeItem(at: folder.appending(path: "checkpoints/step-100"))
    #expect(try run.resume(folder).run() == .finished)
  }

  /// Real learners in place of the cheap one.
  @Test(arguments: ["sac", "tqc", "crossq", "xqc", "flash-sac", "simba-v2", "fast-td3", "fast-sac"])
  func actorCriticsReachTheSameBits(name algorithm: String) throws {
    let small = try Algorithm.named(algorithm).with(batchSize: 16, hiddenSizes: [16, 16])
    var tree = small.hyperparameters
    _ = tree.replace("warm_up_steps", with: .integer(30))
    _ = tree.replace("critic_hidden_sizes", with: .list([.integer(16)]))
    let hyperparameters = tree
    var settings = DriftRun(steps: 120).settings
    settings.algorithm = algorithm
    func start(_ name: String) throws -> Trainer {
      try Trainer(
        algorithm: small.with(hyperparameters: hyperparameters), configuration: settings,
        folder: scratch.path(name), makeEnvironment: { _ in LineEnvironment() })
    }
    try start("whole").run()
    for step in [20, 57, 100] {
      let trainer = try start("stopped-\(step)")
      let killed = scratch.path("killed-\(step)")
      try trainer.run {
        guard trainer.step >= step else { return false }
        try? FileManager.default.copyItem(at: scratch.path("stopped-\(step)"), to: killed)
        return true
      }
      try Trainer(resuming: killed, makeEnvironment: { _ in LineEnvironment() }).run()
      try expectSameRun(scratch.path("whole"), killed)
    }
  }

  /// A step is gathered while updates are made: threads and interruptions change nothing.
  @Test(arguments: ["fast-td3", "fast-sac"])
  func gatheringBesideUpdatesReachesTheSameBits(name algorithm: String) throws {
    let small = try Algorithm.named(algorithm).with(batchSize: 16, hiddenSizes: [16, 16])
    var tree = small.hyperparameters
    _ = tree.replace("warm_up_steps", with: .integer(30))
    _ = tree.replace("updates_per_step", with: .number(0.7))
    _ = tree.replace("critic_hidden_sizes", with: .list([.integer(16)]))
    let hyperparameters = tree
    func start(_ name: String, threads: Int) throws -> Trainer {
      var settings = DriftRun(steps: 240).settings
      (settings.algorithm, settings.environmentCount, settings.threads) = (algorithm, 6, threads)
      return try Trainer(
        algorithm: small.with(hyperparameters: hyperparameters), configuration: settings,
        folder: scratch.path(name), makeEnvironment: { _ in LineEnvironment(maximumSteps: 9) })
    }
    func learner(_ name: String) throws -> Data {
      try Data(contentsOf: scratch.path(name).appending(path: "checkpoints/step-240/learner.safetensors"))
    }
    try start("whole", threads: 1).run()
    for threads in [2, 3] {
      try start("threads-\(threads)", threads: threads).run()
      #expect(try learner("threads-\(threads)") == learner("whole"), "\(threads) threads")
    }
    for step in [24, 60, 150] {
      let trainer = try start("stopped-\(step)", threads: 2)
      #expect(try trainer.run { trainer.step >= step } == .interrupted)
      try Trainer(
        resuming: scratch.path("stopped-\(step)"), makeEnvironment: { _ in LineEnvironment(maximumSteps: 9) }
      ).run()
      #expect(try learner("stopped-\(step)") == learner("whole"), "stopped at \(step)")
    }
  }
}
