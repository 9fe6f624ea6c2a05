import Foundation
import SinewPhysics
import Testing

/// Two and three hinges on one body.
@Suite struct GimbalTests {
  static func simulation(_ axes: [String], gravity: String = "0 0 0") throws -> Simulation {
    let joints = axes.map { "<joint axis=\"\($0)\" pos=\"0.1 0 0.2\" damping=\"0.2\" armature=\"0.05\"/>" }.joined()
    return try Simulation(
      model: Model(
        mjcf: """
          <mujoco><compiler angle="radian"/><option timestep="0.001" gravity="\(gravity)"/><worldbody>
          <body><freejoint/><geom type="box" size="0.3 0.2 0.1" mass="3"/>
          <body pos="0.2 0.1 0.3" euler="0.3 -0.4 0.2">\(joints)
          <geom type="capsule" size="0.05" fromto="0.1 0 0.2 0.3 0.1 0.9" mass="1"/></body></body></worldbody></mujoco>
          """, name: "gimbal"))
  }

  static let axes = [
    ["1 0 0", "0 1 0"], ["2 1 1", "0 -1 1"], ["1 0 0", "0 0 1", "0 1 0"], ["-1 0 0", "0 0 -1", "0 1 0"],
    ["0 0 1", "0 1 0", "1 0 0"],
  ]

  @Test(arguments: axes) func givesBackTheStateItWasPutInto(_ axes: [String]) throws {
    let simulation = try Self.simulation(axes)
    for angles in [[0.3, -0.5, 0.8], [-2.5, 1.2, 3.0], [1.0, -1.4, -0.2]] {
      let root = [1, 2, 3, 0.5, 0.5, -0.5, 0.5]
      let positions = root + angles.prefix(axes.count)
      let velocities = [0.1, 0.2, 0.3, 0.4, -0.5, 0.6] + [0.7, -0.8, 0.9].prefix(axes.count)
      try simulation.setState(positions: positions, velocities: velocities)
      for (ours, given) in zip(simulation.positions, positions) { #expect(abs(ours - given) < 1e-9) }
      for (ours, given) in zip(simulation.velocities, velocities) { #expect(abs(ours - given) < 1e-9) }
    }
  }

  /// The angles' rates are what the angles do, also after the step has held the joint together.
  @Test(arguments: axes) func ratesAreDerivativesOfAngles(_ axes: [String]) throws {
    let simulation = try Self.simulation(axes, gravity: "0 0 -9.81")
    let velocities = [0.1, 0.2, 0.3, 0.4, -0.5, 0.6] + [0.7, -0.8, 0.9].prefix(axes.count)
    let root = [0, 0, 3, 1, 0, 0, 0.0]
    try simulation.setState(positions: root + [0.3, -0.5, 0.8].prefix(axes.count), velocities: velocities)
    for _ in 0..<300 {
      let before = simulation.positions
      try simulation.step()
      for joint in 0..<axes.count {
        let rate = (simulation.positions[7 + joint] - before[7 + joint]) / 0.001
        #expect(abs(rate - simulation.velocities[6 + joint]) < 0.01)
      }
    }
  }
}
