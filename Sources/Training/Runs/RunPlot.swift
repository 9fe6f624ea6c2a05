import Foundation
import SinewEvaluation
import SinewRendering
import SinewSettings

/// Curves and a table of runs, grouped over their seeds.
public struct RunPlot: Sendable {
  /// What is drawn.
  public let groups: [RunGroup]
  /// The figures that are drawn over steps and over hours.
  public let metrics: [String]

  /// Curves of these figures; of the evaluations' mean return where none is named.
  ///
  /// Throws `UsageError` where no run reports one, naming those that are reported.
  public init(_ groups: [RunGroup], metrics: [String] = ["evaluation_return_mean"]) throws {
    (self.groups, self.metrics) = (groups, metrics)
    let reported = Set(groups.flatMap { $0.runs.flatMap(\.metrics) })
    for metric in metrics where !reported.contains(metric) {
      let names = reported.sorted().joined(separator: ", ")
      throw UsageError(
        reported.isEmpty
          ? "these runs have reported nothing yet" : "no run reports '\(metric)'; what is reported: \(names)")
    }
  }

  /// The environments, in the order of the groups.
  public var environments: [String] {
    groups.reduce(into: []) { if !$0.contains($1.environment) { $0.append($1.environment) } }
  }

  /// A chart of a figure in an environment.
  public func chart(_ metric: String, in environment: String, over axis: RunGroup.Axis) -> Chart {
    let curves = groups.filter { $0.environment == environment }.map { ($0, $0.curve(metric, over: axis)) }
    // Runs of seconds are not read in hours.
    let longest = curves.flatMap { $0.1.map(\.position) }.max() ?? 0
    let unit: (name: String, count: Double) =
      axis == .steps
      ? ("steps", 1)
      : longest >= 0.5
        ? ("processor hours", 1) : longest >= 0.02 ? ("processor minutes", 60) : ("processor seconds", 3600)
    return Chart(
      title: "\(environment): \(metric.replacing("_", with: " "))", horizontal: unit.name,
      lines: curves.map { group, curve in
        Chart.Line(
          "\(group.label) (\(group.runs.count) \(group.runs.count == 1 ? "seed" : "seeds"))",
          curve.map { Chart.Point(x: $0.position * unit.count, y: $0.value, interval: $0.interval) })
      })
  }

  /// A chart of each figure in each environment over steps, and over processor hours where there are any.
  package var charts: [Chart] {
    environments.flatMap { environment in
      metrics.flatMap { metric in
        RunGroup.Axis.allCases.map { chart(metric, in: environment, over: $0) }
          .filter { $0.horizontal == "steps" || $0.lines.contains { !$0.points.isEmpty } }
      }
    }
  }

  /// The table's header and rows: see ``RunGroup/result``.
  public var table: (header: [String], rows: [[String]]) {
    let header = [
      "method", "environment", "seeds", "step", "return (interquartile mean)", "95 % interval", "each", "best so far",
      "processor hours",
    ]
    let rows = groups.map { group -> [String] in
      let result = group.result
      let interval = result.interval.map { "\(short($0[0])) to \(short($0[1]))" }
      let each = result.returns.map { short($0) }.joined(separator: ", ")
      var cells = [group.label, group.environment, "\(group.runs.count)"]
      cells += [
        result.step.map { grouped($0) } ?? "", result.interquartileMean.map { short($0) } ?? "", interval ?? "",
      ]
      cells += [each, result.best.map { short($0) } ?? "", result.processorHours.map { short($0) } ?? ""]
      return cells
    }
    return (header, rows)
  }

  /// One self-contained page: every chart, and the table beneath.
  public func page(title: String) -> String {
    let table = table
    return SinewRendering.page(
      title: title,
      body: """
        <p>Lines are interquartile means over seeds, bands their 95 % bootstrap intervals, over the range that all seeds have reached.
        Evaluations are of the policy at that step. Processor hours are those of all threads of a run's process.</p>
        \(charts.map { "<figure>\($0.svg())</figure>" }.joined(separator: "\n"))
        <h2>At the last step that all seeds were evaluated at</h2>
        \(htmlTable(table.header, table.rows))
        <p>“best so far” is each run's best evaluation, chosen among many, and so it flatters; compare methods by the policy at the step.</p>
        """)
  }

  /// All charts beneath each other as one SVG file.
  public func svg() -> String { Chart.file(charts) }

  /// Every place of every curve: `environment,method,metric,steps,value,low,high,seeds`.
  public func csv() -> String {
    func quoted(_ text: String) -> String { "\"" + text.replacing("\"", with: "\"\"") + "\"" }
    var lines = ["environment,method,metric,steps,value,low,high,seeds"]
    for group in groups {
      for metric in metrics {
        lines += group.curve(metric, places: .max).map { point in
          "\(quoted(group.environment)),\(quoted(group.label)),\(metric),\(Int(point.position)),\(point.value),"
            + "\(point.interval.lowerBound),\(point.interval.upperBound),\(point.runs)"
        }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
