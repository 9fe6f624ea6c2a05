import SinewEnvironments
import SinewPhysics
import SinewTensor

/// A point on a line that is paid for staying near zero: an environment without physics, for tests of the loop.
package final class LineEnvironment: Environment {
  package let name = "line"
  package let observationSpace = BoxSpace(low: [-10, -10], high: [10, 10])
  package let actionSpace = BoxSpace(low: [-2], high: [4])
  package let controlPeriod = 0.1
  package let maximumSteps: Int
  package var simulation: Simulation? { nil }
  package var isSuccess: Bool? { successBelow.map { abs(position) < $0 } }
  package private(set) var rewardTerms: [(name: String, value: Double)] = []
  /// Actions received, in the environment's own range.
  package private(set) var actions: [Float] = []

  private var generator = RandomGenerator(seed: 0)
  private var position = 0.0
  private var steps = 0
  private let rewardAt: (Int) -> Double?
  private let terminatesBeyond: Double
  private let successBelow: Double?
  private let spoiltObservation: Int

  /// - Parameters:
  ///   - successBelow: how near to zero success is; nil for no notion of it.
  ///   - spoiltObservation: the step of the episode that shows no number; 0 for none.
  ///   - rewardAt: a reward to give at a step of the episode instead of the usual one.
  package init(
    maximumSteps: Int = 20, terminatesBeyond: Double = .infinity, successBelow: Double? = nil,
    spoiltObservation: Int = 0,
    rewardAt: @escaping (Int) -> Double? = { _ in nil }
  ) {
    self.maximumSteps = maximumSteps
    self.rewardAt = rewardAt
    self.terminatesBeyond = terminatesBeyond
    self.successBelow = successBelow
    self.spoiltObservation = spoiltObservation
  }

  package func reset(seed: UInt64?, observation: inout MutableSpan<Float>) {
    if let seed { generator = RandomGenerator(seed: seed) }
    position = generator.uniform(-1...1)
    steps = 0
    show(&observation)
  }

  package func step(action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
    actions.append(action[0])
    position += 0.1 * Double(action[0]) + 0.01 * generator.normal()
    steps += 1
    show(&observation)
    let reward = rewardAt(steps) ?? -position * position
    rewardTerms = [("distance", reward)]
    return StepOutcome(
      reward: reward, terminated: abs(position) > terminatesBeyond, truncated: steps >= maximumSteps)
  }

  private func show(_ observation: inout MutableSpan<Float>) {
    observation[0] = steps > 0 && steps == spoiltObservation ? .nan : Float(position)
    observation[1] = Float(steps)
  }

  package func snapshot() -> StateDictionary {
    var state = StateDictionary()
    state.set("generator", generator: generator)
    state[doubles: "position"] = [position]
    state[words: "steps"] = [UInt64(steps)]
    return state
  }

  package func restore(_ snapshot: StateDictionary) throws {
    generator = try snapshot.generator("generator")
    position = try snapshot.doubles("position", count: 1)[0]
    steps = Int(try snapshot.words("steps", count: 1)[0])
  }
}
