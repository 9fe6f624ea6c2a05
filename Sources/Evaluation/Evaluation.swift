import SinewDatasets
import SinewEnvironments
import SinewPhysics
import SinewPolicies
import SinewTensor

/// Returns of whole episodes of a policy in an environment, and their statistics.
public struct Evaluation: Sendable, Equatable {
  /// The environment's name.
  public let environment: String
  /// The base seed that every episode's seed is split from.
  public let seed: Int
  /// What scores are normalised with; nil leaves them out.
  public var references: ReferenceReturns?
  /// Undiscounted return of each episode.
  public private(set) var returns: [Double] = []
  /// Control steps of each episode.
  public private(set) var lengths: [Int] = []
  /// Whether each episode succeeded; empty where the environment has no notion of success.
  public private(set) var successes: [Bool] = []
  /// What the environment's parameters were set to, and the values that those of whole episodes had; only those that
  /// were set.
  public private(set) var parameters: [ParameterValues] = []
  /// How long the policy took for its actions.
  public private(set) var latency = ActionLatency()

  /// Runs `episodes` episodes; the same seed gives the same episodes, and the first of them do not depend on how many
  /// there are.
  ///
  /// - Parameters:
  ///   - policy: the policy; its deterministic actions are taken unless `deterministic` is false.
  ///   - environment: where it acts; reset for every episode. Without a time limit of its own an episode is cut at
  ///     10,000 steps.
  ///   - observers: see every step, for replays and films.
  /// Throws what the environment and the observers throw, and `TrainingError` for a non-finite action.
  public init(
    of policy: any Policy, in environment: any Environment, episodes: Int = 10, seed: Int = 0,
    deterministic: Bool = true, observers: [any EpisodeObserver] = [], afterEpisode: (Int) -> Void = { _ in }
  ) throws {
    try self.init(
      of: policy, in: environment, episodes: episodes, seed: seed, stream: "evaluation", deterministic: deterministic,
      observers: observers, afterEpisode: afterEpisode)
  }

  /// As the public one; `stream` names the stream of seeds, so that the episodes that choose the best policy of a run
  /// are never those that it is judged by. Throws ``InterruptedStep`` where a stop is requested.
  package init(
    of policy: any Policy, in environment: any Environment, episodes: Int, seed: Int, stream: String,
    deterministic: Bool = true, observers: [any EpisodeObserver] = [], afterEpisode: (Int) -> Void = { _ in },
    stopWhen isStopRequested: () -> Bool = { false }
  ) throws {
    self.environment = environment.name
    self.seed = seed
    let runner = try EpisodeRunner(policy: policy, environment: environment)
    let seeds = RandomGenerator(seed: UInt64(seed)).split(stream)
    for episode in 0..<episodes {
      var generator = seeds.split(UInt64(episode))
      let outcome = try runner.run(
        seed: generator.next(), deterministic: deterministic, observers: observers, latency: &latency,
        stopWhen: isStopRequested)
      // Where success is only spoken of once there was one, the episodes before had none.
      if outcome.isSuccess != nil || !successes.isEmpty {
        while successes.count < episode { successes.append(false) }
        successes.append(outcome.isSuccess ?? false)
      }
      note(environment.parameters)
      returns.append(outcome.total)
      lengths.append(outcome.length)
      afterEpisode(episode + 1)
    }
  }

  private mutating func note(_ episode: [EnvironmentParameter]) {
    for parameter in episode where parameter.isSet {
      let index = parameters.firstIndex { $0.name == parameter.name }
      if index == nil {
        parameters.append(
          ParameterValues(name: parameter.name, distribution: parameter.distribution.description, values: []))
      }
      // Pushes are drawn anew for each push.
      if parameter.isPerEpisode { parameters[index ?? parameters.count - 1].values.append(parameter.value) }
    }
  }

  /// What a parameter of the environment was in each episode.
  public struct ParameterValues: Codable, Sendable, Equatable, CustomStringConvertible {
    /// The parameter's name.
    public var name: String
    /// What it was set to: a number, or what it is drawn from.
    public var distribution: String
    /// Its value in each episode; empty for what is drawn more often than that.
    public var values: [Double]

    /// `name=distribution`, as it is set.
    public var description: String { "\(name)=\(distribution)" }
  }

  /// Mean return.
  public var returnMean: Double { Statistics.mean(returns) }
  /// 100·(mean return − random)/(expert − random), where the references are known.
  public var normalizedScore: Double? { references?.normalizedScore(returnMean) }
  /// Standard deviation of the returns over episodes.
  public var returnDeviation: Double { Statistics.standardDeviation(returns) }
  /// Interquartile mean of the returns.
  public var returnInterquartileMean: Double { Statistics.interquartileMean(returns) }
  /// 95 % bootstrap interval of the mean return (10,000 resamples, seeded).
  public var returnInterval: ClosedRange<Double> {
    Statistics.bootstrapInterval(
      strata: [returns], generator: RandomGenerator(seed: UInt64(seed)).split("bootstrap"))
  }
  /// Mean length, control steps.
  public var lengthMean: Double { Statistics.mean(lengths.map(Double.init)) }
  /// The share of episodes that succeeded; nil where the environment has no notion of success.
  public var successRate: Double? {
    successes.isEmpty ? nil : Double(successes.count { $0 }) / Double(successes.count)
  }
  /// 95 % interval of the success rate (Wilson's).
  public var successInterval: ClosedRange<Double>? {
    successes.isEmpty ? nil : Statistics.wilsonInterval(successes: successes.count { $0 }, of: successes.count)
  }

  /// The figures under the names that `--json` prints.
  public var summary: Summary {
    let interval = returnInterval
    return Summary(
      environment: environment, episodes: returns.count, seed: seed, returnMean: returnMean, returnStd: returnDeviation,
      returnIQM: returnInterquartileMean, returnCI95: [interval.lowerBound, interval.upperBound],
      returnMin: returns.min() ?? .nan, returnMax: returns.max() ?? .nan, lengthMean: lengthMean,
      normalizedScore: normalizedScore, successRate: successRate,
      successCI95: successInterval.map { [$0.lowerBound, $0.upperBound] }, returns: returns, lengths: lengths,
      successes: successes.isEmpty ? nil : successes, parameters: parameters.isEmpty ? nil : parameters)
  }

  /// What an evaluation says in figures.
  public struct Summary: Codable, Sendable {
    /// The environment's name.
    public var environment: String
    /// How many episodes.
    public var episodes: Int
    /// The base seed.
    public var seed: Int
    /// Mean return.
    public var returnMean: Double
    /// Standard deviation over episodes.
    public var returnStd: Double
    /// Interquartile mean.
    public var returnIQM: Double
    /// 95 % bootstrap interval of the mean.
    public var returnCI95: [Double]
    /// The worst episode.
    public var returnMin: Double
    /// The best episode.
    public var returnMax: Double
    /// Mean length in control steps.
    public var lengthMean: Double
    /// 100·(mean return − random)/(expert − random); nil where these are not known.
    public var normalizedScore: Double?
    /// Share of episodes that succeeded; nil where the environment has no notion of success.
    public var successRate: Double?
    /// 95 % interval of the success rate.
    public var successCI95: [Double]?
    /// The return of each episode.
    public var returns: [Double]
    /// The length of each episode, control steps.
    public var lengths: [Int]
    /// Whether each episode succeeded; nil where the environment has no notion of success.
    public var successes: [Bool]?
    /// The values of the environment's parameters in each episode; nil where none was set.
    public var parameters: [ParameterValues]?
  }
}

extension Evaluation: CustomStringConvertible {
  /// One line: mean, spread, interval, length.
  public var description: String {
    let interval = returnInterval
    return "return \(short(returnMean)) ± \(short(returnDeviation))"
      + " (95 % interval of the mean \(short(interval.lowerBound)) to \(short(interval.upperBound)),"
      + " interquartile mean \(short(returnInterquartileMean))),"
      + (successRate.map { " success \(short(100 * $0)) %," } ?? "")
      + " length \(short(lengthMean)), \(returns.count) episodes"
  }
}
