import Foundation
import SinewEnvironments
import SinewPhysics
import Testing

/// The wheeled robot, driven by a pure-pursuit controller, and what its wheels do.
@Suite struct WheeledRobotTests {
  /// Towards the path's point 0.6 m ahead, at the wanted speed.
  private func pursue(_ observation: [Float]) -> [Float] {
    let (x, y) = (observation[3 + 4], observation[3 + 5])
    let curvature = 2 * y / (x * x + y * y)
    let speed = observation[15] * cos(observation[1]) - observation[2]
    return [-1, 1].map { side in speed * (1 + side * curvature * 0.17) / 0.1 }
  }

  private func kind(_ observation: [Float]) -> String {
    // How the points ahead bend while the robot is still at the path's start.
    let points = (0..<6).map { SIMD2(observation[3 + 2 * $0], observation[4 + 2 * $0]) }
    let (first, second) = (points[1] - points[0], points[5] - points[4])
    let turn = abs(first.x * second.y - first.y * second.x) / 0.04
    return turn < 1e-4 ? "straight" : "bent"
  }

  /// The task can be solved: every path of 40 is followed to the end, within a few centimetres after two seconds.
  @Test func isSolvedByPurePursuit() throws {
    let environment = try EnvironmentCatalogue.make("wheeled-robot")
    var kinds: Set<String> = []
    var worstReturn = Double.infinity
    for seed in 0..<40 as Range<UInt64> {
      var observation = try environment.reset(seed: seed)
      kinds.insert(kind(observation))
      var (sum, worst, steps) = (0.0, Float(0), 0)
      while true {
        let (next, outcome) = try environment.step(pursue(observation))
        observation = next
        sum += outcome.reward
        steps += 1
        if steps > 60 { worst = max(worst, abs(observation[0])) }
        if outcome.ended { break }
      }
      #expect(steps == 400)
      #expect(worst < 0.1)
      worstReturn = min(worstReturn, sum)
    }
    #expect(kinds == ["straight", "bent"])
    #expect(worstReturn > 340)
  }

  /// Standing still, or driving straight on, is no way to do it.
  @Test(arguments: [Float(0), 6]) func isNotSolvedByLess(speed: Float) throws {
    let environment = try EnvironmentCatalogue.make("wheeled-robot")
    var returns: [Double] = []
    for seed in 0..<20 as Range<UInt64> {
      _ = try environment.reset(seed: seed)
      var sum = 0.0
      while true {
        let outcome = try environment.step([speed, speed]).outcome
        sum += outcome.reward
        if outcome.ended { break }
      }
      returns.append(sum)
    }
    #expect(returns.reduce(0, +) / 20 < 200)
  }

  private func simulation(_ change: (String) -> String = { $0 }) throws -> Simulation {
    let folder = try EnvironmentCatalogue.taskFile("wheeled-robot").deletingLastPathComponent()
    let text = try String(contentsOf: folder.appendingPathComponent("wheeled-robot.xml"), encoding: .utf8)
    let simulation = try Simulation(model: Model(mjcf: change(text), name: "wheeled-robot"))
    try simulation.step(control: [0, 0].span, count: 200)
    return simulation
  }

  /// By how much the rims turn faster than the chassis moves, m/s.
  private func slip(_ simulation: Simulation) -> Double {
    0.05 * (simulation.velocities[6] + simulation.velocities[7]) - speed(simulation)
  }

  private func speed(_ simulation: Simulation) -> Double {
    simulation.pose(ofBody: 1).rotation.conjugate.rotate(simulation.linearVelocity(ofBody: 1)).x
  }

  /// Wheels roll at every torque that their motors have: straight on, in a bend and turning on the spot.
  @Test(arguments: [(10.0, 10.0), (6, 10), (-4, 4)]) func rollsWithoutSlipping(left: Double, right: Double) throws {
    let simulation = try simulation()
    for _ in 0..<200 {
      try simulation.step(control: [left, right].span, count: 2)
      #expect(abs(slip(simulation)) < 2e-3)
      // Rim speeds over the track.
      let turning = 0.1 * (simulation.velocities[7] - simulation.velocities[6]) / 0.34
      #expect(abs(simulation.angularVelocity(ofBody: 1).z - turning) < 5e-3)
    }
    #expect(abs(speed(simulation) - 0.05 * (left + right)) < 0.03)
    let sideways = simulation.pose(ofBody: 1).rotation.conjugate.rotate(simulation.linearVelocity(ofBody: 1)).y
    #expect(abs(sideways) < 5e-3)
  }

  /// On slippery ground it rolls with a little torque and with more the wheels spin.
  @Test func spinsWhenTheTorqueIsTooLarge() throws {
    func slippery(_ torque: Double) throws -> Simulation {
      try simulation {
        $0.replacing("friction=\"0.8\"", with: "friction=\"0.3\"")
          .replacing("forcerange=\"-3 3\"", with: "forcerange=\"-\(torque) \(torque)\"")
      }
    }
    let rolling = try slippery(1)
    try rolling.step(control: [15, 15].span, count: 60)
    #expect(abs(slip(rolling)) < 2e-3)
    #expect(speed(rolling) > 0.3)

    let spinning = try slippery(3)
    try spinning.step(control: [15, 15].span, count: 20)
    try spinning.step(control: [15, 15].span, count: 40)
    #expect(slip(spinning) > 0.5)
  }
}
