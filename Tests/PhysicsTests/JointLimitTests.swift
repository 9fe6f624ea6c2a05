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

  static let joints: [(String, ClosedRange<Double>)] = [
    ("axis=\"0 1 0\" range=\"-30 60\" damping=\"1\" armature=\"0.1\"", -Double.pi / 6...Double.pi / 3),
    ("axis=\"0 1 0\" range=\"-30 60\"", -Double.pi / 6...Double.pi / 3),
    ("axis=\"0 1 0\" range=\"-540 400\" damping=\"1\"", -3 * Double.pi...Double.pi * 20 / 9),
    ("axis=\"0 1 0\" ref=\"90\" range=\"45 135\" damping=\"1\"", Double.pi / 4...Double.pi * 3 / 4),
    ("type=\"slide\" axis=\"1 0 0\" range=\"-0.4 0.7\" damping=\"1\"", -0.4...0.7),
    ("type=\"slide\" axis=\"1 0 0\" ref=\"2\" range=\"1 3\"", 1...3),
  ]

  @Test(arguments: joints.indices) func limitsHoldUnderTorque(index: Int) throws {
    let (text, range) = Self.joints[index]
    let simulation = try Self.make(text)
    for sign in [1.0, -1.0] {
      let limit = sign > 0 ? range.upperBound : range.lowerBound
      var overshoot = 0.0
      for _ in 0..<3000 {
        try simulation.step([sign])
        overshoot = max(overshoot, sign * (simulation.positions[0] - limit))
      }
      // It got there, was not thrown through, and stays.
      #expect(abs(simulation.positions[0] - limit) < 0.02)
      #expect(overshoot < 0.2)
      #expect(abs(simulation.velocities[0]) < 1e-3)
    }
  }

  @Test func aLimitDoesNotPull() throws {
    let simulation = try Self.make("axis=\"0 1 0\" range=\"-30 30\"")
    try simulation.setState(positions: [-Double.pi / 6], velocities: [1])
    try simulation.step([0], count: 100)
    #expect(abs(simulation.velocities[0] - 1) < 1e-4)
  }
}
