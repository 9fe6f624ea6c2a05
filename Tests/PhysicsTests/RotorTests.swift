import Foundation
import SinewPhysics
import Testing

/// Rotors, damping and springs of joints on parents that move and turn, against Lagrange's equations.
@Suite struct RotorTests {
  struct Case: Sendable {
    let name: String
    let world: String
    let positions: [Double]
    let velocities: [Double]
    var seconds = 0.4
  }

  static let row = "armature=\"%A\" damping=\"%D\" stiffness=\"%K\""

  static let cases: [Case] = [
    Case(
      name: "slide along a swinging rod",
      world: """
        <body><joint axis="0 1 0"/><geom type="capsule" size="0.02" fromto="0 0 0 0.5 0 0"/>
          <body pos="0.3 0 0"><joint type="slide" axis="1 0 0" \(row)/><geom size="0.02"/></body></body>
        """, positions: [0, 0], velocities: [3, 0.2]),
    Case(
      name: "slide across a swinging rod, off its line",
      world: """
        <body><joint axis="0 1 0" \(row)/><geom type="capsule" size="0.02" fromto="0 0 0 0.5 0 0"/>
          <body pos="0.3 0.1 0.1" euler="10 20 30"><joint type="slide" axis="0.6 0 0.8" \(row)/>
          <geom type="box" size="0.05 0.03 0.02"/></body></body>
        """, positions: [0.3, 0.05], velocities: [4, -0.3]),
    Case(
      name: "slide on a slide on a turntable",
      world: """
        <body><joint axis="0 0 1"/><geom type="cylinder" size="0.3 0.02"/>
          <body pos="0.1 0 0.1"><joint type="slide" axis="1 0 0" \(row)/><geom type="box" size="0.05 0.05 0.02"/>
            <body pos="0 0.1 0"><joint type="slide" axis="0 1 0" \(row)/><geom size="0.04"/></body></body></body>
        """, positions: [0, 0, 0], velocities: [5, 0.3, -0.2]),
    Case(
      name: "slide on an arm of two links",
      world: """
        <body><joint axis="0 1 0" \(row)/><geom type="capsule" size="0.03" fromto="0 0 0 0.4 0 0"/>
          <body pos="0.4 0 0"><joint axis="0 0 1" \(row)/><geom type="capsule" size="0.03" fromto="0 0 0 0.3 0 0"/>
            <body pos="0.3 0 0"><joint type="slide" axis="1 0 0" \(row)/><geom size="0.05"/></body></body></body>
        """, positions: [0.2, 0.4, 0], velocities: [3, -4, 0.1]),
    Case(
      name: "hinge across a turntable's axis",
      world: """
        <body><joint axis="0 0 1" \(row)/><geom type="cylinder" size="0.3 0.02"/>
          <body pos="0.3 0 0.1"><joint axis="1 0.2 0.1" \(row)/>
          <geom type="box" size="0.1 0.05 0.02" pos="0 0 0.1"/></body></body>
        """, positions: [0, 0.2], velocities: [6, 2]),
    Case(
      name: "slide and hinge of one body on a swinging rod",
      world: """
        <body><joint axis="0 1 0"/><geom type="capsule" size="0.02" fromto="0 0 0 0.5 0 0"/>
          <body pos="0.3 0 0"><joint type="slide" axis="1 0 0" \(row)/><joint axis="0 0 1" \(row)/>
          <geom type="box" size="0.1 0.05 0.02"/></body></body>
        """, positions: [0, 0, 0], velocities: [3, 0.2, 4]),
    Case(
      name: "two hinges of one body on a turntable",
      world: """
        <body><joint axis="0 0 1" \(row)/><geom type="cylinder" size="0.3 0.02"/>
          <body pos="0.3 0 0"><joint axis="1 0 0" \(row)/><joint axis="0 1 0" \(row)/>
          <geom type="box" size="0.1 0.05 0.02" pos="0 0 -0.1"/></body></body>
        """, positions: [0, 0.3, 0.2], velocities: [5, 2, -3]),
    Case(
      name: "three hinges of one body on a turntable",
      world: """
        <body><joint axis="0 0 1" \(row)/><geom type="cylinder" size="0.3 0.02"/>
          <body pos="0.3 0 0" euler="10 20 30"><joint axis="1 0 0" \(row)/><joint axis="0 1 0" \(row)/><joint axis="0 0 1" \(row)/>
          <geom type="box" size="0.1 0.05 0.02" pos="0 0 -0.1"/></body></body>
        """, positions: [0, 0.3, 0.2, -0.1], velocities: [3, 1, -2, 2]),
    Case(
      name: "cart that carries a spinning rod",
      world: """
        <body><joint type="slide" axis="1 0 0" \(row)/><geom type="box" size="0.1 0.1 0.1"/>
          <body><joint axis="0 1 0" \(row)/><geom type="capsule" size="0.02" fromto="0 0 0 0 0 -0.4"/></body></body>
        """, positions: [0, 1], velocities: [1, 8]),
    Case(
      name: "planar body",
      world: """
        <body pos="0 0 1"><joint type="slide" axis="1 0 0" \(row)/><joint type="slide" axis="0 0 1" \(row)/>
          <joint axis="0 1 0" \(row)/><geom type="capsule" size="0.03" fromto="-0.2 0 0 0.2 0 0"/>
          <body pos="0.2 0 0"><joint axis="0 1 0" \(row)/><geom type="capsule" size="0.03" fromto="0 0 0 0.3 0 0"/>
          </body></body>
        """, positions: [0, 0, 0.2, 0.3], velocities: [1, 0, 3, -5]),
  ]

  /// Armature, damping and stiffness, by kind of row.
  static let rows: [(String, [Double])] = [
    ("nothing", [0, 0, 0]), ("rotor", [2, 0, 0]), ("small rotor", [0.05, 0, 0]), ("damping", [0, 1, 0]),
    ("spring", [0, 0, 5]),
    ("all", [0.3, 0.5, 5]),
  ]

  /// The greatest errors of positions and velocities, at a step and at half of it.
  static func errors(_ example: Case, _ row: [Double]) throws -> [(position: Double, velocity: Double)] {
    var world = example.world
    for (mark, value) in zip(["%A", "%D", "%K"], row) { world = world.replacingOccurrences(of: mark, with: "\(value)") }
    func worst(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).map { abs($0 - $1) }.max() ?? 0 }
    func model(_ timestep: Double) throws -> Model {
      try Model(
        mjcf: """
          <mujoco><option timestep="\(timestep)"/><default><geom contype="0" conaffinity="0"/></default>
          <worldbody>\(world)</worldbody></mujoco>
          """, name: example.name)
    }
    var lagrange = Lagrange(try model(0.001), positions: example.positions, velocities: example.velocities)
    lagrange.run(seconds: example.seconds, steps: 400)
    return try [0.001, 0.0005].map { timestep in
      let simulation = try Simulation(model: model(timestep))
      try simulation.setState(positions: example.positions, velocities: example.velocities)
      try simulation.step(count: Int((example.seconds / timestep).rounded()))
      return (
        worst(simulation.positions, lagrange.positions), worst(simulation.velocities, lagrange.velocities)
      )
    }
  }

  /// Half the step, half the error: what is wrong in the equations would stay.
  @Test(arguments: cases.indices) func convergesToLagrange(index: Int) throws {
    for (name, row) in Self.rows {
      let errors = try Self.errors(Self.cases[index], row)
      let comment = Comment(rawValue: "\(Self.cases[index].name), \(name): \(errors)")
      #expect(errors[1].position < 0.01 && errors[1].velocity < 0.05, comment)
      #expect(errors[1].position < 0.6 * errors[0].position + 1e-5, comment)
      #expect(errors[1].velocity < 0.6 * errors[0].velocity + 1e-4, comment)
    }
  }

  /// A bead of 33 g with a rotor of 5 kg on a rod that swings down: the rotor resists the slide alone.
  @Test func rotorFeelsNoCentrifugalForce() throws {
    let bead = try Simulation(
      model: Model(
        mjcf: """
          <mujoco><option timestep="0.002"/><default><geom contype="0" conaffinity="0"/></default><worldbody>
          <body><joint axis="0 1 0"/><geom type="capsule" size="0.02" fromto="0 0 0 0.5 0 0"/>
            <body pos="0.3 0 0"><joint axis="1 0 0" type="slide" armature="5" stiffness="30"/><geom size="0.02"/></body>
          </body></worldbody></mujoco>
          """, name: "bead"))
    try bead.step(count: 150)
    // MuJoCo's figures; without the rotor's share it were 0.03 m and 0.4 m/s.
    #expect(abs(bead.positions[1] - 0.0016) < 5e-4 && abs(bead.velocities[1] - 0.0198) < 7e-3)
  }
}
