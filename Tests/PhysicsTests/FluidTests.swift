import Foundation
import SinewPhysics
import Testing

/// Drag of ``Model/Fluid`` against the closed form.
@Suite struct FluidTests {
  /// A box falls until pressure drag and friction carry it: 2ρ·rⱼrₖ·v² + 6πβ·r̄·v = m·g, half sizes being its own.
  @Test func boxFallsAtItsTerminalSpeed() throws {
    let simulation = try Simulation(
      model: Model(
        mjcf: """
          <mujoco><option density="10" viscosity="0.3" wind="0 0 2"/><worldbody><body pos="0 0 9">
          <freejoint/><geom type="box" size="0.1 0.2 0.05" density="500"/></body></worldbody></mujoco>
          """, name: "fluid"))
    try simulation.step(count: 20_000)
    let mass = 500 * 8 * 0.1 * 0.2 * 0.05
    // a·v² + b·v = m·g
    let (a, b) = (2 * 10 * 0.1 * 0.2, 6 * Double.pi * 0.3 * 0.35 / 3)
    let speed = (-b + (b * b + 4 * a * mass * 9.81).squareRoot()) / (2 * a)
    #expect(abs(simulation.velocities[2] - (2 - speed)) < 1e-9)
    #expect(simulation.model.warnings.isEmpty)
  }

  /// About a principal axis that is not the body's: dω/dt = −(8πβ·r̄³·ω + ½ρ·rᵢ(rⱼ⁴ + rₖ⁴)·ω²)/I, solved in closed
  /// form.
  @Test func boxStopsTurning() throws {
    let simulation = try Simulation(
      model: Model(
        mjcf: """
          <mujoco><option timestep="0.0005" gravity="0 0 0" density="40" viscosity="0.2"/><worldbody><body>
          <freejoint/><geom type="box" size="0.1 0.3 0.2" mass="2" euler="30 40 50"/></body></worldbody></mujoco>
          """, name: "fluid"))
    let axis = simulation.pose(ofGeometry: 0).rotation.rotate(SIMD3(1, 0, 0))
    try simulation.setState(positions: [0, 0, 0, 1, 0, 0, 0], velocities: [0, 0, 0] + (0..<3).map { 4 * axis[$0] })
    try simulation.step(count: 4000)
    let inertia = 2.0 / 3 * (0.09 + 0.04)
    let linear = 8 * Double.pi * 0.2 * pow(0.2, 3) / inertia
    let square = 0.5 * 40 * 0.1 * (pow(0.3, 4) + pow(0.2, 4)) / inertia
    let decay = exp(-linear * 2)
    let expected = linear * 4 * decay / (linear + square * 4 * (1 - decay))
    let speed = (0..<3).reduce(0) { $0 + simulation.velocities[3 + $1] * axis[$1] }
    #expect(abs(speed / expected - 1) < 1e-3)
  }
}
