import Foundation
import Testing

/// Whole runs of the built command: what they leave, and what a kill, a Ctrl-C or a full disk does to them.
@Suite(.serialized)
struct RunTests {
  let command: Command

  init() throws { command = try Command() }

  @Test func trainsAndEvaluates() throws {
    let trained = try command.run(command.small(out: "run", "--json"))
    #expect(trained.status == 0, "\(trained.errors)")
    let figures = try #require(JSONSerialization.jsonObject(with: Data(trained.output.utf8)) as? [String: Any])
    #expect(figures["steps"] as? Int == 1500)
    #expect(figures["finished"] as? Bool == true)
    let left = try contents(of: command.path("run"))
    for name in [
      "config.yaml", "metrics.jsonl", "best/learner.safetensors", "checkpoints/step-1500/learner.safetensors",
    ] {
      #expect(left[name] != nil, "\(name)")
    }
    #expect(
      left["replay.html"].map { String(decoding: $0.prefix(15), as: UTF8.self).lowercased() } == "<!doctype html>")
    // One line a report, no terminal.
    #expect(trained.errors.split(separator: "\n").filter { $0.contains("steps/s") }.count == 30)
    #expect(!trained.errors.contains("\r"))

    let evaluated = try command.run([
      "evaluate", "run", "--episodes", "4", "--random", "--json", "--replay", "r.html", "--picture", "p.svg",
    ])
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    let result = try #require(JSONSerialization.jsonObject(with: Data(evaluated.output.utf8)) as? [String: Any])
    for key in ["return_mean", "return_std", "return_iqm", "length_mean"] {
      #expect((result[key] as? Double)?.isFinite == true, "\(key)")
    }
    #expect((result["return_ci95"] as? [Double])?.count == 2)
    #expect(result["episodes"] as? Int == 4)
    #expect((result["random"] as? [String: Any])?["return_mean"] is Double)
    #expect(try contents(of: command.folder)["p.svg"].map { $0.starts(with: Data("<svg".utf8)) } == true)
    #expect(try command.run(["evaluate", "run", "--episodes", "4", "--random", "--json"]).output == evaluated.output)
    #expect(try command.run(["evaluate", "run", "--env", "hopper"]).status == 2)
    #expect(try command.run(["evaluate", "run", "--checkpoint", "step-3"]).status == 2)
  }

  @Test func threadsDoNotChangeTheBits() throws {
    for threads in [1, 2] {
      let result = try command.run(command.small(out: "run-\(threads)", "--threads", "\(threads)", "--num-envs", "4"))
      #expect(result.status == 0, "\(result.errors)")
    }
    try expectSameBits(command.path("run-1"), command.path("run-2"))
  }

  @Test func aKilledRunReachesTheSameBits() throws {
    #expect(try command.run(command.small(out: "whole")).status == 0)
    let run = command.path("killed")
    func started() throws -> Command.Started {
      let exists = FileManager.default.fileExists(atPath: run.path)
      return try command.start(exists ? ["resume", "killed"] : command.small(out: "killed"))
    }
    // From the very beginning to well inside, wherever that happens to fall.
    for milliseconds in [1, 30, 60, 100, 150, 200, 250, 300, 350, 400] {
      let process = try started()
      usleep(UInt32(milliseconds) * 1000)
      process.send(SIGKILL)
      _ = try process.finish()
    }
    let last = try started().finish()
    #expect(last.status == 0, "\(last.errors)")
    try expectSameBits(command.path("whole"), run)
    let left = try contents(of: run).keys
    #expect(left.allSatisfy { !$0.contains("partial") })
  }

  private func checkpoints(_ run: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: command.path("\(run)/checkpoints").path)) ?? []
  }

  private func lastCheckpoint(_ run: String) -> Int {
    checkpoints(run).compactMap { Int($0.dropFirst(5)) }.max() ?? 0
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func anInterruptionLeavesACheckpoint(code: Int32) throws {
    let process = try command.start(command.small(steps: 1_000_000, out: "run"))
    defer { process.send(SIGKILL) }
    try #require(eventually { lastCheckpoint("run") >= 300 })
    process.send(code)
    let result = try process.finish()
    // So that a shell's loop, or make, does not go on.
    #expect(result.status == code && result.wasKilled, "\(result.errors)")
    #expect(result.errors.contains("stopping after this step: a checkpoint is being written; "))
    let words = try #require(result.errors.split(separator: "\n").last).split(separator: " ")
    #expect(words.prefix(5).joined(separator: " ") == "stopped with a checkpoint after")
    let step = try #require(words.dropFirst(5).first.flatMap { Int($0) })
    #expect(checkpoints("run").contains("step-\(step)"))
    let resumed = try command.run(["resume", "run", "--steps", "\(step + 10)"])
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(checkpoints("run").contains("step-\(step + 10)"))
  }

  @Test func theSecondInterruptionKills() throws {
    // A step that would take minutes: the first one waits a little for its end.
    let process = try command.start(
      command.small(steps: 1000, out: "run", "--set", "updates_per_step=1000000", "--set", "report_every=99"))
    defer { process.send(SIGKILL) }
    try #require(
      eventually { (try? String(contentsOf: process.errors, encoding: .utf8))?.contains("99/1,000") == true })
    usleep(300_000)
    process.send(SIGINT)
    usleep(300_000)
    #expect(process.process.isRunning)
    process.send(SIGINT)
    let result = try process.finish()
    #expect(result.wasKilled && result.status == SIGINT)
    #expect(
      result.errors.hasSuffix("ended at once: there is no checkpoint yet, so that all of the run is lost\n"),
      "\(result.errors)")
  }

  /// Whatever a second interruption meets, it leaves nothing half-written: here what a checkpoint looks like in the
  /// making.
  @Test func theSecondInterruptionClearsUp() throws {
    let process = try command.start(
      command.small(
        steps: 1000, out: "run", "--set", "updates_per_step=1000000", "--set", "report_every=99", "--set",
        "checkpoint.every=50"))
    defer { process.send(SIGKILL) }
    try #require(
      eventually { (try? String(contentsOf: process.errors, encoding: .utf8))?.contains("99/1,000") == true })
    let partial = command.path("run/checkpoints/.step-100.partial")
    try FileManager.default.createDirectory(at: partial, withIntermediateDirectories: true)
    for name in ["learner.safetensors", "trainer.safetensors.7.partial"] {
      try Data("half".utf8).write(to: partial.appending(path: name))
    }
    process.send(SIGTERM)
    usleep(50_000)
    // A terminal that goes away says so more than once, and takes nothing away.
    process.send(SIGHUP)
    usleep(50_000)
    #expect(process.process.isRunning)
    process.send(SIGTERM)
    let result = try process.finish()
    #expect(result.wasKilled && result.status == SIGTERM)
    let end = "what came after step 50 is lost; continue with: sinew resume \(command.path("run").path)\n"
    #expect(result.errors.hasSuffix(end), "\(result.errors)")
    #expect(try contents(of: command.path("run")).keys.allSatisfy { !$0.contains("partial") })
    #expect(!FileManager.default.fileExists(atPath: partial.path))
  }

  /// A single update that takes too long: nobody waits for it. The alarm is sent here, instead of waited for.
  @Test func anUpdateThatIsTooLongIsGivenUp() throws {
    let process = try command.start(
      command.small(
        steps: 100_000, out: "run", "--set", "checkpoint.every=50", "--set", "batch_size=100000", "--set",
        "hidden_sizes=[256,256]"))
    defer { process.send(SIGKILL) }
    try #require(eventually { lastCheckpoint("run") >= 50 })
    usleep(300_000)
    process.send(SIGALRM)
    usleep(50_000)
    #expect(process.process.isRunning)
    process.send(SIGTERM)
    usleep(50_000)
    process.send(SIGALRM)
    let result = try process.finish()
    #expect(result.wasKilled && result.status == SIGTERM)
    #expect(
      result.errors.contains("the step did not end within 30 s\nended at once: what came after step "),
      "\(result.errors)")
  }

  /// An evaluation that would take hours: the checkpoint says that it is still to be made, and the run goes on with it.
  @Test func anInterruptedEvaluationIsMadeWhenTheRunGoesOn() throws {
    let process = try command.start(
      command.small(steps: 300, out: "run", "--set", "evaluation.episodes=10000000", "--set", "report_every=249"))
    defer { process.send(SIGKILL) }
    try #require(
      eventually { (try? String(contentsOf: process.errors, encoding: .utf8))?.contains("249/300") == true })
    usleep(200_000)
    process.send(SIGTERM)
    _ = try process.finish()
    #expect(lastCheckpoint("run") == 250)
    let settings = command.path("run/config.yaml")
    try String(contentsOf: settings, encoding: .utf8).replacing("episodes: 10000000", with: "episodes: 2").write(
      to: settings, atomically: true, encoding: .utf8)
    #expect(try command.run(["resume", "run"]).status == 0)
    #expect(try command.run(command.small(steps: 300, out: "whole", "--set", "report_every=249")).status == 0)
    let best = "best/learner.safetensors"
    #expect(try contents(of: command.path("run"))[best] == contents(of: command.path("whole"))[best])
    func evaluations(_ run: String) throws -> [String] {
      try String(contentsOf: command.path("\(run)/metrics.jsonl"), encoding: .utf8).split(separator: "\n").filter {
        $0.contains("evaluation_return")
      }.map { String($0).replacing(/"(processor_)?seconds":[^,]*,/, with: "") }
    }
    #expect(try evaluations("run") == evaluations("whole"))
  }

  @Test func oneProcessTrainsAtATime() throws {
    let process = try command.start(command.small(steps: 1_000_000, out: "run"))
    defer { process.send(SIGKILL) }
    try #require(eventually { lastCheckpoint("run") >= 100 })
    let second = try command.run(["resume", "run"])
    #expect(second.errors == "sinew: run is being trained by process \(process.process.processIdentifier)\n")
    #expect(second.status == 1)
  }

  // MARK: Disks

  /// A small file system of its own, where that is allowed.
  private func withFileSystem(_ options: String, _ body: (String) throws -> Void) throws {
    let place = command.path("mounted")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    func system(_ arguments: [String]) throws -> Bool {
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/env")
      process.arguments = arguments
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      return process.terminationStatus == 0
    }
    guard try system(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place.path]) else { return }
    defer { _ = try? system(["umount", place.path]) }
    try body(place.path)
  }

  @Test(.enabled(if: getuid() == 0, "mounting a full disk takes root"))
  func aFullDiskLeavesTheOldCheckpoint() throws {
    try withFileSystem("size=400k") { place in
      let result = try command.run(command.small(steps: 100_000, out: "\(place)/run"))
      #expect(result.status == 1)
      let message = try #require(result.errors.split(separator: "\n").last)
      #expect(message.hasPrefix("sinew: cannot write ") && message.contains("No space left on device"), "\(message)")
      let left = checkpoints("mounted/run")
      #expect(!left.isEmpty && left.allSatisfy { $0.hasPrefix("step-") }, "\(left)")
      let evaluated = try command.run(["evaluate", "\(place)/run", "--episodes", "1", "--checkpoint", "last"])
      #expect(evaluated.status == 0, "\(evaluated.errors)")
      let metrics = try String(contentsOf: command.path("mounted/run/metrics.jsonl"), encoding: .utf8)
      #expect(metrics.hasSuffix("}\n"))
    }
  }

  @Test(.enabled(if: getuid() == 0, "mounting a read-only disk takes root"))
  func aReadOnlyDiskIsOneLine() throws {
    try withFileSystem("ro") { place in
      let result = try command.run(command.small(out: "\(place)/run"))
      #expect(result.errors.hasSuffix("Read-only file system\n"), "\(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1)
      #expect(result.status == 1)
    }
  }

  @Test(.enabled(if: getuid() != 0, "root may write everywhere"))
  func aForbiddenFolderIsOneLine() throws {
    let place = command.path("forbidden")
    try FileManager.default.createDirectory(
      at: place, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o555])
    let result = try command.run(command.small(out: "forbidden/run"))
    #expect(result.errors.hasSuffix("Permission denied\n"), "\(result.errors)")
    #expect(result.status == 1)
  }
}
