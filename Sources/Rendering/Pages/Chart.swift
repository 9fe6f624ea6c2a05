import Foundation

/// Lines with intervals over a common horizontal axis, as SVG.
public struct Chart: Sendable {
  /// A place on a line.
  public struct Point: Sendable {
    public var x, y: Double
    /// Drawn as a band.
    public var interval: ClosedRange<Double>

    /// A place, with its interval where there is one.
    public init(x: Double, y: Double, interval: ClosedRange<Double>? = nil) {
      (self.x, self.y, self.interval) = (x, y, interval ?? y...y)
    }
  }

  /// A line with its name in the legend.
  public struct Line: Sendable {
    public var name: String
    public var points: [Point]
    public var style: Style

    /// A line through points in ascending order of x.
    public init(_ name: String, _ points: [Point], style: Style = .line) {
      (self.name, self.points, self.style) = (name, points, style)
    }
  }

  /// How points are drawn.
  public enum Style: Sendable {
    /// Connected, their intervals as a band.
    case line
    /// Connected and each marked, which suits few of them.
    case marked
    /// Each by itself, in a pale colour.
    case dots
    /// Each marked, with its interval as a bar.
    case bars
  }

  /// What the horizontal axis measures.
  public enum Scale: Sendable, Equatable {
    case linear, logarithmic
    /// Things without order, at 0, 1, 2, ….
    case names([String])
  }

  /// What stands above it.
  public var title: String
  /// What the horizontal and the vertical axis show.
  public var horizontal, vertical: String
  /// What the horizontal axis measures.
  public var scale: Scale
  /// The lines; more than eight repeat their colours, with dashes.
  public var lines: [Line]

  /// A chart; without a line with a point it says so.
  public init(title: String, horizontal: String, vertical: String = "", scale: Scale = .linear, lines: [Line]) {
    (self.title, self.horizontal, self.vertical, self.scale) = (title, horizontal, vertical, scale)
    self.lines = lines.map { line in
      let points = line.points.filter { $0.x.isFinite && $0.y.isFinite && (scale != .logarithmic || $0.x > 0) }
      return Line(line.name, points, style: line.style)
    }
  }

  /// Colours that people with common colour blindness tell apart (Okabe and Ito), a little darker where they are light.
  static let colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#7f4fc9", "#666666"]

  private static let (width, height, left, bottom, top, right) = (760.0, 360.0, 78.0, 48.0, 34.0, 28.0)

  /// The chart as an SVG element: text takes the colour of what is around it, so that it stands in a light or a dark
  /// page.
  public func svg() -> String { drawing.svg }

  private var drawing: (svg: String, height: Double) {
    let (xs, ys) = (
      lines.flatMap { $0.points.map(\.x) },
      lines.flatMap { $0.points.flatMap { [$0.y, $0.interval.lowerBound, $0.interval.upperBound] } }.filter(\.isFinite)
    )
    guard let horizontalMarks = horizontalMarks(xs), let verticalMarks = marks(ys, fits: true) else {
      return (opening(height: 60) + text(8, 34, "\(title): nothing to show") + "</svg>", 60)
    }
    let legend = legend()
    let height = Self.height + legend.height
    let (low, high) = extent(xs)
    func x(_ value: Double) -> Double {
      let share = high > low ? (place(value) - low) / (high - low) : 0.5
      return Self.left + share * (Self.width - Self.left - Self.right)
    }
    let (bottom, top) = (verticalMarks[0], verticalMarks[verticalMarks.count - 1])
    func y(_ value: Double) -> Double {
      Self.height - Self.bottom - (value - bottom) / (top - bottom) * (Self.height - Self.bottom - Self.top)
    }
    var parts = [opening(height: height), text(Self.left, 20, title, weight: "600")]
    for mark in verticalMarks {
      parts.append(
        #"<line x1="\#(n(Self.left))" x2="\#(n(Self.width - Self.right))" y1="\#(n(y(mark)))" y2="\#(n(y(mark)))" stroke="currentColor" stroke-opacity=".15"/>"#
      )
      parts.append(text(Self.left - 8, y(mark) + 4, label(mark), anchor: "end"))
    }
    for mark in horizontalMarks where (low...high).contains(place(mark.value)) {
      parts.append(text(x(mark.value), Self.height - Self.bottom + 20, mark.name, anchor: "middle"))
    }
    parts.append(text((Self.left + Self.width) / 2, Self.height - 8, horizontal, anchor: "middle"))
    if !vertical.isEmpty { parts.append(text(14, Self.top - 2, vertical)) }
    for (index, line) in lines.enumerated() where !line.points.isEmpty {
      parts.append(drawn(line, index, x, y))
    }
    return ((parts + legend.parts + ["</svg>"]).joined(separator: "\n"), height)
  }

  /// Where on the axis a value is, in the axis's own measure.
  private func place(_ value: Double) -> Double { scale == .logarithmic ? log10(value) : value }

  private func extent(_ xs: [Double]) -> (low: Double, high: Double) {
    if case .names(let names) = scale { return (-0.5, Double(names.count) - 0.5) }
    return (xs.min().map(place) ?? 0, xs.max().map(place) ?? 1)
  }

  private func horizontalMarks(_ xs: [Double]) -> [(value: Double, name: String)]? {
    switch scale {
    case .linear: return marks(xs, fits: false)?.map { ($0, label($0)) }
    case .names(let names): return names.enumerated().map { (Double($0), $1) }
    case .logarithmic:
      guard let low = xs.min(), let high = xs.max() else { return nil }
      // 1, 2 and 5 of each power of ten, of many powers 1 alone.
      let powers = Int(floor(log10(low)))...Int(log10(high).rounded(.up))
      let places = powers.flatMap { power in [1, 2, 5].map { ($0, $0 * pow(10, Double(power))) } }
      let within = places.filter { (low...high).contains($0.1) }
      return (within.count > 9 ? within.filter { $0.0 == 1 } : within).map { ($0.1, label($0.1)) }
    }
  }

  /// A file of its own: charts beneath each other, on white.
  public static func file(_ charts: [Chart]) -> String {
    var (parts, y) = ([String](), 0.0)
    for chart in charts {
      let (svg, height) = chart.drawing
      parts.append(
        svg.replacing(
          "<svg ", with: #"<svg y="\#(Int(y))" width="\#(Int(width))" height="\#(Int(height))" "#, maxReplacements: 1))
      y += height + 16
    }
    let size = #"width="\#(Int(width))" height="\#(Int(y))""#
    return #"<svg xmlns="http://www.w3.org/2000/svg" \#(size) viewBox="0 0 \#(Int(width)) \#(Int(y))" color="black">"#
      + "\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n" + parts.joined(separator: "\n") + "\n</svg>\n"
  }

  private func drawn(
    _ line: Line, _ index: Int, _ x: (Double) -> Double, _ y: (Double) -> Double
  ) -> String {
    let (colour, dashes) = style(index)
    let (isConnected, isMarked) = (line.style == .line || line.style == .marked, line.style != .line)
    var parts: [String] = []
    if line.style == .bars {
      parts += line.points.map {
        #"<line x1="\#(n(x($0.x)))" x2="\#(n(x($0.x)))" y1="\#(n(y($0.interval.lowerBound)))" y2="\#(n(y($0.interval.upperBound)))" stroke="\#(colour)" stroke-opacity=".3" stroke-width="14"/>"#
      }
    }
    if isConnected {
      let upper = line.points.map { "\(n(x($0.x))),\(n(y($0.interval.upperBound)))" }
      let lower = line.points.reversed().map { "\(n(x($0.x))),\(n(y($0.interval.lowerBound)))" }
      if line.points.contains(where: { $0.interval.upperBound > $0.interval.lowerBound }) {
        parts.append(
          #"<polygon points="\#((upper + lower).joined(separator: " "))" fill="\#(colour)" fill-opacity=".18"/>"#)
      }
      parts.append(
        #"<polyline points="\#(line.points.map { "\(n(x($0.x))),\(n(y($0.y)))" }.joined(separator: " "))" fill="none" stroke="\#(colour)" stroke-width="2"\#(dashes)><title>\#(escaped(line.name))</title></polyline>"#
      )
    }
    if isMarked || line.points.count == 1 {
      let opacity = line.style == .dots ? #" fill-opacity=".6""# : ""
      parts += line.points.map {
        #"<circle cx="\#(n(x($0.x)))" cy="\#(n(y($0.y)))" r="4" fill="\#(colour)"\#(opacity)><title>\#(escaped(line.name)): \#(figure($0.x)), \#(figure($0.y))</title></circle>"#
      }
    }
    return parts.joined(separator: "\n")
  }

  private func style(_ index: Int) -> (colour: String, dashes: String) {
    let round = index / Self.colours.count
    return (
      Self.colours[index % Self.colours.count], round == 0 ? "" : #" stroke-dasharray="\#(round * 4 + 2) 4""#
    )
  }

  /// One entry a row, so that no name is cut.
  private func legend() -> (parts: [String], height: Double) {
    let named = lines.enumerated().filter { !$0.element.name.isEmpty && !$0.element.points.isEmpty }
    let parts = named.enumerated().flatMap { row, line in
      let (colour, dashes) = style(line.offset)
      let y = Self.height + 14 + Double(row) * 20
      let middle = Self.left + 13
      return [
        line.element.style == .dots || line.element.style == .bars
          ? #"<circle cx="\#(n(middle))" cy="\#(n(y))" r="4" fill="\#(colour)"/>"#
          : #"<line x1="\#(n(Self.left))" x2="\#(n(Self.left + 26))" y1="\#(n(y))" y2="\#(n(y))" stroke="\#(colour)" stroke-width="3"\#(dashes)/>"#,
        text(Self.left + 34, y + 4, line.element.name),
      ]
    }
    return (parts, named.isEmpty ? 0 : Double(named.count) * 20 + 12)
  }

  private func opening(height: Double) -> String {
    #"<svg viewBox="0 0 \#(n(Self.width)) \#(n(height))" role="img" aria-label="\#(escaped(title))" font-family="system-ui, sans-serif" font-size="13">"#
  }

  private func text(_ x: Double, _ y: Double, _ text: String, anchor: String = "start", weight: String = "400")
    -> String
  {
    #"<text x="\#(n(x))" y="\#(n(y))" fill="currentColor" text-anchor="\#(anchor)" font-weight="\#(weight)">\#(escaped(text))</text>"#
  }

  private func figure(_ value: Double) -> String { String(format: "%.4g", value) }

  private func n(_ value: Double) -> String { String(format: "%.1f", value) }

  private func label(_ value: Double) -> String {
    if abs(value) >= 1e6 { return String(format: "%gM", value / 1e6) }
    if abs(value) >= 1e4 { return String(format: "%gk", value / 1e3) }
    return String(format: "%g", abs(value) < 1e-12 ? 0 : value)
  }
}

/// Round numbers that an axis is marked at, two at least; nil for no values. With `fits` they enclose the values.
private func marks(_ values: [Double], fits: Bool) -> [Double]? {
  guard let low = values.min(), let high = values.max() else { return nil }
  let span = max(high - low, 1e-9 * max(abs(high), 1))
  let power = pow(10, floor(log10(span / 5)))
  let step = [1, 2, 5, 10].map { $0 * power }.first { span / $0 <= 6 } ?? 10 * power
  let first = fits ? floor(low / step) : (low / step).rounded(.up)
  let last = max(fits ? (high / step).rounded(.up) : floor(high / step), first + (fits ? 1 : 0))
  return (0...Int(last - first)).map { (first + Double($0)) * step }
}
