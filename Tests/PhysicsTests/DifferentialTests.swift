import Foundation
import Testing

@testable import SinewPhysics

/// 200 random models beside MuJoCo, which stepped them already: `make differential` writes the file that is read here.
///
/// What is allowed was chosen from what was measured: see "Random models" in Environments/PARITY.md.
@Suite struct DifferentialTests {
  /// What is allowed of the models of one kind. Positions are in metres and radians, at any time; velocities after half
  /// a second.
  struct Bound: Sendable {
    var kind: String
    /// Of the greatest difference of each model's positions, the middle one.
    var middle: Double
    /// The greatest difference of positions, and of velocities.
    var position: Double
    var velocity: Double
  }

  static let bounds = [
    Bound(kind: "tree", middle: 1e-3, position: 0.02, velocity: 0.5),
    Bound(kind: "stop", middle: 3e-4, position: 0.06, velocity: 0.3),
    Bound(kind: "dry friction", middle: 6e-3, position: 0.02, velocity: 0.3),
    Bound(kind: "turning slide", middle: 4e-4, position: 4e-3, velocity: 0.05),
    Bound(kind: "loop", middle: 1.5e-3, position: 0.06, velocity: 1),
    Bound(kind: "tendon", middle: 4e-4, position: 8e-3, velocity: 0.05),
    Bound(kind: "actuator", middle: 4e-4, position: 0.01, velocity: 0.1),
    Bound(kind: "coupling", middle: 2e-4, position: 0.05, velocity: 0.3),
    Bound(kind: "press", middle: 1e-4, position: 6e-3, velocity: 5e-3),
    Bound(kind: "ellipsoid", middle: 2e-4, position: 1e-3, velocity: 1e-3),
    Bound(kind: "rest", middle: 1e-5, position: 0.015, velocity: 0.06),
  ]

  /// A model with what MuJoCo made of it.
  struct Reference: Decodable {
    var name: String
    var kind: String
    var xml: String
    var stepsPerPeriod: Int
    var controls: [[Double]]
    var positions: [[Double]]
    var velocities: [[Double]]
  }

  static let file =
    ProcessInfo.processInfo.environment["SINEW_DIFFERENTIAL"].map { URL(fileURLWithPath: $0) }
    ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent(".build/differential.jsonl")

  static let references: [Reference] = {
    guard let data = try? Data(contentsOf: file) else { return [] }
    let decoder = JSONDecoder()
    return data.split(separator: UInt8(ascii: "\n")).compactMap { try? decoder.decode(Reference.self, from: $0) }
  }()

  @Test(.enabled(if: FileManager.default.fileExists(atPath: file.path)), arguments: bounds)
  func movesAsInMuJoCo(bound: Bound) throws {
    let references = Self.references.filter { $0.kind == bound.kind }
    #expect(!references.isEmpty, "there is no \(bound.kind) in \(Self.file.path)")
    var found: [(position: Double, velocity: Double, reference: Reference)] = []
    for reference in references {
      do {
        let (position, velocity) = try Self.difference(from: reference)
        found.append((position, velocity, reference))
        if !(position <= bound.position && velocity <= bound.velocity) {
          Issue.record(
            "\(reference.name): positions differ by \(position), velocities by \(velocity)\n\(reference.xml)")
        }
      } catch {
        Issue.record("\(reference.name): \(error)\n\(reference.xml)")
      }
    }
    found.sort { $0.position < $1.position }
    guard let worst = found.last else { return }
    let middle = found[found.count / 2].position
    let names = found.suffix(found.count / 2).map(\.reference.name)
    #expect(middle <= bound.middle, "half of the models differ by \(middle) and more: \(names)")
    print(
      String(
        format: "differential: %@, %d models: middle %.2g, greatest %.2g (%@), velocities %.2g", bound.kind,
        found.count, middle, worst.position, worst.reference.name, found.map(\.velocity).max() ?? 0))
  }

  /// The greatest difference of positions at any time, and of velocities at the end.
  static func difference(from reference: Reference) throws -> (position: Double, velocity: Double) {
    let model = try Model(mjcf: reference.xml, name: "random.xml")
    let simulation = try Simulation(model: model)
    guard let positions = reference.positions.first, let velocities = reference.velocities.first else { return (0, 0) }
    try simulation.setState(positions: positions, velocities: velocities)
    var greatest = 0.0
    for (control, expected) in zip(reference.controls, reference.positions.dropFirst()) {
      try simulation.step(control, count: reference.stepsPerPeriod)
      greatest = max(greatest, difference(of: simulation.positions, from: expected, model))
    }
    let last = reference.velocities.last ?? []
    return (greatest, zip(simulation.velocities, last).map { abs($0 - $1) }.max() ?? 0)
  }

  /// Quaternions are compared as they turn: one and its opposite are equal.
  private static func difference(of found: [Double], from expected: [Double], _ model: Model) -> Double {
    var result = 0.0
    var start = 0
    for joint in model.joints {
      let count = joint.kind.positionCount
      let (a, b) = (found[start..<start + count].map { $0 }, expected[start..<start + count].map { $0 })
      let linear = joint.kind == .free ? 3 : joint.kind == .ball ? 0 : count
      for index in 0..<linear { result = max(result, abs(a[index] - b[index])) }
      if linear < count {
        let same = zip(a, b).dropFirst(linear).map { ($0 - $1) * ($0 - $1) }.reduce(0, +)
        let opposite = zip(a, b).dropFirst(linear).map { ($0 + $1) * ($0 + $1) }.reduce(0, +)
        result = max(result, 2 * min(same, opposite).squareRoot())
      }
      start += count
    }
    return result
  }
}
