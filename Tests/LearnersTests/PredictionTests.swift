import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor
import Testing

@testable import SinewLearners

/// What critics are said to predict.
@Suite struct PredictionTests {
  private let task = TaskShape(observationSize: 3, actionSize: 2)
  private let rows = 64

  private func make<L: Learner>(_ type: L.Type, _ change: (inout L.Configuration) -> Void = { _ in }) throws -> L {
    var configuration = L.Configuration()
    change(&configuration)
    return try L.make(configuration, for: task, Setup(generator: RandomGenerator(seed: 1)))
  }

  private var observations: [Float] {
    var generator = RandomGenerator(seed: 2)
    return (0..<rows * 3).map { _ in Float(generator.uniform(-1.0...1.0)) }
  }

  private func act(_ policy: any FollowedPolicy, seed: UInt64 = 3) -> (actions: [Float], bonuses: [Float]) {
    var actions = [Float](repeating: 0, count: rows * 2)
    var bonuses = [Float](repeating: 0, count: rows)
    var actionSpan = actions.mutableSpan
    var bonusSpan = bonuses.mutableSpan
    policy.restart(seed: seed)
    policy.act(observations: observations.span, count: rows, actions: &actionSpan, bonuses: &bonusSpan)
    return (actions, bonuses)
  }

  private func mode(_ policy: any Policy) -> [Float] {
    var actions = [Float](repeating: 0, count: rows * 2)
    var span = actions.mutableSpan
    policy.act(observations: observations.span, count: rows, deterministic: true, actions: &span)
    return actions
  }

  private func values(_ critic: any ActionValue, _ actions: [Float]) -> [Float] {
    var values = [Float](repeating: 0, count: rows)
    var span = values.mutableSpan
    critic.values(observations: observations.span, actions: actions.span, count: rows, into: &span)
    return values
  }

  @Test func softCriticsCountTheEntropyByTheTemperature() throws {
    func prediction(_ temperature: Float) throws -> (SAC, ValuePrediction) {
      let learner = try make(SAC.self) {
        ($0.initialTemperature, $0.network.hiddenSizes, $0.discount) = (temperature, [16], 0.9)
      }
      return (learner, try #require(learner.prediction))
    }
    let (learner, one) = try prediction(1)
    let two = try prediction(2).1
    #expect(one.discount == 0.9 && one.rewardScale == 1)
    let (first, second) = (act(one.policy), act(two.policy))
    #expect(first.actions == second.actions)
    for (a, b) in zip(first.bonuses, second.bonuses) { #expect(abs(2 * a - b) <= 1e-5 * abs(b)) }
    // Wide at the start: an entropy of about log 2 an action, of which tanh takes some.
    #expect(first.bonuses.reduce(0, +) / Float(rows) > 0)
    #expect(act(one.policy, seed: 4).actions != first.actions && !one.policy.isDeterministic)
    // The mean is above the smallest, and the smallest is what steering sees.
    let (mean, smallest) = (values(one.mean, first.actions), values(one.smallest, first.actions))
    #expect(zip(mean, smallest).allSatisfy { $0 > $1 })
    #expect(try values(#require(learner.critic), first.actions) == smallest)
  }

  @Test func everyLearnerWithACriticSaysWhatItPredicts() throws {
    func expectSaid(_ learner: some Learner, sourceLocation: SourceLocation = #_sourceLocation) {
      #expect((learner.prediction == nil) == (learner.critic == nil), sourceLocation: sourceLocation)
    }
    expectSaid(try make(SAC.self))
    expectSaid(try make(DSACT.self))
    expectSaid(try make(TQC.self) { $0.criticHiddenSizes = [8] })
    expectSaid(try make(CrossQ.self) { $0.criticHiddenSizes = [8] })
    expectSaid(try make(XQC.self) { $0.criticHiddenSizes = [8] })
    expectSaid(try make(FlashSAC.self) { $0.criticHiddenSizes = [8] })
    expectSaid(try make(SimbaV2.self) { $0.criticHiddenSizes = [8] })
    expectSaid(try make(TD3.self))
    expectSaid(try make(TD3BC.self))
    expectSaid(try make(IQL.self))
    expectSaid(try make(AWAC.self))
    expectSaid(try make(CQL.self))
    expectSaid(try make(ReBRAC.self))
    expectSaid(try make(EDAC.self))
    expectSaid(try make(A2PR.self) { $0.criticHiddenSizes = [8] })
    expectSaid(try make(BC.self))
  }

  @Test func td3CountsNothingBesideRewardsAndSmoothsItsActions() throws {
    let learner = try make(TD3.self) { $0.targetNoiseLimit = 0.1 }
    let prediction = try #require(learner.prediction)
    let (actions, bonuses) = act(prediction.policy)
    #expect(bonuses.allSatisfy { $0 == 0 })
    let distances = zip(actions, mode(learner.policy)).map { abs($0 - $1) }
    #expect((distances.max() ?? 0) <= 0.1 + 1e-6)
    // σ = 0.2 beyond a limit of 0.1: more than half lie at it.
    #expect(distances.count { $0 > 0.0999 } > rows)
  }

  @Test func iqlScalesRewardsAsItDoesInTraining() throws {
    let learner = try make(IQL.self)
    var statistics = DatasetStatistics(observationSize: 3)
    (statistics.minimumReturn, statistics.maximumReturn) = (-50, 150)
    learner.begin(RunFacts(statistics: statistics, updates: 10))
    let prediction = try #require(learner.prediction)
    #expect(prediction.rewardScale == 5 && prediction.policy.isDeterministic)
    #expect(act(prediction.policy).actions == mode(learner.policy))
  }
}
