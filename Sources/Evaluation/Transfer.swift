import SinewEnvironments
import SinewPolicies
import SinewSettings
import SinewTensor

/// A policy in the environment that it was trained in and in another one of the same task: what it keeps of its return,
/// when the two part, and in what they differ.
public struct Transfer: Sendable {
  /// Where the policy was trained.
  public let home: Evaluation
  /// The other environment.
  public let away: Evaluation
  /// Whether each episode begins in the same state on both sides; otherwise they only have the same distribution, at
  /// best.
  public let hasSameStarts: Bool
  /// When and in what the episodes part; empty without the same starts.
  public let partings: [Parting]
  /// By what share of its own spread at home a component of the observation must differ before two episodes have
  /// parted.
  public let apart: Double
  /// In what the two sides differ.
  public let quantities: [Quantity]

  /// How an episode goes another way than the one from the same start.
  public struct Parting: Sendable, Equatable, Encodable {
    /// Seconds from the start; the end of the shorter episode where they had not parted before.
    public var seconds: Double
    /// The component of the observation that differed most, of its spread; nil where they had not parted.
    public var component: String?
  }

  /// A figure on both sides.
  public struct Quantity: Sendable, Equatable, Encodable {
    /// `mean_action`, in units of the action's bound; `touching`, the share of steps after which the robot touched
    /// something; `mean_speed`, of a generalised velocity, m/s or rad/s; `spread`, the standard deviation of a
    /// component of the observation.
    public var kind: String
    /// What it is of; empty for what there is one of.
    public var of: String
    /// Where the policy was trained.
    public var home: Double
    /// In the other environment.
    public var away: Double

    /// away / home; nil where home is 0.
    public var ratio: Double? { home == 0 ? nil : away / home }
  }

  /// Names of what the sides have in common, for reports.
  public struct Names: Sendable {
    /// Of the components of an observation.
    public var observation: [String]
    /// Of the actions.
    public var action: [String]
    /// Of the generalised velocities.
    public var velocity: [String]

    /// The names of a task; of no task, numbers stand for them.
    public init(_ task: TaskDefinition? = nil) {
      observation = task?.observationNames ?? []
      action = task?.actionNames ?? []
      velocity = task?.velocityNames ?? []
    }

    static func name(_ index: Int, in names: [String], of count: Int) -> String {
      names.count == count && !names[index].isEmpty ? names[index] : "\(index)"
    }
  }

  /// Runs the same episodes on both sides, deterministic actions.
  ///
  /// Where one side has physics of its own (``PlaceableEnvironment``) and the other shows where its robot is, the first
  /// begins each episode where the other does for the same seed.
  ///
  /// - Parameters:
  ///   - policy: the policy.
  ///   - home: where it was trained.
  ///   - away: where else it acts.
  ///   - names: what components are called.
  ///   - episodes: on each side, 1 or more.
  ///   - seed: which all of them are split from.
  ///   - apart: by what share of its spread at home a component must differ to count as parted, above 0.
  ///   - afterEpisode: is told how many are done of both sides.
  /// Throws `UsageError` where the sides have other sizes, or show other numbers in the same state, and what the
  /// environments throw.
  public init(
    of policy: any Policy, from home: any Environment, to away: any Environment, names: Names = Names(),
    episodes: Int, seed: Int, apart: Double = 0.1, afterEpisode: (Int) -> Void = { _ in }
  ) throws {
    for (what, one, other) in [
      ("observation", home.observationSpace.count, away.observationSpace.count),
      ("action", home.actionSpace.count, away.actionSpace.count),
    ] where one != other {
      throw UsageError(
        "\(home.name) and \(away.name) are not the same task: the \(what) of the one has \(one) numbers, of the other "
          + "\(other)")
    }
    let first = TracedEnvironment(home, startingAs: away is any PlaceableEnvironment ? nil : away)
    let second = TracedEnvironment(away, startingAs: home)
    self.home = try Evaluation(of: policy, in: first, episodes: episodes, seed: seed, afterEpisode: afterEpisode)
    self.away = try Evaluation(
      of: policy, in: second, episodes: episodes, seed: seed, afterEpisode: { afterEpisode(episodes + $0) })
    self.apart = apart
    let comparison = TraceComparison(first, second, names: names)
    hasSameStarts = try comparison.hasSameStarts()
    partings = hasSameStarts ? comparison.partings(apart: apart) : []
    quantities = comparison.quantities
  }

  /// The share of its return that the policy keeps, with a 95 % bootstrap interval; nil where a return at home is not
  /// above 0.
  public var kept: (share: Double, interval: ClosedRange<Double>)? { Self.kept([self]) }

  /// The share that several policies keep of their returns together: the mean of their mean returns there over that at
  /// home. The episodes of each are drawn anew by themselves, on both sides.
  public static func kept(_ transfers: [Transfer]) -> (share: Double, interval: ClosedRange<Double>)? {
    let strata = transfers.flatMap { [$0.home.returns, $0.away.returns] }
    guard !strata.isEmpty, transfers.allSatisfy({ $0.home.returnMean > 0 }) else { return nil }
    func share(_ values: [Double]) -> Double {
      var (sums, first) = ([0.0, 0.0], 0)
      for (index, stratum) in strata.enumerated() {
        sums[index % 2] += Statistics.mean(Array(values[first..<first + stratum.count]))
        first += stratum.count
      }
      return sums[1] / sums[0]
    }
    let generator = RandomGenerator(seed: UInt64(transfers[0].home.seed)).split("transfer")
    let interval = Statistics.bootstrapInterval(strata: strata, generator: generator, statistic: share)
    return (share(strata.flatMap { $0 }), interval)
  }

  /// The median of the seconds after which episodes part; nil without the same starts.
  public var medianParting: Double? {
    partings.isEmpty ? nil : Statistics.quantile(0.5, of: partings.map(\.seconds))
  }

  /// The component in which most episodes part, and how many do; nil where none does.
  public var firstToPart: (component: String, episodes: Int)? {
    let counts = Dictionary(partings.compactMap(\.component).map { ($0, 1) }, uniquingKeysWith: +)
    return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }.map { ($0.key, $0.value) }
  }
}
