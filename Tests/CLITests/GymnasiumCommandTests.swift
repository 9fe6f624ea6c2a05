import Foundation
import SinewTestSupport
import Testing

/// `--env gym:ID` on the command line.
@Suite(.enabled(if: GymnasiumPython.isUsed, "\(GymnasiumPython.note)")) struct GymnasiumCommandTests {
  let command: Command

  init() throws { command = try Command() }

  private static let module = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "GymnasiumTests/Fixtures/sinew_test_environments.py").path

  private func hosting() throws -> [String] {
    ["--gym-python", try #require(GymnasiumPython.path, "\(GymnasiumPython.note)"), "--gym-module", Self.module]
  }

  private func train(_ out: String, _ id: String, steps: Int, _ more: String...) throws -> [String] {
    try [
      "train", "sac", "--env", "gym:\(id)", "--out", out, "--steps", "\(steps)", "--seed", "7", "--num-envs", "2",
      "--set",
      "batch_size=4", "--set", "hidden_sizes=[4]", "--set", "warm_up_steps=20", "--set", "report_every=20", "--set",
      "evaluation.every=40", "--set", "evaluation.episodes=2", "--set", "checkpoint.every=40", "--set",
      "checkpoint.keep=100",
    ] + hosting() + more
  }

  /// Processes that were started for the environments of a file or folder in this test's own folder.
  private func workers(of process: pid_t) -> [pid_t] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { pid_t($0) } ?? []
    return all.filter { parent(of: $0) == process }
  }

  private func parent(of process: pid_t) -> pid_t? {
    let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    return (text?.split(separator: ")").last?.split(separator: " ")).flatMap { $0.count > 1 ? pid_t($0[1]) : nil }
  }

  private func isAlive(_ process: pid_t) -> Bool {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return false }
    return text.split(separator: ")").last?.split(separator: " ").first != "Z"
  }

  @Test func aPolicyActsOnBothSides() throws {
    let ways = [([], "hopper", "gym:Hopper-v5"), (["--env", "gym:Hopper-v5"], "gym:Hopper-v5", "hopper")]
    for (options, home, away) in ways {
      let result = try command.run(
        ["transfer", "hopper-medium", "--episodes", "3", "--json"] + options + hosting())
      #expect(result.status == 0, "\(result.errors)")
      let parsed = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
      #expect((parsed?["home"] as? [String: Any])?["environment"] as? String == home)
      #expect((parsed?["away"] as? [String: Any])?["environment"] as? String == away)
      #expect(parsed?["same_starts"] as? Bool == true)
      let partings = try #require(parsed?["partings"] as? [[String: Any]])
      // The same robot in the same state under the same policy: not within the first two of 8 ms.
      #expect(partings.count == 3 && partings.allSatisfy { ($0["seconds"] as? Double ?? 0) > 0.02 })
      #expect((parsed?["kept_ci95"] as? [Double])?.count == 2)
    }
    let table = try command.run(["transfer", "hopper-medium", "hopper-medium", "--episodes", "1"] + hosting())
    #expect(table.status == 0 && table.output.contains("all together: "), "\(table.output)\(table.errors)")
  }

  @Test func trainsEvaluatesAndRecords() throws {
    let trained = try command.run(train("run", "SinewTests/Line-v0", steps: 120))
    #expect(trained.status == 0, "\(trained.errors)")
    let settings = try String(contentsOf: command.path("run/config.yaml"), encoding: .utf8)
    #expect(settings.contains("gym:SinewTests/Line-v0"))
    #expect(settings.contains(Self.module))

    let evaluated = try command.run(["evaluate", "run", "--episodes", "3", "--steer", "run", "--json"])
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    #expect(evaluated.output.contains("\"return_mean\"") && evaluated.output.contains("\"success_rate\""))

    let recorded = try command.run(["dataset", "record", "run", "--episodes", "3", "--out", "line-mine-v0", "--json"])
    #expect(recorded.status == 0 && recorded.output.contains("\"episodes\": 3"), "\(recorded.errors)")
    let script = """
      import minari
      data = minari.load_dataset("line-mine-v0")
      print(data.total_episodes, data.action_space.high.tolist(), [len(e.rewards) for e in data.iterate_episodes()])
      """
    let python = try #require(GymnasiumPython.path)
    let read = try GymnasiumPython.run(
      python, script, environment: ["MINARI_DATASETS_PATH": command.folder.path])
    #expect(read.output.hasPrefix("3 [0.29999998211860657] ["), "\(read.output)")
    let validated = try command.run(["dataset", "validate", "line-mine-v0"])
    #expect(validated.status == 0, "\(validated.errors)")

    let learned = try command.run(
      ["train", "bc", "--dataset", "./line-mine-v0", "--steps", "5", "--out", "cloned", "--set", "hidden_sizes=[4]"]
        + hosting())
    #expect(learned.status == 0, "\(learned.errors)")
  }

  /// The same recipe gives the same bits, and Python reads who made them where.
  @Test func aRecipeOfMuJoCosIsMadeTwice() throws {
    try FileManager.default.createDirectory(at: command.path("Recipes"), withIntermediateDirectories: true)
    try FileManager.default.createDirectory(at: command.path("policies"), withIntermediateDirectories: true)
    let shipped = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Datasets/policies/hopper-medium.safetensors")
    try FileManager.default.copyItem(at: shipped, to: command.path("policies/mine.safetensors"))
    try """
    environment: gym:Hopper-v5
    parts: [{policy: mine.safetensors, transitions: 300}, {policy: random, episodes: 2}]
    """.write(to: command.path("Recipes/both.yaml"), atomically: true, encoding: .utf8)
    let python = URL(filePath: try #require(GymnasiumPython.path, "\(GymnasiumPython.note)"))
    let path = python.deletingLastPathComponent().path + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
    for name in ["one-v0", "other-v0"] {
      let made = try command.run(
        ["dataset", "generate", "Recipes/both.yaml", "--out", name], environment: ["PATH": path])
      #expect(made.status == 0, "\(made.errors)")
    }
    let script = """
      import minari, numpy
      one, other = minari.load_dataset("one-v0"), minari.load_dataset("other-v0")
      same = all(
          numpy.array_equal(a.observations, b.observations) and numpy.array_equal(a.rewards, b.rewards)
          for a, b in zip(one.iterate_episodes(), other.iterate_episodes()))
      print(same, one.total_steps > 300, one.recover_environment().spec.id)
      """
    let read = try GymnasiumPython.run(
      python.path, script, environment: ["MINARI_DATASETS_PATH": command.folder.path])
    #expect(read.output == "True True Hopper-v5\n")
    let missing = try command.run(
      ["dataset", "generate", "Recipes/both.yaml", "--out", "third-v0"], environment: ["PATH": "/nowhere"])
    #expect(missing.status == 1 && missing.errors.contains("there is no Python on PATH"), "\(missing.errors)")
    #expect(!FileManager.default.fileExists(atPath: command.path("third-v0").path))
  }

  /// New episodes begin, and all else goes on: twice from the same checkpoint to the same bits.
  @Test func resumesToTheSameBitsEachTime() throws {
    #expect(try command.run(train("run", "SinewTests/Line-v0", steps: 80)).status == 0)
    let folder = command.folder
    for copy in ["a", "b"] {
      try FileManager.default.copyItem(at: folder.appending(path: "run"), to: folder.appending(path: copy))
      let resumed = try command.run(["resume", copy, "--steps", "160"])
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(
        resumed.errors.contains(
          "gym:SinewTests/Line-v0 has no exact state: new episodes begin; everything else goes on exactly"))
    }
    let (a, b) = try (contents(of: folder.appending(path: "a")), contents(of: folder.appending(path: "b")))
    let checkpoints = a.keys.filter { $0.hasSuffix(".safetensors") }
    #expect(checkpoints.contains { $0.contains("step-160") })
    for name in checkpoints { #expect(a[name] == b[name], "\(name)") }
  }

  /// What was learned before an environment failed is kept to the last step.
  @Test func aFaultLosesNothing() throws {
    let result = try command.run(train("run", "SinewTests/Bad-v0", steps: 200, "--gym-arg", "fault=raise"))
    #expect(result.status == 1)
    let lines = result.errors.split(separator: "\n").filter { $0.hasPrefix("sinew: ") }
    #expect(lines.count == 1)
    let line = try #require(lines.first)
    #expect(line.contains("ValueError: the motor is (sinew_test_environments.py, line "), "\(line)")
    #expect(line.contains("the last good checkpoint is run/checkpoints/step-8"), "\(line)")
    let file = command.path("run/config.yaml")
    let settings = try String(contentsOf: file, encoding: .utf8)
    try Data(settings.replacing("fault=raise", with: "fault=none").utf8).write(to: file)
    let resumed = try command.run(["resume", "run", "--steps", "16"])
    #expect(resumed.status == 0, "\(resumed.errors)")
  }

  @Test func noWorkerIsLeft() throws {
    for code in [SIGKILL, SIGTERM, SIGINT] {
      let out = "run-\(code)"
      let started = try command.start(train(out, "SinewTests/Line-v0", steps: 1_000_000))
      let process = started.process.processIdentifier
      #expect(eventually { FileManager.default.fileExists(atPath: command.path("\(out)/checkpoints/step-40").path) })
      let workers = workers(of: process)
      #expect(!workers.isEmpty)
      started.send(code)
      let result = try started.finish()
      #expect(eventually { !workers.contains(where: isAlive) }, "after \(code)")
      if code != SIGKILL { #expect(result.errors.contains("continue with: sinew resume \(out)"), "\(result.errors)") }
      #expect(try command.run(["evaluate", out, "--episodes", "1"]).status == 0)
    }
  }

  @Test func aKilledWorkerEndsTheRunInOneLine() throws {
    let started = try command.start(train("run", "SinewTests/Line-v0", steps: 1_000_000))
    #expect(eventually { FileManager.default.fileExists(atPath: command.path("run/checkpoints/step-40").path) })
    let workers = workers(of: started.process.processIdentifier)
    workers.forEach { kill($0, SIGKILL) }
    let result = try started.finish()
    #expect(result.status == 1)
    let line = result.errors.split(separator: "\n").last ?? ""
    #expect(line.hasPrefix("sinew: stopped at step ") && line.contains("was ended by signal 9 (Killed)"), "\(line)")
    #expect(line.contains("the last good checkpoint is run/checkpoints/step-"), "\(line)")
    #expect(try command.run(["evaluate", "run", "--episodes", "1"]).status == 0)
  }

  @Test func filmsAndDescribes() throws {
    let info = try command.run(["env", "info", "gym:SinewTests/Line-v0"] + hosting())
    #expect(info.status == 0 && info.output.contains("observations    2: vector 2"), "\(info.errors)\(info.output)")
    let view = try command.run(["env", "view", "gym:SinewTests/Line-v0", "--picture", "line.png"] + hosting())
    #expect(view.status == 0, "\(view.errors)")
    #expect(try Data(contentsOf: command.path("line.png")).prefix(4) == Data([0x89, 0x50, 0x4E, 0x47]))
    let page = try command.run(["env", "view", "gym:SinewTests/Line-v0"] + hosting())
    #expect(page.status == 2 && page.errors.contains("name a film with --video"), "\(page.errors)")
  }

  @Test func misusesAreOneLine() throws {
    let python = try #require(GymnasiumPython.path)
    let unknown = try command.run(["train", "sac", "--env", "gym:Hoper-v5", "--gym-python", python])
    #expect(unknown.status == 2 && unknown.errors.contains("did you mean"), "\(unknown.errors)")
    let missing = try command.run(["train", "sac", "--env", "gym:Hopper-v5", "--gym-python", "/no/python"])
    #expect(missing.status == 1 && missing.errors == "sinew: there is no Python at /no/python\n", "\(missing.errors)")
    let setting = try command.run(["train", "sac", "--env", "gym:Hopper-v5", "--set", "gymnasium.workers=0"])
    #expect(
      setting.status == 2 && setting.errors.contains("gymnasium.workers must be 1 to 1024, not 0"), "\(setting.errors)")
    let random = try command.run(["dataset", "record", "random", "--out", "x-v0"])
    #expect(random.status == 2 && random.errors.contains("--env"), "\(random.errors)")
  }

  @Test func recordsOurs() throws {
    let recorded = try command.run([
      "dataset", "record", "random", "--env", "pendulum", "--episodes", "2", "--out", "pendulum-random-v0",
    ])
    #expect(recorded.status == 0, "\(recorded.errors)")
    let info = try command.run(["dataset", "info", "./pendulum-random-v0"])
    #expect(info.output.contains("environment   pendulum"), "\(info.output)\(info.errors)")
  }
}
