import Foundation
import SinewPhysics
import Testing

/// A hopper in the air against MuJoCo's trajectory (Fixtures/make_hopper_airborne.py).
@Suite struct AirborneHopperTests {
  struct Trajectory: Decodable {
    struct State: Decodable { var positions, velocities: [Double] }
    struct Frame: Decodable { var control, positions, velocities: [Double] }
    var timestep: Double
    var substeps: Int
    var start: State
    var frames: [Frame]
  }

  @Test func followsMuJoCoFor400Milliseconds() throws {
    let trajectory = try JSONDecoder().decode(
      Trajectory.self, from: Data(contentsOf: fixture("hopper-airborne.json")))
    let simulation = try Simulation(model: Model(mjcf: fixture("hopper.xml")))
    #expect(simulation.model.timestep == trajectory.timestep)
    try simulation.setState(positions: trajectory.start.positions, velocities: trajectory.start.velocities)
    var (worst, worstVelocity) = (0.0, 0.0)
    for frame in trajectory.frames {
      try simulation.step(frame.control, count: trajectory.substeps)
      worst = max(worst, zip(simulation.positions, frame.positions).map { abs($0 - $1) }.max() ?? .infinity)
      worstVelocity = max(
        worstVelocity, zip(simulation.velocities, frame.velocities).map { abs($0 - $1) }.max() ?? .infinity)
    }
    #expect(worst < 1e-3)
  }
}
