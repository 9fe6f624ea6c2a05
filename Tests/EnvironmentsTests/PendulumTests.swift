import Foundation
import SinewEnvironments
import SinewPhysics
import SinewTestSupport
import Testing

/// Gymnasium's Pendulum-v1, by hand.
@Suite struct PendulumTests {
  private func make(_ angle: Double, _ velocity: Double) throws -> (any Environment, Simulation) {
    let environment = try EnvironmentCatalogue.make("pendulum")
    _ = try environment.reset(seed: 1)
    let simulation = try #require(environment.simulation)
    try simulation.setState(positions: [angle], velocities: [velocity])
    return (environment, simulation)
  }

  @Test func hasTheSpacesAndTimesOfPendulum() throws {
    let environment = try EnvironmentCatalogue.make("pendulum")
    #expect(environment.observationSpace == BoxSpace(low: [-1, -1, -8], high: [1, 1, 8]))
    #expect(environment.actionSpace == BoxSpace(low: [-2], high: [2]))
    #expect(environment.controlPeriod == 0.05)
    #expect(environment.maximumSteps == 200)
  }

  private static let rewards: [(Double, Double, Float, Double)] = [
    (1, 2, 0.5, -1.40025),
    (-0.5, -3, 7, -1.154),
    (6.283185307179586 + 0.25, 0, 0, -0.0625),
    (-6.283185307179586 - 3, 0, -2, -9.004),
    (3.5, 1, 0, -7.846120454100327),
  ]

  /// Reward −(θ² + 0.1·θ̇² + 0.001·u²) of the state before the step, θ in ±π, u clamped to ±2.
  @Test(arguments: rewards)
  func rewardsWhatWasBeforeTheStep(_ angle: Double, _ velocity: Double, _ torque: Float, _ reward: Double) throws {
    let (environment, _) = try make(angle, velocity)
    #expect(abs(try environment.step([torque]).outcome.reward - reward) < 1e-9)
  }

  /// θ̈ = 3g/(2l)·sin θ + 3/(ml²)·u = 15·sin θ + 3·u: the exact solution of a short time, from a series in t.
  @Test(arguments: [(0.0, 0.0, Float(2)), (1.0, 0.0, Float(0)), (2.0, -1.0, Float(-1))])
  func acceleratesAsARod(_ angle: Double, _ velocity: Double, _ torque: Float) throws {
    let (environment, simulation) = try make(angle, velocity)
    _ = try environment.step([torque])
    let t = 0.05
    let acceleration = 15 * sin(angle) + 3 * Double(torque)
    let jerk = 15 * cos(angle) * velocity
    let snap = 15 * cos(angle) * acceleration - 15 * sin(angle) * velocity * velocity
    let exact = angle + velocity * t + acceleration * t * t / 2 + jerk * t * t * t / 6 + snap * t * t * t * t / 24
    // Semi-implicit integration in 20 parts of the step is off by acceleration · t²/40 at most.
    #expect(abs(simulation.positions[0] - exact) < abs(acceleration) * t * t / 30)
  }

  @Test func observesCosineSineAndSpeed() throws {
    let (environment, simulation) = try make(2, 1)
    let (observation, _) = try environment.step([0])
    let (angle, velocity) = (simulation.positions[0], simulation.velocities[0])
    #expect(observation == [Float(cos(angle)), Float(sin(angle)), Float(velocity)])
    #expect(angle > 2)
  }

  /// Beyond 8 rad/s the rod itself is slowed, as in Gymnasium.
  @Test func holdsItsSpeedTo8() throws {
    for sign in [1.0, -1] {
      let (environment, simulation) = try make(sign * 1.5, sign * 7.9)
      let (observation, _) = try environment.step([Float(sign) * 2])
      #expect(abs(simulation.velocities[0] - sign * 8) < 1e-9)
      #expect(observation[2] == Float(sign) * 8)
      let before = simulation.positions[0]
      _ = try environment.step([0])
      #expect(abs(simulation.positions[0] - before) < 0.05 * 9)
    }
  }

  @Test func neverTerminatesAndBeginsAnywhere() throws {
    let environment = try EnvironmentCatalogue.make("pendulum")
    var (angles, speeds): ([Double], [Double]) = ([], [])
    for seed in 0..<300 {
      _ = try environment.reset(seed: UInt64(seed))
      let simulation = try #require(environment.simulation)
      angles.append(simulation.positions[0])
      speeds.append(simulation.velocities[0])
    }
    #expect(angles.allSatisfy { abs($0) <= .pi + 1e-9 } && angles.contains { $0 > 3 } && angles.contains { $0 < -3 })
    #expect(
      speeds.allSatisfy { abs($0) <= 1 + 1e-9 } && speeds.contains { $0 > 0.95 } && speeds.contains { $0 < -0.95 })
    var actions = RandomActions(environment)
    for step in 1...200 {
      let outcome = try environment.step(actions.next()).outcome
      #expect(!outcome.terminated && outcome.truncated == (step == 200))
    }
  }

  /// A swing of 20 s without torque keeps its energy (of 10 J between rest up and rest down) to half a per cent.
  @Test func keepsItsEnergy() throws {
    let (environment, simulation) = try make(1.5, 0)
    func energy() -> Double {
      let (angle, velocity) = (simulation.positions[0], simulation.velocities[0])
      return velocity * velocity / 6 + 5 * cos(angle)
    }
    let start = energy()
    for step in 0..<400 {
      if step == 200 { try restart(environment, simulation) }
      _ = try environment.step([0])
      #expect(abs(energy() - start) < 0.05)
    }
  }

  /// Begins a new episode where the old one is.
  private func restart(_ environment: any Environment, _ simulation: Simulation) throws {
    let (positions, velocities) = (simulation.positions, simulation.velocities)
    _ = try environment.reset(seed: nil)
    try simulation.setState(positions: positions, velocities: velocities)
  }
}
