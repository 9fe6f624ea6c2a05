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
}
