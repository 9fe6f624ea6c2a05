import SinewSettings
import SinewTensor
import SinewTestSupport
import Testing

@testable import SinewEvaluation

struct EvaluationTests {
  private func policy(_ seed: UInt64 = 0) -> DriftPolicy {
    DriftPolicy(observationSize: 2, actionSize: 1, generator: RandomGenerator(seed: seed))
  }

  private func evaluate(
    _ policy: DriftPolicy? = nil, episodes: Int = 5, seed: Int = 1, deterministic: Bool = true
  ) throws -> Evaluation {
    try Evaluation(
      of: policy ?? self.policy(), in: LineEnvironment(), episodes: episodes, seed: seed, deterministic: deterministic)
  }

  @Test func followsItsSeed() throws {
    let first = try evaluate()
    #expect(first == (try evaluate()))
    #expect(first.returns != (try evaluate(seed: 2)).returns)
    #expect(Set(first.returns).count == 5)
    #expect(first.lengths == [20, 20, 20, 20, 20])
  }

  @Test func successIsCountedWhereThereIsSuch() throws {
    #expect(try evaluate().successRate == nil && evaluate().successInterval == nil)
    for (limit, rate) in [(0, 0.0), (Double.infinity, 1)] {
      let evaluation = try Evaluation(of: policy(), in: LineEnvironment(successBelow: limit), episodes: 4, seed: 1)
      #expect(evaluation.successRate == rate && evaluation.successes.count == 4)
      #expect(evaluation.successInterval == Statistics.wilsonInterval(successes: Int(4 * rate), of: 4))
      #expect(evaluation.summary.successRate == rate)
    }
  }

  /// Newcombe's figures for Wilson's interval (Statistics in Medicine 17, 1998, table I, method 3).
  @Test(arguments: [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)])
  func wilsonsIntervals(_ successes: Int, _ count: Int, _ low: Double, _ high: Double) {
    let interval = Statistics.wilsonInterval(successes: successes, of: count)
    #expect(abs(interval.lowerBound - low) < 5e-5 && abs(interval.upperBound - high) < 5e-5)
  }

  @Test func episodesDoNotDependOnTheirNumber() throws {
    #expect(try evaluate(episodes: 3).returns == Array(evaluate(episodes: 5).returns.prefix(3)))
  }

  @Test func deterministicActionsUseNoRandomness() throws {
    let policy = policy()
    let generator = policy.generator
    _ = try evaluate(policy)
    #expect(policy.generator == generator)
    #expect(try evaluate(deterministic: false).returns != evaluate().returns)
  }

  /// The episodes that choose the best policy of a run are not those that `sinew evaluate` judges it by.
  @Test func streamsAreApart() throws {
    let training = try Evaluation(
      of: policy(), in: LineEnvironment(), episodes: 3, seed: 1, stream: "evaluation during training")
    #expect(Set(training.returns).isDisjoint(with: try evaluate().returns))
  }

  @Test func returnsAreSums() throws {
    let environment = LineEnvironment(maximumSteps: 4) { Double($0) }
    let evaluation = try Evaluation(of: policy(), in: environment, episodes: 2)
    #expect(evaluation.returns == [10, 10])
    #expect(evaluation.summary.lengthMean == 4)
    #expect(evaluation.summary.returnCI95 == [10, 10])
  }

  @Test func endsWithTermination() throws {
    let evaluation = try Evaluation(
      of: policy(), in: LineEnvironment(terminatesBeyond: 0), episodes: 2)
    #expect(evaluation.lengths == [1, 1])
  }

  @Test func scalesActionsToTheEnvironment() throws {
    let environment = LineEnvironment()
    let random = UniformRandomPolicy(observationSize: 2, actionSize: 1, generator: RandomGenerator(seed: 1))
    _ = try Evaluation(of: random, in: environment, episodes: 100)
    let (low, high) = (environment.actions.min() ?? 0, environment.actions.max() ?? 0)
    #expect(low >= -2 && low < -1.9 && high <= 4 && high > 3.9)
    #expect(abs(environment.actions.reduce(0, +) / Float(environment.actions.count) - 1) < 0.15)
  }

  @Test func refusesWhatDoesNotFit() {
    let wide = DriftPolicy(observationSize: 3, actionSize: 1, generator: RandomGenerator(seed: 0))
    #expect(
      line { _ = try evaluate(wide) }
        == "the policy takes 3 observations and gives 1 actions, but line has 2 and 1")
    let spoilt = policy()
    spoilt.weights[1] = .nan
    #expect(line { _ = try evaluate(spoilt) } == "action 0 is nan at step 0 of an evaluation episode")
  }

  @Test func printsTheDesignsKeys() throws {
    let tree = try ValueTree(encoding: evaluate().summary)
    for key in ["return_mean", "return_std", "return_iqm", "return_ci95", "length_mean", "episodes"] {
      #expect(tree[key] != nil, "\(key)")
    }
  }
}
