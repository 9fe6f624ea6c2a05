import Foundation
import Testing

/// One command for several seeds, and what is said of their runs.
@Suite(.serialized) struct SeedsTests {
  let command: Command

  init() throws { command = try Command() }

  private func arguments(_ more: String...) -> [String] {
    var words = command.small(out: "runs/sac")
    if let index = words.firstIndex(of: "--seed") { words.removeSubrange(index...index + 1) }
    return words + more
  }

  @Test func aFolderOfSeedsIsStoppedContinuedAndCompared() throws {
    let whole = try command.run(arguments("--seeds", "1-3"))
    #expect(whole.status == 0, "\(whole.errors)")
    // The same bits as the seed by itself.
    var alone = command.small(out: "alone")
    if let index = alone.firstIndex(of: "--seed") { alone.removeSubrange(index...index + 1) }
    #expect(try command.run(alone + ["--seed", "2", "--threads", "2"]).status == 0)
    try expectSameBits(command.path("runs/sac/seed-2"), command.path("alone"))
    #expect(try command.run(["runs", "runs"]).output.split(separator: "\n").count == 4)
    // Nothing is left to do, and the table is there again.
    let again = try command.run(["resume", "runs/sac"])
    #expect(again.status == 0 && again.output == whole.output)
    // A seed whose folder is gone is trained anew.
    try FileManager.default.removeItem(at: command.path("runs/sac/seed-3"))
    // All but the processor's time is as it was.
    func figures(_ text: String) -> String { text.replacing(/\s*\S+\nruns:/, with: "runs:") }
    #expect(try figures(command.run(["resume", "runs/sac"]).output) == figures(whole.output))
    #expect(try command.run(["compare", "runs/sac", "runs/sac"]).status == 2)
    #expect(try command.run(["compare", "runs/sac/seed-[12]", "runs/sac/seed-3", "--json"]).status == 0)
    for name in ["page.html", "curves.svg", "numbers.csv"] {
      #expect(try command.run(["plot", "runs", "--out", name]).status == 0)
      #expect(FileManager.default.fileExists(atPath: command.path(name).path))
    }
    #expect(try command.run(["plot", "runs", "--out", "page.pdf"]).status == 2)
  }

  @Test func aSeedThatFailsIsNamed() throws {
    let failed = try command.run(["train", "sac", "--env", "nothing-such", "--seeds", "4,7", "--out", "none"])
    #expect(failed.status == 1)
    #expect(failed.errors.contains("seeds 4, 7 of 2 failed: unknown environment 'nothing-such'"))
    #expect(!FileManager.default.fileExists(atPath: command.path("none").path))
    for wrong in ["5-1", "", "1-", "x", "1,1", "-3", "0-100000"] {
      let result = try command.run(["train", "sac", "--env", "pendulum", "--seeds=\(wrong)", "--out", "none"])
      #expect(result.status == 2, "\(wrong)")
      #expect(!FileManager.default.fileExists(atPath: command.path("none").path))
    }
  }

  /// Killed from outside, nothing goes on in secret: the system ends the children with it.
  @Test func noSeedOutlivesTheCommand() throws {
    let started = try command.start(
      ["train", "sac", "--env", "pendulum", "--seeds", "1-2", "--steps", "100000000", "--out", "runs/sac"])
    func isRunning(_ seed: Int) throws -> Bool {
      guard FileManager.default.fileExists(atPath: command.path("runs/sac/seed-\(seed)/config.yaml").path) else {
        return false
      }
      return try command.run(["runs", "runs/sac/seed-\(seed)"]).output.contains("running")
    }
    #expect(eventually { (try? isRunning(1)) == true })
    kill(started.process.processIdentifier, SIGKILL)
    #expect(eventually { (try? isRunning(1)) == false && (try? isRunning(2)) == false })
  }
}
