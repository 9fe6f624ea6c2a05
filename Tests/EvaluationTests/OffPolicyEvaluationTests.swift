import Foundation
import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor
import Testing

@testable import SinewEvaluation

/// A walk over five places, right for an action above 0 and left otherwise: at the right end the task ends with a reward
/// of 1, at the left end without.
private enum Walk {
  static let places = 5
  static let start = 2

  static func observation(_ place: Int) -> [Float] { (0..<places).map { $0 == place ? 1 : 0 } }

  /// Episodes of uniform actions, which begin in the middle.
  static func dataset(episodes: Int, seed: UInt64 = 1) throws -> Dataset {
    var generator = RandomGenerator(seed: seed)
    return try make("walk", observationSize: places) { builder in
      for _ in 0..<episodes {
        var (place, observations, actions, rewards) = (start, observation(start), [Float](), [Float]())
        while place > 0 && place < places - 1 {
          let action = Float(generator.uniform(-1...1))
          place += action > 0 ? 1 : -1
          actions.append(action)
          rewards.append(place == places - 1 ? 1 : 0)
          observations += observation(place)
        }
        try builder.append(
          EpisodeData(
            observations: observations, actions: actions, rewards: rewards, terminated: true, truncated: false)
        )
      }
    }
  }

  /// The value of the middle for a policy that goes right with a probability.
  static func value(right: Double, discount: Double) -> Double {
    var values = [Double](repeating: 0, count: places)
    for _ in 0..<1000 {
      for place in 1..<places - 1 {
        let gain = place + 1 == places - 1 ? 1 : discount * values[place + 1]
        values[place] = right * gain + (1 - right) * discount * values[place - 1]
      }
    }
    return values[start]
  }
}

private func make(
  _ name: String, observationSize: Int, _ fill: (inout Dataset.Builder) throws -> Void
) throws -> Dataset {
  var builder = Dataset.Builder(
    DatasetInfo(name: name, observationSize: observationSize, actionLow: [-1], actionHigh: [1]))
  try fill(&builder)
  return try builder.build()
}

/// The same action everywhere, with noise of a known deviation where it draws.
private final class ConstantPolicy: GaussianActor {
  let observationSize: Int
  let actionSize = 1
  let isSquashed = false
  let mean, deviation: Float
  private var generator = RandomGenerator(seed: 3)

  init(_ observationSize: Int, mean: Float, deviation: Float = 0.5) {
    (self.observationSize, self.mean, self.deviation) = (observationSize, mean, deviation)
  }

  func gaussian(_ observation: Tensor) -> DiagonalGaussian {
    DiagonalGaussian(
      mean: Tensor(repeating: mean, [observation.shape[0], 1]), logStandardDeviation: Tensor([log(deviation)]))
  }

  func act(observations: Span<Float>, count: Int, deterministic: Bool, actions: inout MutableSpan<Float>) {
    for row in 0..<count {
      let noise = deterministic ? 0 : Float(generator.normal()) * deviation
      actions[row] = min(max(mean + noise, -1), 1)
    }
  }

  func restartExploration(seed: UInt64) { generator = RandomGenerator(seed: seed) }
  func saveParameters(to state: inout StateDictionary, prefix: String) {}
  func loadParameters(from state: StateDictionary, prefix: String) {}
}

@Suite struct OffPolicyEvaluationTests {
  /// Small networks that are fitted in a second.
  private static func settings(discount: Double = 0.9) -> OffPolicySettings {
    var settings = OffPolicySettings()
    settings.discount = discount
    settings.fqe.network.hiddenSizes = [32, 32]
    (settings.fqe.updates, settings.fqe.batchSize, settings.fqe.members) = (4_000, 64, 2)
    (settings.fqe.learningRate, settings.fqe.averagingRate) = (1e-3, 0.02)
    settings.behaviour.network.hiddenSizes = [16]
    settings.behaviour.updates = 500
    settings.model.network.hiddenSizes = [32, 32]
    (settings.model.updates, settings.model.batchSize, settings.model.members) = (4_000, 64, 2)
    return settings
  }

  private static func fqe(_ policy: ConstantPolicy, _ data: Dataset, samples: Bool = false) throws -> Double {
    let settings = settings()
    let target = try TargetPolicy(policy, samples: samples)
    let critic = FittedQEvaluation(
      of: target, on: data, discount: Float(settings.discount), settings: settings.fqe,
      generator: RandomGenerator(seed: 1))
    try critic.fit(data)
    #expect(critic.reached > 0.999 && critic.cutOff < 0.01)
    let start = Array(data.observation(inRow: 0))
    return Statistics.mean(critic.values(observations: start, count: 1, draws: 200).map { $0[0] })
  }

  /// Always right: one step for nothing, one for 1. Always left: nothing. And what goes right with a known probability.
  @Test func fittedQEvaluationFindsTheValueOfAWalk() throws {
    let data = try Walk.dataset(episodes: 400)
    #expect(abs(try Self.fqe(ConstantPolicy(5, mean: 0.5), data) - 0.9) < 0.05)
    #expect(abs(try Self.fqe(ConstantPolicy(5, mean: -0.5), data)) < 0.05)
    let right = 0.5 * erfc(-0.3 / 0.5 / 2.0.squareRoot())
    let value = Walk.value(right: right, discount: 0.9)
    #expect(abs(try Self.fqe(ConstantPolicy(5, mean: 0.3), data, samples: true) - value) < 0.05)
  }

  /// Rewards are 1 + a. Without actions, 1 for ever is worth 10, though every episode was cut off after five steps; ended
  /// by the task it is worth Σ 0.9ᵗ over those steps.
  @Test func whatIsCutOffGoesOnAndWhatEndsDoesNot() throws {
    func action(_ step: Int) -> Float { Float(step % 3 - 1) / 2 }
    func data(terminated: Bool) throws -> Dataset {
      try make("steady", observationSize: 1) { builder in
        for episode in 0..<50 {
          try builder.append(
            EpisodeData(
              observations: (0...5).map { Float(terminated ? $0 : $0 % 2) / 5 },
              actions: (0..<5).map { action($0 + episode) },
              rewards: (0..<5).map { 1 + action($0 + episode) }, terminated: terminated, truncated: !terminated))
        }
      }
    }
    let policy = ConstantPolicy(1, mean: 0)
    #expect(abs(try Self.fqe(policy, data(terminated: false)) - 10) < 0.5)
    let sum = (0..<5).reduce(0.0) { $0 + pow(0.9, Double($1)) }
    #expect(abs(try Self.fqe(policy, data(terminated: true)) - sum) < 0.3)
  }

  /// All ratios at once on the walk, the recorder known: each estimate within five hundredths of the value.
  @Test func importanceSamplingAndDoublyRobustFindTheValueOfAWalk() throws {
    let data = try Walk.dataset(episodes: 4_000)
    let recorder = UniformRandomPolicy(observationSize: 5, actionSize: 1, generator: RandomGenerator(seed: 0))
    var settings = Self.settings()
    settings.episodes = 4_000
    // The Gaussian is at its bound seventeen times as often as the uniform recorder.
    settings.greatestLogRatio = 5
    let evaluator = try OffPolicyEvaluator(
      data, settings, estimators: [.importance, .wis, .dr, .fqe], behaviour: recorder, seed: 2)
    let value = Walk.value(right: 0.5 * erfc(-0.3 / 0.5 / 2.0.squareRoot()), discount: 0.9)
    let findings = try evaluator.findings(of: TargetPolicy(ConstantPolicy(5, mean: 0.3), samples: true))
    #expect(findings.estimates.map(\.estimator) == [.fqe, .dr, .wis, .importance])
    for estimate in findings.estimates {
      #expect(abs(estimate.value - value) < 0.05, "\(estimate.estimator): \(estimate.value), not \(value)")
      #expect(estimate.interval.contains(estimate.value), "\(estimate.estimator)")
    }
    #expect(try #require(findings.effectiveEpisodes) > 100)
    // The recorder itself: every ratio is 1.
    let own = try evaluator.findings(of: TargetPolicy(recorder, samples: true))
    let recorded = Statistics.mean(
      data.episodes.map { $0.totalReward * pow(0.9, Double($0.count - 1)) })
    for estimate in own.estimates where estimate.estimator == .importance || estimate.estimator == .wis {
      #expect(abs(estimate.value - recorded) < 1e-6)
    }
    #expect(abs(try #require(own.effectiveEpisodes) - 4_000) < 1e-6)
  }

  /// A critic that is wrong is put right by the data: with ratios of 1 doubly robust is the recorded mean, whatever Q̂.
  @Test func doublyRobustCorrectsACritic() {
    let episodes = (0..<4).map { index in
      ImportanceSampling.Episode(
        logRatios: [0, 0], rewards: [Double(index), 1], terminated: true, actionValues: [7, -3],
        stateValues: [7, -3, 100])
    }
    let sampling = ImportanceSampling(episodes, discount: 0.5)
    #expect(abs(sampling.estimate(.doublyRobust) - (1.5 + 0.5)) < 1e-12)
  }

  /// Who recorded is fitted: uniform actions have the density of one half inside, nearly.
  @Test func aFittedRecorderIsNearTheOneWhoRecorded() throws {
    let data = try make("fitted", observationSize: 1) { builder in
      var generator = RandomGenerator(seed: 4)
      for _ in 0..<100 {
        let seen = (0...20).map { _ in Float(generator.normal()) }
        let actions = seen.dropLast().map { tanh(0.5 * $0 + 0.3 * Float(generator.normal())) }
        try builder.append(
          EpisodeData(
            observations: seen, actions: actions, rewards: Array(repeating: 0, count: 20), terminated: false,
            truncated: true))
      }
    }
    var settings = FittedBehaviour.Settings()
    (settings.updates, settings.network.hiddenSizes) = (3_000, [32])
    let density = try FittedBehaviour.fit(data, settings, generator: RandomGenerator(seed: 1))
    let (places, chosen): ([Float], [Float]) = ([-1, 0, 1, 1], [-0.4, 0.1, 0.5, -0.2])
    let own = density.logProbabilities(observations: places, actions: chosen, count: 4)
    for index in 0..<4 {
      let expected = actionLogProbability(
        Double(chosen[index]), mean: 0.5 * Double(places[index]), deviation: 0.3, isSquashed: true)
      #expect(abs(own[index] - expected) < 0.5, "\(own[index]), not \(expected)")
    }
  }

  /// x′ = 0.9x + a/2 with a reward of x: from x₀ without actions it is worth x₀/(1 − 0.9γ). And an end with probability
  /// one tenth makes a reward of 1 worth 1/(1 − 0.9γ).
  @Test func aModelFindsTheValueOfALinearSystem() throws {
    var generator = RandomGenerator(seed: 5)
    let linear = try make("linear", observationSize: 1) { builder in
      for _ in 0..<100 {
        var (observations, actions, rewards): ([Float], [Float], [Float]) = ([Float(generator.uniform(-2...2))], [], [])
        for _ in 0..<20 {
          let (x, action) = (observations[observations.count - 1], Float(generator.uniform(-1...1)))
          rewards.append(x)
          actions.append(action)
          observations.append(0.9 * x + action / 2)
        }
        try builder.append(
          EpisodeData(
            observations: observations, actions: actions, rewards: rewards, terminated: false, truncated: true))
      }
    }
    let settings = Self.settings().model
    let target = try TargetPolicy(ConstantPolicy(1, mean: 0))
    let model = ModelRollouts(of: linear, settings, generator: RandomGenerator(seed: 1))
    try model.fit(linear, generator: RandomGenerator(seed: 2))
    let (returns, held) = try model.values(of: target, from: [1.5, -1], count: 2, discount: 0.9, horizon: 50)
    #expect(returns.count == 2 && held == 0)
    for member in returns {
      #expect(abs(member[0] - 1.5 / (1 - 0.81)) < 0.5, "\(member[0])")
      #expect(abs(member[1] + 1 / (1 - 0.81)) < 0.5, "\(member[1])")
    }
    let ending = try make("ending", observationSize: 1) { builder in
      for _ in 0..<300 {
        var steps = 1
        while steps < 50, generator.uniform() > 0.1 { steps += 1 }
        try builder.append(
          EpisodeData(
            observations: (0...steps).map { _ in Float(generator.normal()) },
            actions: (0..<steps).map { _ in Float(generator.uniform(-1...1)) },
            rewards: Array(repeating: 1, count: steps), terminated: steps < 50, truncated: steps == 50))
      }
    }
    let mortal = ModelRollouts(of: ending, settings, generator: RandomGenerator(seed: 1))
    try mortal.fit(ending, generator: RandomGenerator(seed: 2))
    let lives = try mortal.values(of: target, from: [0, 0.5], count: 2, discount: 0.9, horizon: 100).returns
    let mean = Statistics.mean(lives.flatMap { $0 })
    #expect(abs(mean - 1 / (1 - 0.81)) < 0.8, "\(mean)")
  }

  /// Actions like those recorded are outside as often as these; others nearly always.
  @Test func coverageTellsForeignActions() throws {
    let data = try make("covered", observationSize: 1) { builder in
      var generator = RandomGenerator(seed: 6)
      for _ in 0..<100 {
        try builder.append(
          EpisodeData(
            observations: (0...30).map { _ in Float(generator.normal()) },
            actions: (0..<30).map { _ in Float(0.3 + 0.05 * generator.normal()) },
            rewards: Array(repeating: 0, count: 30), terminated: false, truncated: true))
      }
    }
    let coverage = ActionCoverage(of: data, generator: RandomGenerator(seed: 1))
    let like = coverage.figures(of: try TargetPolicy(ConstantPolicy(1, mean: 0.3, deviation: 0.05), samples: true))
    let foreign = coverage.figures(of: try TargetPolicy(ConstantPolicy(1, mean: -0.8)))
    #expect(like.outside < 0.1 && like.distance < 0.1)
    #expect(foreign.outside == 1 && abs(foreign.distance - 1.1) < 0.02)
  }

  /// Twenty steps, each nearly eight times as likely under the policy: no sum of rewards of 1 is that great.
  @Test func whatNoRewardsAllowIsSaid() throws {
    let data = try make("unlikely", observationSize: 1) { builder in
      for _ in 0..<20 {
        try builder.append(
          EpisodeData(
            observations: Array(repeating: 0.5, count: 21), actions: Array(repeating: 0, count: 20),
            rewards: Array(repeating: 1, count: 20), terminated: false, truncated: true))
      }
    }
    let recorder = UniformRandomPolicy(observationSize: 1, actionSize: 1, generator: RandomGenerator(seed: 0))
    let evaluator = try OffPolicyEvaluator(
      data, Self.settings(), estimators: [.importance, .wis], behaviour: recorder)
    let estimates = try evaluator.findings(of: TargetPolicy(ConstantPolicy(1, mean: 0))).estimates
    #expect(estimates.map(\.estimator) == [.wis, .importance])
    #expect(estimates[0].cautions.isEmpty && abs(estimates[0].value - (1 - pow(0.9, 20)) / 0.1) < 1e-9)
    #expect(estimates[1].value > 1e6)
    #expect(estimates[1].cautions == ["is beyond what the rewards allow (0.000 to 10.0)"])
  }

  /// A policy that is worth more gets the better place, what it says has reasons where it must not be trusted.
  @Test func aReportRanksAndWarns() throws {
    let data = try Walk.dataset(episodes: 200)
    var settings = Self.settings()
    settings.fqe.updates = 300
    let evaluator = try OffPolicyEvaluator(data, settings, seed: 3)
    let entries = try [("left", Float(-0.95)), ("right", 0.95), ("middle", 0.02)].map { name, mean in
      let target = try TargetPolicy(ConstantPolicy(5, mean: mean))
      return OffPolicyReport.Entry(
        name: name, step: 0, findings: try evaluator.findings(of: target), truth: [Double(mean)])
    }
    let report = OffPolicyReport(entries)
    #expect(report.estimators.contains(.fqe) && report.ranking == .fqe)
    #expect(report.entries.last?.name == "left")
    #expect(report.cautions.contains { $0.contains("fqe") && $0.contains("too few updates") })
    let accuracy = try #require(report.accuracies.first { $0.estimator == "fqe" })
    #expect(try #require(accuracy.rankCorrelation) >= 0.5)
    let page = report.page(title: "walk", notes: ["note"])
    #expect(page.contains("<svg") && page.contains("true value") && page.contains("Not to be trusted"))
    #expect(throws: UsageError.self) {
      try evaluator.findings(of: TargetPolicy(ConstantPolicy(4, mean: 0)))
    }
    #expect(throws: TrainingError.self) {
      try evaluator.findings(of: TargetPolicy(ConstantPolicy(5, mean: .nan)))
    }
  }
}
