import SinewPhysics
import Testing

/// Position and velocity servos against what their equations say of one step.
@Suite struct ServoTests {
  /// 2 kg on a slide with a servo.
  private func make(_ servo: String) throws -> Simulation {
    try Simulation(
      model: Model(
        mjcf: """
          <mujoco><option timestep="0.01" gravity="0 0 0"/>
          <default><position kp="50" ctrlrange="-3 3"/></default>
          <worldbody><body>
            <joint name="x" type="slide" axis="1 0 0"/><geom size="0.1" mass="2"/></body></worldbody>
          <actuator>\(servo)</actuator></mujoco>
          """, name: "servo"))
  }

  /// Semi-implicit Euler: the force at the beginning of a step, then velocity, then position; anew in each step.
  @Test(arguments: [
    ("<position joint=\"x\" kv=\"8\"/>", 50.0, 50.0, 8.0, 1.0, 1e9),
    ("<position joint=\"x\" kv=\"8\" gear=\"3\" forcerange=\"-40 40\"/>", 50, 50, 8, 3, 40),
    ("<velocity joint=\"x\" kv=\"7\" ctrlrange=\"-2 2\"/>", 7, 0, 7, 1, 1e9),
  ]) func followsItsEquation(servo: String, gain: Double, kp: Double, kv: Double, gear: Double, limit: Double) throws {
    let simulation = try make(servo)
    try simulation.setState(positions: [0.2], velocities: [-0.4])
    var (x, v) = (0.2, -0.4)
    for control in [1.5, -0.5, 0.3] {
      for _ in 0..<10 {
        let force = gear * min(max(gain * control - kp * gear * x - kv * gear * v, -limit), limit)
        v += 0.01 * force / 2
        x += 0.01 * v
      }
      try simulation.step([control], count: 10)
      #expect(abs(simulation.positions[0] - x) < 1e-9)
      #expect(abs(simulation.velocities[0] - v) < 1e-9)
    }
  }

  @Test func controlIsClampedBeforeTheGain() throws {
    let simulation = try make("<position joint=\"x\"/>")
    try simulation.step([100])
    #expect(abs(simulation.velocities[0] - 0.01 * 50 * 3 / 2) < 1e-12)
  }
}
