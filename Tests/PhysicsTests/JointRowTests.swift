import Foundation
import SinewPhysics
import Testing

/// Damping, armature, springs and torques of joints against the implicit Euler step in closed form.
@Suite struct JointRowTests {
  struct Row {
    var inertia: Double
    var armature = 0.0
    var damping = 0.0
    var stiffness = 0.0
    var springReference = 0.0
    var timestep = 0.002

    /// (I + Iₐ)·(v⁺ − v)/h = force − b·v⁺ − k·(q + h·v⁺ − q₀), q⁺ = q + h·v⁺; without h·v⁺ in the spring if it is slow.
    func step(_ q: inout Double, _ v: inout Double, force: Double) {
      let h = timestep
      let total = inertia + armature
      let isStiff = h * h * stiffness / total > 0.25
      v =
        (total * v + h * (force - stiffness * (q - springReference)))
        / (total + h * damping + (isStiff ? h * h * stiffness : 0))
      q += h * v
    }
  }

  /// A ball of 0.4 m on a hinge through its centre, or on a slide; no gravity.
  static func simulation(_ type: String, _ row: Row) throws -> Simulation {
    try Simulation(
      model: Model(
        mjcf: """
          <mujoco><compiler angle="radian"/><option timestep="\(row.timestep)" gravity="0 0 0"/>
          <worldbody><body pos="0.3 0 1" euler="0.3 0.2 0.1">
            <joint name="joint" type="\(type)" axis="1 2 -1" damping="\(row.damping)" armature="\(row.armature)"
              stiffness="\(row.stiffness)" springref="\(row.springReference)"/>
            <geom size="0.4" mass="2"/>
          </body></worldbody>
          <actuator><motor joint="joint" gear="3"/></actuator></mujoco>
          """, name: "row"))
  }

  static let cases: [(String, Row)] = ["hinge", "slide"].flatMap { type -> [(String, Row)] in
    let inertia = type == "hinge" ? 0.4 * 2 * 0.16 : 2
    return [
      (type, Row(inertia: inertia)),
      (type, Row(inertia: inertia, damping: 1.6)),
      (type, Row(inertia: inertia, damping: 400, timestep: 0.01)),
      (type, Row(inertia: inertia, armature: 1)),
      (type, Row(inertia: inertia, armature: 1, damping: 1)),
      (type, Row(inertia: inertia, stiffness: 30, springReference: 0.4)),
      (type, Row(inertia: inertia, armature: 0.1, damping: 0.3, stiffness: 200, springReference: -0.2)),
      (type, Row(inertia: inertia, armature: 0.1, damping: 0.3, stiffness: 1e6, springReference: -0.02)),
    ]
  }

  @Test(arguments: cases.indices) func followsImplicitEuler(index: Int) throws {
    let (type, row) = Self.cases[index]
    let simulation = try Self.simulation(type, row)
    var (q, v) = (0.1, 0.7)
    try simulation.setState(positions: [q], velocities: [v])
    var worst = 0.0
    for step in 0..<500 {
      let control = 0.2 * sin(0.05 * Double(step))
      try simulation.step([control])
      row.step(&q, &v, force: 3 * control)
      worst = max(worst, abs(simulation.velocities[0] - v), abs(simulation.positions[0] - q))
    }
    #expect(worst < 1e-9)
  }

  /// A cart on a rail with a pole: the joint's rate is what the row damps, whatever else moves.
  @Test func dampedCartWithPoleComesToRest() throws {
    let simulation = try Simulation(
      model: Model(
        mjcf: """
          <mujoco><worldbody><body><joint type="slide" axis="1 0 0" damping="5" armature="0.5"/>
            <geom type="box" size="0.2 0.1 0.1" mass="1"/>
            <body><joint axis="0 1 0" damping="0.2"/><geom type="capsule" size="0.05" fromto="0 0 0 0 0 -0.6"/></body>
          </body></worldbody></mujoco>
          """, name: "cart"))
    try simulation.setState(positions: [0, 1], velocities: [2, 0])
    try simulation.step(count: 20_000)
    #expect(abs(simulation.velocities[0]) < 1e-6 && abs(simulation.velocities[1]) < 1e-6)
    #expect(abs(simulation.positions[1]) < 1e-6)
    // The rail takes no force along itself but the damping: m·v + b·x is conserved, with the armature's share.
    #expect(abs(simulation.positions[0] - 0) > 0.1)
  }
}
