import Foundation
import SinewPhysics
import Testing

/// What lies or stands on something comes to rest where MuJoCo has it (Fixtures/make_rest.py).
@Suite struct ContactRestTests {
  struct Document: Decodable {
    let assets: String
    let cases: [Case]
  }

  struct Case: Decodable, CustomTestStringConvertible {
    let above, below, bodies: String
    let fixed: Bool
    /// Of the bodies that move, metres.
    let heights: [Double]
    /// What MuJoCo's fastest coordinate still moves at, m/s or rad/s.
    let speed: Double

    /// Flat below, or made of flat triangles where the engine puts an ellipsoid on a height field as a hull.
    var isFirm: Bool {
      fixed && ["plane", "box", "standing cylinder", "mesh", "height field"].contains(below)
        && speed < (above == "ellipsoid" && below == "height field" ? 0 : 0.01)
    }
    var testDescription: String { "\(above) on \(fixed ? "" : "free ")\(below)" }
    /// Something round on top of something that can roll away: a pencil on its tip.
    var isBalanced: Bool {
      !fixed && ["sphere", "ellipsoid"].contains(below)
        && ["sphere", "ellipsoid", "capsule", "lying cylinder"].contains(above)
    }
  }

  private static let document = (try? fixture("rest.json")).flatMap { try? Data(contentsOf: $0) }
    .flatMap { try? JSONDecoder().decode(Document.self, from: $0) }

  @Test func everyPairIsThere() { #expect(Self.document?.cases.count == 112) }

  @Test(arguments: document?.cases ?? []) func comesToRest(_ pair: Case) throws {
    let assets = try #require(Self.document).assets
    let simulation = try Simulation(
      model: Model(mjcf: "<mujoco>\(assets)<worldbody>\(pair.bodies)</worldbody></mujoco>", name: pair.testDescription))
    // Where MuJoCo's own does not rest, it falls or rolls off.
    guard pair.speed < 0.01, !pair.isBalanced else { return try simulation.step(count: 1500) }
    try simulation.step(count: 1500)
    let speed = simulation.velocities.map(abs).max() ?? .infinity
    #expect(speed < 0.01)
    for (body, height) in pair.heights.enumerated() {
      #expect(abs(simulation.positions[7 * body + 2] - height) < 2e-4)
    }
  }

  /// Cans, capsules and hulls on a box, a ball on a hull: what stays must stay for long.
  @Test(arguments: document?.cases.filter(\.isFirm) ?? []) func staysForLong(_ pair: Case) throws {
    let assets = try #require(Self.document).assets
    let simulation = try Simulation(
      model: Model(mjcf: "<mujoco>\(assets)<worldbody>\(pair.bodies)</worldbody></mujoco>", name: pair.testDescription))
    try simulation.step(count: 1500)
    let settled = simulation.positions
    try simulation.step(count: 5000)
    let drift = zip(simulation.positions, settled).map { abs($0 - $1) }.max() ?? 1
    #expect(drift < 1e-3)
  }
}
