import Foundation
import SinewPhysics
import Testing

@Suite struct FreeMotionTests {
  @Test func freeFall() throws {
    let simulation = try Simulation(
      model: Model(
        mjcf: """
          <mujoco><option gravity="0.5 0 -9.81"/><worldbody><body pos="1 2 50"><freejoint/>
            <geom type="box" size="0.1 0.2 0.3" pos="0.4 0 0"/></body></worldbody></mujoco>
          """, name: "fall"))
    try simulation.setState(positions: [1, 2, 50, 1, 0, 0, 0], velocities: [0, 1, 3, 0, 0, 0])
    let n = 1000.0
    try simulation.step(count: 1000)
    let q = simulation.positions
    let h = 0.002
    // Semi-implicit Euler: positions gain g·h²·n(n+1)/2.
    let fall = h * h * n * (n + 1) / 2
    #expect(abs(q[0] - (1 + 0.5 * fall)) < 1e-9)
    #expect(abs(q[1] - (2 + h * n)) < 1e-9)
    #expect(abs(q[2] - (50 + 3 * h * n - 9.81 * fall)) < 1e-9)
    #expect(q[3...] == [1, 0, 0, 0])
    #expect(abs(simulation.time - 2) < 1e-12)
  }

  /// A chain with every kind of joint, floating and driven from inside: nothing outside acts on it.
  @Test func floatingChainKeepsItsMomentum() throws {
    let model = try Model(mjcf: fixture("chain.xml"))
    let simulation = try Simulation(model: model)
    var velocities = [Double](repeating: 0, count: model.velocityCount)
    for index in velocities.indices { velocities[index] = 0.8 * sin(Double(3 * index + 1)) }
    try simulation.setState(positions: model.initialPositions, velocities: velocities)
    let start = Self.momentum(simulation)
    var (worstLinear, worstAngular) = (0.0, 0.0)
    for step in 0..<2000 {
      let phase = 0.02 * Double(step)
      try simulation.step([sin(phase), cos(1.3 * phase), sin(0.7 * phase)])
      let now = Self.momentum(simulation)
      worstLinear = max(worstLinear, norm(now.linear - start.linear))
      worstAngular = max(worstAngular, norm(now.angular - start.angular))
    }
    #expect(worstLinear < 1e-9 * norm(start.linear))
    #expect(worstAngular < 1e-4 * norm(start.angular))
  }

  private func norm(_ v: SIMD3<Double>) -> Double { (v * v).sum().squareRoot() }

  static func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
  }

  /// Linear momentum, and angular momentum about the origin.
  static func momentum(_ simulation: Simulation) -> (linear: SIMD3<Double>, angular: SIMD3<Double>) {
    var (linear, angular) = (SIMD3<Double>.zero, SIMD3<Double>.zero)
    for (index, body) in simulation.model.bodies.enumerated() where body.mass > 0 {
      let pose = simulation.pose(ofBody: index)
      let spin = simulation.angularVelocity(ofBody: index)
      let centre = simulation.centreOfMass(ofBody: index)
      let velocity = simulation.linearVelocity(ofBody: index) + cross(spin, centre - pose.position)
      linear += body.mass * velocity
      angular += body.mass * cross(centre, velocity) + body.inertia.rotated(by: pose.rotation).apply(spin)
    }
    return (linear, angular)
  }

  @Test func stateGoesInAndComesOut() throws {
    let model = try Model(mjcf: fixture("chain.xml"))
    let simulation = try Simulation(model: model)
    var positions = model.initialPositions
    for index in positions.indices { positions[index] += 0.3 * cos(Double(7 * index)) }
    let q = (positions[3], positions[4], positions[5], positions[6])
    let norm = (q.0 * q.0 + q.1 * q.1 + q.2 * q.2 + q.3 * q.3).squareRoot()
    for index in 3..<7 { positions[index] /= norm }
    let ball = try #require(model.joint(named: "ball")).self
    let start = model.positionIndex(ofJoint: ball)
    let length = positions[start..<start + 4].reduce(0) { $0 + $1 * $1 }.squareRoot()
    for index in start..<start + 4 { positions[index] /= length }
    let velocities = (0..<model.velocityCount).map { sin(Double($0 * $0)) }
    try simulation.setState(positions: positions, velocities: velocities)
    for (a, b) in zip(simulation.positions, positions) { #expect(abs(a - b) < 1e-12) }
    for (a, b) in zip(simulation.velocities, velocities) { #expect(abs(a - b) < 1e-12) }
  }
}
