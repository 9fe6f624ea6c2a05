import SinewPhysics
import SinewTestSupport
import Testing

@testable import SinewEnvironments

/// Robots and tasks of Gymnasium's v5: equal in what they say, near in how they move.
@Suite struct GymnasiumTests {
  static let robots = [
    "ant", "half-cheetah", "humanoid", "inverted-double-pendulum", "pusher", "reacher", "swimmer", "walker2d",
  ]

  @Test(arguments: robots) func hasItsSpacesTimesAndMass(_ robot: String) throws {
    let (expected, environment) = (try GymnasiumFixture(robot), try EnvironmentCatalogue.make(robot))
    #expect(environment.observationSpace.count == expected.observationSize)
    #expect(environment.actionSpace == BoxSpace(low: expected.actionLow, high: expected.actionHigh))
    #expect(abs(environment.controlPeriod - expected.controlPeriod) < 1e-12)
    #expect(environment.maximumSteps == expected.timeLimit)
    let model = try EnvironmentCatalogue.definition(robot).model
    #expect(abs(model.bodies.reduce(0) { $0 + $1.mass } / expected.mass - 1) < 1e-9)
  }

  /// The same observation, reward and end, given the states before and after a step and the action.
  @Test(arguments: robots) func judgesAsGymnasium(_ robot: String) throws {
    let fixture = try GymnasiumFixture(robot)
    let environment = try TaskEnvironment(EnvironmentCatalogue.definition(robot))
    var observation = try environment.reset(seed: 1)
    for (index, expected) in fixture.judgements.enumerated() {
      try environment.physics.setState(expected.start)
      environment.beginStep(expected.action.span)
      try environment.physics.setState(expected.end)
      environment.readSimulation()
      var span = observation.mutableSpan
      let outcome = try environment.finishStep(&span)
      for (component, (ours, theirs)) in zip(observation, expected.observation).enumerated() {
        #expect(
          abs(Double(ours) - theirs) < 1e-5 * max(1, abs(theirs)),
          "\(robot), case \(index), component \(component): \(ours), Gymnasium \(theirs)")
      }
      #expect(
        abs(outcome.reward - expected.reward) < 1e-6 * max(1, abs(expected.reward)),
        "\(robot), case \(index): \(environment.rewardTerms), Gymnasium \(expected.reward)")
      #expect(outcome.terminated == expected.terminated, "\(robot), case \(index)")
    }
  }

  /// Without contacts or joints at their limits the robot moves as in MuJoCo, with implicit damping or its own
  /// integrator.
  @Test(arguments: robots) func fliesAsInMuJoCo(_ robot: String) throws {
    let airborne = try GymnasiumFixture(robot).airborne
    let definition = try EnvironmentCatalogue.definition(robot)
    let simulation = try Simulation(model: definition.model)
    try simulation.setState(airborne.start)
    var (worst, native) = (0.0, 0.0)
    for frame in airborne.frames {
      try simulation.step(control: frame.control.span, count: definition.substeps)
      for (index, position) in simulation.positions.enumerated() {
        worst = max(worst, abs(position - frame.positions[index]))
        native = max(native, abs(position - frame.nativePositions[index]))
      }
    }
    print(
      "\(robot), 0.4 s in the air: \(worst) from MuJoCo's implicit integrator, \(native) from the robot's own;",
      "those two are \(airborne.integratorDifference) apart")
    // Steps are short enough to be nearer to MuJoCo than its own integrators are to each other.
    #expect(min(worst, native) < max(1e-3, airborne.integratorDifference))
  }

  /// Where the ant comes to rest without control, the ground carries it as in MuJoCo: torque and force on every body.
  @Test func antStandsAsInMuJoCo() throws {
    let standing = try #require(try GymnasiumFixture("ant").standing)
    let simulation = try Simulation(model: EnvironmentCatalogue.definition("ant").model)
    let control = [Double](repeating: 0, count: 8)
    try simulation.step(control: control.span, count: 500)
    for (ours, theirs) in zip(simulation.positions, standing.positions) { #expect(abs(ours - theirs) < 0.01) }
    var forces = [Double](repeating: 0, count: standing.contactForces.count)
    var span = forces.mutableSpan
    simulation.readContactForces(into: &span)
    for (ours, theirs) in zip(forces, standing.contactForces) { #expect(abs(ours - theirs) < 0.01) }
    let lift = stride(from: 5, to: forces.count, by: 6).reduce(0) { $0 + forces[$1] }
    #expect(abs(lift - 9.81 * 0.91088) < 1e-3)
  }

  /// Lengths of episodes with uniformly random actions, within 15 % and what chance allows.
  @Test(arguments: robots) func actsAtRandomAsInMuJoCo(_ robot: String) throws {
    for expected in try GymnasiumFixture(robot).random {
      let environment = try EnvironmentCatalogue.make(robot)
      var actions = RandomActions(environment)
      var (lengths, returns, depth): ([Double], [Double], Double) = ([], [], 0)
      let episodes = min(expected.episodes, Int(40_000 / expected.length))
      for episode in 0..<episodes {
        _ = try environment.reset(seed: UInt64(episode))
        var outcome = StepOutcome(reward: 0, terminated: false, truncated: false)
        var (length, sum) = (0.0, 0.0)
        while !outcome.ended {
          outcome = try environment.step(actions.next().map { $0 * expected.scale }).outcome
          (length, sum) = (length + 1, sum + outcome.reward)
          depth = max(depth, environment.simulation?.contacts.map(\.depth).max() ?? 0)
        }
        lengths.append(length)
        returns.append(sum)
      }
      let (length, episodeReturn) = (Statistics(lengths), Statistics(returns))
      print(
        "\(robot), random × \(expected.scale), \(episodes) episodes: length \(length), return \(episodeReturn),",
        "deepest contact \((depth * 10_000).rounded() / 10) mm; MuJoCo: length", expected.length, "±",
        expected.lengthDeviation, "return", expected.return, "±", expected.returnDeviation, "deepest",
        expected.depth * 1000)
      let (ours, theirs) = (length.deviation, expected.lengthDeviation)
      let error = (ours * ours / Double(episodes) + theirs * theirs / Double(expected.episodes)).squareRoot()
      #expect(abs(length.mean - expected.length) < 0.15 * expected.length + 2 * error)
    }
  }
}

extension Simulation {
  /// The state of Gymnasium's model, which may have joints at the end that ours does without (pusher's goal).
  fileprivate func setState(_ state: GymnasiumFixture.State) throws {
    try setState(
      positions: Array(state.positions.prefix(positions.count)),
      velocities: Array(state.velocities.prefix(velocities.count)))
  }
}
