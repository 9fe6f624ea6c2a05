import SinewEvaluation
import SinewSettings
import SinewTensor

/// Sums over a reporting interval; part of a checkpoint, so that a resumed run reports the same figures.
public struct TrainingTally {
  /// Gradient updates.
  public private(set) var updates = 0
  /// Episodes that ended.
  public private(set) var episodes = 0
  /// Whether there are episodes to count at all.
  let countsEpisodes: Bool
  private var returnSum = 0.0
  private var lengthSum = 0.0
  private var metricNames: [String] = []
  private var metricSums: [Double] = []
  /// In how many updates each metric came: some come only every few updates.
  private var metricCounts: [Int] = []

  /// An empty tally.
  public init(countsEpisodes: Bool = true) { self.countsEpisodes = countsEpisodes }

  /// Counts an episode.
  public mutating func addEpisode(return total: Double, length: Int) {
    episodes += 1
    returnSum += total
    lengthSum += Double(length)
  }

  /// Counts one update. Throws when a metric is not finite.
  public mutating func addUpdate(_ metrics: Metrics) throws {
    for place in metrics.names.indices {
      let (name, value) = (metrics.names[place], Double(metrics.tensors[place].item()))
      guard value.isFinite else { throw TrainingError("\(name) is \(nonFinite(value))") }
      let index = index(of: name, place: place)
      metricSums[index] += value
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

  /// ``report`` as plain numbers.
  var figures: [(name: String, value: Double)] {
    report.map { name, value in
      switch value {
      case .integer(let count): (name, Double(count))
      case .number(let number): (name, number)
      default: (name, .nan)
      }
    }
  }

  func save(to state: inout StateDictionary, prefix: String) {
    state[words: prefix + "updates"] = [UInt64(updates)]
    state[words: prefix + "episodes"] = [UInt64(episodes)]
    state[doubles: prefix + "sums"] = [returnSum, lengthSum] + metricSums
    state[words: prefix + "counts"] = metricCounts.map(UInt64.init)
    state.metadata[prefix + "metrics"] = metricNames.joined(separator: " ")
  }

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
