import Foundation

/// A self-contained page that compares choices: curves with intervals, and a table of the same figures.
package struct CurvePage {
  package var title: String
  package var subtitle: String
  /// What came of it, in one line.
  package var conclusion: String
  package var curves: [Curve]
  /// What the curves' values lie over.
  package var axis: String
  package var header: [String]
  package var rows: [[String]]
  /// Which row is the best.
  package var bestRow: Int?
  /// How the figures are to be read.
  package var note: String

  package init(
    title: String, subtitle: String, conclusion: String, curves: [Curve], axis: String, header: [String],
    rows: [[String]], bestRow: Int?, note: String
  ) {
    (self.title, self.subtitle, self.conclusion, self.note) = (title, subtitle, conclusion, note)
    (self.curves, self.axis, self.header, self.rows, self.bestRow) = (curves, axis, header, rows, bestRow)
  }

  /// The page.
  package var html: String {
    let head = header.map { "<th>\(Replay.escaped($0))</th>" }.joined()
    let body = rows.enumerated().map { index, cells in
      "<tr\(index == bestRow ? " class=\"best\"" : "")>"
        + cells.map { "<td>\(Replay.escaped($0))</td>" }.joined() + "</tr>"
    }.joined(separator: "\n")
    return """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8"><title>\(Replay.escaped(title))</title>
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
      <h1>\(Replay.escaped(title))</h1>
      <p>\(Replay.escaped(subtitle))</p>
      <p>\(Replay.escaped(conclusion))</p>
      \(curves.map { "<figure>\($0.svg(axis: Replay.escaped(axis)))</figure>" }.joined(separator: "\n"))
      <table><thead><tr>\(head)</tr></thead><tbody>
      \(body)
      </tbody></table>
      <p>\(Replay.escaped(note))</p>
      </body></html>

      """
  }
}

/// A curve over [0, 1] with intervals.
package struct Curve {
  /// One value.
  package struct Point {
    /// Where, 0 to 1.
    package var x: Double
    package var y: Double
    package var interval: ClosedRange<Double>
    /// What is shown under the pointer.
    package var label: String

    package init(x: Double, y: Double, interval: ClosedRange<Double>, label: String) {
      (self.x, self.y, self.interval, self.label) = (x, y, interval, label)
    }
  }

  /// What its values are.
  package var name: String
  package var points: [Point]

  package init(name: String, points: [Point]) { (self.name, self.points) = (name, points) }

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

  /// The curve as SVG; `axis` says what its values lie over.
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
      <circle cx="\(x(point.x))" cy="\(y(point.y))" r="4" fill="var(--line)"><title>\(Replay.escaped(point.label))</title></circle>
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
