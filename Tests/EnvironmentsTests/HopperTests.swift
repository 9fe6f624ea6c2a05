import SinewEnvironments
import SinewPhysics
import SinewTestSupport
import Testing

/// The task: what is observed, rewarded and ended on, by hand from Gymnasium's Hopper-v5.
@Suite struct HopperTests {
  private func make(
    _ positions: [Double] = [0, 1.25, 0, 0, 0, 0], _ velocities: [Double] = [0, 0, 0, 0, 0, 0]
  ) throws -> (any Environment, Simulation) {
    let environment = try EnvironmentCatalogue.make("hopper")
    _ = try environment.reset(seed: 1)
    let simulation = try #require(environment.simulation)
    try simulation.setState(positions: positions, velocities: velocities)
    return (environment, simulation)
  }

  @Test func hasTheSpacesAndTimesOfHopper() throws {
    let environment = try EnvironmentCatalogue.make("hopper")
    #expect(environment.observationSpace.count == 11)
    #expect(
      environment.observationSpace.high == [.infinity, .infinity, .infinity, .infinity, .infinity]
        + [Float](repeating: 10, count: 6))
    #expect(environment.actionSpace == BoxSpace(low: [-1, -1, -1], high: [1, 1, 1]))
    #expect(environment.controlPeriod == 0.008)
    #expect(environment.maximumSteps == 1000)
    #expect(environment.simulation?.model.timestep == 0.002)
  }

  /// Masses and inertias, as MuJoCo computes them.
  @Test func weighsWhatHopperWeighs() throws {
    let model = try EnvironmentCatalogue.definition("hopper").model
    let expected = [(3.6652, 0.06925), (4.0579, 0.09330), (2.7814, 0.07230), (5.3156, 0.10352)]
    for (body, (mass, inertia)) in zip(model.bodies.dropFirst(), expected) {
      #expect(abs(body.mass - mass) < 1e-4)
      #expect(abs(body.inertia.diagonal.y - inertia) < 1e-5)
    }
    #expect(model.joints.dropFirst(3).allSatisfy { $0.armature == 1 && $0.damping == 1 })
    #expect(model.actuators.allSatisfy { $0.gear == 200 })
  }

  @Test func observesPositionsWithoutRootxThenClippedVelocities() throws {
    let (environment, simulation) = try make([0.3, 1.4, 0.05, -0.2, -0.3, 0.1], [30, 1, 0.5, 12, -13, 2])
    let (observation, _) = try environment.step([0, 0, 0])
    let (q, v) = (simulation.positions, simulation.velocities)
    #expect(v[0] > 10 && v[4] < -10)
    #expect(observation == (q[1...] + v.map { min(max($0, -10), 10) }).map { Float($0) })
  }

  /// Reward = Δx / 0.008 + 1 − 0.001 · |a|², with the action as given, not as clamped.
  @Test func rewardsAsHopper() throws {
    let (environment, simulation) = try make([0.3, 1.5, 0, 0, 0, 0], [2, 0, 0, 0, 0, 0])
    let (_, outcome) = try environment.step([3, -0.5, 0])
    let terms = Dictionary(uniqueKeysWithValues: environment.rewardTerms.map { ($0.name, $0.value) })
    #expect(terms["forward_velocity"] == (simulation.positions[0] - 0.3) / 0.008)
    #expect(terms["alive"] == 1)
    #expect(abs((terms["action_squared"] ?? 0) + 0.001 * (9 + 0.25)) < 1e-15)
    #expect(abs(outcome.reward - (terms.values.reduce(0, +))) < 1e-12)
    // In the air the motors turn the links about a centre of mass that keeps its 2 m/s.
    #expect(abs((terms["forward_velocity"] ?? 0) - 2) < 0.5)
    #expect(!outcome.ended)
  }

  /// A control beyond its range has the effect of the range's end, though it costs more.
  @Test func clampsWhatReachesTheMotors() throws {
    let (first, one) = try make([0, 1.5, 0, -0.5, -0.5, 0])
    let (second, other) = try make([0, 1.5, 0, -0.5, -0.5, 0])
    let (_, within) = try first.step([1, -1, 1])
    let (_, beyond) = try second.step([5, -7, 1.5])
    #expect(one.positions == other.positions)
    #expect(within.reward > beyond.reward)
  }

  /// Terminates unless z > 0.7, |angle| < 0.2 and everything but x and z lies within ±100; then `alive` is 0.
  @Test(arguments: [
    ([0, 0.71, 0, -2, -2.5, 0], [0, 0, 0, 0, 0, 0], false),
    ([0, 0.705, 0, -2, -2.5, 0], [0, -1.0, 0, 0, 0, 0], true),
    ([0, 2.0, 0.19, 0, 0, 0], [0, 0, 0, 0, 0, 0], false),
    ([0, 2.0, 0.199, 0, 0, 0], [0, 0, 0.5, 0, 0, 0], true),
    ([0, 2.0, -0.199, 0, 0, 0], [0, 0, -0.5, 0, 0, 0], true),
    ([500, 300, 0, 0, 0, 0], [50, 0, 0, 0, 0, 0], false),
    ([0, 2.0, 0, 0, 0, 0], [101, 0, 0, 0, 0, 0], true),
    ([0, 5000, 0, 0, 0, 0], [0, -103, 0, 0, 0, 0], true),
  ])
  func terminatesAsHopper(_ positions: [Double], _ velocities: [Double], _ terminates: Bool) throws {
    let (environment, simulation) = try make(positions, velocities)
    let (_, outcome) = try environment.step([0, 0, 0])
    #expect(outcome.terminated == terminates, "\(simulation.positions) \(simulation.velocities)")
    #expect(!outcome.truncated)
    #expect(environment.rewardTerms.first { $0.name == "alive" }?.value == (terminates ? 0 : 1))
  }

  @Test func beginsWithNoiseOfFiveThousandths() throws {
    let environment = try EnvironmentCatalogue.make("hopper")
    var least = [Double](repeating: .infinity, count: 12)
    var greatest = least.map { -$0 }
    for seed in 0..<400 {
      _ = try environment.reset(seed: UInt64(seed))
      let simulation = try #require(environment.simulation)
      for (index, value) in (simulation.positions + simulation.velocities).enumerated() {
        least[index] = min(least[index], value - (index == 1 ? 1.25 : 0))
        greatest[index] = max(greatest[index], value - (index == 1 ? 1.25 : 0))
      }
    }
    for index in 0..<12 {
      #expect(least[index] >= -0.005 - 1e-9 && least[index] < -0.0045)
      #expect(greatest[index] <= 0.005 + 1e-9 && greatest[index] > 0.0045)
    }
  }
}
