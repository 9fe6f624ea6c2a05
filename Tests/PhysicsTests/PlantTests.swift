import Foundation
import SinewPhysics
import Testing

/// Plants whose motion has a closed form, or whose equations are written out: the engine must come to it.
@Suite struct PlantTests {
  static func simulation(
    _ world: String, timestep: Double = 0.0005, gravity: String = "0 0 -9.81", rest: String = ""
  ) throws -> Simulation {
    try Simulation(
      model: Model(
        mjcf: """
          <mujoco><compiler angle="radian"/><option timestep="\(timestep)" gravity="\(gravity)"/>
          <default><geom contype="0" conaffinity="0"/></default><worldbody>\(world)</worldbody>\(rest)</mujoco>
          """, name: "plant"))
  }

  /// The greatest difference of one coordinate from a function of time.
  static func worst(
    _ simulation: Simulation, seconds: Double, coordinate: Int = 0, _ wanted: (Double) -> Double
  ) throws -> Double {
    var worst = 0.0
    for _ in 0..<Int((seconds / simulation.model.timestep).rounded()) {
      try simulation.step()
      worst = max(worst, abs(simulation.positions[coordinate] - wanted(simulation.time)))
    }
    return worst
  }

  /// Jacobi's elliptic functions sn, cn and dn of modulus k by descending Landen transformation, and the quarter period
  /// K.
  static func jacobi(_ u: Double, _ k: Double) -> (sn: Double, cn: Double, dn: Double) {
    var (a, b, c) = ([1.0], (1 - k * k).squareRoot(), [k])
    while abs(c[c.count - 1]) > 1e-15 && a.count < 40 {
      let last = a[a.count - 1]
      a.append((last + b) / 2)
      c.append((last - b) / 2)
      b = (last * b).squareRoot()
    }
    let n = a.count - 1
    var phase = pow(2, Double(n)) * a[n] * u
    for i in stride(from: n, to: 0, by: -1) { phase = (phase + asin(c[i] / a[i] * sin(phase))) / 2 }
    return (sin(phase), cos(phase), (1 - k * k * sin(phase) * sin(phase)).squareRoot())
  }

  static func quarterPeriod(_ k: Double) -> Double {
    var (a, b) = (1.0, (1 - k * k).squareRoot())
    for _ in 0..<40 { (a, b) = ((a + b) / 2, (a * b).squareRoot()) }
    return .pi / (2 * a)
  }

  /// The angle of a pendulum let go at `angle`, with ω² = m·g·l / I.
  static func swing(_ angle: Double, _ omega: Double) -> (Double) -> Double {
    let k = sin(angle / 2)
    return { 2 * asin(k * jacobi(quarterPeriod(k) - omega * $0, k).sn) }
  }

  @Test(arguments: [0.3, 1.5, 2.8]) func pendulumSwings(angle: Double) throws {
    let pendulum = try Self.simulation(
      "<body><joint axis=\"0 1 0\"/><inertial pos=\"0 0 -0.5\" mass=\"1\" diaginertia=\"0.1 0.1 0.1\"/></body>")
    try pendulum.setState(positions: [angle], velocities: [0])
    let omega = (9.81 * 0.5 / (0.1 + 0.25)).squareRoot()
    #expect(try Self.worst(pendulum, seconds: 3, Self.swing(angle, omega)) < 3e-3)
  }

  /// Below, at and above critical damping.
  @Test(arguments: [("hinge", 0.5), ("slide", 0.5), ("hinge", 12), ("slide", 12), ("hinge", 40), ("slide", 40)])
  func massOnSpringAndDamper(type: String, damping: Double) throws {
    let (inertia, stiffness, start) = (0.6, 60.0, 0.2)
    let plant = try Self.simulation(
      """
      <body><joint type="\(type)" axis="0 0 1" damping="\(damping)" stiffness="\(stiffness)" armature="0.1"/>
      <inertial pos="0 0 0" mass="0.5" diaginertia="0.5 0.5 0.5"/></body>
      """, gravity: "0 0 0")
    try plant.setState(positions: [start], velocities: [0])
    let (rate, square) = (damping / (2 * inertia), stiffness / inertia)
    let worst = try Self.worst(plant, seconds: 1) { t in
      let left = square - rate * rate
      if abs(left) < 1e-9 { return start * exp(-rate * t) * (1 + rate * t) }
      if left > 0 {
        let w = left.squareRoot()
        return start * exp(-rate * t) * (cos(w * t) + rate / w * sin(w * t))
      }
      let w = (-left).squareRoot()
      return start * exp(-rate * t) * (cosh(w * t) + rate / w * sinh(w * t))
    }
    #expect(worst < 2e-3)
  }

  /// Two links and one motor, by its equations (Murray and Hauser 1991; Spong 1995).
  @Test func acrobotMovesByItsEquations() throws {
    let (m, l, c1, c2, i1, i2, b) = (1.0, 1.0, 0.5, 1.0, 0.083, 0.33, 0.1)
    let acrobot = try Self.simulation(
      """
      <body><joint axis="0 1 0" damping="\(b)"/><inertial pos="0 0 -\(c1)" mass="\(m)" diaginertia="1 \(i1) 1"/>
        <body pos="0 0 -\(l)"><joint name="elbow" axis="0 1 0" damping="\(b)"/>
          <inertial pos="0 0 -\(c2)" mass="\(m)" diaginertia="1 \(i2) 1"/></body></body>
      """, rest: "<actuator><motor joint=\"elbow\"/></actuator>")
    func change(_ x: SIMD4<Double>, _ torque: Double) -> SIMD4<Double> {
      let (both, second) = (i1 + m * c1 * c1, i2 + m * c2 * c2)
      let (cosine, sine) = (m * l * c2 * cos(x[1]), m * l * c2 * sin(x[1]))
      let (m11, m12, m22) = (both + second + m * l * l + 2 * cosine, second + cosine, second)
      let lower = m * 9.81 * c2 * sin(x[0] + x[1])
      let r1 = sine * (2 * x[2] * x[3] + x[3] * x[3]) - 9.81 * (m * c1 + m * l) * sin(x[0]) - lower - b * x[2]
      let r2 = torque - sine * x[2] * x[2] - lower - b * x[3]
      let determinant = m11 * m22 - m12 * m12
      return SIMD4(x[2], x[3], (m22 * r1 - m12 * r2) / determinant, (m11 * r2 - m12 * r1) / determinant)
    }
    var x = SIMD4(1.0, -0.5, 0, 0)
    try acrobot.setState(positions: [x[0], x[1]], velocities: [0, 0])
    let h = acrobot.model.timestep
    var worst = 0.0
    for step in 0..<4000 {
      let torque = 2 * sin(3 * h * Double(step))
      let a = change(x, torque)
      let b = change(x + h / 2 * a, torque)
      let c = change(x + h / 2 * b, torque)
      let d = change(x + h * c, torque)
      x += h / 6 * (a + 2 * b + 2 * c + d)
      try acrobot.step([torque])
      worst = max(worst, abs(acrobot.positions[0] - x[0]), abs(acrobot.positions[1] - x[1]))
    }
    #expect(worst < 0.01)
  }

  /// A body with three moments, free of torque: Euler's equations in Jacobi's functions (Landau and Lifshitz,
  /// Mechanics, §37).
  @Test func bodyTumbles() throws {
    let (one, two, three) = (0.2, 0.5, 0.6)
    let body = try Self.simulation(
      "<body><freejoint/><inertial pos=\"0.1 0.2 -0.1\" mass=\"2\" diaginertia=\"\(one) \(two) \(three)\"/></body>",
      gravity: "0 0 0")
    let (a, c) = (2.0, 3.0)
    try body.setState(positions: [0, 0, 0, 1, 0, 0, 0], velocities: [0.3, -0.2, 0.1, a, 0, c])
    let energy = one * a * a + three * c * c
    let square = one * one * a * a + three * three * c * c
    try #require(square > energy * two)
    let rate = ((three - two) * (square - energy * one) / (one * two * three)).squareRoot()
    let k = ((two - one) * (energy * three - square) / ((three - two) * (square - energy * one))).squareRoot()
    let middle = ((energy * three - square) / (two * (three - two))).squareRoot()
    var worst = 0.0
    for _ in 0..<6000 {
      try body.step()
      let (sn, cn, dn) = Self.jacobi(rate * body.time, k)
      for (found, wanted) in zip(body.velocities[3...5], [a * cn, middle * sn, c * dn]) {
        worst = max(worst, abs(found - wanted))
      }
    }
    #expect(worst < 0.06)
  }

  /// A force at the centre, and a torque along a principal axis: a parabola and a turn of their own.
  @Test func freeBodyIsPushed() throws {
    let body = try Self.simulation(
      "<body><freejoint/><inertial pos=\"0 0 0\" mass=\"2\" diaginertia=\"0.2 0.3 0.4\"/></body>")
    try body.setState(positions: [0, 0, 1, 1, 0, 0, 0], velocities: [1, 0, 2, 0, 0, 1])
    try body.addExternalForce(SIMD3(4, 0, 0), torque: SIMD3(0, 0, 0.8), to: 1)
    try body.step(count: 2000)
    // Semi-implicit steps add half a step's worth.
    let half = (1 + body.model.timestep) / 2
    for (found, wanted) in zip(body.positions[0...2], [1 + 2 * half, 0, 1 + 2 - 9.81 * half]) {
      #expect(abs(found - wanted) < 1e-9)
    }
    #expect(abs(2 * atan2(body.positions[6], body.positions[3]) - (1 + 2 * half)) < 1e-9)
    #expect(abs(body.velocities[5] - 3) < 1e-9)
  }

  /// Dry friction on a slope: a sledge that slides, and one that does not.
  @Test(arguments: [6.0, 12.0]) func sledgeOnASlope(friction: Double) throws {
    let sledge = try Self.simulation(
      """
      <body euler="0 0.5 0"><joint type="slide" axis="1 0 0" frictionloss="\(friction)"/>
      <inertial pos="0 0 0" mass="2" diaginertia="1 1 1"/></body>
      """)
    try sledge.step(count: 2000)
    let acceleration = max(0, 9.81 * sin(0.5) - friction / 2)
    #expect(abs(sledge.positions[0] - acceleration / 2 * (1 + sledge.model.timestep)) < 1e-5)
  }

  /// An arm of seven hinges with rotors and damping that falls from its pose, by Lagrange's equations.
  @Test func armFalls() throws {
    var arm = ""
    let axes = ["0 0 1", "0 1 0", "0 0 1", "0 -1 0", "0 0 1", "0 1 0", "0 0 1"]
    for axis in axes {
      arm += """
        <body pos="0 0 0.2" euler="0.1 0 0.2"><joint axis="\(axis)" damping="0.3" armature="0.05"/>
        <geom type="capsule" size="0.05" fromto="0 0 0 0 0.03 0.2"/>
        """
    }
    let simulation = try Self.simulation(arm + String(repeating: "</body>", count: axes.count))
    let positions = [0.3, 0.5, -0.4, -0.9, 0.2, 0.7, 0.1]
    try simulation.setState(positions: positions, velocities: positions.map { 2 * $0 })
    var lagrange = Lagrange(simulation.model, positions: positions, velocities: positions.map { 2 * $0 })
    lagrange.run(seconds: 0.5, steps: 250)
    try simulation.step(count: 1000)
    let worst = zip(simulation.positions, lagrange.positions).map { abs($0 - $1) }.max() ?? 1
    #expect(worst < 5e-3, "\(simulation.positions) \(lagrange.positions)")
  }
}
