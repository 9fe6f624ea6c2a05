import SinewEvaluation

/// A run in a table of runs: what it is, how far it is, and what it reached.
public struct RunRow: Sendable, Encodable {
  /// Where the run is.
  public let run: String
  /// The algorithm, and the settings that differ from other runs of it.
  public let method: String
  /// The environment's name.
  public let environment: String
  /// The seed.
  public let seed: String
  /// Steps that it has reported, and was to take.
  public let step, steps: Int
  /// The mean return of its last and of its best evaluation; nil before the first.
  public let lastEvaluation, bestEvaluation: Double?
  /// How far it is.
  public let state: RunHistory.State

  /// A row for each of the runs, which are told apart from each other.
  public static func rows(_ runs: [RunHistory]) -> [RunRow] {
    let groups = RunGroup.groups(runs)
    return runs.map { run in
      let group = groups.first { group in group.runs.contains { $0.folder == run.folder } }
      return RunRow(
        run: run.folder.relativePath, method: group?.label ?? run.algorithm, environment: run.environment,
        seed: run.seed, step: run.step, steps: run.steps, lastEvaluation: run.lastEvaluation?.value,
        bestEvaluation: run.bestEvaluation?.value, state: run.state)
    }
  }

  /// What the columns of ``cells`` are.
  public static let header = ["run", "method", "environment", "seed", "steps", "of", "last", "best", "state"]

  /// The row as text.
  public var cells: [String] {
    [
      run, method, environment, seed, "\(step)", "\(steps)", lastEvaluation.map { short($0) } ?? "",
      bestEvaluation.map { short($0) } ?? "", state.rawValue,
    ]
  }
}
