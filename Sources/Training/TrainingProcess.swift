import SinewPolicies
import SinewTensor

/// What a `Trainer` drives: something that advances by steps and improves a policy.
///
/// An online learner acts in environments (`OnlineTraining`); an offline one draws from a dataset (`OfflineTraining`).
protocol TrainingProcess: AnyObject {
  /// The policy as it is now.
  var policy: any Policy { get }
  /// What the learner was made for.
  var origin: LearnerOrigin { get }
  /// What happened since the tally was last cleared.
  var tally: TrainingTally { get set }
  /// The exact state, one file of a checkpoint each; the learner's own is called `learner`.
  var parts: [(file: String, part: any Stateful)] { get }
  /// Makes the first observations; not called when a state is loaded.
  func begin() throws
  /// Advances by a few steps and returns how many. Throws what is wrong with the quantities, by name.
  ///
  /// - Parameter isStopRequested: asked in every loop whose length a setting decides. Where it stays true for long, the loop is left
  ///   with ``InterruptedStep``, and this process cannot be used further.
  func advance(stopWhen isStopRequested: () -> Bool) throws -> Int
}

/// A step was left in its middle, because its end was too far away: the run goes on from its last checkpoint.
struct InterruptedStep: Error {}

/// A request to stop, and how long a loop may go on after it.
struct Patience {
  /// What is shorter than this is finished first, so that nothing of it is lost.
  static let limit = Duration.seconds(3)
  private var began: ContinuousClock.Instant?

  /// Whether the request has stood for so long that the loop is to be left.
  mutating func isOver(_ isStopRequested: () -> Bool) -> Bool {
    guard isStopRequested() else { return false }
    let first = began ?? .now
    began = first
    return first.duration(to: .now) > Self.limit
  }
}

/// Sums over a reporting interval; part of a checkpoint, so that a resumed run reports the same figures.
struct TrainingTally {
  var updates = 0
  var episodes = 0
  /// Whether there are episodes to count at all.
  let countsEpisodes: Bool
  private var returnSum = 0.0
  private var lengthSum = 0.0
  private var metricNames: [String] = []
  private var metricSums: [Double] = []
  /// In how many updates each metric came: some come only every few updates.
  private var metricCounts: [Int] = []

  mutating func addEpisode(return total: Double, length: Int) {
    episodes += 1
    returnSum += total
    lengthSum += Double(length)
  }

  /// Counts one update. Throws when a metric is not finite.
  mutating func addUpdate(_ metrics: [(name: String, value: Double)]) throws {
    for (place, metric) in metrics.enumerated() {
      guard metric.value.isFinite else { throw TrainingError("\(metric.name) is \(nonFinite(metric.value))") }
      let index = index(of: metric.name, place: place)
      metricSums[index] += metric.value
      metricCounts[index] += 1
    }
    updates += 1
  }

  private mutating func index(of name: String, place: Int) -> Int {
    if place < metricNames.count, metricNames[place] == name { return place }
    if let index = metricNames.firstIndex(of: name) { return index }
    metricNames.append(name)
    metricSums.append(0)
    metricCounts.append(0)
    return metricNames.count - 1
  }

  var returnMean: Double? { episodes > 0 ? returnSum / Double(episodes) : nil }

  /// The means over the interval, as a report shows them.
  var report: [(name: String, value: ValueTree)] {
    var values: [(String, ValueTree)] = countsEpisodes ? [("episodes", .integer(episodes))] : []
    if episodes > 0 {
      values.append(("return_mean", .number(returnSum / Double(episodes))))
      values.append(("length_mean", .number(lengthSum / Double(episodes))))
    }
    for (index, name) in metricNames.enumerated() {
      values.append((name, .number(metricSums[index] / Double(metricCounts[index]))))
    }
    return values
  }

  func save(to state: inout StateDictionary, prefix: String) {
    state[words: prefix + "updates"] = [UInt64(updates)]
    state[words: prefix + "episodes"] = [UInt64(episodes)]
    state[doubles: prefix + "sums"] = [returnSum, lengthSum] + metricSums
    state[words: prefix + "counts"] = metricCounts.map(UInt64.init)
    state.metadata[prefix + "metrics"] = metricNames.joined(separator: " ")
  }

  init(countsEpisodes: Bool = true) { self.countsEpisodes = countsEpisodes }

  /// The same tally with nothing in it.
  var cleared: TrainingTally { TrainingTally(countsEpisodes: countsEpisodes) }

  init(from state: StateDictionary, prefix: String, countsEpisodes: Bool = true) throws {
    self.countsEpisodes = countsEpisodes
    metricNames = (state.metadata[prefix + "metrics"] ?? "").split(separator: " ").map(String.init)
    let sums = try state.doubles(prefix + "sums", count: 2 + metricNames.count)
    updates = try state.count(prefix + "updates")
    episodes = try state.count(prefix + "episodes")
    (returnSum, lengthSum) = (sums[0], sums[1])
    metricSums = Array(sums[2...])
    metricCounts = try state.counts(prefix + "counts", count: metricNames.count)
  }
}
