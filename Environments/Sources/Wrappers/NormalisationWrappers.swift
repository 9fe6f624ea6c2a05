import SinewTensor

/// Shows observations as (observation − mean)/deviation, with statistics of all that were seen so far; nothing is cut
/// off, here or where a run normalises.
///
/// The statistics are part of snapshots; ``isFrozen`` keeps them as they are. In a training run the statistics belong
/// to the policy, which then takes raw observations wherever it is evaluated: see `normalise_observation` in
/// Documentation/wrappers.md.
public final class NormaliseObservation: EnvironmentWrapper {
  public let base: any Environment
  /// What has been seen.
  public private(set) var statistics: RunningStatistics
  /// Whether observations leave the statistics as they are.
  public var isFrozen: Bool
  private let normaliser: Normaliser

  /// `base` with normalised observations.
  public init(_ base: any Environment, statistics: RunningStatistics? = nil, isFrozen: Bool = false) {
    self.base = base
    self.statistics = statistics ?? RunningStatistics(size: base.observationSpace.count)
    self.isFrozen = isFrozen
    normaliser = Normaliser(size: base.observationSpace.count)
  }

  public var observationSpace: BoxSpace {
    let bounds = [Float](repeating: .infinity, count: base.observationSpace.count)
    return BoxSpace(low: bounds.map { -$0 }, high: bounds)
  }

  private func normalise(_ observation: inout MutableSpan<Float>) {
    if !isFrozen { statistics.add(observation.span) }
    normaliser.set(statistics)
    normaliser.apply(to: &observation)
  }

  public func reset(seed: UInt64?, observation: inout MutableSpan<Float>) throws {
    try base.reset(seed: seed, observation: &observation)
    normalise(&observation)
  }

  public func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
    let outcome = try base.step(action: action, observation: &observation)
    normalise(&observation)
    return outcome
  }

  public func snapshot() -> StateDictionary {
    var snapshot = baseSnapshot
    statistics.save(to: &snapshot, prefix: "statistics.")
    return snapshot
  }

  public func restore(_ snapshot: StateDictionary) throws {
    var statistics = statistics
    try statistics.load(from: snapshot, prefix: "statistics.")
    try restoreBase(from: snapshot)
    self.statistics = statistics
  }
}

/// Divides rewards by the deviation of the discounted sum of rewards, Gₜ = γ·Gₜ₋₁ + rₜ from the beginning of each
/// episode, over all that was seen so far.
///
/// Rewards keep their sign and their zero. The statistics are part of snapshots; ``isFrozen`` keeps them as they are.
public final class NormaliseReward: EnvironmentWrapper {
  public let base: any Environment
  /// What has been seen of G.
  public private(set) var statistics: RunningStatistics
  /// Whether rewards leave the statistics as they are.
  public var isFrozen: Bool
  /// γ.
  public let discount: Double
  private var sum = 0.0
  private var scale = 1.0

  /// `base` with normalised rewards.
  public init(
    _ base: any Environment, discount: Double = 0.99, statistics: RunningStatistics? = nil, isFrozen: Bool = false
  ) {
    self.base = base
    self.discount = discount
    self.statistics = statistics ?? RunningStatistics(size: 1)
    self.isFrozen = isFrozen
  }

  public var rewardTerms: [(name: String, value: Double)] { base.rewardTerms.map { ($0.name, $0.value * scale) } }

  public func reset(seed: UInt64?, observation: inout MutableSpan<Float>) throws {
    try base.reset(seed: seed, observation: &observation)
    sum = 0
  }

  public func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
    var outcome = try base.step(action: action, observation: &observation)
    sum = discount * sum + outcome.reward
    if !isFrozen { statistics.add(CollectionOfOne(Float(sum)).span) }
    scale = 1 / statistics.deviation(0)
    outcome.reward *= scale
    return outcome
  }

  public func snapshot() -> StateDictionary {
    var snapshot = baseSnapshot
    statistics.save(to: &snapshot, prefix: "statistics.")
    snapshot[doubles: "sum"] = [sum, scale]
    return snapshot
  }

  public func restore(_ snapshot: StateDictionary) throws {
    var statistics = statistics
    try statistics.load(from: snapshot, prefix: "statistics.")
    let numbers = try snapshot.doubles("sum", count: 2)
    try restoreBase(from: snapshot)
    self.statistics = statistics
    (sum, scale) = (numbers[0], numbers[1])
  }
}
