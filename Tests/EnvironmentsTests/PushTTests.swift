import Foundation
import SinewEnvironments
import SinewPhysics
import SinewTestSupport
import Testing

/// The planar pushing task against the literature's environment, and against what a push must do.
@Suite struct PushTTests {
  private struct Recording: Decodable {
    var name: String
    /// Pusher x, y; the block's centre of mass x, y; its angle.
    var start: [Double]
    /// Target x, y; the observation of 5; the reward.
    var rows: [[Double]]
  }

  /// An environment in an episode with the block's centre of mass and the pusher at places in workspace units.
  private func make(centre: SIMD2<Double>, angle: Double, pusher: SIMD2<Double>) throws -> any SinewEnvironments
    .Environment
  {
    let environment = try EnvironmentCatalogue.make("push-t")
    _ = try environment.reset(seed: 0)
    let simulation = try #require(environment.simulation)
    try simulation.setState(
      positions: [centre.x / 1000, centre.y / 1000, angle, pusher.x / 1000, pusher.y / 1000],
      velocities: [0, 0, 0, 0, 0])
    return environment
  }

  /// Pushes recorded in gym-pusht: the pusher within 1.2 units, the block within 0.8 and 0.03 rad, the reward within
  /// 0.01.
  @Test func followsTheLiteraturesEnvironment() throws {
    let url = try #require(Bundle.module.url(forResource: "Fixtures/push-t", withExtension: "json"))
    let recordings = try JSONDecoder().decode([Recording].self, from: Data(contentsOf: url))
    #expect(recordings.count == 6)
    for recording in recordings {
      let s = recording.start
      let environment = try make(centre: SIMD2(s[2], s[3]), angle: s[4], pusher: SIMD2(s[0], s[1]))
      for row in recording.rows {
        let (observation, outcome) = try environment.step(row[..<2].map { Float($0) })
        let off = zip(observation, row[2...]).map { abs(Double($0) - $1) }
        #expect(max(off[0], off[1]) < 1.2, "\(recording.name)")
        #expect(max(off[2], off[3]) < 0.8, "\(recording.name)")
        #expect(min(off[4], 2 * .pi - off[4]) < 0.03, "\(recording.name)")
        #expect(abs(outcome.reward - row[7]) < 0.01, "\(recording.name)")
      }
    }
  }

  @Test func spacesAreTheLiteratures() throws {
    let environment = try EnvironmentCatalogue.make("push-t")
    #expect(environment.observationSpace.count == 5)
    #expect(environment.actionSpace == BoxSpace(low: [0, 0], high: [512, 512]))
    #expect(environment.controlPeriod == 0.1)
    #expect(environment.maximumSteps == 300)
    var low = [Float](repeating: .infinity, count: 5)
    var high = [Float](repeating: -.infinity, count: 5)
    for seed in 0..<300 {
      let observation = try environment.reset(seed: UInt64(seed))
      #expect(environment.isSuccess == false)
      for (index, value) in observation.enumerated() {
        (low[index], high[index]) = (min(low[index], value), max(high[index], value))
      }
    }
    #expect(low[0] >= 50 && high[0] <= 450 && low[0] < 60 && high[0] > 440)
    #expect(low[4] >= 0 && high[4] <= Float(2 * Double.pi) && low[4] < 0.1 && high[4] > 6.1)
  }

  @Test func aBlockThatIsNotTouchedStays() throws {
    let environment = try make(centre: SIMD2(350, 350), angle: 1, pusher: SIMD2(100, 100))
    var first: [Float]?
    for step in 0..<100 {
      let target: [Float] = step % 2 == 0 ? [50, 200] : [200, 50]
      let (observation, _) = try environment.step(target)
      #expect(first == nil || Array(observation[2...]) == first)
      first = Array(observation[2...])
    }
  }

  /// Three control periods after the pusher has turned back, nothing moves any more.
  @Test func aBlockThatIsNoLongerPushedStops() throws {
    let environment = try make(centre: SIMD2(256, 295), angle: 0, pusher: SIMD2(256, 200))
    for _ in 0..<8 { _ = try environment.step([256, 320]) }
    let moved = try environment.step([256, 150]).observation
    #expect(moved[3] > 255)
    for _ in 0..<2 { _ = try environment.step([256, 150]) }
    let stopped = try environment.step([256, 150]).observation
    for _ in 0..<10 { #expect(try environment.step([256, 150]).observation[2...] == stopped[2...]) }
  }

  /// A frictionless contact at lever l turns a block of inertia I = m·k² by l/k² for each metre that its centre moves.
  @Test(arguments: [0.0, 20, -20, 45]) func turnsByTheLever(lever: Double) throws {
    let environment = try make(centre: SIMD2(256, 295), angle: 0, pusher: SIMD2(256 + lever, 234.5))
    let simulation = try #require(environment.simulation)
    for _ in 0..<4 { _ = try environment.step([Float(256 + lever), 236.5]) }
    let (shift, turn) = (simulation.positions[1] - 0.295, simulation.positions[2])
    #expect(shift > 5e-4)
    // At +x of the centre a push along +y turns counter-clockwise.
    #expect(abs(turn - shift * lever / 1000 / 0.003) < 0.02 * abs(turn) + 1e-6)
    #expect(abs(simulation.positions[0] - 0.256) < 2e-5)
  }

  /// The stem's end comes to the wall at 504 and stays there, and the pusher behind the bar too.
  @Test func wallsHoldTheBlock() throws {
    let environment = try make(centre: SIMD2(256, 295), angle: 0, pusher: SIMD2(256, 200))
    for _ in 0..<9 { _ = try environment.step([256, 512]) }
    for _ in 0..<3 {
      let observation = try environment.step([256, 512]).observation
      #expect(abs(observation[3] + 120 - 504) < 0.5)
      #expect(abs(observation[1] + 15 - observation[3]) < 2)
    }
  }

  /// The block on its goal is covered wholly; slightly beside it, by what the shift leaves.
  @Test func successIsCoverage() throws {
    let half = 0.5.squareRoot()
    // The centre of mass is 45 units along the stem, which the goal turns by 45°.
    let goal = SIMD2(256 - 45 * half, 256 + 45 * half)
    let environment = try make(centre: goal, angle: .pi / 4, pusher: SIMD2(50, 50))
    let (observation, outcome) = try environment.step([50, 50])
    #expect(abs(observation[2] - 256) < 1e-3 && abs(observation[3] - 256) < 1e-3)
    #expect(abs(Double(observation[4]) - .pi / 4) < 1e-6)
    #expect(outcome.reward == 1 && outcome.terminated && environment.isSuccess == true)
    #expect((try? environment.step([50, 50])) == nil)

    // A shift by d along the bar leaves d × 30 of the bar and d × 90 of the stem: (6300 − 120 d) / 6300.
    for (shift, succeeds) in [(2.0, true), (3.0, false)] {
      let beside = try make(
        centre: goal + shift * SIMD2(half, half), angle: .pi / 4, pusher: SIMD2(50, 50))
      let (_, outcome) = try beside.step([50, 50])
      #expect(outcome.terminated == succeeds && beside.isSuccess == succeeds)
      #expect(abs(outcome.reward - min((6300 - 120 * shift) / 6300 / 0.95, 1)) < 1e-9)
    }
  }

  @Test func restoresSuccess() throws {
    let environment = try make(centre: SIMD2(224.18019, 287.81981), angle: .pi / 4, pusher: SIMD2(50, 50))
    _ = try environment.step([50, 50])
    let snapshot = environment.snapshot()
    _ = try environment.reset(seed: 1)
    #expect(environment.isSuccess == false)
    try environment.restore(snapshot)
    #expect(environment.isSuccess == true)
  }
}
