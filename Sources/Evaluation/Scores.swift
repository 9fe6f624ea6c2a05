import SinewSettings
import SinewTensor

/// Scores of several runs in each of several tasks, and the aggregates that learning results are reported with.
///
/// Source: Agarwal et al., Deep Reinforcement Learning at the Edge of the Statistical Precipice, 2021, and their
/// library rliable, of which the same arrays give the same figures. Scores of tasks are averaged, so they must be on
/// one scale: normalised, or of one task.
public struct Scores: Sendable, Equatable {
  /// The scores by task: one number for each run. Tasks may have different numbers of runs.
  public let tasks: [[Double]]

  /// Scores by task.
  ///
  /// Throws `UsageError` where there is no task, a task without a run, or a score that is not finite.
  public init(tasks: [[Double]]) throws {
    guard !tasks.isEmpty, tasks.allSatisfy({ !$0.isEmpty }) else {
      throw UsageError("there are no scores to aggregate: each task needs at least one run")
    }
    guard tasks.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { throw UsageError("a score is not a finite number") }
    self.tasks = tasks
  }

  private init(unchecked tasks: [[Double]]) { self.tasks = tasks }

  private var all: [Double] { tasks.flatMap { $0 } }

  /// Mean of the tasks' means.
  public var mean: Double { Statistics.mean(tasks.map(Statistics.mean)) }

  /// Median of the tasks' means.
  public var median: Double { Statistics.quantile(0.5, of: tasks.map(Statistics.mean)) }

  /// The mean of the middle half of all scores of all tasks.
  public var interquartileMean: Double { Statistics.interquartileMean(all) }

  /// How far scores fall short of `target` on average, those above it counting as `target`.
  public func optimalityGap(target: Double = 1) -> Double {
    target - Statistics.mean(all.map { min($0, target) })
  }

  /// The share of all scores above each threshold, in the thresholds' order.
  public func performanceProfile(thresholds: [Double]) -> [Double] {
    let sorted = all.sorted()
    return thresholds.map { threshold in
      Double(sorted.count { $0 > threshold }) / Double(sorted.count)
    }
  }

  /// The probability that a run of these is better than one of `other` in the same task, averaged over tasks; a tie
  /// counts one half (the Mann–Whitney statistic over its greatest value).
  ///
  /// Throws `UsageError` where the tasks are not as many.
  public func probabilityOfImprovement(over other: Scores) throws -> Double {
    try requireSameTasks(other)
    return wins(over: other)
  }

  private func wins(over other: Scores) -> Double {
    Statistics.mean(
      zip(tasks, other.tasks).map { mine, theirs in
        let doubled = mine.reduce(0) { sum, a in sum + theirs.reduce(0) { $0 + (a > $1 ? 2 : a == $1 ? 1 : 0) } }
        return Double(doubled) / Double(2 * mine.count * theirs.count)
      })
  }

  /// Percentile interval of a statistic by the stratified bootstrap: within each task its runs are drawn with
  /// replacement. The same generator gives the same interval.
  public func interval(
    confidence: Double = 0.95, resamples: Int = 10_000, generator: RandomGenerator, of statistic: (Scores) -> Double
  ) -> ClosedRange<Double> {
    var generator = generator
    return Statistics.percentileInterval(
      (0..<resamples).map { _ in statistic(resampled(using: &generator)) }, confidence: confidence)
  }

  /// Interval of ``probabilityOfImprovement(over:)``: the runs of both sides are drawn anew, independently.
  public func intervalOfImprovement(
    over other: Scores, confidence: Double = 0.95, resamples: Int = 10_000, generator: RandomGenerator
  ) throws -> ClosedRange<Double> {
    try intervalOfDifference(from: other, confidence: confidence, resamples: resamples, generator: generator) {
      $0.wins(over: $1)
    }
  }

  /// Interval of a comparison of these scores with `other`, both sides drawn anew, independently; the difference of
  /// interquartile means where nothing else is said.
  ///
  /// Throws `UsageError` where the tasks are not as many.
  public func intervalOfDifference(
    from other: Scores, confidence: Double = 0.95, resamples: Int = 10_000, generator: RandomGenerator,
    of comparison: (Scores, Scores) -> Double = { $0.interquartileMean - $1.interquartileMean }
  ) throws -> ClosedRange<Double> {
    try requireSameTasks(other)
    var generator = generator
    return Statistics.percentileInterval(
      (0..<resamples).map { _ in comparison(resampled(using: &generator), other.resampled(using: &generator)) },
      confidence: confidence)
  }

  private func resampled(using generator: inout RandomGenerator) -> Scores {
    Scores(unchecked: tasks.map { runs in runs.map { _ in runs[Int.random(in: runs.indices, using: &generator)] } })
  }

  private func requireSameTasks(_ other: Scores) throws {
    guard tasks.count == other.tasks.count else {
      throw UsageError("scores of \(tasks.count) tasks cannot be compared with scores of \(other.tasks.count)")
    }
  }
}

extension Statistics {
  /// Interval of the mean of a difference between pairs, such as two policies from the same starts: the pairs are drawn
  /// with replacement (`resamples` times), each with both its sides.
  ///
  /// Throws `UsageError` where there are no pairs, or the sides are not as many.
  public static func pairedInterval(
    _ first: [Double], minus second: [Double], confidence: Double = 0.95, resamples: Int = 10_000,
    generator: RandomGenerator
  ) throws -> ClosedRange<Double> {
    guard first.count == second.count, !first.isEmpty else {
      throw UsageError("\(first.count) and \(second.count) values are no pairs")
    }
    return bootstrapInterval(
      strata: [zip(first, second).map { $0 - $1 }], confidence: confidence, resamples: resamples, generator: generator)
  }

  /// The range between the two quantiles that leave `confidence` of the estimates between them.
  static func percentileInterval(_ estimates: [Double], confidence: Double) -> ClosedRange<Double> {
    let tail = (1 - confidence) / 2
    let low = quantile(tail, of: estimates)
    return low...max(low, quantile(1 - tail, of: estimates))
  }
}
