import Foundation

@testable import SinewPhysics

/// What suites of single cases share: small texts and files that are read, and errors as text.
protocol ImportCases {}

extension ImportCases {
  func read(_ text: String) throws -> Model { try Model(mjcf: "<mujoco>\(text)</mujoco>", name: "i.xml") }

  func error(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "none"
    } catch { return "\(error)" }
  }

  func close(_ a: SIMD3<Double>, _ b: SIMD3<Double>, _ tolerance: Double = 1e-9) -> Bool {
    length(a - b) < tolerance
  }

  /// A folder with files that is gone afterwards.
  func withFiles<R>(_ files: [String: String], _ body: (URL) throws -> R) throws -> R {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sinew-case-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files {
      try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
    }
    return try body(folder)
  }

  /// One link, whose model and file have other names.
  static var limb: String {
    """
    <mujoco model="limb"><worldbody><body name="upper" pos="0 0 .7" euler="0 0 90"><joint name="s" axis="0 1 0"/>
    <geom size=".1" pos=".2 0 0"/></body></worldbody></mujoco>
    """
  }
}
