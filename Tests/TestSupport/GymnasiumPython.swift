import Foundation

/// The Python with Gymnasium and MuJoCo that tests use: `SINEW_PYTHON`, the one that `make differential` installs, or
/// `python3`.
public enum GymnasiumPython {
  /// Its path; nil where none of them has both.
  public static let path: String? = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let installed = root.appendingPathComponent(".build/differential-python/bin/python").path
    let named = ProcessInfo.processInfo.environment["SINEW_PYTHON"]
    let found = [named, installed, "python3"].compactMap { $0 }.first { python in
      (try? run(python, "import gymnasium, mujoco, imageio, minari; assert int(gymnasium.__version__[0]) >= 1"))?.status
        == 0
    }
    return found.flatMap { try? run($0, "import sys; print(sys.executable)").output }?
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }()

  /// Why tests are left out.
  public static let note: String =
    "no Python with gymnasium[mujoco] and minari: name one with SINEW_PYTHON, or run 'make differential'"

  /// Whether tests must not be left out.
  public static var isRequired: Bool { ProcessInfo.processInfo.environment["REQUIRE_MUJOCO"]?.isEmpty == false }

  /// Whether the tests are to be run: also where Python is missing and must not be, so that they fail.
  public static var isUsed: Bool { path != nil || isRequired }

  /// Runs a script; its standard error is left out.
  public static func run(
    _ python: String, _ script: String, _ arguments: [String] = [], environment: [String: String] = [:]
  ) throws -> (status: Int32, output: String) {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [python, "-c", script] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }
}
