import Foundation
import SinewEnvironments
import SinewPhysics
import SinewTestSupport
import Testing

/// The DeepMind Control Suite's cartpole swingup, by hand.
@Suite struct CartpoleTests {
  private func make(_ positions: [Double], _ velocities: [Double]) throws -> (any Environment, Simulation) {
    let environment = try EnvironmentCatalogue.make("cartpole-swingup")
    _ = try environment.reset(seed: 1)
    let simulation = try #require(environment.simulation)
    try simulation.setState(positions: positions, velocities: velocities)
    return (environment, simulation)
  }

  @Test func hasTheSpacesAndTimesOfSwingup() throws {
    let environment = try EnvironmentCatalogue.make("cartpole-swingup")
    #expect(environment.observationSpace.count == 5)
    #expect(environment.actionSpace == BoxSpace(low: [-1], high: [1]))
    #expect(environment.controlPeriod == 0.01)
    #expect(environment.maximumSteps == 1000)
    let model = try EnvironmentCatalogue.definition("cartpole-swingup").model
    #expect(model.bodies.dropFirst().map(\.mass) == [1, 0.1])
  }

  @Test func observesCartAndPole() throws {
    let (environment, simulation) = try make([0.5, 2], [1, -2])
    let (observation, _) = try environment.step([0.3])
    let (q, v) = (simulation.positions, simulation.velocities)
    #expect(observation == [q[0], cos(q[1]), sin(q[1]), v[0], v[1]].map { Float($0) })
  }

  private static let states: [([Double], [Double], Float)] = [
    ([0, 0], [0, 0], 0), ([1, 0.5], [0.5, 3], 0.5), ([-1.2, 3], [0, -6], -3),
  ]

  /// upright × (1 + centred)/2 × (4 + small control)/5 × (1 + slow)/2, each of the state after the step.
  @Test(arguments: states)
  func rewardsAsSwingup(_ positions: [Double], _ velocities: [Double], _ action: Float) throws {
    let (environment, simulation) = try make(positions, velocities)
    let (_, outcome) = try environment.step([action])
    let (q, v) = (simulation.positions, simulation.velocities)
    // A Gaussian that is 0.1 at its margin: 0.1^(x/margin)².
    let centred = pow(0.1, (q[0] / 2) * (q[0] / 2))
    let slow = pow(0.1, (v[1] / 5) * (v[1] / 5))
    let control = Double(min(max(action, -1), 1))
    let expected = (1 + cos(q[1])) / 2 * (1 + centred) / 2 * (5 - control * control) / 5 * (1 + slow) / 2
    #expect(abs(outcome.reward - expected) < 1e-12)
    #expect(outcome.reward >= 0 && outcome.reward <= 1)
    #expect(environment.rewardTerms.map(\.name) == ["swingup"])
  }

  @Test func givesAlmostOneForBalancing() throws {
    let (environment, _) = try make([0, 0], [0, 0])
    #expect(try environment.step([0]).outcome.reward > 0.9999)
    let (hanging, _) = try make([0, .pi], [0, 0])
    #expect(try hanging.step([0]).outcome.reward < 1e-6)
  }

  /// With the cart at rest and the pole at θ: ẍ = (F + …)/…, from the equations of a cart with a uniform rod.
  @Test(arguments: [(0.0, Float(1)), (0.5, Float(0)), (2.0, Float(-0.5))])
  func acceleratesAsACartWithARod(_ angle: Double, _ action: Float) throws {
    let (environment, simulation) = try make([0, angle], [0, 0])
    _ = try environment.step([action])
    // (M + m)·ẍ + m·l/2·cos θ·θ̈ = F and m·l/2·cos θ·ẍ + I·θ̈ = m·g·l/2·sin θ, with I of the capsule about its end.
    let model = simulation.model
    let (m, force) = (0.1, 10 * Double(action))
    let inertia = model.bodies[2].inertia.diagonal.y + m * 0.25
    let coupling = m * 0.5 * cos(angle)
    let weight = m * 9.81 * 0.5 * sin(angle)
    let determinant = 1.1 * inertia - coupling * coupling
    let expected = [
      (force * inertia - coupling * weight) / determinant, (1.1 * weight - coupling * force) / determinant,
    ]
    for index in 0..<2 {
      let measured = simulation.velocities[index] / 0.01
      #expect(abs(measured - expected[index]) < 0.01 * max(1, abs(expected[index])))
    }
  }

  @Test func beginsHangingAndNeverTerminates() throws {
    let environment = try EnvironmentCatalogue.make("cartpole-swingup")
    for seed in 0..<50 {
      let observation = try environment.reset(seed: UInt64(seed))
      #expect(abs(observation[0]) < 0.06 && observation[1] < -0.99 && abs(observation[2]) < 0.06)
    }
    for step in 1...1000 {
      let outcome = try environment.step([step % 400 < 200 ? 1 : -1]).outcome
      #expect(!outcome.terminated && outcome.truncated == (step == 1000))
      // The rail's ends hold against full thrust; they give way over 80 ms, which 8 m/s takes 0.25 m of.
      #expect(abs(try #require(environment.simulation).positions[0]) < 2.15)
    }
  }
}
