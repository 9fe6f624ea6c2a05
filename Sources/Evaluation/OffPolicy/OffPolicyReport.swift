import Foundation
import SinewSettings
import SinewTensor

/// What estimators say of several policies, how far they agree, and how far they are right where true values are known.
public struct OffPolicyReport: Sendable {
  /// A policy and what was found of it.
  public struct Entry: Sendable {
    /// What it is called.
    public var name: String
    /// Steps of training before it; 0 where that is not known.
    public var step: Int
    /// What was found.
    public var findings: OffPolicyEvaluator.Findings
    /// Discounted returns of it in the environment, or its one true value; empty where nobody knows.
    public var truth: [Double]

    public init(name: String, step: Int, findings: OffPolicyEvaluator.Findings, truth: [Double] = []) {
      (self.name, self.step, self.findings, self.truth) = (name, step, findings, truth)
    }

    func estimate(_ estimator: OffPolicyEstimator) -> OffPolicyEvaluator.Estimate? {
      findings.estimates.first { $0.estimator == estimator }
    }
  }

  /// The policies, the best first by the ranking estimator.
  public let entries: [Entry]
  /// Estimators that every policy has a finite value of.
  public let estimators: [OffPolicyEstimator]
  /// The estimator that ranks; nil where there is none.
  public var ranking: OffPolicyEstimator? { estimators.first }
  /// Whether every policy's true value is known.
  public var hasTruth: Bool { entries.allSatisfy { !$0.truth.isEmpty } }

  /// Puts the policies in order: fitted Q evaluation ranks where it was made, else the first estimator that was.
  public init(_ entries: [Entry]) {
    let known = OffPolicyEstimator.allCases.filter { estimator in
      entries.allSatisfy { $0.estimate(estimator)?.value.isFinite == true }
    }
    estimators = known
    guard let first = known.first else {
      self.entries = entries
      return
    }
    self.entries = entries.enumerated().sorted { a, b in
      let (x, y) = (a.element.estimate(first)?.value ?? 0, b.element.estimate(first)?.value ?? 0)
      return x == y ? a.offset < b.offset : x > y
    }.map(\.element)
  }

  // MARK: Ranks

  /// The place of each policy, from 1, by an estimator, and between which places 95 % of the draws put it.
  public func places(_ estimator: OffPolicyEstimator) -> [(place: Int, interval: ClosedRange<Int>)] {
    func places(_ values: [Double]) -> [Int] { values.map { value in 1 + values.count { $0 > value } } }
    let estimates = entries.compactMap { $0.estimate(estimator) }
    guard estimates.count == entries.count, let draws = estimates.first?.draws.count else { return [] }
    let drawn = (0..<draws).map { draw in places(estimates.map { $0.draws[draw] }) }
    return places(estimates.map(\.value)).enumerated().map { index, place in
      let interval = Statistics.percentileInterval(drawn.map { Double($0[index]) }, confidence: 0.95)
      return (place, Int(interval.lowerBound)...max(Int(interval.lowerBound), Int(interval.upperBound)))
    }
  }

  /// What orders the policies: estimators, and two that cost nothing. Greater is better.
  private var scores: [(name: String, isValue: Bool, values: [Double])] {
    var scores = estimators.map { estimator in
      (estimator.rawValue, true, entries.map { $0.estimate(estimator)?.value ?? .nan })
    }
    scores.append(("distance", false, entries.map { -$0.findings.coverage.distance }))
    let steps = entries.map { Double($0.step) }
    if Set(steps).count > 1 { scores.append(("step", false, steps)) }
    return scores.map { (name: $0.0, isValue: $0.1, values: $0.2) }
  }

  /// Rank correlation between two ways to order the policies.
  public struct Agreement: Sendable, Codable {
    public var first, second: String
    /// Spearman's; nil where one of them has all policies equal.
    public var rankCorrelation: Double?
  }

  /// Of each pair of estimators, and with the two orders that cost nothing; empty for fewer than three policies, whose
  /// order says little.
  public var agreements: [Agreement] {
    guard entries.count >= 3 else { return [] }
    let scores = scores
    return scores.indices.flatMap { first in
      scores.indices.dropFirst(first + 1).map { second in
        Agreement(
          first: scores[first].name, second: scores[second].name,
          rankCorrelation: Statistics.rankCorrelation(scores[first].values, scores[second].values))
      }
    }
  }

  /// How right a way to order the policies was.
  public struct Accuracy: Sendable, Codable {
    /// An estimator, `distance` or `step`.
    public var estimator: String
    /// Figures, the error only of what estimates values, and their 95 % intervals.
    public var rankCorrelation, regretAt1, absoluteError: Double?
    public var rankCorrelationCI95, regretAt1CI95, absoluteErrorCI95: [Double]?
  }

  /// Of each, where true values are known of three policies or more.
  public var accuracies: [Accuracy] {
    guard hasTruth, entries.count >= 3 else { return [] }
    let truth = entries.map { Statistics.mean($0.truth) }
    let generator = RandomGenerator(seed: 0).split("rank agreement")
    return scores.compactMap { name, isValue, values in
      guard let figures = try? RankAgreement(values, truth: truth) else { return nil }
      let intervals = RankAgreement.intervals(values, truth: truth, generator: generator)
      func bounds(_ interval: ClosedRange<Double>?) -> [Double]? { interval.map { [$0.lowerBound, $0.upperBound] } }
      return Accuracy(
        estimator: name, rankCorrelation: figures.rankCorrelation, regretAt1: figures.regretAt1,
        absoluteError: isValue ? figures.absoluteError : nil, rankCorrelationCI95: bounds(intervals.rankCorrelation),
        regretAt1CI95: bounds(intervals.regretAt1), absoluteErrorCI95: isValue ? bounds(intervals.absoluteError) : nil)
    }
  }

  /// Interval of a true value; of a single one nothing is known.
  func truthInterval(_ entry: Entry) -> ClosedRange<Double>? {
    entry.truth.count < 2
      ? nil
      : Statistics.bootstrapInterval(
        strata: [entry.truth], resamples: 2_000, generator: RandomGenerator(seed: 0).split("truth"))
  }
}
