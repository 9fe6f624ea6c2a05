import Foundation
import SinewTensor
import Testing

@testable import SinewPolicies

@Suite struct GaussianPolicyTests {
  private func policy(actions: Int = 1) -> GaussianPolicy {
    GaussianPolicy(
      TaskShape(observationSize: 3, actionSize: actions), NetworkSettings(hiddenSizes: [16]),
      generator: RandomGenerator(seed: 2))
  }

  private func act(_ policy: GaussianPolicy, _ observations: [Float], deterministic: Bool) -> [Float] {
    let count = observations.count / 3
    var actions = [Float](repeating: 0, count: count * policy.actionSize)
    var span = actions.mutableSpan
    policy.act(observations: observations.span, count: count, deterministic: deterministic, actions: &span)
    return actions
  }

  /// ∫ π(a|s) da = 1 over a ∈ (−1, 1): the density of the squashed action, at points made by choosing the noise.
  @Test func densitiesIntegrateToOne() {
    let policy = policy()
    let count = 4001
    let noise = (0..<count).map { -6 + 12 * Float($0) / Float(count - 1) }
    let observation = Tensor([Float](repeating: 0.3, count: 3 * count), shape: [count, 3])
    let (action, logProbability) = policy(observation, noise: Tensor(noise, shape: [count, 1]))
    let (points, densities) = (action.floats, logProbability.floats.map { exp(Double($0)) })
    var integral = 0.0
    for index in 1..<count {
      integral += 0.5 * (densities[index] + densities[index - 1]) * Double(points[index] - points[index - 1])
    }
    #expect(abs(integral - 1) < 1e-3)
  }

  @Test func theModeIsTheMedianOfSamples() {
    let policy = policy()
    let observations = [Float](repeating: 0.5, count: 3 * 2001)
    let samples = act(policy, observations, deterministic: false).sorted()
    let mode = act(policy, [0.5, 0.5, 0.5], deterministic: true)[0]
    #expect(samples.first != samples.last)
    #expect(samples.allSatisfy { abs($0) <= 1 })
    let below = samples.filter { $0 < mode }.count
    #expect(abs(Double(below) / 2001 - 0.5) < 0.06, "half of the samples lie below tanh μ: \(below)")
  }

  @Test func batchesActAsRowsDo() {
    let policy = policy(actions: 2)
    let observations: [Float] = [1, 2, 3, -1, 0, 0.5]
    let batch = act(policy, observations, deterministic: true)
    let rows = act(policy, [1, 2, 3], deterministic: true) + act(policy, [-1, 0, 0.5], deterministic: true)
    #expect(zip(batch, rows).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func weightsRestoreThePolicy() throws {
    let policy = policy(actions: 2)
    let copy = GaussianPolicy(
      TaskShape(observationSize: 3, actionSize: 2), NetworkSettings(hiddenSizes: [16]),
      generator: RandomGenerator(seed: 3))
    #expect(act(copy, [1, 2, 3], deterministic: true) != act(policy, [1, 2, 3], deterministic: true))
    var state = StateDictionary()
    policy.saveParameters(to: &state, prefix: "actor.")
    try copy.loadParameters(from: state, prefix: "actor.")
    #expect(act(copy, [1, 2, 3], deterministic: true) == act(policy, [1, 2, 3], deterministic: true))
    #expect(throws: StateError.self) { try copy.loadParameters(from: state, prefix: "other.") }
  }
}
