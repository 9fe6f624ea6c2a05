import Foundation
import SinewPolicies
import SinewTensor
import Testing

@testable import SinewSteering

/// Values an action by its nearness to a target, which is the observation's first number plus `target`.
private final class NearnessValue: ActionValue {
  let observationSize: Int
  let actionSize: Int
  private let target: Float

  init(_ target: Float = 0, observationSize: Int = 2, actionSize: Int = 1) {
    (self.target, self.observationSize, self.actionSize) = (target, observationSize, actionSize)
  }

  func values(observations: Span<Float>, actions: Span<Float>, count: Int, into values: inout MutableSpan<Float>) {
    for row in 0..<count {
      values[row] = -abs(actions[row * actionSize] - observations[row * observationSize] - target)
    }
  }
}

/// A policy without chunks that picks −0.5, 0 or 0.5 with equal probability when it samples.
private final class CoinPolicy: Policy {
  let observationSize = 2
  let actionSize = 1
  private var generator = RandomGenerator(seed: 1)

  func beginEpisode(seed: UInt64) { generator = RandomGenerator(seed: seed) }

  func act(observations: Span<Float>, count: Int, deterministic: Bool, actions: inout MutableSpan<Float>) {
    for row in 0..<count {
      actions[row] = deterministic ? 0 : Float(generator.index(below: 3) - 1) / 2
    }
  }

  func saveParameters(to state: inout StateDictionary, prefix: String) {}
  func loadParameters(from state: StateDictionary, prefix: String) throws {}
}

@Suite struct ValueGuidedPolicyTests {
  private let generator = RandomGenerator(seed: 3)

  private func flow() -> FlowPolicy {
    FlowPolicy(
      model: ChunkModel(
        observationSize: 2, actionSize: 1, horizons: ChunkHorizons(observation: 2, prediction: 6, action: 3),
        settings: ChunkNetworkSettings(width: 16, blocks: 1, embeddingSize: 8), generator: generator),
      sampler: .euler(steps: 3), generator: generator)
  }

  @Test func oneCandidateIsThePolicy() throws {
    let policy = flow()
    let guided = try ValueGuidedPolicy(policy, critic: NearnessValue(), samples: 1, generator: generator)
    #expect(act(guided, observing: [0.2, 0], steps: 7) == act(policy, observing: [0.2, 0], steps: 7))
  }

  @Test func atTemperatureZeroTheBestIsTaken() throws {
    let guided = try ValueGuidedPolicy(
      CoinPolicy(), critic: NearnessValue(0.3), samples: 30, temperature: 0, generator: generator)
    // Of 30 candidates every value is among them but once in (2/3)³⁰.
    #expect(act(guided, observing: [0.1, 0], steps: 20).allSatisfy { $0 == [0.5] })
    #expect(act(guided, observing: [-0.8, 0], steps: 20).allSatisfy { $0 == [-0.5] })
  }

  /// Chunks are valued by the first action that is carried out, and carried out as they are.
  @Test func chunksAreCarriedOut() throws {
    let policy = flow()
    let guided = try ValueGuidedPolicy(
      policy, critic: NearnessValue(0.6), samples: 8, temperature: 0, generator: generator)
    let actions = act(guided, observing: [0.2, 0], steps: 3).map { $0[0] }
    policy.beginEpisode(seed: 4)
    let history: [Float] = Array([[0.2, 0, 0.2, 0]].joined())
    let histories = (0..<8).flatMap { _ in history }
    var chunks = [Float](repeating: 0, count: 48)
    var span = chunks.mutableSpan
    policy.sampleChunks(histories: histories.span, count: 8, chunks: &span)
    let best = (0..<8).min { abs(chunks[$0 * 6 + 1] - 0.8) < abs(chunks[$1 * 6 + 1] - 0.8) } ?? 0
    #expect(actions == Array(chunks[best * 6 + 1..<best * 6 + 4]))
    #expect(guided.horizons == policy.horizons)
  }

  /// Candidates −0.5, 0 and 0.5 in equal parts: chosen as softmax of value over temperature, for many candidates.
  @Test func choicesFollowTheSoftmax() throws {
    let (count, temperature) = (4000, 0.4)
    let guided = try ValueGuidedPolicy(
      CoinPolicy(), critic: NearnessValue(0.5), samples: 300, temperature: temperature, generator: generator)
    let actions = act(guided, observing: [0, 0], steps: count).map { $0[0] }
    let weights = [1.0, 0.5, 0].map { exp(-$0 / temperature) }
    let total = weights.reduce(0, +)
    var statistic = 0.0
    for (action, weight) in zip([Float(-0.5), 0, 0.5], weights) {
      let expected = Double(count) * weight / total
      let found = Double(actions.count { $0 == action })
      statistic += (found - expected) * (found - expected) / expected
    }
    // χ² of two degrees of freedom exceeds 13.8 once in a thousand seeds.
    #expect(statistic < 13.8)
  }

  @Test func choicesAreSeeded() throws {
    let guided = try ValueGuidedPolicy(
      CoinPolicy(), critic: NearnessValue(0.1), samples: 4, temperature: 0.5, generator: generator)
    let first = act(guided, observing: [0, 0], steps: 30, seed: 1)
    #expect(act(guided, observing: [0, 0], steps: 30, seed: 1) == first)
    #expect(act(guided, observing: [0, 0], steps: 30, seed: 2) != first)
  }

  @Test func whatDoesNotFitIsNamed() {
    func message(_ critic: NearnessValue, samples: Int = 2, temperature: Double = 0) -> String {
      do {
        _ = try ValueGuidedPolicy(
          CoinPolicy(), critic: critic, samples: samples, temperature: temperature, generator: generator)
        return ""
      } catch { return "\(error)" }
    }
    #expect(message(NearnessValue(observationSize: 3)).contains("the critic takes 3 observations, the policy 2"))
    #expect(message(NearnessValue(actionSize: 2)).contains("the critic takes 2 actions, the policy gives 1"))
    #expect(message(NearnessValue(), samples: 0).contains("0 candidates"))
    #expect(message(NearnessValue(), temperature: -1).contains("temperature"))
    #expect(message(NearnessValue()) == "")
  }
}
