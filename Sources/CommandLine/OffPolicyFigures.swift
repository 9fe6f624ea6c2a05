import Foundation

/// What was estimated of policies, for people and for programs.
struct OffPolicyFigures {
  let dataset: Dataset
  let settings: OffPolicySettings
  let sampled: Bool
  let behaviour: String?
  let seed: Int
  let truth: Int?
  let report: OffPolicyReport

  /// Said above the table.
  var notes: [String] {
    let first = report.entries.first?.findings
    var notes = [
      "\(dataset.info.name.printable()): \(dataset.episodes.count) episodes, \(dataset.count) transitions; "
        + "discount \(settings.discount), seed \(seed)",
      sampled ? "policies as they draw actions" : "policies by their deterministic actions",
    ]
    if first?.effectiveEpisodes != nil {
      let who = behaviour ?? "a Gaussian fitted to the data"
      notes.append(
        "is, wis and dr: recorded by \(who); log ratios of a step limited to \(short(settings.leastLogRatio))…"
          + short(settings.greatestLogRatio)
          + (sampled ? "" : "; each policy as if it acted with noise of \(settings.smoothing)"))
    }
    if let truth { notes.append("true values: discounted, \(truth) episodes each") }
    if let ranking = report.ranking { notes.append("in the order of \(ranking.rawValue), \(ranking.title)") }
    let reach = pow(settings.discount, Double(dataset.episodes.map(\.count).max() ?? 0))
    if reach > 0.05, dataset.episodes.contains(where: { !$0.terminated }) {
      notes.append(
        "episodes are cut off when what follows still counts \(short(100 * reach)) %: is and wis leave it out, true values "
          + "too, the others do not")
    }
    return notes
  }

  var text: [String] {
    var lines = notes + aligned([report.table.header] + report.table.rows)
    for table in [report.intervalTable, report.agreementTable, report.accuracyTable].compactMap({ $0 }) {
      lines += [""] + aligned([table.header] + table.rows)
    }
    if !report.cautions.isEmpty { lines += ["", "not to be trusted (!):"] + report.cautions.map { "  \($0)" } }
    return lines
  }

  private struct EstimateFigures: Encodable {
    var estimator: String
    var value: Double
    var ci95: [Double]
    var place: Int?
    var placeCI95: [Int]?
    var cautions: [String]
  }

  private struct PolicyFigures: Encodable {
    var policy: String
    var step: Int
    var estimates: [EstimateFigures]
    var effectiveEpisodes: Double?
    var distance, outside: Double
    var trueValue: Double?
    var trueReturns: [Double]
    var missing: [String]
  }

  private struct Figures: Encodable {
    var dataset: String
    var episodes, transitions, seed: Int
    var discount: Double
    var sampled: Bool
    var ranking: String?
    var policies: [PolicyFigures]
    var agreement: [OffPolicyReport.Agreement]
    var accuracy: [OffPolicyReport.Accuracy]
  }

  var json: ValueTree {
    get throws {
      let places = Dictionary(uniqueKeysWithValues: report.estimators.map { ($0, report.places($0)) })
      let policies = report.entries.enumerated().map { index, entry in
        PolicyFigures(
          policy: entry.name, step: entry.step,
          estimates: entry.findings.estimates.map { estimate in
            let place = places[estimate.estimator]?[index]
            return EstimateFigures(
              estimator: estimate.estimator.rawValue, value: estimate.value,
              ci95: [estimate.interval.lowerBound, estimate.interval.upperBound], place: place?.place,
              placeCI95: place.map { [$0.interval.lowerBound, $0.interval.upperBound] }, cautions: estimate.cautions)
          }, effectiveEpisodes: entry.findings.effectiveEpisodes, distance: entry.findings.coverage.distance,
          outside: entry.findings.coverage.outside,
          trueValue: entry.truth.isEmpty ? nil : Statistics.mean(entry.truth), trueReturns: entry.truth,
          missing: entry.findings.missing)
      }
      return try ValueTree(
        encoding: Figures(
          dataset: dataset.info.name, episodes: dataset.episodes.count, transitions: dataset.count, seed: seed,
          discount: settings.discount, sampled: sampled, ranking: report.ranking?.rawValue, policies: policies,
          agreement: report.agreements, accuracy: report.accuracies))
    }
  }
}
