import SinewEvaluation
import SinewRendering

extension CompositionSearch {
  /// A self-contained page: the weight curve with its intervals, and the table.
  public func page(title: String, subtitle: String) -> String {
    func curve(
      _ name: String, _ value: (Evaluation) -> Double?, _ interval: (Evaluation) -> ClosedRange<Double>?
    ) -> Curve {
      let points = rows.compactMap { row -> Curve.Point? in
        guard let value = value(row.evaluation), let interval = interval(row.evaluation) else { return nil }
        return Curve.Point(
          x: row.weight, y: value, interval: interval, label: "\(short(row.weight)): \(short(value))")
      }
      return Curve(name: name, points: points)
    }
    let curves = [
      curve("mean return", \.returnMean, \.returnInterval), curve("success rate", \.successRate, \.successInterval),
    ]
    return CurvePage(
      title: title, subtitle: subtitle, conclusion: conclusion, curves: curves.filter { !$0.points.isEmpty },
      axis: "weight of \(second); the rest is \(first)'s", header: header, rows: cells,
      bestRow: rows.firstIndex { $0.weight == best?.weight },
      note: "Intervals are 95 %: bootstrap for returns, Wilson's for success. A plan is one run of all sampling steps "
        + "(median); a step is a control step, plans spread over the actions that they last for (mean). The same episodes "
        + "for every weight."
    ).html
  }
}
