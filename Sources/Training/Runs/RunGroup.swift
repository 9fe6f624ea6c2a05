import Foundation
import SinewEvaluation
import SinewTensor

/// Runs that differ in nothing but their seed: one method in one environment.
public struct RunGroup: Sendable {
  /// What tells it from the other groups that it was made with: the algorithm, and the settings that differ.
  public let label: String
  /// The environment's name.
  public let environment: String
  /// The runs, in the order of their seeds.
  public let runs: [RunHistory]

  /// Settings that say where and how long a run computes, not what it learns.
  private static let ignored: Set = ["seed", "threads", "steps", "report_every", "checkpoint.every", "checkpoint.keep"]

  /// Sorts runs into groups, in the order in which they are first met. Labels name the algorithm and those settings
  /// that differ between groups of that algorithm.
  public static func groups(_ runs: [RunHistory]) -> [RunGroup] {
    func relevant(_ run: RunHistory) -> [RunHistory.Setting] { run.settings.filter { !ignored.contains($0.key) } }
    var sorted: [(settings: [RunHistory.Setting], runs: [RunHistory])] = []
    for run in runs {
      let settings = relevant(run)
      if let index = sorted.firstIndex(where: { $0.settings == settings }) {
        sorted[index].runs.append(run)
      } else {
        sorted.append((settings, [run]))
      }
    }
    let named: Set = ["algorithm", "environment", "dataset"]
    return sorted.map { group in
      let first = group.runs[0]
      let peers = sorted.filter { $0.runs[0].algorithm == first.algorithm }
      let differing = group.settings.filter { setting in
        !named.contains(setting.key) && peers.contains { !$0.settings.contains(setting) }
      }
      // A setting that differs only because the environment does (of a group with no peer there) says nothing.
      let rivals = peers.filter { $0.runs[0].environment == first.environment }
      let shown = rivals.count > 1 ? differing.filter { s in rivals.contains { !$0.settings.contains(s) } } : []
      let words = shown.map { "\($0.key.replacing("hyperparameters.", with: ""))=\($0.value)" }
      let data = first.setting("dataset") != nil && first.setting("environment") != first.setting("dataset")
      let source = data ? first.setting("dataset").map { " on \(URL(filePath: $0).lastPathComponent)" } ?? "" : ""
      return RunGroup(
        label: ([first.algorithm + source] + words).joined(separator: " "), environment: first.environment,
        runs: group.runs.sorted { $0.seed.compare($1.seed, options: .numeric) == .orderedAscending })
    }
  }

  /// The group with some of its runs; nil where none is left.
  public func keeping(_ isKept: (RunHistory) -> Bool) -> RunGroup? {
    let kept = runs.filter(isKept)
    return kept.isEmpty ? nil : RunGroup(label: label, environment: environment, runs: kept)
  }

  /// What a curve runs over.
  public enum Axis: String, Sendable, CaseIterable {
    /// Environment steps, or updates of a learner from a dataset.
    case steps
    /// Hours of processor time of the run's process, all threads together.
    case hours
  }

  /// A place on a curve.
  public struct Point: Sendable {
    /// Steps or hours.
    public let position: Double
    /// The interquartile mean over runs.
    public let value: Double
    /// Its 95 % interval by the bootstrap over runs; one number where there is one run.
    public let interval: ClosedRange<Double>
    /// How many runs reach as far.
    public let runs: Int
  }

  /// A figure over steps or hours, over the range that every run with this figure has reached. Between two reports of a
  /// run its figure is taken as linear.
  ///
  /// - Parameter places: at most how many points: reports in between are left out.
  public func curve(_ metric: String, over axis: Axis = .steps, places: Int = 200) -> [Point] {
    let lines = runs.map { $0.line(metric, over: axis) }.filter { !$0.isEmpty }
    guard let start = lines.compactMap(\.first?.position).max(), let end = lines.compactMap(\.last?.position).min(),
      end >= start
    else { return [] }
    var positions = Set(lines.joined().map(\.position)).filter { (start...end).contains($0) }.sorted()
    if positions.count > places, places > 1 {
      positions = (0..<places).map { positions[$0 * (positions.count - 1) / (places - 1)] }
    }
    let generator = RandomGenerator(seed: 0).split("curve")
    return positions.map { position in
      let values = lines.map { interpolated($0, at: position) }
      return Point(
        position: position, value: Statistics.interquartileMean(values),
        interval: values.count == 1
          ? values[0]...values[0]
          : Statistics.bootstrapInterval(
            strata: [values], resamples: 1_000, generator: generator, statistic: Statistics.interquartileMean),
        runs: values.count)
    }
  }

  /// The last step at which every run that has been evaluated was evaluated; nil where there is none.
  public var lastCommonEvaluation: Int? {
    let evaluated = runs.map { Set($0.points("evaluation_return_mean").map(\.step)) }
    return evaluated.dropFirst().reduce(evaluated.first ?? []) { $0.intersection($1) }.max()
  }
}

extension RunGroup {
  /// What a group reached.
  public struct Result: Encodable, Sendable {
    /// The method's label and the environment.
    public var method, environment: String
    /// The last step that all runs were evaluated at; nil where there is none.
    public var step: Int?
    /// The mean evaluation return of each run's policy at that step, in the order of the seeds.
    public var returns: [Double]
    /// Their interquartile mean, and its 95 % bootstrap interval where there are two runs or more.
    public var interquartileMean: Double?
    public var interval: [Double]?
    /// Interquartile mean over the runs of each one's best evaluation so far, which was chosen among many and so
    /// flatters.
    public var best: Double?
    /// Mean processor time of a run.
    public var processorHours: Double?
  }

  /// What the group reached at the last step that all its runs were evaluated at.
  public var result: Result {
    let step = lastCommonEvaluation
    let returns = step.map { step in runs.compactMap { $0.evaluation(at: step) } } ?? []
    let scores = try? Scores(tasks: [returns])
    let interval =
      returns.count > 1
      ? scores?.interval(generator: RandomGenerator(seed: 0).split("table"), of: \.interquartileMean) : nil
    let best = runs.compactMap { $0.bestEvaluation?.value }
    let seconds = runs.compactMap { $0.reports.last?.values["processor_seconds"] }
    return Result(
      method: label, environment: environment, step: step, returns: returns,
      interquartileMean: scores?.interquartileMean, interval: interval.map { [$0.lowerBound, $0.upperBound] },
      best: best.isEmpty ? nil : Statistics.interquartileMean(best),
      processorHours: seconds.isEmpty ? nil : Statistics.mean(seconds) / 3600)
  }
}

extension RunHistory {
  fileprivate func line(_ metric: String, over axis: RunGroup.Axis) -> [(position: Double, value: Double)] {
    reports.compactMap { report in
      guard let value = report.values[metric] else { return nil }
      switch axis {
      case .steps: return (Double(report.step), value)
      case .hours: return report.values["processor_seconds"].map { ($0 / 3600, value) }
      }
    }
  }

  /// The mean return of the evaluation at a step; nil where there was none.
  public func evaluation(at step: Int) -> Double? {
    reports.last { $0.step == step && $0.values["evaluation_return_mean"] != nil }?.values["evaluation_return_mean"]
  }

  /// The last evaluation: of the policy at that step.
  public var lastEvaluation: (step: Int, value: Double)? { points("evaluation_return_mean").last }

  /// The best evaluation so far. It was chosen among many, so it flatters.
  public var bestEvaluation: (step: Int, value: Double)? {
    points("evaluation_return_mean").max { $0.value < $1.value }
  }
}

/// The value at a position within a line's range.
private func interpolated(_ line: [(position: Double, value: Double)], at position: Double) -> Double {
  guard let after = line.firstIndex(where: { $0.position >= position }) else { return line.last?.value ?? .nan }
  let right = line[after]
  guard after > 0, right.position > position else { return right.value }
  let left = line[after - 1]
  let share = (position - left.position) / (right.position - left.position)
  return left.value + share * (right.value - left.value)
}
