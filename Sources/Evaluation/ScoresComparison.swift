import SinewTensor

/// Whether one method's scores are better than another's.
public struct ScoresComparison: Sendable, Equatable {
  /// Interquartile mean of the first minus that of the second, and its 95 % interval.
  public let difference: Double
  public let differenceInterval: ClosedRange<Double>
  /// The probability that a run of the first is better than one of the second, and its 95 % interval.
  public let improvement: Double
  public let improvementInterval: ClosedRange<Double>

  /// Compares; both sides are drawn anew independently, always in the same way.
  ///
  /// Throws `UsageError` where the tasks are not as many.
  public init(_ first: Scores, _ second: Scores) throws {
    let generator = RandomGenerator(seed: 0).split("comparison")
    difference = first.interquartileMean - second.interquartileMean
    differenceInterval = try first.intervalOfDifference(from: second, generator: generator)
    improvement = try first.probabilityOfImprovement(over: second)
    improvementInterval = try first.intervalOfImprovement(over: second, generator: generator)
  }

  /// What can be said.
  public enum Verdict: String, Sendable {
    case better = "better", worse = "worse", undecided = "undecided"
  }

  /// Better or worse where the interval of the difference leaves 0 out.
  public var verdict: Verdict {
    differenceInterval.lowerBound > 0 ? .better : differenceInterval.upperBound < 0 ? .worse : .undecided
  }
}
