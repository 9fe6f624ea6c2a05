import Foundation
import SinewEnvironments
import SinewEvaluation
import SinewSettings
import SinewSteering
import SinewTensor

/// What composing two policies is worth, for each weight: the search by rollouts of GPC (arXiv 2510.01068).
public struct CompositionSearch: Sendable {
  /// What came of one weight.
  public struct Row: Sendable {
    /// The weight of the second policy; the first has the rest.
    public let weight: Double
    public let evaluation: Evaluation
  }

  /// What the first policy is called.
  public let first: String
  /// What the second policy is called.
  public let second: String
  /// In the order of their weights.
  public let rows: [Row]

  /// 0, 0.1 … 1.
  public static let grid = (0...10).map { Double($0) / 10 }

  /// Evaluates a composition for each weight, on the same episodes.
  ///
  /// - Parameters:
  ///   - first: a saved policy and its name.
  ///   - second: the other.
  ///   - weights: of the second, each in [0, 1].
  ///   - environment: where they act.
  ///   - episodes: for each weight.
  ///   - seed: that the episodes are split from.
  ///   - afterEpisode: is told how many episodes were run.
  public init(
    _ first: (name: String, saved: RunFolder.SavedLearner), _ second: (name: String, saved: RunFolder.SavedLearner),
    weights: [Double] = CompositionSearch.grid, in environment: any Environment, episodes: Int, seed: Int,
    afterEpisode: (Int) -> Void = { _ in }
  ) throws {
    (self.first, self.second) = (first.name, second.name)
    rows = try weights.enumerated().map { index, weight in
      let policy = try RunFolder.SavedLearner.compose([
        (first.name, first.saved, 1 - weight), (second.name, second.saved, weight),
      ])
      let evaluation = try Evaluation(
        of: policy, in: environment, episodes: episodes, seed: seed,
        afterEpisode: { afterEpisode(index * episodes + $0) })
      return Row(weight: weight, evaluation: evaluation)
    }
  }

  /// The row with the highest mean return.
  public var best: Row? { rows.max { $0.evaluation.returnMean < $1.evaluation.returnMean } }

  /// The better of the two policies alone, where both are among the rows.
  public var betterParent: Row? {
    let parents = rows.filter { $0.weight == 0 || $0.weight == 1 }
    return parents.count < 2 ? nil : parents.max { $0.evaluation.returnMean < $1.evaluation.returnMean }
  }

  /// How much more return the best row has than the better parent, episode by episode: mean and 95 % bootstrap
  /// interval.
  public var gain: (mean: Double, interval: ClosedRange<Double>)? {
    guard let best, let betterParent, best.weight != betterParent.weight else { return nil }
    let differences = zip(best.evaluation.returns, betterParent.evaluation.returns).map { $0 - $1 }
    let generator = RandomGenerator(seed: UInt64(best.evaluation.seed)).split("bootstrap of differences")
    return (
      Statistics.mean(differences), Statistics.bootstrapInterval(strata: [differences], generator: generator)
    )
  }

  /// One line about ``gain``.
  public var conclusion: String {
    guard let best, let betterParent else { return "" }
    guard let gain else { return "no composition is better than \(name(of: betterParent)) alone" }
    return
      "best: \(String(format: "%g", best.weight)) of \(second), \(short(gain.mean)) above \(name(of: betterParent)) alone (95 % interval of "
      + "the difference \(short(gain.interval.lowerBound)) to \(short(gain.interval.upperBound)); chosen on these episodes)"
  }

  private func name(of row: Row) -> String { row.weight == 0 ? first : second }
}

extension CompositionSearch {
  private var hasSuccess: Bool { rows.contains { $0.evaluation.successRate != nil } }

  /// The names of the columns of ``cells``.
  public var header: [String] {
    ["weight", "return", "95 % interval"] + (hasSuccess ? ["success", "95 % interval"] : [])
      + ["µs a plan", "µs a step"]
  }

  /// A row of figures for each weight.
  public var cells: [[String]] {
    rows.map { row in
      let evaluation = row.evaluation
      func interval(_ range: ClosedRange<Double>?, _ factor: Double = 1) -> String {
        range.map { "\(short(factor * $0.lowerBound)) to \(short(factor * $0.upperBound))" } ?? ""
      }
      let success =
        hasSuccess
        ? [
          evaluation.successRate.map { "\(short(100 * $0)) %" } ?? "", interval(evaluation.successInterval, 100),
        ] : []
      return [String(format: "%g", row.weight), short(evaluation.returnMean), interval(evaluation.returnInterval)]
        + success
        + [short(evaluation.latency.median), short(evaluation.latency.mean)]
    }
  }

  /// The figures for programs: both names, the best weight and its gain, then a table for each weight.
  public var tree: ValueTree {
    get throws {
      var entries = [ValueTree.Entry("first", .text(first)), ValueTree.Entry("second", .text(second))]
      if let best { entries.append(ValueTree.Entry("best_weight", .number(best.weight))) }
      if let gain {
        entries.append(ValueTree.Entry("gain_mean", .number(gain.mean)))
        entries.append(
          ValueTree.Entry("gain_ci95", .list([.number(gain.interval.lowerBound), .number(gain.interval.upperBound)])))
      }
      let weights = try rows.map { row in
        ValueTree.table(
          [ValueTree.Entry("weight", .number(row.weight))]
            + (try ValueTree(encoding: row.evaluation.summary).entries)
            + row.evaluation.latency.entries)
      }
      return .table(entries + [ValueTree.Entry("weights", .list(weights))])
    }
  }
}

extension ActionLatency {
  /// The figures under the names that `--json` prints.
  public var entries: [ValueTree.Entry] {
    [ValueTree.Entry("latency_us_p50", .number(median)), ValueTree.Entry("latency_us_mean", .number(mean))]
  }
}
