import SinewEnvironments
import SinewPhysics
import SinewTensor
import SinewTestSupport
import Testing

/// The robot: how it moves beside MuJoCo's Hopper-v5 (gymnasium 1.4.0, mujoco 4.0.0;
/// `Environments/Robots/hopper/compare_with_mujoco.py`).
@Suite struct HopperPhysicsTests {
  /// Length and return of episodes with uniformly random actions times `scale`.
  ///
  /// MuJoCo's: 2,000 episodes at full strength, 500 at 0.3, 300 at 0.
  @Test(arguments: [
    (scale: Float(1), episodes: 1000, length: 22.4, deviation: 12.1, episodeReturn: 17.5),
    (scale: Float(0.3), episodes: 400, length: 45.8, deviation: 25.4, episodeReturn: 41.5),
    (scale: Float(0), episodes: 200, length: 151.1, deviation: 26.1, episodeReturn: 147.5),
  ])
  func fallsAsInMuJoCo(
    _ expected: (scale: Float, episodes: Int, length: Double, deviation: Double, episodeReturn: Double)
  ) throws {
    let environment = try EnvironmentCatalogue.make("hopper")
    var actions = RandomActions(environment)
    var (lengths, returns, depth): ([Double], [Double], Double) = ([], [], 0)
    for episode in 0..<expected.episodes {
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
      "hopper, random × \(expected.scale), \(expected.episodes) episodes: length \(length), return \(episodeReturn),",
      "deepest contact \((depth * 10_000).rounded() / 10) mm; MuJoCo: length \(expected.length) ± \(expected.deviation),",
      "return \(expected.episodeReturn)")
    #expect(abs(length.mean / expected.length - 1) < 0.15)
    #expect(abs(length.deviation / expected.deviation - 1) < 0.3)
    #expect(abs(episodeReturn.mean / expected.episodeReturn - 1) < 0.15)
    // MuJoCo's deepest is 36 mm, at full strength.
    #expect(depth < 0.045)
  }

  /// What the motors don't put in, the robot never has: the solver gives no energy away.
  ///
  /// The soft ground may hand back what it took, so only the whole account is held to be exact.
  @Test(arguments: [0, 0.3, 1.0])
  func neverGainsEnergy(_ scale: Double) throws {
    let model = try EnvironmentCatalogue.definition("hopper").model
    let simulation = try Simulation(model: model)
    var generator = RandomGenerator(seed: 3)
    let start = energy(simulation)
    var work = 0.0
    for _ in 0..<1000 {
      let control = (0..<3).map { _ in scale * generator.uniform(-1...1) }
      for _ in 0..<4 {
        let before = simulation.velocities
        try simulation.step(control: control.span, count: 1)
        let after = simulation.velocities
        for motor in 0..<3 {
          work += 200 * control[motor] * (before[3 + motor] + after[3 + motor]) / 2 * model.timestep
        }
        #expect(energy(simulation) - work < start + 0.01)
      }
    }
  }

  /// Kinetic and potential energy of the links, and kinetic energy of the rotors.
  private func energy(_ simulation: Simulation) -> Double {
    let model = simulation.model
    var sum = 0.0
    for (index, body) in model.bodies.enumerated().dropFirst() {
      let centre = simulation.centreOfMass(ofBody: index)
      let (arm, spin) = (centre - simulation.pose(ofBody: index).position, simulation.angularVelocity(ofBody: index))
      let turning = SIMD3(
        spin.y * arm.z - spin.z * arm.y, spin.z * arm.x - spin.x * arm.z, spin.x * arm.y - spin.y * arm.x)
      let velocity = simulation.linearVelocity(ofBody: index) + turning
      sum += body.mass * (0.5 * (velocity * velocity).sum() - model.gravity.z * centre.z)
      sum += 0.5 * body.inertia.diagonal.y * spin.y * spin.y
    }
    for (joint, velocity) in zip(model.joints, simulation.velocities) {
      sum += 0.5 * joint.armature * velocity * velocity
    }
    return sum
  }
}

/// Mean and standard deviation of a sample.
struct Statistics: CustomStringConvertible {
  let mean: Double
  let deviation: Double

  init(_ values: [Double]) {
    let mean = values.reduce(0, +) / Double(values.count)
    self.mean = mean
    deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
  }

  var description: String { "\((mean * 10).rounded() / 10) ± \((deviation * 10).rounded() / 10)" }
}
