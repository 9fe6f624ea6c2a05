import Foundation
import SinewFiles
import SinewSettings
import SinewTraining

/// What a study is to do: `tune.yaml` of its folder.
public struct TuningPlan: Codable, Sendable, Equatable {
  /// How trials are chosen.
  public enum Method: String, Codable, Sendable, CaseIterable {
    case bayes, random, halving
  }

  /// How trials are chosen.
  public var method = Method.bayes
  /// How many trials; of successive halving, how many settings its first round has.
  public var trials = 30
  /// The seeds of each trial's runs.
  public var seeds = [1, 2, 3]
  /// Steps of a whole trial's runs.
  public var steps = 1_000_000
  /// What a run is worth: see ``TuningObjective``.
  public var objective = "last"
  /// The seed of the search itself.
  public var seed = 0
  /// How many trials go on at a time: part of the plan, because later trials are chosen by what is known.
  public var atOnce = 1
  /// Threads of each run, which do not change its result.
  public var threads = 1
  /// The seeds on which the best settings are compared with the default ones; none for no comparison.
  public var reportSeeds = [101, 102, 103, 104, 105]
  /// What is varied, `key=low:high:log` or `key=a,b,c`.
  public var space: [String] = []

  /// Thirty trials by Bayesian optimisation of nothing yet.
  public init() {}

  /// Throws `UsageError` naming the first value that is out of its range.
  func validate() throws {
    guard (1...10_000).contains(trials) else { throw UsageError("--trials must be 1 to 10000, not \(trials)") }
    guard !seeds.isEmpty else { throw UsageError("--seeds names no seed") }
    guard (1...10_000).contains(atOnce) else { throw UsageError("at_once must be 1 to 10000, not \(atOnce)") }
    guard (1...1024).contains(threads) else { throw UsageError("--threads must be 1 to 1024, not \(threads)") }
    guard seed >= 0 else { throw UsageError("--seed must be 0 or more, not \(seed)") }
    if let both = reportSeeds.first(where: seeds.contains) {
      throw UsageError("--report-seeds: seed \(both) is tuned with; a report needs others")
    }
  }

  /// The space, of settings that a document of all settings has.
  ///
  /// Throws `UsageError` where a setting or a value is none that a run could have.
  func searchSpace(of document: ValueTree, _ algorithm: Algorithm) throws -> SearchSpace {
    let dimensions = try space.map { text in
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, !parts[0].isEmpty else {
        throw UsageError(
          "--vary '\(text)': expected key=low:high, key=low:high:log or key=a,b,c, such as batch_size=64,128,256")
      }
      return try Self.dimension(SearchDimension(parts[0], text: parts[1]), of: document, algorithm)
    }
    return try SearchSpace(dimensions)
  }

  private static let fixed: Set = [
    "algorithm", "environment", "dataset", "start", "steps", "seed", "threads", "report_every", "evaluation",
    "checkpoint",
  ]

  /// The dimension with its kind of number; every end and choice is tried.
  private static func dimension(
    _ dimension: SearchDimension, of document: ValueTree, _ algorithm: Algorithm
  ) throws -> SearchDimension {
    var dimension = dimension
    func tree(_ value: String) throws -> ValueTree {
      var tree = document
      try tree.overlay(assignment: "\(dimension.key)=\(value)", place: "--vary")
      return tree
    }
    let values: [String]
    switch dimension.values {
    case .choices(let choices): values = choices
    case .range:
      // Where 0 and 1 are taken and a half is not, it is an integer.
      let integers = try tree("0").firstDifference(from: tree("1"))
      if case .integer? = integers?.value { dimension = try dimension.ofIntegers() }
      values = [dimension.value(at: 0), dimension.value(at: 1)]
    }
    let trees = try values.map(tree)
    if let root = trees[1].firstDifference(from: trees[0])?.root, fixed.contains(root) {
      throw UsageError("--vary \(dimension.key): it is not what is learned with, so it cannot be tuned")
    }
    for tree in trees {
      let (_, algorithm) = try RunFolder.settings(from: tree, algorithm: algorithm)
      try algorithm.checkRanges()
    }
    return dimension
  }
}

extension ValueTree {
  /// The first value that is not as in another tree, and the key at the root that it is under.
  fileprivate func firstDifference(from other: ValueTree) -> (root: String, value: ValueTree)? {
    for entry in entries where entry.value != other[entry.key] {
      let inner = other[entry.key].flatMap { entry.value.firstDifference(from: $0) }
      return (entry.key, inner?.value ?? entry.value)
    }
    return nil
  }
}
