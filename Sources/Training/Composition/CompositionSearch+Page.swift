import Foundation
import SinewEvaluation

extension CompositionSearch {
  /// A self-contained page: the weight curve with its intervals, and the table.
  public func page(title: String, subtitle: String) -> String {
    var plots = [
      Plot(
        name: "mean return",
        points: rows.map {
          Plot.Point(x: $0.weight, y: $0.evaluation.returnMean, interval: $0.evaluation.returnInterval)
        })
    ]
    let successes = rows.compactMap { row -> Plot.Point? in
      guard let rate = row.evaluation.successRate, let interval = row.evaluation.successInterval else { return nil }
      return Plot.Point(x: row.weight, y: rate, interval: interval)
    }
    if !successes.isEmpty { plots.append(Plot(name: "success rate", points: successes)) }
    let head = header.map { "<th>\(escaped($0))</th>" }.joined()
    let body = zip(rows, cells).map { row, cells in
      "<tr\(row.weight == best?.weight ? " class=\"best\"" : "")>"
        + cells.map { "<td>\(escaped($0))</td>" }.joined() + "</tr>"
    }.joined(separator: "\n")
    let axis = "weight of \(second); the rest is \(first)'s"
    return """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8"><title>\(escaped(title))</title>
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <style>
      :root { color-scheme: light dark; --line: #2563eb; --soft: #2563eb33; --grid: #8884; }
      body { font: 15px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
      h1 { font-size: 1.4rem; margin: 0; } p { margin: .3rem 0 1rem; } figure { margin: 1.5rem 0; }
      svg { width: 100%; height: auto; } svg text { fill: currentColor; font-size: 13px; }
      table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
      th, td { text-align: right; padding: .2rem .6rem; border-bottom: 1px solid var(--grid); }
      .best { font-weight: 600; background: var(--soft); }
      </style></head><body>
      <h1>\(escaped(title))</h1>
      <p>\(escaped(subtitle))</p>
      <p>\(escaped(conclusion))</p>
      \(plots.map { "<figure>\($0.svg(axis: escaped(axis)))</figure>" }.joined(separator: "\n"))
      <table><thead><tr>\(head)</tr></thead><tbody>
      \(body)
      </tbody></table>
      <p>Intervals are 95 %: bootstrap for returns, Wilson's for success. A plan is one run of all sampling steps (median); a
      step is a control step, plans spread over the actions that they last for (mean). The same episodes for every weight.</p>
      </body></html>

      """
  }
}

/// Text as HTML shows it.
private func escaped(_ text: String) -> String {
  [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;")].reduce(text) {
    $0.replacingOccurrences(of: $1.0, with: $1.1)
  }
}

/// A curve over [0, 1] with intervals, as SVG.
private struct Plot {
  struct Point {
    var x: Double
    var y: Double
    var interval: ClosedRange<Double>
  }

  var name: String
  var points: [Point]

  private static let (width, height, left, bottom, top, right) = (760.0, 300.0, 70.0, 45.0, 28.0, 15.0)

  /// Round numbers that the vertical axis is marked at.
  private var marks: [Double] {
    let low = points.map { min($0.interval.lowerBound, $0.y) }.min() ?? 0
    let high = points.map { max($0.interval.upperBound, $0.y) }.max() ?? 1
    let span = max(high - low, 1e-9 * max(abs(high), 1))
    let power = pow(10, floor(log10(span / 4)))
    let step = [1, 2, 5, 10].map { $0 * power }.first { span / $0 <= 5 } ?? 10 * power
    let first = floor(low / step)
    return (0...Int((high / step).rounded(.up) - first)).map { (first + Double($0)) * step }
  }

  func svg(axis: String) -> String {
    let marks = marks
    guard let low = marks.first, let last = marks.last else { return "" }
    let high = max(last, low + 1e-12)
    func x(_ value: Double) -> String {
      String(format: "%.1f", Self.left + value * (Self.width - Self.left - Self.right))
    }
    func y(_ value: Double) -> String {
      let share = (value - low) / (high - low)
      return String(format: "%.1f", Self.height - Self.bottom - share * (Self.height - Self.bottom - Self.top))
    }
    let upper = points.map { "\(x($0.x)),\(y($0.interval.upperBound))" }
    let lower = points.reversed().map { "\(x($0.x)),\(y($0.interval.lowerBound))" }
    let rules = marks.map { mark in
      """
      <line x1="\(x(0))" x2="\(x(1))" y1="\(y(mark))" y2="\(y(mark))" stroke="var(--grid)"/>\
      <text x="\(Self.left - 8)" y="\(y(mark))" text-anchor="end" dominant-baseline="middle">\(String(format: "%g", mark))</text>
      """
    }
    let ticks = stride(from: 0, through: 10, by: 2).map { tick in
      """
      <text x="\(x(Double(tick) / 10))" y="\(Self.height - Self.bottom + 18)" text-anchor="middle">\(String(format: "%g", Double(tick) / 10))</text>
      """
    }
    let dots = points.map { point in
      """
      <circle cx="\(x(point.x))" cy="\(y(point.y))" r="4" fill="var(--line)"><title>\(short(point.x)): \(short(point.y))</title></circle>
      """
    }
    return """
      <svg viewBox="0 0 \(Self.width) \(Self.height)" role="img" aria-label="\(name) by weight">
      <text x="\(x(0))" y="16">\(name)</text>
      \(rules.joined(separator: "\n"))
      \(ticks.joined(separator: "\n"))
      <text x="\(x(0.5))" y="\(Self.height - 6)" text-anchor="middle">\(axis)</text>
      <polygon points="\((upper + lower).joined(separator: " "))" fill="var(--soft)"/>
      <polyline points="\(points.map { "\(x($0.x)),\(y($0.y))" }.joined(separator: " "))" fill="none" stroke="var(--line)" stroke-width="2"/>
      \(dots.joined(separator: "\n"))
      </svg>
      """
  }
}
