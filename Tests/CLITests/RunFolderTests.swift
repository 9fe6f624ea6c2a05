import Foundation
import Testing

/// What happens to a run's folder, and to a dataset's, while it is written: kills at every point, moves, links,
/// leftovers.
struct RunFolderTests {
  let command: Command

  init() throws { command = try Command() }

  /// A process ends itself at the first point of a file's life, the next run at the second, and so on until one gets to
  /// its end.
  @Test func aRunThatIsKilledAnywhereReachesTheSameBits() throws {
    let keep = ["--set", "checkpoint.keep=1"]
    #expect(try command.run(command.tiny("whole") + keep).status == 0)
    let run = command.path("run")
    var point = 1
    while true {
      try? FileManager.default.removeItem(at: run)
      let killed = try command.run(
        command.tiny("run") + keep, environment: ["SINEW_KILL_AT_POINT": "\(point)"])
      guard killed.wasKilled else {
        #expect(killed.status == 0, "\(killed.errors)")
        break
      }
      let exists = FileManager.default.fileExists(atPath: run.path)
      let last = try command.run(exists ? ["resume", "run"] : command.tiny("run") + keep)
      #expect(last.status == 0, "point \(point): \(last.errors)")
      try expectSameBits(command.path("whole"), run)
      let left = try FileManager.default.subpathsOfDirectory(atPath: command.folder.path)
      #expect(left.allSatisfy { !$0.contains("partial") }, "point \(point)")
      point += 1
    }
    // Two checkpoints of five files each, two best policies, four lines of metrics, the settings.
    #expect(point > 50)
    try expectSameBits(command.path("whole"), run)
  }

  @Test func aRunThatWasKilledBeforeItRemovedACheckpointDoesSoWhenItGoesOn() throws {
    #expect(try command.run(command.tiny("run", "--set", "checkpoint.keep=1")).status == 0)
    let files = FileManager.default
    try files.copyItem(at: command.path("run/checkpoints/step-20"), to: command.path("run/checkpoints/step-10"))
    #expect(try command.run(["resume", "run"]).status == 0)
    #expect(try files.contentsOfDirectory(atPath: command.path("run/checkpoints").path) == ["step-20"])
  }

  @Test func aDatasetIsReplacedOnlyByAWholeOne() throws {
    let files = FileManager.default
    try command.folder.makeRecipe()
    #expect(try command.run(["dataset", "generate", "tiny.yaml", "--out", "data-v0"]).status == 0)
    let before = try contents(of: command.path("data-v0"))
    for point in 1...3 {
      let killed = try command.run(
        ["dataset", "generate", "tiny.yaml", "--out", "data-v0", "--force"],
        environment: ["SINEW_KILL_AT_POINT": "\(point)"])
      #expect(killed.wasKilled)
      #expect(try contents(of: command.path("data-v0")) == before, "point \(point)")
    }
    try command.folder.makeRecipe(policy: "none.safetensors")
    let failed = try command.run(["dataset", "generate", "tiny.yaml", "--out", "data-v0", "--force"])
    #expect(failed.status == 2)
    #expect(try contents(of: command.path("data-v0")) == before)
    try "environment: pendulum\nparts:\n  - {policy: random, transitions: 30}\n".write(
      to: command.path("tiny.yaml"), atomically: true, encoding: .utf8)
    let result = try command.run(["dataset", "generate", "tiny.yaml", "--out", "data-v0", "--force"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try contents(of: command.path("data-v0")) != before)
    #expect(try files.contentsOfDirectory(atPath: command.folder.path).allSatisfy { !$0.contains("partial") })
  }

  @Test(arguments: [true, false])
  func aRunWhoseFolderIsGoneStops(isMoved: Bool) throws {
    let process = try command.start(command.small(steps: 1_000_000, out: "run"))
    defer { process.send(SIGKILL) }
    let files = FileManager.default
    let run = command.path("run")
    try #require(eventually { files.fileExists(atPath: run.appending(path: "checkpoints/step-100").path) })
    if isMoved {
      try files.moveItem(at: run, to: command.path("elsewhere"))
    } else {
      // Under another name first, so that nothing is written into it while it is removed.
      try files.moveItem(at: run, to: command.path("doomed"))
      try files.removeItem(at: command.path("doomed"))
    }
    #expect(eventually { !process.process.isRunning })
    process.send(SIGKILL)
    let result = try process.finish()
    #expect(result.status == 1)
    let line = try #require(result.errors.split(separator: "\n").last)
    #expect(line.hasPrefix("sinew: stopped at step "))
    if isMoved {
      #expect(line.contains("the run folder run has been moved to \(command.path("elsewhere").path)"), "\(line)")
      #expect(line.contains("/elsewhere/checkpoints/step-"))
      let resumed = try command.run(["resume", "elsewhere", "--steps", "1"])
      #expect(resumed.status == 2 && resumed.errors.contains("elsewhere has done "), "\(resumed.errors)")
    } else {
      #expect(line.contains("the run folder run has been ") && line.contains("/checkpoints/step-"), "\(line)")
    }
    #expect(!files.fileExists(atPath: run.path))
  }

  @Test(arguments: ["metrics.jsonl", "checkpoints", "best", "config.yaml", "robot", "robot.yaml"])
  func linksInARunAreNotFollowed(name: String) throws {
    #expect(try command.run(command.tiny("run")).status == 0)
    let files = FileManager.default
    try files.moveItem(at: command.path("run/\(name)"), to: command.path("target"))
    try files.createSymbolicLink(at: command.path("run/\(name)"), withDestinationURL: command.path("target"))
    let before =
      try ["checkpoints", "best", "robot"].contains(name)
      ? contents(of: command.path("target")) : ["": Data(contentsOf: command.path("target"))]
    let result = try command.run(["resume", "run", "--steps", "30"])
    #expect(result.status == 1)
    #expect(result.errors.hasPrefix("sinew: run/\(name) is a symbolic link, which is not followed"), "\(result.errors)")
    let after =
      try ["checkpoints", "best", "robot"].contains(name)
      ? contents(of: command.path("target")) : ["": Data(contentsOf: command.path("target"))]
    #expect(before == after)
  }

  @Test func whatKilledProcessesLeftIsRemovedByTheNext() throws {
    let files = FileManager.default
    // No process has this number: the largest that Linux gives is 4194304.
    let gone = 5_000_000
    for name in [".run.\(gone).partial", ".page.html.\(gone).partial", ".film.mp4.ABC.\(gone).unfinished"] {
      try files.createDirectory(at: command.path(name), withIntermediateDirectories: false)
      try Data("half".utf8).write(to: command.path("\(name)/file"))
    }
    let own = ".mine.\(getpid()).partial"
    try Data("in the making".utf8).write(to: command.path(own))
    try Data("a user's".utf8).write(to: command.path("notes.1.partial"))
    #expect(try command.run(["env", "view", "pendulum", "--output", "page.html"]).status == 0)
    let left = try files.contentsOfDirectory(atPath: command.folder.path).filter {
      !$0.hasPrefix("out-") && !$0.hasPrefix("errors-")
    }
    #expect(left.sorted() == [own, "notes.1.partial", "page.html"])
  }

  @Test func statisticsThatCannotBeAreNamed() throws {
    let folder = command.path("run")
    try FileManager.default.copyItem(at: Command.fixture("checkpoint-negative-squares"), to: folder)
    let evaluated = try command.run(["evaluate", "run", "--checkpoint", "last", "--episodes", "1"])
    #expect(evaluated.status == 1 && !evaluated.wasKilled)
    #expect(
      evaluated.errors.hasPrefix(
        "sinew: run/checkpoints/step-60/learner.safetensors: the array 'normalisation_of_run.observations.squares' holds -"
      ),
      "\(evaluated.errors)")
    let resumed = try command.run(["resume", "run", "--steps", "70"])
    #expect(resumed.status == 1 && resumed.errors.contains("observations.squares' holds -"), "\(resumed.errors)")
  }

  @Test func aKeyDoesNotLeadOutOfACheckpoint() throws {
    #expect(try command.run(command.tiny("run")).status == 0)
    for name in ["best/learner.safetensors", "checkpoints/step-20/learner.safetensors"] {
      try command.path("run/\(name)").addMetadata("shape.x/../../../stolen", "2")
    }
    for arguments in [["evaluate", "run"], ["resume", "run", "--steps", "30"]] {
      let result = try command.run(arguments)
      #expect(result.status == 1)
      #expect(result.errors.contains("'x/../../../stolen' is no name of an array"), "\(result.errors)")
    }
  }
}

extension URL {
  /// Puts one more text into the header of a safetensors file.
  func addMetadata(_ key: String, _ value: String) throws {
    var data = try Data(contentsOf: self)
    let length = data.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    var header = try #require(JSONSerialization.jsonObject(with: data[8..<8 + length]) as? [String: Any])
    var metadata = header["__metadata__"] as? [String: String] ?? [:]
    metadata[key] = value
    header["__metadata__"] = metadata
    let json = try JSONSerialization.data(withJSONObject: header)
    var size = UInt64(json.count).littleEndian
    data.replaceSubrange(0..<8 + length, with: withUnsafeBytes(of: &size) { Data($0) } + json)
    try data.write(to: self)
  }
}
