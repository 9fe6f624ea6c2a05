import SinewEvaluation
import SinewRendering

extension CompositionSearch {
  /// A self-contained page: the weight curve with its intervals, and the table.
  public func page(title: String, subtitle: String) -> String {
    let axis = "weight of \(second); the rest is \(first)'s"
    func chart(_ name: String, _ points: [Chart.Point]) -> Chart {
      Chart(title: name, horizontal: axis, lines: [Chart.Line("", points, style: .marked)])
    }
    var charts = [
      chart(
        "mean return",
        rows.map { Chart.Point(x: $0.weight, y: $0.evaluation.returnMean, interval: $0.evaluation.returnInterval) })
    ]
    let successes = rows.compactMap { row -> Chart.Point? in
      guard let rate = row.evaluation.successRate, let interval = row.evaluation.successInterval else { return nil }
      return Chart.Point(x: row.weight, y: rate, interval: interval)
    }
    if !successes.isEmpty { charts.append(chart("success rate", successes)) }
    return SinewRendering.page(
      title: title,
      body: """
        <p>\(escaped(subtitle))</p>
        <p>\(escaped(conclusion))</p>
        \(charts.map { "<figure>\($0.svg())</figure>" }.joined(separator: "\n"))
        \(htmlTable(header, cells, best: rows.firstIndex { $0.weight == best?.weight }))
        <p>Intervals are 95 %: bootstrap for returns, Wilson's for success. A plan is one run of all sampling steps (median); a
        step is a control step, plans spread over the actions that they last for (mean). The same episodes for every weight.</p>
        """)
  }
}
