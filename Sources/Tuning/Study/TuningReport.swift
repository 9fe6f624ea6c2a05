import SinewEvaluation
import SinewSettings
import SinewTraining

/// The best settings beside the default ones, on seeds that nothing was tuned with.
public struct TuningReport: Sendable {
  /// What a run is worth.
  public let objective: TuningObjective
  /// The value of each run, in the order of the seeds.
  public let best, standard: [Double]
  /// The best settings' runs compared with the default's.
  public let comparison: ScoresComparison

  /// Throws `TrainingError` where a run has no evaluation.
  public init(_ objective: TuningObjective, best: [RunHistory], default standard: [RunHistory]) throws {
    func values(_ runs: [RunHistory]) throws -> [Double] {
      try runs.map { run in
        guard let value = objective.value(of: run) else {
          throw TrainingError("\(run.folder.relativePath) has no evaluation to compare")
        }
        return value
      }
    }
    try self.init(objective, best: values(best), default: values(standard))
  }

  init(_ objective: TuningObjective, best: [Double], default standard: [Double]) throws {
    (self.objective, self.best, self.standard) = (objective, best, standard)
    comparison = try ScoresComparison(Scores(tasks: [best]), Scores(tasks: [standard]))
  }

  /// A few lines.
  public var description: String {
    func side(_ name: String, _ values: [Double]) -> String {
      let each = values.map { objective.text(of: $0) }.joined(separator: ", ")
      return "\(name): \(objective.text(of: Statistics.interquartileMean(values))) (\(each))"
    }
    let (interval, chances) = (comparison.differenceInterval, comparison.improvementInterval)
    let ends = [interval.lowerBound, interval.upperBound].sorted { objective.shown($0) < objective.shown($1) }
    let verdict =
      comparison.verdict == .undecided ? "undecided" : "the best settings are \(comparison.verdict.rawValue)"
    return """
      \(objective.title), on \(best.count) seeds that nothing was tuned with:
      \(side("best settings", best))
      \(side("default", standard))
      difference of interquartile means \(objective.text(of: comparison.difference)), 95 % interval \(objective.text(of: ends[0])) to \
      \(objective.text(of: ends[1])): \(verdict)\(best.count < 5 ? "; with fewer than five seeds such intervals are too narrow" : "")
      probability that a run of the best settings is better: \(short(comparison.improvement)), 95 % interval \
      \(short(chances.lowerBound)) to \(short(chances.upperBound))
      """
  }

  /// The figures under the names that `--json` prints; steps as positive numbers.
  public var summary: Summary {
    let (interval, chances) = (comparison.differenceInterval, comparison.improvementInterval)
    return Summary(
      objective: objective.text, best: best.map(objective.shown), default: standard.map(objective.shown),
      difference: objective.shown(comparison.difference),
      differenceCI95: [objective.shown(interval.lowerBound), objective.shown(interval.upperBound)].sorted(),
      probabilityOfImprovement: comparison.improvement,
      probabilityOfImprovementCI95: [chances.lowerBound, chances.upperBound])
  }

  /// What a report says in figures.
  public struct Summary: Encodable, Sendable {
    public var objective: String
    public var best, `default`: [Double]
    public var difference: Double
    public var differenceCI95: [Double]
    public var probabilityOfImprovement: Double
    public var probabilityOfImprovementCI95: [Double]
  }
}
