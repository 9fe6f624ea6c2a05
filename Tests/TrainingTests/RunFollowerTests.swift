import Foundation
import SinewSettings
import SinewTestSupport
import Testing

@testable import SinewTraining

/// Runs that are read again and again while they are written.
@Suite struct RunFollowerTests {
  let scratch: TemporaryFolder
  let log: URL

  init() throws {
    scratch = try TemporaryFolder()
    try scratch.write("algorithm: sac\nenvironment: hopper\nsteps: 400\nseed: 1\n", to: "config.yaml")
    log = scratch.url.appending(path: "metrics.jsonl")
  }

  private func follower() throws -> RunFollower { try RunFollower(RunFolder(scratch.url)) }
  private func line(_ step: Int) -> String { #"{"step":\#(step),"seconds":1}"# + "\n" }

  private func write(_ text: String, at offset: Int) throws {
    let file = try FileHandle(forUpdating: log)
    try file.truncate(atOffset: UInt64(offset))
    try file.seekToEnd()
    try file.write(contentsOf: Data(text.utf8))
    try file.close()
  }

  @Test func onlyWhatWasAppendedIsRead() throws {
    var run = try follower()
    #expect(run.history.reports.isEmpty)
    #expect(try !run.update())
    try Data((line(1) + line(2) + line(3)).utf8).write(to: log)
    #expect(try run.update() && run.history.step == 3)
    #expect(try !run.update())
    // Of what was read only the last line is looked at again.
    let file = try FileHandle(forUpdating: log)
    try file.write(contentsOf: Data("nonsense".utf8))
    try file.close()
    #expect(try !run.update())
    try write(line(4) + "{\"st", at: 3 * line(1).utf8.count)
    #expect(try run.update() && run.history.reports.map(\.step) == [1, 2, 3, 4])
    #expect(try !run.update())
    try write(line(5), at: 4 * line(1).utf8.count)
    #expect(try run.update() && run.history.step == 5)
    // From the beginning it is not to be read.
    #expect(throws: UsageError.self) { try follower() }
  }

  @Test func aLogThatWasCutIsReadAnew() throws {
    try Data((line(1) + line(2) + line(3)).utf8).write(to: log)
    var run = try follower()
    // As a resumed run does: shorter, and then as long again before anybody has looked.
    try write(line(7) + line(8), at: line(1).utf8.count)
    #expect(try run.update() && run.history.reports.map(\.step) == [1, 7, 8])
    try write("", at: line(1).utf8.count)
    #expect(try run.update() && run.history.reports.map(\.step) == [1])
    try FileManager.default.removeItem(at: log)
    #expect(try run.update() && run.history.reports.isEmpty)
  }

  @Test func aLineThatIsNoReportIsNamed() throws {
    try Data((line(1) + line(2)).utf8).write(to: log)
    var run = try follower()
    try write("nonsense\n", at: 2 * line(1).utf8.count)
    for _ in 0..<2 {
      #expect {
        try run.update()
      } throws: {
        "\($0)".hasPrefix("line 3 of ") && "\($0)".hasSuffix("metrics.jsonl is not a report of a run")
      }
    }
    #expect(run.history.step == 2)
  }

  @Test func settingsThatChangeAreRead() throws {
    var run = try follower()
    try scratch.write("algorithm: sac\nenvironment: hopper\nsteps: 9000\nseed: 1\n", to: "config.yaml")
    #expect(try run.update() && run.history.steps == 9000)
    try FileManager.default.removeItem(at: scratch.url.appending(path: "config.yaml"))
    #expect(throws: (any Error).self) { try run.update() }
  }
}
