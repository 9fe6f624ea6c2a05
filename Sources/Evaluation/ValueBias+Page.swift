import SinewRendering

extension ValueBias {
  /// A page: predicted against followed, the bias by time in the episode, and the figures.
  ///
  /// - Parameters:
  ///   - title: of the page.
  ///   - notes: lines beneath it.
  public func page(title: String, notes: [String]) -> String {
    let smallest = samples.map(\.followed).min() ?? 0
    let greatest = samples.map(\.followed).max() ?? 0
    let scatter = Chart(
      title: "predicted and followed", horizontal: "what followed",
      lines: [
        Chart.Line(
          "predicted", samples.map { Chart.Point(x: $0.followed, y: $0.mean) }, style: .dots),
        Chart.Line(
          "equal", [Chart.Point(x: smallest, y: smallest), Chart.Point(x: greatest, y: greatest)]),
      ])
    let times = Chart(
      title: "bias by time in the episode", horizontal: "steps",
      lines: Estimate.allCases.map { estimate in
        Chart.Line(estimate.rawValue, byTime(estimate).map { Chart.Point(x: $0.step, y: $0.bias) }, style: .marked)
      })
    return SinewRendering.page(
      title: title,
      body: notes.map { "<p>\(escaped($0))</p>" }.joined(separator: "\n")
        + "<figure>\(scatter.svg())</figure>\n<figure>\(times.svg())</figure>\n" + htmlTable(table.header, table.rows))
  }

  /// A row for each estimate.
  public var table: (header: [String], rows: [[String]]) {
    (
      ["critics", "bias", "95 % interval", "spread", "normalised", "correlation", "followed"],
      Estimate.allCases.map { estimate in
        let figures = summary(estimate)
        return [
          estimate.rawValue, short(figures.bias), "\(short(figures.interval[0])) to \(short(figures.interval[1]))",
          short(figures.spread), short(figures.normalised), figures.correlation.map { short($0) } ?? "",
          short(figures.followed),
        ]
      }
    )
  }
}
