import SinewEvaluation
import SinewSettings

/// Whether one method is better than another, from evaluations of their runs in the same environments.
public struct RunComparison: Sendable {
  /// What each side is called.
  public let names: (first: String, second: String)
  /// The environments that both have runs in.
  public let environments: [String]
  /// The step in each environment whose policies are compared: the last one that all runs of both sides were evaluated
  /// at.
  public let steps: [Int]
  /// Mean evaluation returns of the policies at that step, by environment.
  public let first, second: Scores
  /// What they say together.
  public let scores: ScoresComparison

  /// Compares two lists of groups. Returns of several environments are brought to one scale, the pooled runs' range,
  /// because a mean over returns of different tasks means nothing.
  ///
  /// Throws `UsageError` where a side has two groups in one environment, or no environment is common.
  public init(_ first: [RunGroup], _ second: [RunGroup]) throws {
    func name(_ groups: [RunGroup]) -> String {
      Set(groups.map(\.label)).sorted().joined(separator: ", ")
    }
    func only(_ groups: [RunGroup], in environment: String) throws -> RunGroup? {
      let found = groups.filter { $0.environment == environment }
      guard found.count <= 1 else {
        throw UsageError(
          "one side holds runs of more than one method in \(environment) (\(found.map(\.label).joined(separator: "; "))): "
            + "name those of one")
      }
      return found.first
    }
    var (environments, steps, mine, theirs): ([String], [Int], [[Double]], [[Double]]) = ([], [], [], [])
    for environment in first.map(\.environment) where !environments.contains(environment) {
      guard let a = try only(first, in: environment), let b = try only(second, in: environment) else { continue }
      let both = RunGroup(label: "", environment: environment, runs: a.runs + b.runs)
      guard let step = both.lastCommonEvaluation else {
        throw UsageError("there is no step at which all runs in \(environment) were evaluated")
      }
      environments.append(environment)
      steps.append(step)
      mine.append(a.runs.compactMap { $0.evaluation(at: step) })
      theirs.append(b.runs.compactMap { $0.evaluation(at: step) })
    }
    guard !environments.isEmpty else { throw UsageError("the two sides have no environment in common") }
    (names, self.environments, self.steps) = ((name(first), name(second)), environments, steps)
    self.first = try Scores(tasks: mine)
    self.second = try Scores(tasks: theirs)
    let isOne = environments.count == 1
    let scaled = zip(mine, theirs).map { mine, theirs in
      let all = mine + theirs
      let low = isOne ? 0 : all.min() ?? 0
      let span = isOne ? 1 : max((all.max() ?? 1) - low, .leastNormalMagnitude)
      return (mine.map { ($0 - low) / span }, theirs.map { ($0 - low) / span })
    }
    scores = try ScoresComparison(Scores(tasks: scaled.map(\.0)), Scores(tasks: scaled.map(\.1)))
  }
}

extension RunComparison: CustomStringConvertible {
  /// The figures under the names that `--json` prints.
  public var summary: Summary {
    Summary(
      first: names.first, second: names.second,
      environments: zip(environments.indices, environments).map { index, environment in
        Summary.Side(
          environment: environment, step: steps[index], first: first.tasks[index], second: second.tasks[index])
      }, difference: scores.difference,
      differenceCI95: [scores.differenceInterval.lowerBound, scores.differenceInterval.upperBound],
      probabilityOfImprovement: scores.improvement,
      probabilityOfImprovementCI95: [scores.improvementInterval.lowerBound, scores.improvementInterval.upperBound],
      verdict: scores.verdict.rawValue)
  }

  /// What a comparison says in figures.
  public struct Summary: Encodable, Sendable {
    public var first, second: String
    public var environments: [Side]
    public var difference: Double
    public var differenceCI95: [Double]
    public var probabilityOfImprovement: Double
    public var probabilityOfImprovementCI95: [Double]
    public var verdict: String

    /// The returns of both sides' runs in an environment.
    public struct Side: Encodable, Sendable {
      public var environment: String
      public var step: Int
      public var first, second: [Double]
    }
  }

  /// A few lines: returns by environment, the difference, and what can be said.
  public var description: String {
    var lines = environments.indices.map { index in
      "\(environments[index]) at step \(grouped(steps[index])): "
        + "\(names.first) \(short(Statistics.interquartileMean(first.tasks[index]))) (\(first.tasks[index].count) seeds), "
        + "\(names.second) \(short(Statistics.interquartileMean(second.tasks[index]))) (\(second.tasks[index].count) seeds)"
    }
    lines.append(
      "difference of interquartile means \(short(scores.difference)), 95 % interval \(short(scores.differenceInterval.lowerBound)) to "
        + short(scores.differenceInterval.upperBound)
        + (environments.count > 1 ? " (returns scaled to [0, 1] by the range of both sides in each environment)" : ""))
    lines.append(
      "probability that a run of \(names.first) is better than one of \(names.second): \(short(scores.improvement)), "
        + "95 % interval \(short(scores.improvementInterval.lowerBound)) to \(short(scores.improvementInterval.upperBound))"
    )
    let seeds = (first.tasks + second.tasks).map(\.count).min() ?? 0
    let conclusion =
      switch scores.verdict {
      case .better: "\(names.first) is better: the interval of the difference is above 0"
      case .worse: "\(names.first) is worse: the interval of the difference is below 0"
      case .undecided: "undecided: the interval of the difference holds 0"
      }
    lines.append(conclusion + (seeds < 5 ? "; with fewer than five seeds such intervals are too narrow" : ""))
    return lines.joined(separator: "\n")
  }
}
