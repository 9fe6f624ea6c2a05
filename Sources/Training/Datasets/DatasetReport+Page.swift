import SinewEvaluation
import SinewFiles
import SinewRendering

extension DatasetReport {
  /// The most columns that the page has rows and curves of.
  private static let mostColumns = 400

  /// A row for each component of observations and actions.
  public var table: (header: [String], rows: [[String]]) {
    (
      ["column", "least", "mean", "deviation", "greatest", "covered", "at a bound", "values"],
      (observations + actions).map { column in
        [
          column.name.printable(), short(Double(column.minimum)), short(column.mean), short(column.deviation),
          short(Double(column.maximum)), percent(column.coverage), column.saturation.map(percent) ?? "",
          Self.sparkline(column.histogram),
        ]
      }
    )
  }

  /// A histogram in one line of text: half as many letters as bins, a dot where there is no step.
  private static func sparkline(_ histogram: [Int]) -> String {
    let pairs = stride(from: 0, to: histogram.count - 1, by: 2).map { histogram[$0] + histogram[$0 + 1] }
    let greatest = max(pairs.max() ?? 0, 1)
    let letters = Array("▁▂▃▄▅▆▇█")
    return String(
      pairs.map { count in
        count == 0 ? "·" : letters[min(Int(Double(count) / Double(greatest) * 8), 7)]
      })
  }

  /// A self-contained page: what deserves a look, returns and lengths, actions over their range, and the table.
  ///
  /// - Parameter facts: lines beneath the title.
  public func page(facts: [String]) -> String {
    let charts =
      [
        Self.histogram(returns, title: "episodes by return", unit: "return"),
        Self.histogram(lengths.map(Double.init), title: "episodes by length", unit: "steps"), returnsInOrder,
      ] + actionCharts
    let rows = table.rows
    let left = rows.count - Self.mostColumns
    let cut = left > 0 ? "<p>The first \(Self.mostColumns) columns of \(rows.count).</p>" : ""
    return SinewRendering.page(
      title: summary.name.printable(),
      body: """
        <p>\(facts.map(escaped).joined(separator: "<br>\n"))</p>
        \(findings.isEmpty ? "" : "<h2>To look at</h2>")
        \(findings.map { "<p>\(escaped($0))</p>" }.joined(separator: "\n"))
        <h2>Episodes</h2>
        \(charts.map { "<figure>\($0.svg())</figure>" }.joined(separator: "\n"))
        <h2>Columns</h2>
        <p>Covered: share of \(Self.bins) equal bins that hold any step, of an observation between its least and greatest
        value, of an action over its range. At a bound: within a 2,000th of the range of it, or beyond.</p>
        \(cut)
        \(htmlTable(table.header, Array(rows.prefix(Self.mostColumns))))
        """)
  }

  private static func histogram(_ values: [Double], title: String, unit: String) -> Chart {
    let (low, high) = (values.min() ?? 0, values.max() ?? 0)
    // All the same: a bar around it.
    let (start, width) = high > low ? (low, (high - low) / Double(bins)) : (low - 0.5, 1 / Double(bins))
    var counts = [Double](repeating: 0, count: bins)
    for value in values { counts[min(max(Int((value - start) / width), 0), bins - 1)] += 1 }
    let steps = counts.enumerated().flatMap { index, count in
      [0.0, 1.0].map {
        Chart.Point(x: start + (Double(index) + $0) * width, y: count, interval: 0...count)
      }
    }
    return Chart(title: title, horizontal: unit, lines: [Chart.Line("", steps)])
  }

  /// At most 2,000 episodes, evenly spread.
  private var returnsInOrder: Chart {
    let step = max(1, (returns.count + 1999) / 2000)
    let points = stride(from: 0, to: returns.count, by: step).map { Chart.Point(x: Double($0), y: returns[$0]) }
    return Chart(
      title: "return of each episode, in their order", horizontal: "episode",
      lines: [Chart.Line("", points, style: .dots)])
  }

  /// Eight components a chart, which have colours of their own.
  private var actionCharts: [Chart] {
    let shown = actions.prefix(Self.mostColumns)
    return stride(from: 0, to: shown.count, by: 8).map { start in
      Chart(
        title: "share of the steps, over the actions' range", horizontal: "share of the range",
        lines: shown[start..<min(start + 8, shown.count)].map { column in
          let total = Double(max(column.histogram.reduce(0, +), 1))
          return Chart.Line(
            column.name,
            column.histogram.enumerated().map {
              Chart.Point(x: (Double($0) + 0.5) / Double(Self.bins), y: Double($1) / total)
            })
        })
    }
  }
}
