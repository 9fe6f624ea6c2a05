import SinewDatasets

/// What a dataset looks like, column by column, and what in it deserves a look: found in two passes over its episodes,
/// of which one is in memory at a time.
public struct DatasetReport: Codable, Sendable {
  /// A component of the observations or of the actions.
  public struct Column: Codable, Sendable, Equatable {
    /// "observation 3", or the part's name where the dataset has names.
    public var name: String
    /// Over all steps; the deviation is the population's.
    public var minimum: Float, mean: Double, deviation: Double, maximum: Float
    /// Whether it is the same in every step.
    public var isConstant: Bool
    /// The first column that is the same in every step, where there is one and it varies.
    public var sameAs: String?
    /// Steps in each of ``DatasetReport/bins`` equal bins: of an observation between its least and its greatest value,
    /// of an action over its range.
    public var histogram: [Int]
    /// Share of the bins that hold any step.
    public var coverage: Double
    /// Share of steps within a 2,000th of its range of a bound, or beyond it; of actions alone.
    public var saturation: Double?
  }

  /// Equal bins of a histogram.
  public static let bins = 40

  /// Episodes, returns, lengths and the like.
  public var summary: DatasetSummary
  /// The undiscounted return of each episode, in the dataset's order.
  public var returns: [Double]
  /// The steps of each.
  public var lengths: [Int]
  /// Over all steps.
  public var rewardMinimum: Float, rewardMean: Double, rewardDeviation: Double, rewardMaximum: Float
  /// In their order.
  public var observations: [Column]
  /// In their order.
  public var actions: [Column]
  /// Over how many independent directions the observations spread (participation ratio of their correlations); nil where
  /// none varies, or more than 1,024 do.
  public var effectiveDimensions: Double?
  /// Episodes whose observations, actions and rewards are those of an earlier one.
  public var repeatedEpisodes: Int
  /// What deserves a look, a line each.
  public var findings: [String]

  /// Reads a dataset twice. Throws what is wrong with its first bad episode.
  ///
  /// - Parameters:
  ///   - source: the dataset.
  ///   - again: opens it once more.
  ///   - afterEpisode: is told how many steps of both passes are read.
  public init(
    _ source: any EpisodeSource, again: () throws -> any EpisodeSource, afterEpisode: (Int) -> Void = { _ in }
  ) throws {
    let info = source.info
    var (observationScan, actionScan) = (ColumnScan(width: info.observationSize), ColumnScan(width: info.actionSize))
    var rewardScan = ColumnScan(width: 1)
    var (returns, lengths, seen, repeated) = ([Double](), [Int](), Set<Int>(), 0)
    summary = try DatasetSummary(source) { episode, steps in
      try episode.check(info, index: lengths.count)
      observationScan.add(episode.observations, rows: episode.count)
      actionScan.add(episode.actions, rows: episode.count)
      rewardScan.add(episode.rewards, rows: episode.count)
      returns.append(episode.rewards.reduce(0) { $0 + Double($1) })
      lengths.append(episode.count)
      if !seen.insert(episode.digest).inserted { repeated += 1 }
      afterEpisode(steps)
    }
    (self.returns, self.lengths, repeatedEpisodes) = (returns, lengths, repeated)
    (rewardMinimum, rewardMaximum) = (rewardScan.minimum[0], rewardScan.maximum[0])
    (rewardMean, rewardDeviation) = (rewardScan.mean[0], rewardScan.deviation(0))

    var observationBins = ColumnHistograms(
      low: observationScan.minimum, high: observationScan.maximum, bins: Self.bins)
    var actionBins = ColumnHistograms(low: info.actionLow, high: info.actionHigh, bins: Self.bins)
    var directions = SpreadDirections(observationScan)
    let margins = zip(info.actionLow, info.actionHigh).map { ($1 / 2 - $0 / 2) / 1000 }
    var saturated = [Int](repeating: 0, count: info.actionSize)
    var (second, steps) = (try again(), summary.transitions)
    while let episode = try second.next() {
      // A file that someone else writes meanwhile may have become another.
      try episode.check(info, index: nil)
      observationBins.add(episode.observations, rows: episode.count)
      actionBins.add(episode.actions, rows: episode.count)
      directions?.add(episode.observations, rows: episode.count)
      for (index, action) in episode.actions.enumerated() {
        let component = index % info.actionSize
        let (low, high, margin) = (info.actionLow[component], info.actionHigh[component], margins[component])
        if action <= low + margin || action >= high - margin { saturated[component] += 1 }
      }
      steps += episode.count
      afterEpisode(steps)
    }
    effectiveDimensions = directions?.count
    observations = Self.columns(observationScan, observationBins, "observation", info.observationNames)
    actions = Self.columns(actionScan, actionBins, "action", nil)
    for index in actions.indices { actions[index].saturation = Double(saturated[index]) / Double(summary.transitions) }
    findings = []
    findings = source.notes + ownFindings
  }

  private static func columns(
    _ scan: ColumnScan, _ histograms: ColumnHistograms, _ kind: String, _ names: [String]?
  ) -> [Column] {
    func name(_ index: Int) -> String { names?[index] ?? "\(kind) \(index)" }
    return (0..<scan.width).map { index in
      let histogram = histograms[index]
      let leader = scan.leaders[index]
      return Column(
        name: name(index), minimum: scan.minimum[index], mean: scan.mean[index],
        deviation: scan.deviation(index), maximum: scan.maximum[index], isConstant: scan.isConstant(index),
        sameAs: leader == index || scan.isConstant(index) ? nil : name(leader), histogram: histogram,
        coverage: Double(histogram.count { $0 > 0 }) / Double(histogram.count), saturation: nil)
    }
  }
}

extension EpisodeData {
  /// Throws where its lengths are others than the dataset's sizes say.
  fileprivate func check(_ info: DatasetInfo, index: Int?) throws {
    guard observations.count == (count + 1) * info.observationSize, actions.count == count * info.actionSize else {
      throw DatasetError(
        episode: index,
        "has \(observations.count) numbers of observations and \(actions.count) of actions in \(count) steps")
    }
  }

  /// Of all its numbers, for this process alone.
  fileprivate var digest: Int {
    var hasher = Hasher()
    for numbers in [observations, actions, rewards] {
      numbers.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
    return hasher.finalize()
  }
}
