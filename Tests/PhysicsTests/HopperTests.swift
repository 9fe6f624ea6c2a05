import Foundation
import SinewPhysics
import Testing

/// The hopper against MuJoCo's trajectories of the same file (Fixtures/make_hopper.py).
@Suite struct HopperTests {
  struct Trajectory: Decodable {
    struct State: Decodable { var positions, velocities: [Double] }
    struct Frame: Decodable { var control, positions, velocities: [Double] }
    var timestep: Double
    var substeps: Int
    var start: State
    var frames: [Frame]
  }

  /// The largest difference from the stored positions.
  func deviation(from name: String, duration: Double) throws -> Double {
    let trajectory = try JSONDecoder().decode(Trajectory.self, from: Data(contentsOf: fixture(name)))
    let simulation = try Simulation(model: Model(mjcf: fixture("hopper.xml")))
    #expect(simulation.model.timestep == trajectory.timestep)
    try simulation.setState(positions: trajectory.start.positions, velocities: trajectory.start.velocities)
    var worst = 0.0
    for frame in trajectory.frames where simulation.time < duration - 1e-9 {
      try simulation.step(frame.control, count: trajectory.substeps)
      worst = max(worst, zip(simulation.positions, frame.positions).map { abs($0 - $1) }.max() ?? .infinity)
    }
    #expect(abs(simulation.time - duration) < 1e-9)
    return worst
  }

  @Test func followsMuJoCoInTheAir() throws {
    let worst = try deviation(from: "hopper-airborne.json", duration: 0.4)
    #expect(worst < 1e-3)
  }

  /// Contacts and limits are MuJoCo's soft constraints; an inverted pendulum on a foot doubles differences every 0.1 s.
  @Test func landsAndTopplesAsInMuJoCo() throws {
    let worst = try deviation(from: "hopper-landing.json", duration: 0.6)
    #expect(worst < 2e-3)
  }
}
