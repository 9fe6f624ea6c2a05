import Foundation
import SinewPhysics
import Testing

/// Every kind of joint against closed forms and what must be conserved.
@Suite struct JointTheoryTests {
  static func simulation(_ world: String, timestep: Double, gravity: String = "0 0 -9.81") throws -> Simulation {
    try Simulation(
      model: Model(
        mjcf: """
          <mujoco><compiler angle="radian"/><option timestep="\(timestep)" gravity="\(gravity)"/>
          <worldbody>\(world)</worldbody></mujoco>
          """, name: "joint"))
  }

  /// Kinetic and potential energy of everything that moves, J.
  static func energy(_ simulation: Simulation) -> Double {
    var sum = 0.0
    for (index, body) in simulation.model.bodies.enumerated() where body.mass > 0 {
      let velocity = simulation.velocityOfCentre(ofBody: index)
      let spin = simulation.angularVelocity(ofBody: index)
      sum += body.mass * dot(velocity, velocity) / 2
      sum += dot(spin, simulation.inertia(ofBody: index).apply(spin)) / 2
      sum -= body.mass * dot(simulation.model.gravity, simulation.centreOfMass(ofBody: index))
    }
    return sum
  }

  /// The greatest departure of the energy from its first value over `seconds`, as a share of `scale` joules.
  static func drift(_ simulation: Simulation, seconds: Double, scale: Double) throws -> Double {
    let start = energy(simulation)
    var worst = 0.0
    for _ in 0..<Int(seconds / simulation.model.timestep) {
      try simulation.step()
      worst = max(worst, abs(energy(simulation) - start))
    }
    return worst / scale
  }

  /// The time from one upward crossing of a value to the tenth one after, over ten.
  static func period(_ simulation: Simulation, _ coordinate: Int, through middle: Double = 0) throws -> Double {
    var crossings: [Double] = []
    var previous = simulation.positions[coordinate] - middle
    while crossings.count < 11 && simulation.time < 200 {
      try simulation.step()
      let now = simulation.positions[coordinate] - middle
      if previous < 0 && now >= 0 {
        crossings.append(simulation.time - simulation.model.timestep * now / (now - previous))
      }
      previous = now
    }
    try #require(crossings.count == 11)
    return (crossings[10] - crossings[0]) / 10
  }

  /// 2 kg on a spring of 50 N/m that also carries its weight.
  @Test func slideSwingsWithItsPeriod() throws {
    let slide = try Self.simulation(
      "<body><joint type=\"slide\" axis=\"0 0 1\" stiffness=\"50\"/><geom size=\"0.1\" mass=\"2\"/></body>",
      timestep: 0.001)
    try slide.setState(positions: [0.1], velocities: [0])
    let rest = -2 * 9.81 / 50
    #expect(abs(try Self.period(slide, 0, through: rest) / (2 * Double.pi * (2.0 / 50).squareRoot()) - 1) < 1e-4)
    // Energy with the spring's own, about where it rests.
    func total() -> Double {
      let (x, v) = (slide.positions[0] - rest, slide.velocities[0])
      return v * v + 25 * x * x
    }
    let start = total()
    for _ in 0..<20_000 { try slide.step() }
    #expect(abs(total() / start - 1) < 0.005)
  }

  /// A ball joint: a rod that swings round in a cone, at the rate that theory gives for its angle.
  @Test func ballJointSwingsInACone() throws {
    let rod = try Self.simulation(
      "<body><joint type=\"ball\"/><geom type=\"capsule\" size=\"0.02\" fromto=\"0 0 0 0 0 -1\" mass=\"1\"/></body>",
      timestep: 0.0005)
    let inertia = rod.model.bodies[1].inertia.diagonal
    let angle = 0.6
    // About the point: I across and I along the rod. Steady: (I − J)·ω²·cos θ = m·g·l.
    let (across, along) = (inertia.x + 0.25, inertia.z)
    let rate = (9.81 * 0.5 / ((across - along) * cos(angle))).squareRoot()
    let tilt = Quaternion(angle: angle, axis: SIMD3(0, 1, 0))
    let local = tilt.conjugate.rotate(SIMD3(0, 0, rate))
    try rod.setState(positions: [tilt.w, tilt.x, tilt.y, tilt.z], velocities: [local.x, local.y, local.z])
    let scale = 9.81 * 0.5
    let start = Self.energy(rod)
    var (least, most) = (1.0, -1.0)
    let turns = 5.0
    for _ in 0..<Int((turns * 2 * Double.pi / rate / 0.0005).rounded()) {
      try rod.step()
      let lean = -rod.pose(ofBody: 1).rotation.rotate(SIMD3(0, 0, -1)).z
      (least, most) = (min(least, lean), max(most, lean))
    }
    #expect(most - least < 2e-3)
    let end = rod.pose(ofBody: 1).rotation.rotate(SIMD3(0, 0, -1))
    let begin = tilt.rotate(SIMD3(0, 0, -1))
    // Five turns bring it back.
    #expect(abs(atan2(begin.x * end.y - begin.y * end.x, begin.x * end.x + begin.y * end.y)) < 0.02)
    #expect(abs(Self.energy(rod) - start) / scale < 2e-3)
  }

  /// A free body without torque: its angular momentum stays, and a symmetric one precesses about it at L / I.
  @Test func freeBodyPrecesses() throws {
    let top = try Self.simulation(
      "<body><freejoint/><geom type=\"cylinder\" size=\"0.2 0.03\" mass=\"2\"/></body>", timestep: 0.0005,
      gravity: "0 0 0")
    let inertia = top.model.bodies[1].inertia.diagonal
    try top.setState(positions: [0, 0, 0, 1, 0, 0, 0], velocities: [0.3, -0.2, 0.1, 2, 0, 10])
    let start = FreeMotionTests.momentum(top)
    let spin = start.angular
    let rate = length(spin) / inertia.x
    let axis = spin / length(spin)
    let steps = Int((2 * Double.pi / rate * 4 / 0.0005).rounded())
    try top.step(count: steps)
    // Four turns of precession bring the axis back.
    let symmetry = top.pose(ofBody: 1).rotation.rotate(SIMD3(0, 0, 1))
    #expect(abs(dot(symmetry, axis) - dot(SIMD3(0, 0, 1), axis)) < 1e-3)
    #expect(length(symmetry - SIMD3(0, 0, 1)) < 0.02)
    let centre = top.centreOfMass
    let linear = FreeMotionTests.momentum(top).linear
    let own = FreeMotionTests.momentum(top).angular - FreeMotionTests.cross(centre, linear)
    #expect(length(own - spin) / length(spin) < 2e-3)
    #expect(length(linear - start.linear) < 1e-12)
  }

  /// A planar body in the air: a parabola and a steady turn, exactly as semi-implicit steps give them.
  @Test func planarBodyFliesInAParabola() throws {
    let body = try Self.simulation(
      """
      <body pos="0 0 1"><joint type="slide" axis="1 0 0"/><joint type="slide" axis="0 0 1"/><joint axis="0 1 0"/>
      <geom type="box" size="0.2 0.1 0.05" mass="3"/></body>
      """, timestep: 0.001)
    try body.setState(positions: [0, 0, 0.2], velocities: [2, 5, 3])
    try body.step(count: 1000)
    let fall = 9.81 * 0.001 * 0.001 * 1000 * 1001 / 2
    for (found, wanted) in zip(body.positions, [2, 5 - fall, 3.2]) { #expect(abs(found - wanted) < 1e-9) }
    for (found, wanted) in zip(body.velocities, [2, 5 - 9.81, 3]) { #expect(abs(found - wanted) < 1e-9) }
  }

  static let swinging: [(String, String, [Double])] = [
    (
      "two hinges",
      """
      <body><joint axis="0 1 0"/><geom type="capsule" size="0.02" fromto="0 0 0 0 0 -0.5" mass="1"/>
      <body pos="0 0 -0.5"><joint axis="0 1 0"/>
      <geom type="capsule" size="0.02" fromto="0 0 0 0 0 -0.5" mass="1"/></body></body>
      """, [1.5, 0.5]
    ),
    (
      "hinge and slide",
      """
      <body><joint axis="0 1 0"/><geom type="capsule" size="0.02" fromto="0 0 0 0 0 -0.5" mass="1"/>
      <body pos="0 0 -0.3"><joint type="slide" axis="1 0 0" stiffness="0"/><geom size="0.05" mass="0.5"/></body></body>
      """, [0.3, 0]
    ),
    (
      "gimbal of two hinges",
      """
      <body><joint axis="1 0 0"/><joint axis="0 1 0"/>
      <geom type="capsule" size="0.02" fromto="0 0 0 0 0 -0.7" mass="1"/></body>
      """, [0.8, 0.5]
    ),
    (
      "gimbal of three hinges",
      """
      <body><joint axis="1 0 0"/><joint axis="0 1 0"/><joint axis="0 0 1"/>
      <geom type="box" size="0.05 0.1 0.3" pos="0 0 -0.4" mass="1"/></body>
      """, [0.8, 0.5, 0.2]
    ),
    (
      "planar chain",
      """
      <body pos="0 0 5"><joint type="slide" axis="1 0 0"/><joint type="slide" axis="0 0 1"/><joint axis="0 1 0"/>
      <geom type="capsule" size="0.02" fromto="0 0 0 0 0 -0.5" mass="1"/><body pos="0 0 -0.5"><joint axis="0 1 0"/>
      <geom type="capsule" size="0.02" fromto="0 0 0 0 0 -0.5" mass="1"/></body></body>
      """, [0, 0, 0.4, 1.5]
    ),
  ]

  /// Energy of what swings without friction, at a robot's step and at a tenth of it: the error shrinks with the step.
  @Test(arguments: swinging.indices) func energyIsKept(index: Int) throws {
    let (_, world, positions) = Self.swinging[index]
    var drifts: [Double] = []
    for timestep in [0.002, 0.0002] {
      let simulation = try Self.simulation(world, timestep: timestep)
      let rates = (0..<simulation.model.velocityCount).map { 0.5 * cos(Double($0)) }
      try simulation.setState(positions: positions, velocities: rates)
      drifts.append(try Self.drift(simulation, seconds: 5, scale: 9.81))
    }
    // What falls freely for five seconds gains most: half a step's fall at 49 m/s.
    #expect(drifts[0] < (index == 4 ? 0.12 : 0.06))
    #expect(drifts[1] < 0.012 && drifts[1] < drifts[0])
  }
}
