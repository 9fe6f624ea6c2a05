import Foundation
import SinewFiles
import SinewTestSupport
import Testing

@testable import SinewTraining

struct MetricsLoggerTests {
  let scratch: TemporaryFolder
  var file: URL { scratch.path("metrics.jsonl") }

  init() throws { scratch = try TemporaryFolder() }

  private func log(_ steps: ClosedRange<Int>, after step: Int) throws {
    let logger = try MetricsLogger(scratch.url, keepingUpTo: step)
    for step in steps { try logger.log(step: step, [("seconds", .number(Double(step) / 2))]) }
  }

  private func text() throws -> String { try String(contentsOf: file, encoding: .utf8) }

  @Test func keepsWhatTheCheckpointHas() throws {
    try log(1...5, after: -1)
    let logger = try MetricsLogger(scratch.url, keepingUpTo: 3)
    #expect(logger.secondsBefore == 1.5)
    try logger.log(step: 4, [("seconds", .number(9))])
    #expect(
      try text() == """
        {"step":1,"seconds":0.5}
        {"step":2,"seconds":1.0}
        {"step":3,"seconds":1.5}
        {"step":4,"seconds":9.0}

        """)
  }

  @Test func dropsALineThatAKillCutShort() throws {
    try log(1...2, after: -1)
    let handle = try FileHandle(forWritingTo: file)
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(#"{"step":3,"sec"#.utf8))
    try log(3...3, after: 10)
    #expect(try text().split(separator: "\n").map(String.init).last == #"{"step":3,"seconds":1.5}"#)
    #expect(try text().split(separator: "\n").count == 3)
  }

  @Test func beginsAnew() throws {
    try log(1...5, after: -1)
    try log(7...7, after: -1)
    #expect(try text() == "{\"step\":7,\"seconds\":3.5}\n")
  }

  @Test func aFullDiskIsOneLine() throws {
    let full = URL(filePath: "/dev/full")
    guard FileManager.default.fileExists(atPath: full.path) else { return }
    #expect(
      line { _ = try MetricsLogger(scratch.path("no"), keepingUpTo: 0) }?.contains("No such file") == true
    )
    let descriptor = open(full.path, O_WRONLY)
    defer { close(descriptor) }
    #expect(
      line { try FileSystem.write("x", to: descriptor, name: "metrics.jsonl") }
        == "cannot write metrics.jsonl: No space left on device")
  }
}
