import Foundation
import SinewTestSupport
import Testing

/// The examples, run as a reader of Documentation/extending.md would.
struct ExampleTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let tiny = [
    "--steps", "60", "--seed", "7", "--set", "batch_size=4", "--set", "hidden_sizes=[4]", "--set", "warm_up_steps=5",
    "--set", "report_every=20", "--set", "evaluation.every=20", "--set", "evaluation.episodes=1", "--set",
    "checkpoint.every=20",
  ]
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ program: String, _ arguments: String...) throws -> Command.Result {
    try run(program, arguments)
  }

  private func run(_ program: String, _ arguments: [String]) throws -> Command.Result {
    let command = try Command(program: "SinewExample\(program)", in: folder)
    let result = try command.run(arguments)
    #expect(!result.wasKilled)
    return result
  }

  private func path(_ name: String) -> URL { folder.url.appending(path: name) }

  /// A learner, an environment and a wrapper of one's own: trained, stopped, resumed to the same bits, evaluated.
  @Test func aCommandOfOnesOwn() throws {
    let more = ["--env", "docking", "--wrap", "clip_reward:2"] + Self.tiny
    #expect(try run("OwnCommand", ["train", "ddpg", "--out", "whole"] + more).status == 0)
    let stopped = try run("OwnCommand", ["train", "ddpg", "--out", "parts"] + more + ["--steps", "40"])
    #expect(stopped.status == 0, "\(stopped.errors)")
    let resumed = try run("OwnCommand", "resume", "parts", "--steps", "60")
    #expect(resumed.status == 0, "\(resumed.errors)")
    try expectSameBits(path("whole"), path("parts"))
    let evaluated = try run("OwnCommand", "evaluate", "parts", "--episodes", "2", "--json")
    #expect(evaluated.status == 0 && evaluated.output.contains("\"return_ci95\""), "\(evaluated.errors)")
    // Without the additions nothing of it is known.
    let other = try Command(program: "sinew", in: folder).run(["resume", "parts"])
    #expect(other.status == 2 && other.errors.hasPrefix("sinew: unknown algorithm 'ddpg'"), "\(other.errors)")
    let unnamed = try run("OwnCommand", ["train", "ddpg", "--env", "docking"] + Self.tiny)
    #expect(unnamed.output.hasSuffix("run: runs/ddpg-docking-7\n"), "\(unnamed.output)\(unnamed.errors)")
  }

  @Test func itsNamesAreKnownEverywhere() throws {
    #expect(try run("OwnCommand", "env", "list").output.contains("docking"))
    let info = try run("OwnCommand", "env", "info", "docking")
    #expect(info.status == 0 && info.output.hasPrefix("docking: a sled on ice is brought to a mark\n"), "\(info)")
    let check = try run("OwnCommand", "env", "check", "docking")
    #expect(check.status == 0 && check.output.hasPrefix("docking: keeps what an environment promises"), "\(check)")
    let bench = try run("OwnCommand", "bench", "env", "docking", "--seconds", "0.1", "--json")
    #expect(bench.status == 0 && bench.output.contains("\"env\": \"docking\""), "\(bench)")
    let view = try run("OwnCommand", "env", "view", "docking", "--replay", "page.html")
    #expect(view.status == 2 && view.errors.contains("docking has no physics to look at"), "\(view)")
    let near = try run("OwnCommand", "train", "ddpg", "--env", "dockin")
    #expect(
      near.errors == "SinewExampleOwnCommand: unknown environment 'dockin'; did you mean 'docking'?\n", "\(near.errors)"
    )
    let wrapper = try run("OwnCommand", "train", "ddpg", "--env", "docking", "--wrap", "clip_reward")
    #expect(wrapper.status == 2 && wrapper.errors.contains("the wrapper clip_reward takes a number"), "\(wrapper)")
    let help = try run("OwnCommand", "train", "--help").output
    #expect(help.contains("SinewExampleOwnCommand train") && help.contains("ddpg"), "\(help)")
    let terms = try run("OwnCommand", "env", "terms", "power")
    #expect(terms.output.hasPrefix("power, a term of reward: "), "\(terms)")
    #expect(terms.output.hasSuffix("example: - power: {above: 1, weight: -0.01}\n"), "\(terms)")
  }

  /// A term in a task file, whose run keeps the file.
  @Test func aTermOfOnesOwn() throws {
    let task = Self.root.appending(path: "Examples/lever").path
    let trained = try run("OwnCommand", ["train", "sac", "--env", task + "/", "--out", "lever"] + Self.tiny)
    #expect(trained.status == 0, "\(trained.errors)")
    #expect(try run("OwnCommand", "evaluate", "lever", "--episodes", "1").status == 0)
    let other = try Command(program: "sinew", in: folder).run(["env", "info", task + "/task.yaml"])
    #expect(other.status == 2 && other.errors.contains("unknown term in reward 'power'"), "\(other.errors)")
  }

  @Test func theLibrary() throws {
    let pendulum = try run("TrainPendulum", "1200")
    #expect(pendulum.status == 0 && pendulum.errors.isEmpty && pendulum.output.contains("return"), "\(pendulum)")
    let evaluated = try run("EvaluatePolicy", "hopper-expert", "2")
    #expect(evaluated.status == 0 && evaluated.errors.isEmpty, "\(evaluated.errors)")
    #expect(evaluated.output.split(separator: "\n").count == 2 && evaluated.output.contains("95 % interval"))
  }

  @Test func aFormatOfOnesOwn() throws {
    var lines = ["episode,place,velocity,force,reward"]
    for episode in 0..<3 {
      for step in 0...20 { lines.append("\(episode),\(Double(step) * 0.1 - 1),0.1,\(step % 2 == 0 ? 1 : -1),-0.5") }
    }
    try folder.write(lines.joined(separator: "\n"), to: "log.csv")
    let converted = try run("ConvertLog", "log.csv", "log")
    #expect(converted.output == "3 episodes, 60 transitions in log\n", "\(converted)")
    let dataset = path("log").path
    let trained = try run(
      "OwnCommand", "train", "bc", "--dataset", dataset, "--out", "cloned", "--steps", "20", "--set", "batch_size=4",
      "--set", "evaluation.episodes=1")
    #expect(trained.status == 0, "\(trained.errors)")
    try folder.write("episode\n1,2\n", to: "wrong.csv")
    let wrong = try run("ConvertLog", "wrong.csv", "none")
    #expect(wrong.status == 1 && wrong.errors.contains("row 0: has to be five numbers"), "\(wrong)")
  }

  /// Documentation/extending.md shows the examples' files as they are, and no Swift that is not compiled: what is not a
  /// file of theirs is a piece of one, or a manifest.
  @Test func thePageShowsTheFiles() throws {
    let page = try String(contentsOf: Self.root.appending(path: "Documentation/extending.md"), encoding: .utf8)
    let blocks = page.matches(
      of: try Regex(
        "(?:\\[(Examples/[^\\]]+)\\]\\([^)]*\\):\n\n)?```([a-z]+)\n(.*?)```\n",
        as: (Substring, Substring?, Substring, Substring).self
      ).dotMatchesNewlines())
    let files = try #require(FileManager.default.enumerator(atPath: Self.root.appending(path: "Examples/Sources").path))
      .compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }
    let sources = try files.map {
      try String(contentsOf: Self.root.appending(path: "Examples/Sources/\($0)"), encoding: .utf8)
    }
    var counts = (files: 0, pieces: 0, manifests: 0)
    for block in blocks {
      if let name = block.1 {
        counts.files += 1
        let file = try String(contentsOf: Self.root.appending(path: String(name)), encoding: .utf8)
        #expect(file == block.3, "\(name)")
      } else if block.3.hasPrefix("// swift-tools-version") {
        counts.manifests += 1
        try expectManifest(String(block.3))
      } else if block.2 == "swift" {
        counts.pieces += 1
        #expect(sources.contains { $0.contains(block.3) }, "\(block.3)")
      }
    }
    #expect(counts.files >= 8 && counts.pieces >= 2 && counts.manifests == 1, "\(counts)")
  }

  /// A manifest that the package manager reads.
  private func expectManifest(_ manifest: String) throws {
    let package = folder.url.appending(path: "manifest")
    try FileManager.default.createDirectory(at: package, withIntermediateDirectories: true)
    try manifest.write(to: package.appending(path: "Package.swift"), atomically: true, encoding: .utf8)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["swift", "package", "--package-path", package.path, "dump-package"]
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }
}
