import Foundation
import SinewEnvironments
import SinewTensor
import SinewTestSupport
import Testing

@testable import SinewGymnasium

/// Environments behave as they do in a Python program.
@Suite(.enabled(if: GymnasiumPython.isUsed, "\(GymnasiumPython.note)")) struct GymnasiumEnvironmentTests {
  /// What a Python program sees that takes these actions from that seed: bits of observations, rewards and ends.
  private func program(
    _ id: String, seed: Int, _ actions: [[Float]]
  ) throws -> (first: [UInt32], steps: [(bits: [UInt32], reward: Double, terminated: Bool, truncated: Bool)]) {
    let script = """
      import importlib.util, json, sys
      import gymnasium, numpy
      spec = importlib.util.spec_from_file_location("fixture", sys.argv[1])
      spec.loader.exec_module(importlib.util.module_from_spec(spec))
      env = gymnasium.make(sys.argv[2])
      def bits(x):
          return [int(b) for b in gymnasium.spaces.flatten(env.observation_space, x).astype("f4").view("u4")]
      seen, _ = env.reset(seed=int(sys.argv[3]))
      print(json.dumps(bits(seen)))
      for bits_of_action in json.loads(sys.argv[4]):
          action = numpy.array(bits_of_action, "u4").view("f4").astype(env.action_space.dtype)
          seen, reward, terminated, truncated, _ = env.step(action)
          print(json.dumps([bits(seen), float(reward).hex(), bool(terminated), bool(truncated)]))
      """
    let python = try #require(GymnasiumPython.path, "\(GymnasiumPython.note)")
    let text = "\(actions.map { $0.map(\.bitPattern) })"
    let (status, output) = try GymnasiumPython.run(python, script, [try fixtureModule(), id, "\(seed)", text])
    try #require(status == 0)
    let lines = try output.split(separator: "\n").map { try JSONSerialization.jsonObject(with: Data($0.utf8)) }
    let first = try #require(lines.first as? [NSNumber]).map(\.uint32Value)
    let steps = try lines.dropFirst().map { line in
      let fields = try #require(line as? [Any])
      return (
        bits: try #require(fields[0] as? [NSNumber]).map(\.uint32Value),
        reward: try #require((fields[1] as? String).flatMap(Double.init)), terminated: fields[2] as? Bool == true,
        truncated: fields[3] as? Bool == true
      )
    }
    return (first, steps)
  }

  @Test(arguments: ["HalfCheetah-v5", "Hopper-v5", "SinewTests/Line-v0"])
  func stepsAsAPythonProgramDoes(id: String) throws {
    let environment = try makeHost("gym:\(id)").make()
    let batches = actions(environment.actionSpace, steps: 300)
    let seed = 17
    var hasEnded = false
    let first = try environment.reset(seed: UInt64(seed))
    let expected = try program(id, seed: seed, batches)
    #expect(first.map(\.bitPattern) == expected.first)
    for (index, (action, step)) in zip(batches, expected.steps).enumerated() {
      let (observation, outcome) = try environment.step(action)
      #expect(observation.map(\.bitPattern) == step.bits, "step \(index)")
      #expect(outcome.reward == step.reward)
      #expect(outcome.terminated == step.terminated && outcome.truncated == step.truncated)
      if outcome.ended {
        hasEnded = true
        break
      }
    }
    #expect(hasEnded == (id != "HalfCheetah-v5"))
  }

  @Test func keepsThePromisesOfAnEnvironment() throws {
    let host = try makeHost("gym:Hopper-v5")
    #expect(checkEnvironment(try host.make()) == [])
  }

  @Test func describesItsSpaces() throws {
    let cheetah = try makeHost("gym:HalfCheetah-v5").make()
    #expect(cheetah.name == "gym:HalfCheetah-v5")
    #expect(
      cheetah.observationSpace
        == BoxSpace(low: .init(repeating: -.infinity, count: 17), high: .init(repeating: .infinity, count: 17)))
    #expect(cheetah.actionSpace == BoxSpace(low: .init(repeating: -1, count: 6), high: .init(repeating: 1, count: 6)))
    #expect(cheetah.controlPeriod == 0.05 && cheetah.maximumSteps == 1000)
    #expect(cheetah.specification?.contains("HalfCheetah-v5") == true)
  }

  @Test func flattensDictAndTupleInGymnasiumsOrder() throws {
    let tree = try makeHost("gym:SinewTests/Tree-v0").make()
    #expect(
      tree.observationSpace.columns.parts == [
        Column("body.0", shape: [1]), Column("body.1", shape: [3]),
        Column("camera", shape: [4, 5, 3], element: .byte), Column("zebra", shape: [2, 2]),
      ])
    #expect(
      tree.observationSpace.low == [-5, 0, 0, 0] + .init(repeating: 0, count: 60) + .init(repeating: -1, count: 4))
    #expect(tree.observationSpace.high == [5, 9, 9, 9] + .init(repeating: 1, count: 64))
    let first = try tree.reset(seed: 9)
    let expected = try program("SinewTests/Tree-v0", seed: 9, []).first.map(Float.init(bitPattern:))
    // Gymnasium's own flattening leaves bytes as they are.
    let scaled = expected.enumerated().map { (4..<64).contains($0.offset) ? $0.element / 255 : $0.element }
    #expect(first == scaled)
    // grip.0, push: whole numbers are rounded to, ranges kept.
    #expect(tree.actionSpace == BoxSpace(low: [0, -1, -2], high: [4, 1, 2], columns: tree.actionSpace.columns))
    #expect(try tree.step([2.6, 0.5, -1]).outcome.reward == 300 + 0.5 - 10)
    #expect(try tree.step([9, 7, 7]).outcome.reward == 400 + 1 + 20)
  }

  @Test func endsAreApartAndSuccessIsKept() throws {
    let up = try makeHost("gym:SinewTests/Line-v0").make()
    _ = try up.reset(seed: 1)
    #expect(up.isSuccess == nil)
    for step in 1...20 {
      let outcome = try up.step([0.3]).outcome
      #expect(!outcome.terminated && outcome.truncated == (step == 20))
    }
    #expect(up.isSuccess == true)
    #expect(throws: EnvironmentError.self) { try up.step([0]) }
    // Not any more, and known to be spoken of.
    _ = try up.reset(seed: nil)
    #expect(up.isSuccess == false)
    let down = try makeHost("gym:SinewTests/Line-v0", ["start=-0.9"]).make()
    _ = try down.reset(seed: 1)
    var last = StepOutcome(reward: 0, terminated: false, truncated: false)
    var steps = 0
    while !last.ended {
      last = try down.step([-0.1]).outcome
      steps += 1
    }
    #expect(last.terminated && !last.truncated && steps < 20)
  }

  /// What a vector does is what each environment does by itself, whatever workers there are.
  @Test(arguments: [(1, 1), (3, 1), (5, 2), (4, 4)])
  func vectorsDependOnNoWorkers(count: Int, workers: Int) throws {
    let host = try makeHost("gym:SinewTests/Line-v0", count: count, threads: workers)
    let vector = try VectorEnvironment(count: count, threads: workers, seed: 3, make: host.make)
    let alone = try VectorEnvironment(count: count, seed: 3) { try Alone(host.make()) }
    try vector.reset()
    try alone.reset()
    #expect(vector.observations == alone.observations)
    for batch in actions(vector.actionSpace, steps: 70, count: count) {
      try vector.step(actions: batch.span)
      try alone.step(actions: batch.span)
      #expect(vector.observations == alone.observations)
      #expect(vector.finalObservations == alone.finalObservations)
      #expect(vector.rewards == alone.rewards)
      #expect(vector.terminated == alone.terminated && vector.truncated == alone.truncated)
      #expect(vector.finishedEpisodes == alone.finishedEpisodes)
      // An episode that has ended has begun anew.
      #expect((vector.observations[1] == 0) == (vector.terminated[0] || vector.truncated[0]))
    }
  }

  /// Steps only when it is asked to.
  private final class Alone: EnvironmentWrapper {
    let base: any Environment
    init(_ base: any Environment) { self.base = base }
  }

  @Test func drawsItself() throws {
    let environment = try makeHost("gym:SinewTests/Line-v0", ["start=3.0"], renders: true).make()
    _ = try environment.reset(seed: 0)
    let picture = try #require(try environment.picture())
    #expect(picture.width == 8 && picture.height == 6)
    #expect(picture.pixels.prefix(3) == [1, 2, 3])
    #expect(picture.pixels.count == 144 && picture.pixels[24] == 255)
  }

  @Test func beginsANewEpisodeAfterARestoredState() throws {
    let host = try makeHost("gym:SinewTests/Line-v0")
    let environment = try host.make()
    #expect(!environment.restoresExactly)
    let first = try environment.reset(seed: 5)
    _ = try environment.step([0.2])
    let state = environment.snapshot()
    let other = try host.make()
    var begun: [[Float]] = []
    for _ in 0..<2 {
      try other.restore(state)
      #expect(throws: EnvironmentError.self) { try other.step([0]) }
      begun.append(try other.reset(seed: nil))
    }
    #expect(begun[0] == begun[1] && begun[0] != first)
    #expect(try environment.reset(seed: nil) != begun[0])
    #expect(try environment.reset(seed: 5) == first)
  }

  @Test func actionsMustBeFiniteAndOfTheRightSize() throws {
    let environment = try makeHost("gym:SinewTests/Line-v0").make()
    #expect(throws: EnvironmentError.self) { try environment.step([0]) }
    _ = try environment.reset(seed: 0)
    #expect(throws: EnvironmentError.self) { try environment.step([0, 0]) }
    #expect(throws: EnvironmentError.self) { try environment.step([.nan]) }
    // Nothing has happened.
    #expect(try environment.step([0]).observation[1] == 1)
  }
}
