import Foundation
import SinewRendering

extension OffPolicyReport {
  /// A row for each policy: its place, what each estimator says, and what says how far to trust it.
  public var table: (header: [String], rows: [[String]]) {
    let hasRatios = entries.contains { $0.findings.effectiveEpisodes != nil }
    let places = ranking.map(self.places) ?? []
    let header =
      ["policy", "place"] + shown.map(\.rawValue) + (hasTruth ? ["true"] : []) + (hasRatios ? ["effective"] : [])
      + ["distance", "outside"]
    let rows = entries.enumerated().map { index, entry -> [String] in
      let place = places.isEmpty ? "" : "\(places[index].place) (\(range(places[index].interval)))"
      let estimates = shown.map { estimator in
        entry.estimate(estimator).map { short($0.value) + ($0.cautions.isEmpty ? "" : " !") } ?? "–"
      }
      let truth = hasTruth ? [short(Statistics.mean(entry.truth))] : []
      let effective = hasRatios ? [entry.findings.effectiveEpisodes.map(short) ?? "–"] : []
      let coverage = entry.findings.coverage
      return [entry.name, place] + estimates + truth + effective + [short(coverage.distance), share(coverage.outside)]
    }
    return (header, rows)
  }

  /// The 95 % intervals of the same.
  public var intervalTable: (header: [String], rows: [[String]]) {
    (
      ["95 % intervals"] + shown.map(\.rawValue) + (hasTruth ? ["true"] : []),
      entries.map { entry in
        [entry.name] + shown.map { entry.estimate($0).map { interval($0.interval) } ?? "–" }
          + (hasTruth ? [truthInterval(entry).map(interval) ?? ""] : [])
      }
    )
  }

  /// Estimators that were made for any policy.
  private var shown: [OffPolicyEstimator] {
    OffPolicyEstimator.allCases.filter { estimator in entries.contains { $0.estimate(estimator) != nil } }
  }

  /// A line for each number that cannot be trusted, and for each that could not be had.
  public var cautions: [String] {
    entries.flatMap { entry -> [String] in
      // Of several estimators that have the same reason, one line.
      var lines: [(reason: String, estimators: [String])] = []
      for estimate in entry.findings.estimates {
        for reason in estimate.cautions {
          if let place = lines.firstIndex(where: { $0.reason == reason }) {
            lines[place].estimators.append(estimate.estimator.rawValue)
          } else {
            lines.append((reason, [estimate.estimator.rawValue]))
          }
        }
      }
      return lines.map { "\(entry.name), \($0.estimators.joined(separator: ", ")): \($0.reason)" }
        + entry.findings.missing.map { "\(entry.name), \($0)" }
    }
  }

  /// Rank correlations of all pairs, as a matrix; nil where there are none.
  public var agreementTable: (header: [String], rows: [[String]])? {
    let pairs = agreements
    guard !pairs.isEmpty else { return nil }
    let names = pairs.reduce(into: [String]()) { names, pair in
      for name in [pair.first, pair.second] where !names.contains(name) { names.append(name) }
    }
    let rows = names.map { row in
      [row]
        + names.map { column in
          let pair = pairs.first {
            ($0.first, $0.second) == (row, column) || ($0.first, $0.second) == (column, row)
          }
          return pair.map { $0.rankCorrelation.map { String(format: "%.2f", $0) } ?? "–" } ?? ""
        }
    }
    return (["rank correlation"] + names, rows)
  }

  /// How right each order was; nil without true values.
  public var accuracyTable: (header: [String], rows: [[String]])? {
    let accuracies = accuracies
    guard !accuracies.isEmpty else { return nil }
    func cells(_ value: Double?, _ bounds: [Double]?) -> [String] {
      [
        value.map { String(format: "%.2f", $0) } ?? "–",
        bounds.map { String(format: "%.2f to %.2f", $0[0], $0[1]) } ?? "",
      ]
    }
    return (
      ["against true values", "rank correlation", "95 %", "regret@1", "95 %", "absolute error", "95 %"],
      accuracies.map { entry in
        [entry.estimator] + cells(entry.rankCorrelation, entry.rankCorrelationCI95)
          + cells(entry.regretAt1, entry.regretAt1CI95) + cells(entry.absoluteError, entry.absoluteErrorCI95)
      }
    )
  }

  private func interval(_ range: ClosedRange<Double>) -> String {
    "\(short(range.lowerBound)) to \(short(range.upperBound))"
  }

  private func range(_ places: ClosedRange<Int>) -> String {
    places.count == 1 ? "\(places.lowerBound)" : "\(places.lowerBound)–\(places.upperBound)"
  }

  private func share(_ value: Double) -> String { "\(short(100 * value)) %" }

  // MARK: Page

  /// A self-contained page: values with intervals, estimates against true values where these are known, tables, what
  /// cannot be trusted, and what each number means.
  ///
  /// - Parameters:
  ///   - title: of the page.
  ///   - notes: lines beneath it.
  public func page(title: String, notes: [String]) -> String {
    let numbers = entries.indices.map { "\($0 + 1)" }
    // What is weighted plainly is of another magnitude.
    let groups: [[OffPolicyEstimator]] = [[.fqe, .dr, .model, .wis], [.importance]]
    let charts = groups.compactMap { group -> Chart? in
      let lines = group.filter(estimators.contains).map(line) + (hasTruth ? [truthLine] : [])
      guard lines.count > (hasTruth ? 1 : 0) else { return nil }
      return Chart(
        title: "values and 95 % intervals", horizontal: "policy (numbers as in the table)",
        scale: .names(numbers), lines: lines)
    }
    let named = (header: [""] + table.header, rows: zip(numbers, table.rows).map { [$0] + $1 })
    let tables = [
      ("Intervals", intervalTable as (header: [String], rows: [[String]])?), ("Agreement", agreementTable),
      ("Against true values", accuracyTable),
    ].compactMap { title, table in table.map { "<h2>\(title)</h2>\n\(htmlTable($0.header, $0.rows))" } }
    return SinewRendering.page(
      title: title,
      body: """
        <p>\(notes.map(escaped).joined(separator: "<br>\n"))</p>
        \((charts + (hasTruth ? [scatter] : [])).map { "<figure>\($0.svg())</figure>" }.joined(separator: "\n"))
        \(htmlTable(named.header, named.rows, best: ranking == nil ? nil : 0))
        \(tables.joined(separator: "\n"))
        \(cautions.isEmpty ? "" : "<h2>Not to be trusted</h2>")
        \(cautions.map { "<p>\(escaped($0))</p>" }.joined(separator: "\n"))
        <h2>What the numbers are</h2>
        \(Self.explanations.map { "<p><b>\(escaped($0.name))</b> \(escaped($0.text))</p>" }.joined(separator: "\n"))
        """)
  }

  private func line(_ estimator: OffPolicyEstimator) -> Chart.Line {
    Chart.Line(
      "\(estimator.rawValue): \(estimator.title)",
      entries.enumerated().compactMap { index, entry in
        entry.estimate(estimator).map { Chart.Point(x: Double(index), y: $0.value, interval: $0.interval) }
      }, style: .bars)
  }

  private var truthLine: Chart.Line {
    Chart.Line(
      "true value",
      entries.enumerated().map { index, entry in
        Chart.Point(x: Double(index), y: Statistics.mean(entry.truth), interval: truthInterval(entry))
      }, style: .bars)
  }

  private var scatter: Chart {
    let truths = entries.map { Statistics.mean($0.truth) }
    let (low, high) = (truths.min() ?? 0, truths.max() ?? 0)
    let lines = estimators.filter { $0 != .importance }.map { estimator in
      Chart.Line(
        estimator.rawValue,
        zip(truths, entries).compactMap { truth, entry in
          entry.estimate(estimator).map { Chart.Point(x: truth, y: $0.value) }
        }, style: .dots)
    }
    return Chart(
      title: "estimates over true values", horizontal: "true value",
      lines: lines + [Chart.Line("equal", [Chart.Point(x: low, y: low), Chart.Point(x: high, y: high)])])
  }

  /// What each column says.
  static let explanations: [(name: String, text: String)] = [
    ("value", "The discounted sum of rewards from a recorded first observation on, when the policy acts."),
    ("place", "In the order of the first estimator, and between which places 95 % of the draws put it."),
    ("fqe", "Fitted Q evaluation: a critic learned from the recorded steps for this policy's own actions."),
    ("dr", "Doubly robust: the critic's value, corrected by the recorded rewards, weighted by importance sampling."),
    ("model", "Rollouts in a model of the environment that was fitted to the recorded steps."),
    ("wis", "Weighted importance sampling: recorded rewards, weighted by how much likelier the policy does the same."),
    ("is", "The same without dividing by the weights' sum: unbiased, and of great variance."),
    (
      "95 % interval",
      "Of drawing recorded episodes, and members of ensembles, anew. It does not contain errors that all members share."
    ),
    ("!", "Not to be trusted, for the reasons listed."),
    ("effective", "So many episodes of equal weight would say as much as those that importance sampling weights."),
    ("distance", "Mean distance between the policy's action and the recorded one, in [−1, 1] for each component."),
    (
      "outside",
      "Share of the policy's actions that lie further from those recorded in like places than 19 in 20 recorded ones do; "
        + "5 % for the recording itself."
    ),
    (
      "rank correlation",
      "Spearman's: 1 where two orders are the same, −1 where one is the other's reverse. The orders by small distance and "
        + "by training steps cost nothing: what is not better than they is not worth its time."
    ),
    (
      "regret@1",
      "What is lost by taking the policy with the greatest estimate, as a share of the way from the worst to the best."
    ),
    ("absolute error", "Mean error of the estimates, the worst policy's true value being 0 and the best's 1."),
  ]
}
