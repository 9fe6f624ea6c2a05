import Foundation
import SinewSettings
import SinewTensor

/// How well estimates order policies: rank correlation, regret and error as "Benchmarks for Deep Off-Policy Evaluation"
/// (Fu et al., arXiv 2103.16596) defines them.
public struct RankAgreement: Sendable, Equatable, Codable {
  /// Spearman's correlation of the ranks: 1 for the same order, −1 for the reverse; nil where a side is all equal.
  public var rankCorrelation: Double?
  /// What is lost by taking the policy with the greatest estimate: 0 for the truly best, 1 for the worst.
  public var regretAt1: Double?
  /// Mean distance of the estimates from the true values, both with the worst policy's true value as 0 and the best's as
  /// 1, estimates at most 2.
  public var absoluteError: Double?

  /// Compares estimates with true values of the same policies, two or more.
  ///
  /// Throws `UsageError` where they are fewer, not as many, or not finite.
  public init(_ estimates: [Double], truth: [Double]) throws {
    guard estimates.count == truth.count, estimates.count >= 2 else {
      throw UsageError(
        "\(estimates.count) estimates and \(truth.count) true values order nothing: two policies at least")
    }
    guard (estimates + truth).allSatisfy(\.isFinite) else {
      throw UsageError("an estimate or a true value is not a finite number")
    }
    self.init(checked: estimates, truth)
  }

  private init(checked estimates: [Double], _ truth: [Double]) {
    rankCorrelation = Statistics.rankCorrelation(estimates, truth)
    guard let worst = truth.min(), let best = truth.max(), best > worst,
      let chosen = estimates.indices.max(by: { estimates[$0] < estimates[$1] })
    else { return }
    func normalised(_ value: Double) -> Double { (value - worst) / (best - worst) }
    regretAt1 = 1 - normalised(truth[chosen])
    absoluteError = Statistics.mean(zip(estimates, truth).map { abs(min(normalised($0), 2) - normalised($1)) })
  }

  /// 95 % intervals of the three, policies drawn anew (1,000 times); draws of which a figure is not defined are left out.
  public static func intervals(
    _ estimates: [Double], truth: [Double], generator: RandomGenerator
  ) -> (rankCorrelation: ClosedRange<Double>?, regretAt1: ClosedRange<Double>?, absoluteError: ClosedRange<Double>?) {
    var generator = generator
    let draws = (0..<1000).map { _ -> RankAgreement in
      let chosen = estimates.indices.map { _ in generator.index(below: estimates.count) }
      return RankAgreement(checked: chosen.map { estimates[$0] }, chosen.map { truth[$0] })
    }
    func interval(_ values: [Double]) -> ClosedRange<Double>? {
      values.isEmpty ? nil : Statistics.percentileInterval(values, confidence: 0.95)
    }
    return (
      interval(draws.compactMap(\.rankCorrelation)), interval(draws.compactMap(\.regretAt1)),
      interval(draws.compactMap(\.absoluteError))
    )
  }
}

extension Statistics {
  /// Spearman's rank correlation; equal values share the mean of their ranks. Nil where a side is all equal.
  public static func rankCorrelation(_ first: [Double], _ second: [Double]) -> Double? {
    let (a, b) = (ranks(first), ranks(second))
    let (meanA, meanB) = (mean(a), mean(b))
    let products = zip(a, b).reduce(0) { $0 + ($1.0 - meanA) * ($1.1 - meanB) }
    let squares =
      a.reduce(0) { $0 + ($1 - meanA) * ($1 - meanA) } * b.reduce(0) { $0 + ($1 - meanB) * ($1 - meanB) }
    return squares > 0 ? products / squares.squareRoot() : nil
  }

  /// The place of each value in ascending order, from 1; equal values share the mean of theirs.
  static func ranks(_ values: [Double]) -> [Double] {
    values.map { value in
      Double(values.count { $0 < value }) + (Double(values.count { $0 == value }) + 1) / 2
    }
  }
}
