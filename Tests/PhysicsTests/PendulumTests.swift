import Foundation
import SinewPhysics
import Testing

/// A rod on a hinge of the world against closed forms.
@Suite struct PendulumTests {
  static let mass = 1000 * Double.pi * 0.02 * 0.02 * 1
  /// Of the cylinder about its end.
  static let inertia = mass * (3 * 0.02 * 0.02 + 1) / 12 + mass * 0.25
  static let weight = mass * 9.81 * 0.5

  static func make(timestep: Double) throws -> Simulation {
    try Simulation(
      model: Model(
        mjcf: """
          <mujoco><compiler angle="radian"/><option timestep="\(timestep)"/><worldbody><body name="rod" pos="0 0 2">
            <joint name="hinge" axis="0 1 0"/><geom type="cylinder" size="0.02" fromto="0 0 0 0 0 -1"/>
          </body></worldbody></mujoco>
          """, name: "pendulum"))
  }

  static func energy(_ simulation: Simulation) -> Double {
    let (q, v) = (simulation.positions[0], simulation.velocities[0])
    return inertia * v * v / 2 + weight * (1 - cos(q))
  }

  /// Complete elliptic integral of the first kind by the arithmetic-geometric mean.
  static func ellipticK(_ modulus: Double) -> Double {
    var (a, b) = (1.0, (1 - modulus * modulus).squareRoot())
    for _ in 0..<20 { (a, b) = ((a + b) / 2, (a * b).squareRoot()) }
    return Double.pi / (2 * a)
  }

  @Test(arguments: [0.2, 1.5, 2.8]) func periodIsTheEllipticIntegral(amplitude: Double) throws {
    let simulation = try Self.make(timestep: 0.0005)
    try simulation.setState(positions: [amplitude], velocities: [0])
    // Upward zero crossings, interpolated.
    var crossings: [Double] = []
    var previous = amplitude
    while crossings.count < 4 && simulation.time < 60 {
      try simulation.step()
      let q = simulation.positions[0]
      if previous < 0 && q >= 0 { crossings.append(simulation.time - 0.0005 * q / (q - previous)) }
      previous = q
    }
    try #require(crossings.count == 4)
    let period = (crossings[3] - crossings[0]) / 3
    let expected = 4 * (Self.inertia / Self.weight).squareRoot() * Self.ellipticK(sin(amplitude / 2))
    #expect(abs(period / expected - 1) < 2e-4)
  }

  @Test func energyDoesNotDrift() throws {
    let simulation = try Self.make(timestep: 0.0005)
    try simulation.setState(positions: [2], velocities: [0])
    let start = Self.energy(simulation)
    var (low, high) = (start, start)
    for _ in 0..<40_000 {
      try simulation.step()
      let energy = Self.energy(simulation)
      (low, high) = (min(low, energy), max(high, energy))
    }
    #expect(low > start * 0.998 && high < start * 1.002)
  }

  @Test func angleCountsTurns() throws {
    let simulation = try Self.make(timestep: 0.002)
    try simulation.setState(positions: [3], velocities: [12])
    var previous = 3.0
    for _ in 0..<1000 {
      try simulation.step()
      let q = simulation.positions[0]
      #expect(abs(q - previous) < 0.1)
      previous = q
    }
    #expect(previous > 4 * Double.pi)
    try simulation.setState(positions: [-20], velocities: [0])
    #expect(abs(simulation.positions[0] + 20) < 1e-12)
  }
}
