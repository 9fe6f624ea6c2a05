import Foundation
import SinewEvaluation
import SinewTestSupport
import Testing

@testable import SinewTraining

struct ProgressTests {
  private let report = ProgressReport(
    step: 45_000, totalSteps: 200_000, stepsPerSecond: 612.3, updatesPerSecond: 610, episodeReturn: 812.25,
    evaluationReturn: -1023.4, evaluationStep: 40_000, secondsLeft: 253.1)

  /// What `body` shows on a progress of that kind.
  private func shown(isTerminal: Bool, _ body: (ProgressLine) -> Void) throws -> String {
    let pipe = Pipe()
    let progress = ProgressLine(descriptor: pipe.fileHandleForWriting.fileDescriptor, isTerminal: isTerminal)
    body(progress)
    try pipe.fileHandleForWriting.close()
    return String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  }

  @Test func saysHowItIsGettingOn() {
    #expect(
      report.line
        == "45,000/200,000 steps (22 %) · return 812.2 · 4:13 left · evaluation -1023.4 at 40,000 · 612.3 steps/s · 610.0 updates/s"
    )
  }

  /// What matters is not what is cut off.
  @Test(arguments: [
    (110, "45,000/200,000 steps (22 %) · return 812.2 · 4:13 left · evaluation -1023.4 at 40,000 · 612.3 steps/s"),
    (80, "45,000/200,000 steps (22 %) · return 812.2 · 4:13 left · 612.3 steps/s"),
    (39, "22 % · return 812.2 · 4:13 left"),
  ])
  func leavesOutWhatMattersLeast(width: Int, expected: String) {
    #expect(report.line(width: width) == expected)
  }

  /// Warm-up takes no time: what is left is known once steps learn, from all of these.
  @Test func timeLeftIgnoresWarmUp() throws {
    var speed = Speedometer()
    for _ in 0..<5 { speed.add(steps: 1000, updates: 0, seconds: 0.1) }
    #expect(speed.secondsLeft(for: 1000) == nil)
    speed.add(steps: 1000, updates: 500, seconds: 1)
    #expect(speed.secondsLeft(for: 1000) == nil)
    // One interval with an evaluation in it among others without.
    for seconds in [2.0, 2, 6, 2] { speed.add(steps: 1000, updates: 1000, seconds: seconds) }
    #expect(try abs(#require(speed.secondsLeft(for: 1000)) - 3) < 1e-9)
    var offline = Speedometer()
    offline.add(steps: 100, updates: 100, seconds: 1)
    #expect(offline.secondsLeft(for: 50) == 0.5)
  }

  @Test func oneLineAReportElsewhere() throws {
    let text = try shown(isTerminal: false) { progress in
      progress.tick { "not shown" }
      progress.show(report)
      progress.show(report)
      progress.close()
    }
    #expect(text == report.line + "\n" + report.line + "\n")
  }

  @Test func oneLineRewrittenOnATerminal() throws {
    let text = try shown(isTerminal: true) { progress in
      progress.tick { "first" }
      progress.tick { "too soon" }
      progress.show(report)
      progress.note("done")
      progress.close()
    }
    #expect(text.hasPrefix("\rfirst\u{1B}[K\r45,000/200,000"))
    #expect(text.hasSuffix("\u{1B}[K\ndone\n"))
    #expect(!text.contains("too soon"))
    // No terminal, no width: eighty columns, of which the last stays free.
    #expect(text.split(separator: "\r")[1].prefix { $0 != "\u{1B}" }.count <= 79)
  }

  @Test func figures() {
    #expect(
      [12_345, 1_234.56, 12.34, 1.234, 0.1234, 0, -5, 1e-5, 1e8].map(short) == [
        "12345", "1234.6", "12.3", "1.23", "0.123", "0.000", "-5.00", "1e-05", "1e+08",
      ])
    #expect([0, 999, 1000, 1_234_567, -1234].map(grouped) == ["0", "999", "1,000", "1,234,567", "-1,234"])
    #expect([0, 59.6, 247, 3723, .infinity].map(clock) == ["0:00", "1:00", "4:07", "1:02:03", "0:00"])
  }
}
