import Foundation

extension DatasetReport {
  /// Share of steps at a bound from which on an action is said to saturate.
  private static let muchSaturation = 0.2
  /// Deviations from the mean from which on a value is said to lie far outside.
  private static let farDeviations = 15.0

  /// What the figures say that a learner would stumble over.
  var ownFindings: [String] {
    var lines: [String] = []
    func say(_ names: [String], _ what: String) {
      guard !names.isEmpty else { return }
      let shown = names.prefix(8).joined(separator: ", ")
      lines.append("\(what): \(shown)\(names.count > 8 ? " and \(names.count - 8) more" : "")")
    }
    let columns = observations + actions
    say(columns.filter(\.isConstant).map { "\($0.name) (\($0.minimum))" }, "the same in every step")
    say(columns.compactMap { column in column.sameAs.map { "\(column.name) = \($0)" } }, "the same as another")
    say(
      actions.filter { ($0.saturation ?? 0) >= Self.muchSaturation && !$0.isConstant }
        .map { "\($0.name) (\(percent($0.saturation ?? 0)) of the steps)" }, "at a bound of its range")
    say(
      observations.compactMap { column in
        let farthest = max(Double(column.maximum) - column.mean, column.mean - Double(column.minimum))
        guard !column.isConstant, farthest > Self.farDeviations * column.deviation else { return nil }
        return "\(column.name) (\(String(format: "%.0f", farthest / column.deviation)))"
      }, "has values more than \(Int(Self.farDeviations)) deviations from the mean")
    if rewardMinimum == rewardMaximum { lines.append("every reward is \(rewardMinimum)") }
    if summary.clippedActions > 0 {
      lines.append(
        "\(percent(summary.clippedActions)) of the action components lie beyond their range; they are clipped")
    }
    if repeatedEpisodes > 0 { lines.append("episodes that are the same as an earlier one: \(repeatedEpisodes)") }
    return lines
  }
}

/// "37 %".
func percent(_ share: Double) -> String { String(format: "%.3g %%", 100 * share) }
