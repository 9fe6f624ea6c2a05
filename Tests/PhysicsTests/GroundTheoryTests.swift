import Foundation
import SinewPhysics
import Testing

/// Friction cones, soft and hard ground, stacks, and motors at their limits.
@Suite struct GroundTheoryTests {
  static func flat(_ bodies: String, option: String = "", plane: String = "", rest: String = "") throws -> Simulation {
    try Simulation(
      model: Model(
        mjcf: """
          <mujoco><compiler angle="radian"/><option timestep="0.002" \(option)/><worldbody>
          <geom type="plane" size="5 5 1" \(plane)/>\(bodies)</worldbody>\(rest)</mujoco>
          """, name: "ground"))
  }

  /// A flat box pushed along a direction is braked by friction: along the axes by μ·g in both kinds of cone; between
  /// them by μ/√2 in a pyramid and √2·μ in a box (Coulomb's would be μ everywhere). A pyramid that is stiffer makes
  /// what slides chatter: with `impratio` 100 it brakes by 1.09·μ·g, with `solref` 0.005 too by 0.59·μ·g, here as in
  /// MuJoCo 4.0.0.
  @Test(arguments: [("", 1 / 2.0.squareRoot()), ("cone=\"elliptic\"", 2.0.squareRoot())])
  func frictionDependsOnTheDirection(cone: String, between: Double) throws {
    for (angle, factor) in [(0.0, 1.0), (.pi / 4, between), (.pi / 2, 1), (.pi * 3 / 4, between), (.pi, 1)] {
      let simulation = try Self.flat(
        "<body pos=\"0 0 0.01\"><freejoint/><geom type=\"box\" size=\"0.2 0.2 0.01\" mass=\"1\" friction=\"0.4\"/></body>",
        option: cone, plane: "friction=\"0.4\"")
      try simulation.step(count: 200)
      let direction = SIMD3(cos(angle), sin(angle), 0)
      try simulation.setState(
        positions: simulation.positions, velocities: [2 * direction.x, 2 * direction.y, 0, 0, 0, 0])
      try simulation.step(count: 100)
      let before = simulation.velocities
      try simulation.step(count: 50)
      let after = simulation.velocities
      let braking = dot(SIMD3(before[0] - after[0], before[1] - after[1], 0), direction) / 0.1
      #expect(abs(braking / (factor * 0.4 * 9.81) - 1) < 0.03)
    }
  }

  /// Below the friction angle a box stays, above it goes, whichever way the slope leans along the cone's axes.
  @Test(arguments: [0, 1, 2, 3]) func slidesExactlyAboveTheFrictionAngle(quarter: Int) throws {
    let friction = 0.5
    let direction = SIMD3(cos(Double(quarter) * .pi / 2), sin(Double(quarter) * .pi / 2), 0)
    for (factor, slides) in [(0.97, false), (1.03, true)] {
      for cone in ["impratio=\"100\"", "cone=\"elliptic\""] {
        let g = SIMD3(0, 0, -9.81) + factor * friction * 9.81 * direction
        let simulation = try Self.flat(
          "<body pos=\"0 0 0.01\"><freejoint/><geom type=\"box\" size=\"0.2 0.2 0.01\" friction=\"0.5\"/></body>",
          option: "gravity=\"\(g.x) \(g.y) \(g.z)\" \(cone)", plane: "friction=\"0.1\"")
        try simulation.step(count: 500)
        let speed =
          (simulation.velocities[0] * simulation.velocities[0]
          + simulation.velocities[1] * simulation.velocities[1]).squareRoot()
        if slides {
          #expect(abs(speed / (0.03 * friction * 9.81) - 1) < 0.3)
        } else {
          #expect(speed < 2e-4)
        }
      }
    }
  }

  /// A ball rests as deep as its ground is soft: (1 − d)·g·T²·ζ² for an impedance d that does not depend on the depth.
  @Test(arguments: [(0.9, 0.004, 1.0), (0.9, 0.02, 1), (0.8, 0.05, 1), (0.5, 0.1, 0.7), (0.99, 0.02, 1)])
  func softGroundGivesWay(impedance: Double, time: Double, damping: Double) throws {
    let soft = "solref=\"\(time) \(damping)\" solimp=\"\(impedance) \(impedance) 0.01\""
    let simulation = try Self.flat(
      "<body pos=\"0 0 0.2\"><freejoint/><geom size=\"0.2\" mass=\"3\" \(soft)/></body>", plane: soft)
    try simulation.step(count: 5000)
    let depth = (1 - impedance) * 9.81 * time * time * damping * damping
    #expect(abs(0.2 - simulation.positions[2] - depth) < 1e-6 + 1e-3 * depth)
    #expect(abs(simulation.velocities[2]) < 1e-9)
  }

  /// Five boxes on each other, dropped by a millimetre, are still there after ten seconds.
  @Test(arguments: ["", "cone=\"elliptic\""]) func aStackStays(cone: String) throws {
    let boxes = (0..<5).map { index in
      "<body pos=\"0 0 \(0.051 + 0.101 * Double(index))\"><freejoint/><geom type=\"box\" size=\"0.1 0.1 0.05\" mass=\"1\"/></body>"
    }
    let simulation = try Self.flat(boxes.joined(), option: cone)
    try simulation.step(count: 1000)
    let settled = simulation.positions
    try simulation.step(count: 4000)
    for box in 0..<5 {
      let (now, then) = (simulation.positions[7 * box..<7 * box + 7], settled[7 * box..<7 * box + 7])
      for (a, b) in zip(now, then) { #expect(abs(a - b) < 1e-3) }
      // Upright and over each other, sunk in by no more than contacts give way.
      #expect(abs(now[7 * box + 2] - (0.05 + 0.1 * Double(box))) < 0.01)
      #expect(abs(now[7 * box]) < 5e-3 && abs(now[7 * box + 1]) < 5e-3)
    }
    #expect(simulation.velocities.allSatisfy { abs($0) < 1e-3 })
  }

  /// Things of every shape dropped in a heap come to rest.
  @Test func aHeapComesToRest() throws {
    let shapes = [
      "<geom size=\"0.1\"/>", "<geom type=\"box\" size=\"0.1 0.08 0.06\"/>",
      "<geom type=\"capsule\" size=\"0.06 0.1\"/>",
    ]
    let bodies = (0..<6).map { index in
      """
      <body pos="\(0.06 * Double(index % 3)) \(0.05 * Double(index % 2)) \(0.2 + 0.25 * Double(index))"
        euler="\(0.3 * Double(index)) 0.2 0"><freejoint/>\(shapes[index % 3])</body>
      """
    }
    // Balls and capsules roll for ever on a plane without rolling friction: a trough holds them.
    let walls = [(1, 0), (-1, 0), (0, 1), (0, -1)].map { x, y in
      "<geom type=\"plane\" size=\"5 5 1\" pos=\"\(-0.4 * Double(x)) \(-0.4 * Double(y)) 0\" zaxis=\"\(x) \(y) 1\"/>"
    }
    let simulation = try Self.flat(bodies.joined() + walls.joined())
    let highest = JointTheoryTests.energy(simulation)
    try simulation.step(count: 10_000)
    let energy = JointTheoryTests.energy(simulation)
    #expect(energy < highest)
    try simulation.step(count: 5000)
    #expect(abs(JointTheoryTests.energy(simulation) - energy) < 0.02 * highest)
    #expect(simulation.velocities.allSatisfy { abs($0) < 0.3 })
  }

  /// A motor holds an arm while its limit is above the weight's torque, and lets it down below that.
  @Test(arguments: [(1.1, true), (0.9, false)]) func motorsHoldUpToTheirLimit(share: Double, holds: Bool) throws {
    // 2 kg at 0.5 m: 9.81 N·m.
    let simulation = try Self.flat(
      """
      <body pos="0 0 2"><joint name="arm" axis="0 1 0" armature="0.05" damping="0.1"/>
      <geom size="0.05" pos="0.5 0 0" mass="2"/></body>
      """,
      rest: """
        <actuator><position joint="arm" kp="500" kv="20" ctrlrange="-1 1" forcerange="\(-9.81 * share) \(9.81 * share)"/>
        </actuator>
        """)
    try simulation.step([0], count: 500)
    #expect(abs(simulation.actuatorForce(ofJoint: 0)) <= 9.81 * share + 1e-9)
    if holds {
      #expect(abs(simulation.positions[0] - 9.81 / 500) < 1e-3)
    } else {
      #expect(simulation.positions[0] > 0.1)
    }
  }

  /// Full torque for one second turns a wheel at torque over inertia, whatever it is asked for beyond.
  @Test func torqueIsBounded() throws {
    let simulation = try Self.flat(
      "<body pos=\"0 0 2\"><joint name=\"wheel\" axis=\"0 1 0\" armature=\"0.02\"/><geom size=\"0.1\" mass=\"5\"/></body>",
      rest: "<actuator><velocity joint=\"wheel\" kv=\"100\" forcerange=\"-0.3 0.3\"/></actuator>")
    try simulation.step([1e6], count: 500)
    #expect(abs(simulation.velocities[0] - 0.3 / (0.02 + 0.4 * 5 * 0.01)) < 1e-9)
  }
}
