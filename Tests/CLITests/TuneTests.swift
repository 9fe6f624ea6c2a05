import Foundation
import Testing

/// Searches for settings, with real processes.
@Suite(.serialized) struct TuneTests {
  let command: Command

  init() throws { command = try Command() }

  /// A search whose runs take some hundred milliseconds.
  private func tiny(_ out: String, _ more: String...) -> [String] {
    let settings = Command.tiny.filter { !["--seed", "7"].contains($0) }
    return ["tune", "sac", "--env", "pendulum", "--out", out, "--seeds", "1-2", "--trials", "3"] + settings + more
  }

  private static let rate = "--vary=critic_learning_rate=1e-4:1e-2:log"

  private func journal(_ folder: String) throws -> [String] {
    let file = command.path("\(folder)/journal.jsonl")
    guard FileManager.default.fileExists(atPath: file.path) else { return [] }
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init).sorted()
  }

  @Test func aKilledSearchGoesOnAndItsBestIsAConfiguration() throws {
    let whole = try command.run(tiny("whole", Self.rate, "--report-seeds", "11-12"))
    #expect(whole.status == 0, "\(whole.errors)")
    #expect(whole.output.contains("on 2 seeds that nothing was tuned with"))
    #expect(try journal("whole").count == 3)
    // Stopped, killed, continued: the same trials, values and report.
    let stopped = try command.start(tiny("killed", Self.rate, "--report-seeds", "11-12"))
    #expect(eventually { FileManager.default.fileExists(atPath: command.path("killed/trials/0/seed-1.log").path) })
    stopped.send(SIGINT)
    let result = try stopped.finish()
    #expect(result.wasKilled && result.errors.contains("continue with: sinew resume killed"), "\(result.errors)")
    let killed = try command.start(["resume", "killed"])
    #expect(eventually { (try? journal("killed").count) ?? 0 > 0 })
    killed.send(SIGKILL)
    _ = try killed.finish()
    let journalFile = command.path("killed/journal.jsonl")
    try Data(contentsOf: journalFile).dropLast(4).write(to: journalFile)
    // The runs of the killed one end with it, perhaps a moment later.
    var resumed = try command.run(["resume", "killed"])
    for _ in 0..<5 where resumed.errors.contains("is being trained by") {
      resumed = try command.run(["resume", "killed"])
    }
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try journal("killed") == journal("whole"))
    #expect(resumed.output.replacing("killed/", with: "whole/") == whole.output)
    let again = try command.run(["resume", "killed"])
    #expect(again.output == resumed.output)
    let page = try String(contentsOf: command.path("whole/tune.html"), encoding: .utf8)
    #expect(page.contains("by critic_learning_rate</text>") && page.contains("Beside the default settings"))
    // Of trials no exact states stay.
    #expect(!FileManager.default.fileExists(atPath: command.path("whole/trials/0/seed-1/checkpoints").path))
    let trained = try command.run(["train", "--config", "whole/best.yaml", "--seed", "3", "--out", "run"])
    #expect(trained.status == 0, "\(trained.errors)")
    #expect(try command.run(["resume", "killed", "--steps", "50"]).status == 2)
  }

  @Test func aTrialThatFailsIsNamed() throws {
    let result = try command.run(
      tiny("out", "--vary=critic_learning_rate=1e-3,1e38", "--method", "random", "--report-seeds", "none", "--json"))
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("\"failed\": 1") && result.output.contains("\"trials\": 2"))
    #expect(result.errors.contains("failed: seed 1: ") && result.errors.contains("nothing else is left to try"))
    #expect(
      try String(contentsOf: command.path("out/best.yaml"), encoding: .utf8).contains("critic_learning_rate: 0.001"))
    let none = try command.run(tiny("none", "--vary=critic_learning_rate=1e36,1e37,1e38", "--method", "random"))
    #expect(none.status == 1 && none.errors.contains("all of 3 trials failed: seed 1: "), "\(none.errors)")
  }

  @Test func halvingGoesOnWithTheBest() throws {
    let result = try command.run(
      tiny("out", Self.rate, "--method", "halving", "--report-seeds", "none", "--steps", "60"))
    #expect(result.status == 0, "\(result.errors)")
    let last = try #require(journal("out").last { $0.hasPrefix("{\"trial\":3,") })
    #expect(last.contains("\"steps\":60,\"continued\":"))
  }

  @Test(arguments: [
    ("", "the space names no setting: vary one, such as --vary critic_learning_rate=1e-4:1e-2:log"),
    ("--vary discount=0.99:0.9", "discount: the low end must be below the high one, not 0.99 to 0.9"),
    ("--vary critic_learning_rate=0:1:log", "a logarithmic range must begin above 0, not at 0"),
    ("--vary discount=0.9:2", "sac: discount is 2.0, expected 0 to 1"),
    ("--vary discont=0.9:0.99", "--vary: unknown key 'discont'; did you mean 'discount'?"),
    ("--vary discount", "--vary 'discount': expected key=low:high, key=low:high:log or key=a,b,c"),
    ("--vary batch_size=16.5:64", "batch_size is an integer: its range must be of integers up to 1e9, not 16.5 to 64"),
    ("--vary steps=10:20", "--vary steps: it is not what is learned with, so it cannot be tuned"),
    ("--vary evaluation.episodes=1:20", "it is not what is learned with, so it cannot be tuned"),
    ("--vary discount=0.9:0.99 --vary discount=0.5:0.6", "the space names discount twice"),
    ("--vary discount=0.9:0.99 --trials 0", "--trials must be 1 to 10000, not 0"),
    ("--vary discount=0.9:0.99 --seeds 3-1", "--seeds must be such as 1-5 or 1,3,7"),
    ("--vary discount=0.9:0.99 --report-seeds 2-4", "--report-seeds: seed 2 is tuned with; a report needs others"),
    ("--vary discount=0.9:0.99 --objective best", "--objective must be last, mean or solve:RETURN"),
    ("--vary discount=0.9:0.99 --method halving --trials 100", "leaves less than one of 20 steps to each"),
    ("--vary discount=0.9:0.99 --env pendulun", "unknown environment 'pendulun'; did you mean 'pendulum'?"),
    ("--space nothing.yaml", "cannot read nothing.yaml: No such file or directory"),
  ])
  func whatCannotBe(options: String, message: String) throws {
    // Of an option given twice the last counts.
    let result = try command.run(tiny("out") + options.split(separator: " ").map(String.init))
    #expect(result.status == (options.hasPrefix("--space") ? 1 : 2), "\(result.errors)")
    #expect(result.errors.contains(message) && result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: command.path("out").path))
  }

  @Test func aFolderInUse() throws {
    let space = command.path("space.yaml")
    try Data("discount: 0.9:0.99\nhidden_sizes: [[4], [8, 8]]\nbatch_size: 4:64:log\n".utf8).write(to: space)
    let started = try command.start(tiny("out", "--space", "space.yaml", "--steps", "100000000"))
    #expect(eventually { FileManager.default.fileExists(atPath: command.path("out/trials/0/seed-1/config.yaml").path) })
    let second = try command.run(["resume", "out"])
    #expect(second.status == 1 && second.errors.contains("out is being trained by process"), "\(second.errors)")
    let other = try command.run(tiny("out", "--space", "space.yaml"))
    #expect(other.status == 2 && other.errors.contains("out is not empty"), "\(other.errors)")
    let settings = try String(contentsOf: command.path("out/trials/0/seed-1/config.yaml"), encoding: .utf8)
    #expect(settings.contains("hidden_sizes: [4]") || settings.contains("hidden_sizes: [8, 8]"))
    started.send(SIGKILL)
    _ = try started.finish()
  }
}
