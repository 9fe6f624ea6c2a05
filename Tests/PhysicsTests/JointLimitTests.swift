import Foundation
import SinewPhysics
import Testing

@Suite struct JointLimitTests {
  static func make(_ joint: String, gravity: String = "0 0 0") throws -> Simulation {
    try Simulation(
      model: Model(
        mjcf: """
          <mujoco><option gravity="\(gravity)"/><worldbody><body>
            <joint name="joint" \(joint)/><geom type="capsule" size="0.05" fromto="0 0 0 0 0 0.5"/>
          </body></worldbody><actuator><motor joint="joint" gear="100"/></actuator></mujoco>
          """, name: "limit"))
  }

  /// A joint, its range, and MuJoCo 4.0.0's figures for the same model: how far 100 N·m throws it beyond the upper
  /// and lower limit, and how far beyond it rests.
  struct Case: CustomTestStringConvertible {
    var joint: String
    var range: ClosedRange<Double>
    var overshoot: (Double, Double)
    var rest: Double
    var testDescription: String { joint }
  }

  static let cases: [Case] = [
    Case(
      joint: "axis=\"0 1 0\" range=\"-30 60\" damping=\"1\" armature=\"0.1\"", range: -.pi / 6 ... .pi / 3,
      overshoot: (0.1283, 0.171804), rest: 0.003995),
    Case(
      joint: "axis=\"0 1 0\" range=\"-30 60\"", range: -.pi / 6 ... .pi / 3, overshoot: (0.162976, 0.182289),
      rest: 0.004993),
    Case(
      joint: "axis=\"0 1 0\" range=\"-540 400\" damping=\"1\"", range: -3 * .pi ... .pi * 20 / 9,
      overshoot: (0.306357, 0.492553), rest: 0.004993),
    Case(
      joint: "axis=\"0 1 0\" ref=\"90\" range=\"45 135\" damping=\"1\"", range: .pi / 4 ... .pi * 3 / 4,
      overshoot: (0.124463, 0.17341), rest: 0.004993),
    Case(
      joint: "type=\"slide\" axis=\"1 0 0\" range=\"-0.4 0.7\" damping=\"1\"", range: -0.4...0.7,
      overshoot: (0.037231, 0.042539), rest: 0.000607),
    Case(
      joint: "type=\"slide\" axis=\"1 0 0\" ref=\"2\" range=\"1 3\"", range: 1...3, overshoot: (0.043522, 0.064088),
      rest: 0.000607),
  ]

  @Test(arguments: cases) func limitsHoldUnderTorque(_ expected: Case) throws {
    let simulation = try Self.make(expected.joint)
    for sign in [1.0, -1.0] {
      let limit = sign > 0 ? expected.range.upperBound : expected.range.lowerBound
      var overshoot = 0.0
      for _ in 0..<3000 {
        try simulation.step([sign])
        overshoot = max(overshoot, sign * (simulation.positions[0] - limit))
      }
      let relative = overshoot / (sign > 0 ? expected.overshoot.0 : expected.overshoot.1)
      #expect(relative > 0.75 && relative < 1.05)
      #expect(abs(sign * (simulation.positions[0] - limit) - expected.rest) < 1e-6)
      #expect(abs(simulation.velocities[0]) < 1e-6)
    }
  }

  /// Also where two slides share a body.
  @Test func limitsHoldOnAPlanarBody() throws {
    let simulation = try Simulation(
      model: Model(
        mjcf: """
          <mujoco><option gravity="0 0 0"/><worldbody><body>
            <joint name="x" type="slide" axis="1 0 0" range="-1 1"/><joint type="slide" axis="0 0 1" range="-2 0.5"/>
            <geom size="0.1"/></body></worldbody><actuator><motor joint="x" gear="50"/></actuator></mujoco>
          """, name: "planar limit"))
    try simulation.setState(positions: [0, 0], velocities: [0, -3])
    try simulation.step([1], count: 3000)
    #expect(abs(simulation.positions[0] - 1) < 0.01 && abs(simulation.velocities[0]) < 1e-6)
    #expect(simulation.positions[1] > -2.1)
  }

  @Test func aLimitDoesNotPull() throws {
    let simulation = try Self.make("axis=\"0 1 0\" range=\"-30 30\"")
    try simulation.setState(positions: [-Double.pi / 6], velocities: [1])
    try simulation.step([0], count: 100)
    #expect(abs(simulation.velocities[0] - 1) < 1e-4)
  }
}
