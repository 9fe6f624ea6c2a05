import Foundation
import SinewTestSupport
import Testing

/// The built `sinew`, run as a user would in a folder of its own.
final class Command {
  /// What a finished command left.
  struct Result {
    var status: Int32
    var wasKilled: Bool
    var output: String
    var errors: String
  }

  private let temporary: TemporaryFolder
  var folder: URL { temporary.url }
  private let binary: URL

  /// - Parameters:
  ///   - program: what was built and is run.
  ///   - folder: where; nil for a folder of its own.
  init(program: String = "sinew", in folder: TemporaryFolder? = nil) throws {
    temporary = try folder ?? TemporaryFolder()
    binary = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: program)
  }

  func path(_ name: String) -> URL { folder.appending(path: name) }

  /// A command that has been started, with files for what it prints.
  struct Started {
    let process: Process
    let output: URL
    let errors: URL

    func finish() throws -> Result {
      process.waitUntilExit()
      return Result(
        status: process.terminationStatus, wasKilled: process.terminationReason == .uncaughtSignal,
        output: try String(contentsOf: output, encoding: .utf8), errors: try String(contentsOf: errors, encoding: .utf8)
      )
    }

    /// Nothing once it has ended.
    func send(_ code: Int32) { if process.isRunning { kill(process.processIdentifier, code) } }
  }

  /// Starts the command.
  ///
  /// - Parameters:
  ///   - output: where standard output goes; nil for a file of its own.
  ///   - environment: added to this process's.
  ///   - memory: bytes of address space that it may have; nil for no limit.
  func start(
    _ arguments: [String], output: URL? = nil, environment: [String: String] = [:], memory: Int? = nil
  ) throws -> Started {
    let files = FileManager.default
    let (out, errors) = (output ?? path("out-\(UUID().uuidString)"), path("errors-\(UUID().uuidString)"))
    for file in [out, errors] where !files.fileExists(atPath: file.path) {
      _ = files.createFile(atPath: file.path, contents: nil)
    }
    let process = Process()
    process.executableURL = binary
    process.arguments = arguments
    if let memory {
      process.executableURL = URL(filePath: "/bin/bash")
      process.arguments = ["-c", "ulimit -v \(memory >> 10); exec \"$0\" \"$@\"", binary.path] + arguments
    }
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(["COLUMNS": "80"]) { $1 }.merging(environment) {
      $1
    }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: out)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    return Started(process: process, output: out, errors: errors)
  }

  func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Result {
    try start(arguments, environment: environment).finish()
  }

  /// A line of the shell, in which `sinew` is the built one.
  func shell(_ line: String) throws -> Result {
    let process = Process()
    let (output, errors) = (path("out-\(UUID().uuidString)"), path("errors-\(UUID().uuidString)"))
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", "sinew() { '\(binary.path)' \"$@\"; }\n" + line]
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    return try Started(process: process, output: output, errors: errors).finish()
  }

  /// The settings of a training run of some hundred milliseconds.
  static let tiny = [
    "--steps", "20", "--seed", "7", "--set", "batch_size=4", "--set", "hidden_sizes=[4]", "--set", "warm_up_steps=5",
    "--set", "report_every=10", "--set", "evaluation.every=10", "--set", "evaluation.episodes=1", "--set",
    "checkpoint.every=10",
  ]

  /// Such a run.
  func tiny(_ out: String, _ more: String...) -> [String] {
    ["train", "sac", "--env", "pendulum", "--out", out] + Self.tiny + more
  }

  /// A file of the tests' own.
  static func fixture(_ name: String) throws -> URL {
    guard let folder = Bundle.module.resourceURL else { throw CocoaError(.fileNoSuchFile) }
    return folder.appending(path: "Fixtures/\(name)")
  }

  /// A training run of two or three seconds.
  func small(steps: Int = 1500, out: String, _ more: String...) -> [String] {
    [
      "train", "sac", "--env", "pendulum", "--steps", "\(steps)", "--seed", "7", "--out", out, "--set", "batch_size=16",
      "--set", "hidden_sizes=[16,16]", "--set", "warm_up_steps=100", "--set", "report_every=50", "--set",
      "evaluation.every=250", "--set", "evaluation.episodes=2", "--set", "checkpoint.every=100",
    ] + more
  }
}

/// Waits for something that another process does. False when it did not happen in a minute.
func eventually(_ condition: () -> Bool) -> Bool {
  for _ in 0..<3000 {
    if condition() { return true }
    usleep(20_000)
  }
  return false
}

/// Every file below `folder` with its bytes, by path.
func contents(of folder: URL) throws -> [String: Data] {
  let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
  var files: [String: Data] = [:]
  for name in names {
    let file = folder.appending(path: name)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder), !isFolder.boolValue else {
      continue
    }
    files[name] = try Data(contentsOf: file)
  }
  return files
}

/// Checkpoints and the best learner of two runs, to the bit.
func expectSameBits(_ first: URL, _ second: URL, sourceLocation: SourceLocation = #_sourceLocation) throws {
  for folder in ["checkpoints", "best"] {
    let (one, other) = try (contents(of: first.appending(path: folder)), contents(of: second.appending(path: folder)))
    #expect(!one.isEmpty, sourceLocation: sourceLocation)
    #expect(one.keys.sorted() == other.keys.sorted(), sourceLocation: sourceLocation)
    for (name, data) in one {
      #expect(other[name] == data, "\(folder)/\(name) differs", sourceLocation: sourceLocation)
    }
  }
}
