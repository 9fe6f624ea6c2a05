import Foundation
import SinewPhysics
import Testing

/// Bodies that roll, slide and walk down by themselves, against theory.
@Suite struct RollingTheoryTests {
  /// A free body on a plane, with gravity leaning by `angle` towards +x.
  static func onSlope(
    _ geometry: String, angle: Double, friction: Double, height: Double, option: String,
    rotation: Quaternion = .identity
  ) throws -> Simulation {
    let simulation = try Simulation(
      model: Model(
        mjcf: """
          <mujoco><option timestep="0.001" gravity="\(9.81 * sin(angle)) 0 \(-9.81 * cos(angle))" \(option)/><worldbody>
          <geom type="plane" size="5 5 1" friction="\(friction)" solref="0.005 1"/><body pos="0 0 \(height)"><freejoint/>
          \(geometry)</body></worldbody></mujoco>
          """, name: "slope"))
    let q = rotation
    try simulation.setState(
      positions: [0, 0, height, q.w, q.x, q.y, q.z], velocities: [Double](repeating: 0, count: 6))
    return simulation
  }

  static let cones = ["cone=\"elliptic\"", "impratio=\"100\""]
  static let bodies: [(String, Double)] = [
    ("<geom size=\"0.1\" mass=\"2\" friction=\"0.1\" solref=\"0.005 1\"/>", 5.0 / 7),
    ("<geom type=\"cylinder\" size=\"0.1 0.1\" mass=\"2\" friction=\"0.1\" solref=\"0.005 1\"/>", 2.0 / 3),
  ]

  /// A ball rolls with 5/7 and a cylinder with 2/3 of what a frictionless body has, if friction is above 2/7 or 1/3 of
  /// the slope.
  @Test(arguments: cones, [0, 1]) func rollsDown(cone: String, body: Int) throws {
    let (geometry, share) = Self.bodies[body]
    let angle = 0.3
    // A cylinder's axis lies across the slope.
    let rotation = Quaternion(angle: .pi / 2, axis: SIMD3(1, 0, 0))
    let simulation = try Self.onSlope(
      geometry, angle: angle, friction: 0.6, height: 0.1, option: cone, rotation: rotation)
    try simulation.step(count: 200)
    let before = simulation.velocities[0]
    try simulation.step(count: 800)
    let acceleration = (simulation.velocities[0] - before) / 0.8
    #expect(abs(acceleration / (share * 9.81 * sin(angle)) - 1) < 0.01)
    // Its rim stands on the ground.
    let spin = simulation.angularVelocity(ofBody: 1).y
    #expect(abs(simulation.velocities[0] - 0.1 * spin) < 0.01 * simulation.velocities[0])
    #expect(abs(simulation.positions[1]) < 1e-3)
  }

  /// With less friction it slides too: friction gives μ·g·cos of it away, and turns it.
  @Test(arguments: cones) func slidesWhereFrictionIsTooLittle(cone: String) throws {
    let (angle, friction) = (0.5, 0.12)
    let simulation = try Self.onSlope(Self.bodies[0].0, angle: angle, friction: friction, height: 0.1, option: cone)
    try simulation.step(count: 200)
    let before = (simulation.velocities[0], simulation.angularVelocity(ofBody: 1).y)
    try simulation.step(count: 500)
    let acceleration = (simulation.velocities[0] - before.0) / 0.5
    let turning = (simulation.angularVelocity(ofBody: 1).y - before.1) / 0.5
    #expect(abs(acceleration / (9.81 * (sin(angle) - friction * cos(angle))) - 1) < 0.01)
    #expect(abs(turning / (2.5 * friction * 9.81 * cos(angle) / 0.1) - 1) < 0.01)
  }

  /// A ball thrown along the ground without spin slides until it rolls, at 5/7 of its speed, after 2·v / (7·μ·g).
  @Test(arguments: cones) func slidingTurnsIntoRolling(cone: String) throws {
    let simulation = try Self.onSlope(Self.bodies[0].0, angle: 0, friction: 0.3, height: 0.1, option: cone)
    try simulation.step(count: 300)
    var positions = simulation.positions
    positions[0] = 0
    try simulation.setState(positions: positions, velocities: [2, 0, 0, 0, 0, 0])
    var time: Double?
    let start = simulation.time
    for _ in 0..<500 {
      try simulation.step()
      let slip = simulation.velocities[0] - 0.1 * simulation.angularVelocity(ofBody: 1).y
      if slip < 0.02, time == nil { time = simulation.time - start }
    }
    let rolling: Double = 10 / 7
    #expect(abs(simulation.velocities[0] / rolling - 1) < 0.01)
    let expected: Double = 4 / (7 * 0.3 * 9.81)
    let taken = try #require(time)
    #expect(abs(taken / expected - 1) < 0.03)
  }

  /// A rimless wheel: a hub on `count` spokes that falls from one to the next down a slope (McGeer, *Passive Dynamic
  /// Walking*, 1990). Just before a spoke lands it turns at ω with ω² = 4·m·g·l·sin α·sin γ / (I·(1 − η²)), where I is
  /// the inertia about the foot, α half the angle between spokes and η = 1 − m·l²·(1 − cos 2α) / I what a landing
  /// leaves of ω.
  @Test(arguments: [(8, 0.08), (8, 0.12), (12, 0.05)]) func rimlessWheelWalksDown(count: Int, slope: Double) throws {
    let (spoke, mass) = (1.0, 20.0)
    let feet = (0..<count).map { index -> String in
      let angle = 2 * Double.pi * (Double(index) + 0.5) / Double(count)
      let (x, z) = (spoke * sin(angle), -spoke * cos(angle))
      return "<geom size=\"0.001\" pos=\"\(x) 0 \(z)\" mass=\"0\" friction=\"5\" solref=\"0.002 1\"/>"
    }
    let alpha = Double.pi / Double(count)
    let simulation = try Simulation(
      model: Model(
        mjcf: """
          <mujoco><compiler angle="radian"/>
          <option timestep="0.00025" gravity="\(9.81 * sin(slope)) 0 \(-9.81 * cos(slope))" cone="elliptic"/><worldbody>
          <geom type="plane" size="500 5 1" friction="5" solref="0.002 1"/><body pos="0 0 \(spoke * cos(alpha) + 0.001)">
          <joint type="slide" axis="1 0 0"/><joint type="slide" axis="0 0 1"/><joint axis="0 1 0"/>
          <geom size="0.2" mass="\(mass)" contype="0" conaffinity="0"/>\(feet.joined())</body></worldbody></mujoco>
          """, name: "rimless wheel"))
    let inertia = mass * (0.4 * 0.04 + spoke * spoke)
    let kept = 1 - mass * spoke * spoke * (1 - cos(2 * alpha)) / inertia
    let gained = 2 * mass * 9.81 * spoke * sin(alpha) * sin(slope)
    let expected = (2 * gained / (inertia * (1 - kept * kept))).squareRoot()
    // Begins a little too fast or slow, and finds its own speed.
    try simulation.setState(
      positions: [0, 0, 0], velocities: [1.2 * expected * cos(alpha), 1.2 * expected * sin(alpha), 1.2 * expected])
    while simulation.positions[2] < 40 * alpha && simulation.time < 60 { try simulation.step() }
    try #require(simulation.positions[2] >= 40 * alpha)
    // The rate before the next landing, over the last few.
    var fastest: [Double] = []
    for _ in 0..<4 {
      var most = 0.0
      let start = simulation.positions[2]
      while simulation.positions[2] < start + 2 * alpha && simulation.time < 120 {
        try simulation.step()
        most = max(most, simulation.velocities[2])
      }
      fastest.append(most)
    }
    for rate in fastest { #expect(abs(rate / expected - 1) < 0.03) }
  }
}
