import Foundation
import SinewEnvironments
import SinewPolicies
import SinewSettings
import SinewTensor
import Testing

@testable import SinewEvaluation

/// x′ = 0.9x + u, rewarded with x: every value is known.
private final class LinearEnvironment: Environment {
  let name = "linear"
  let observationSpace = BoxSpace(low: [-1000], high: [1000])
  let actionSpace = BoxSpace(low: [-1], high: [1])
  let controlPeriod = 1.0
  let maximumSteps: Int
  let restoresExactly: Bool
  private let terminatesAfter: Int
  private var (position, steps) = (0.0, 0)

  init(maximumSteps: Int = 0, restoresExactly: Bool = true, terminatesAfter: Int = .max) {
    (self.maximumSteps, self.restoresExactly) = (maximumSteps, restoresExactly)
    self.terminatesAfter = terminatesAfter
  }

  func reset(seed: UInt64?, observation: inout MutableSpan<Float>) {
    var generator = RandomGenerator(seed: seed ?? 0)
    (position, steps) = (generator.uniform(-5.0...5.0), 0)
    observation[0] = Float(position)
  }

  func step(action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
    let reward = position
    position = 0.9 * position + Double(action[0])
    steps += 1
    observation[0] = Float(position)
    return StepOutcome(
      reward: reward, terminated: steps >= terminatesAfter, truncated: maximumSteps > 0 && steps >= maximumSteps)
  }

  func snapshot() -> StateDictionary {
    var state = StateDictionary()
    state[doubles: "state"] = [position, Double(steps)]
    return state
  }

  func restore(_ snapshot: StateDictionary) throws {
    let state = try snapshot.doubles("state", count: 2)
    (position, steps) = (state[0], Int(state[1]))
  }
}

/// u = noise; every action counts `bonus` beside the reward.
private final class NoisePolicy: FollowedPolicy {
  let (observationSize, actionSize) = (1, 1)
  let bonus: Float
  let isDeterministic: Bool
  private var generator = RandomGenerator(seed: 0)

  init(bonus: Float = 0, isDeterministic: Bool = false) {
    (self.bonus, self.isDeterministic) = (bonus, isDeterministic)
  }

  func restart(seed: UInt64) { generator = RandomGenerator(seed: seed) }

  func act(
    observations: Span<Float>, count: Int, actions: inout MutableSpan<Float>, bonuses: inout MutableSpan<Float>
  ) {
    for row in 0..<count {
      actions[row] = isDeterministic ? 0 : Float(generator.uniform(-1.0...1.0))
      bonuses[row] = bonus
    }
  }
}

/// A critic that is a formula.
private final class Formula: ActionValue {
  let (observationSize, actionSize) = (1, 1)
  private let body: (Double, Double) -> Double

  init(_ body: @escaping (Double, Double) -> Double) { self.body = body }

  func values(observations: Span<Float>, actions: Span<Float>, count: Int, into values: inout MutableSpan<Float>) {
    for row in 0..<count { values[row] = Float(body(Double(observations[row]), Double(actions[row]))) }
  }
}

/// Biases of critics whose error is known.
@Suite struct ValueBiasTests {
  /// Q(x, u) = x + γ(0.9x + u)/(1 − 0.9γ), since later actions are 0 on average, and γ·bonus/(1 − γ) for the later
  /// actions.
  private func prediction(
    offset: Double, discount: Double = 0.9, scale: Double = 1, policy: NoisePolicy = NoisePolicy()
  ) -> ValuePrediction {
    func exact(_ x: Double, _ u: Double) -> Double {
      scale * (x + discount * (0.9 * x + u) / (1 - 0.9 * discount)) + discount * Double(policy.bonus) / (1 - discount)
    }
    return ValuePrediction(
      mean: Formula { exact($0, $1) + offset }, smallest: Formula { exact($0, $1) + offset - 1 },
      discount: Float(discount), rewardScale: Float(scale), policy: policy, summary: "a formula")
  }

  private func expect(
    _ bias: ValueBias, is offset: Double, tolerance: Double = 0, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let (mean, smallest) = (bias.summary(.mean), bias.summary(.smallest))
    #expect(
      (mean.interval[0] - tolerance...mean.interval[1] + tolerance).contains(offset), "\(mean)",
      sourceLocation: sourceLocation)
    #expect(abs(mean.bias - smallest.bias - 1) < 1e-4, sourceLocation: sourceLocation)
    #expect(mean.interval[0] <= mean.bias && mean.bias <= mean.interval[1], sourceLocation: sourceLocation)
  }

  @Test(arguments: [-7, 0, 3.0]) func anOffsetIsReported(offset: Double) throws {
    let bias = try ValueBias.measure(prediction(offset: offset)) { LinearEnvironment() }
    #expect(bias.horizon == 44 && bias.rollouts == 4)
    #expect(bias.samples.count == 400 && Set(bias.samples.map(\.episode)).count == 20)
    expect(bias, is: offset)
    let summary = bias.summary(.mean)
    #expect(summary.interval[1] - summary.interval[0] < 0.6)
    // An action k steps later moves a sum by γᵏ⁺¹/(1 − 0.9γ) times it; its variance is 1/3. Over four rollouts: 2.82.
    #expect((2.4...3.4).contains(summary.spread))
    #expect((summary.correlation ?? 0) > 0.8)
  }

  @Test func rewardsAreScaledAndBonusesCounted() throws {
    let bias = try ValueBias.measure(prediction(offset: 2, scale: 3, policy: NoisePolicy(bonus: 5))) {
      LinearEnvironment()
    }
    // A hundredth of the bonuses, 45 in all, comes after the horizon.
    expect(bias, is: 2, tolerance: 0.5)
    // Without the bonuses it would be 47.
    #expect(bias.summary(.mean).bias < 5)
  }

  /// Without noise the sum is exact, but for what comes after the horizon.
  @Test func aDeterministicPolicyIsFollowedOnce() throws {
    let policy = NoisePolicy(isDeterministic: true)
    let bias = try ValueBias.measure(prediction(offset: -1, policy: policy)) { LinearEnvironment() }
    #expect(bias.rollouts == 1)
    for sample in bias.samples { #expect(abs(sample.mean - sample.followed + 1) < 1e-3) }
    #expect(bias.byTime(.mean).allSatisfy { abs($0.bias + 1) < 1e-3 })
    #expect(bias.page(title: "<a>", notes: ["b"]).contains("&lt;a&gt;"))
  }

  @Test func anEnvironmentThatCannotBePutBackIsFollowedAlong() throws {
    let bias = try ValueBias.measure(prediction(offset: 3)) {
      LinearEnvironment(maximumSteps: 200, restoresExactly: false)
    }
    #expect(bias.rollouts == 1 && bias.samples.count > 200)
    // Where the limit cuts, 5 % of the offset completes the sum at most.
    expect(bias, is: 3, tolerance: 0.15)
    #expect(bias.samples.allSatisfy { $0.step <= 200 - 29 })
    #expect {
      try ValueBias.measure(prediction(offset: 3)) { LinearEnvironment(maximumSteps: 20, restoresExactly: false) }
    } throws: { "\($0)".contains("its episodes of 20 steps are too short") }
  }

  /// What the task ends is followed by nothing.
  @Test(arguments: [true, false]) func anEndIsAnEnd(restores: Bool) throws {
    let policy = NoisePolicy(isDeterministic: true)
    let zero = ValuePrediction(
      mean: Formula { _, _ in 0 }, smallest: Formula { _, _ in 0 }, discount: 0.9, policy: policy, summary: "nothing")
    let bias = try ValueBias.measure(zero) { LinearEnvironment(restoresExactly: restores, terminatesAfter: 3) }
    for sample in bias.samples where sample.step == 2 {
      let first = try #require(bias.samples.first { $0.episode == sample.episode && $0.step == 0 })
      // x₀(1 + 0.81 + 0.81²) from the first, 0.81x₀ from the last.
      #expect(abs(sample.followed / 0.81 - first.followed / (1 + 0.81 + 0.81 * 0.81)) < 1e-5)
    }
    #expect(bias.samples.contains { $0.step == 2 } && bias.samples.allSatisfy { $0.step < 3 })
  }

  /// What would follow the time limit is part of a value.
  @Test func timeLimitsAreLifted() throws {
    let environment = try EnvironmentCatalogue.make("pendulum")
    let limited = TimeLimit(environment, steps: 50)
    #expect(limited.liftTimeLimit())
    _ = try limited.reset(seed: 1)
    for _ in 0..<300 { #expect(try !limited.step([0]).outcome.ended) }
    #expect(!LinearEnvironment(maximumSteps: 5).liftTimeLimit())
  }

  @Test func aDiscountOfOneHasNoEnd() throws {
    for discount in [1, 0.99999] as [Float] {
      var endless = prediction(offset: 0)
      endless.discount = discount
      #expect(throws: UsageError.self) { try ValueBias.measure(endless) { LinearEnvironment() } }
    }
  }
}
