import ArgumentParser
import Foundation

extension DatasetCommand {
  struct Stats: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Look at a dataset column by column, and say what in it deserves a look.",
      discussion: """
        Returns, lengths, the range of every column and how much of it is covered, columns that never change or are the \
        same as another, actions at their bounds, repeated episodes. The dataset is read twice, in parts.
        """)

    @Argument(help: DatasetCommand.reference)
    var dataset: String

    @OptionGroup var cutting: EpisodeLengthOption

    @Option(help: ArgumentHelp("A page to write, with the curves of it.", valueName: "file"))
    var out: String?

    @OptionGroup var output: OutputOptions

    /// Columns that a terminal is given.
    private static let mostRows = 100

    func run() throws {
      try requirePageName(out)
      try requireWritable([out])
      let progress = ProgressLine()
      func open(_ note: (String) -> Void) throws -> any EpisodeSource {
        try DatasetCatalogue.open(dataset, episodeLength: cutting.episodeLength, note: note)
      }
      let source = try open(progress.note)
      let report = try DatasetReport(source, again: { try open { _ in } }) { count in
        progress.tick { "\(count)/\(2 * source.transitionCount) steps" }
      }
      progress.close()
      if let out { try report.page(facts: Array(report.facts.dropFirst())).write(toFile: out) }
      try output.print(text(report), json: ValueTree(encoding: report))
    }

    private func text(_ report: DatasetReport) -> String {
      let table = report.table
      let left = table.rows.count - Self.mostRows
      var lines = report.facts + [""] + aligned([table.header] + table.rows.prefix(Self.mostRows))
      if left > 0 { lines.append("and \(left) more: --json has them") }
      if !report.findings.isEmpty { lines += ["", "to look at:"] + report.findings.map { "  " + $0.printable() } }
      if let out { lines.append("written: \(out)") }
      return lines.joined(separator: "\n")
    }
  }
}

extension DatasetReport {
  /// What is said above the table.
  fileprivate var facts: [String] {
    var lines = summary.text.split(separator: "\n").map(String.init)
    lines.append(
      "rewards       \(String(format: "%.4g ± %.4g, %.4g to %.4g", rewardMean, rewardDeviation, rewardMinimum, rewardMaximum))"
    )
    if let effectiveDimensions {
      lines.append(
        "spread        the observations' \(summary.observationSize) columns vary as "
          + "\(String(format: "%.1f", effectiveDimensions)) independent ones would")
    }
    return lines
  }
}

extension DatasetSummary {
  /// What `sinew dataset info` prints.
  var text: String {
    let ranges = zip(actionLow, actionHigh).map { "\($0) to \($1)" }
    var lines = [
      name.printable(),
      "environment   \(environment?.printable() ?? "not named")",
      "episodes      \(episodes): \(terminated) terminated, \(truncated) truncated",
      "transitions   \(transitions)",
      "observations  \(observationSize)",
      "actions       \(actionSize), each in its range: \(ranges.joined(separator: ", "))",
      "returns       \(figure(returnMean)) ± \(figure(returnStd)), "
        + "\(figure(returnMin)) to \(figure(returnMax))",
      "lengths       \(figure(lengthMean)), \(lengthMin) to \(lengthMax)",
    ]
    if let score = normalizedScore, let references = referenceReturns {
      lines.append(
        "score         \(figure(score)), where random actions (\(figure(references.random))) have 0 and an expert "
          + "(\(figure(references.expert))) 100")
    }
    if clippedActions > 0 {
      lines.append(
        "beyond range  \(String(format: "%.3g", 100 * clippedActions)) % of the actions; they are clipped")
    }
    lines += metadata.sorted { $0.key < $1.key }.map { key, value in
      let key = key.printable()
      return "\(key.padding(toLength: max(12, key.count), withPad: " ", startingAt: 0))  \(value.printable())"
    }
    return lines.joined(separator: "\n")
  }
}
