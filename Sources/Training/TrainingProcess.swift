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
  func advance() throws -> Int
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

  mutating func addEpisode(return total: Double, length: Int) {
    episodes += 1
    returnSum += total
    lengthSum += Double(length)
  }

  /// Counts one update. Throws when a metric is not finite.
  mutating func addUpdate(_ metrics: [(name: String, value: Double)]) throws {
    if metricNames.count != metrics.count {
      metricNames = metrics.map(\.name)
      metricSums = Array(repeating: 0, count: metrics.count)
    }
    for (index, metric) in metrics.enumerated() {
      guard metric.value.isFinite else { throw TrainingError("\(metric.name) is \(nonFinite(metric.value))") }
      metricSums[index] += metric.value
    }
    updates += 1
  }

  var returnMean: Double? { episodes > 0 ? returnSum / Double(episodes) : nil }

  /// The means over the interval, as a report shows them.
  var report: [(name: String, value: ValueTree)] {
    var values: [(String, ValueTree)] = countsEpisodes ? [("episodes", .integer(episodes))] : []
    if episodes > 0 {
      values.append(("return_mean", .number(returnSum / Double(episodes))))
      values.append(("length_mean", .number(lengthSum / Double(episodes))))
    }
    if updates > 0 {
      values += zip(metricNames, metricSums).map { ($0, .number($1 / Double(updates))) }
    }
    return values
  }

  func save(to state: inout StateDictionary, prefix: String) {
    state[words: prefix + "updates"] = [UInt64(updates)]
    state[words: prefix + "episodes"] = [UInt64(episodes)]
    state[doubles: prefix + "sums"] = [returnSum, lengthSum] + metricSums
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
  }
}

extension StateDictionary {
  /// The whole number of this name. Throws where it is missing, or too large to be one.
  func count(_ name: String) throws -> Int {
    guard let count = Int(exactly: try words(name, count: 1)[0]) else {
      throw StateError("the array '\(name)' holds an impossible number")
    }
    return count
  }
}
