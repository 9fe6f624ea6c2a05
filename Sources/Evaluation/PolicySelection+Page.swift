import SinewRendering

extension PolicySelection {
  /// Rows of the curves at 1, 2, 5, 10, 20, 50, … pulls and the last.
  public var table: (header: [String], rows: [[String]]) {
    let last = curves[.ucb]?.count ?? 0
    var shown: [Int] = []
    var power = 1
    while power <= last {
      shown += [1, 2, 5].map { $0 * power }.filter { $0 < last }
      power *= 10
    }
    func cells(_ rule: Rule, _ pulls: Int) -> [String] {
      guard let point = curves[rule]?[pulls - 1] else { return ["", ""] }
      return [
        "\(short(point.score)) (\(short(point.range95[0])) to \(short(point.range95[1])))",
        "\(short(100 * point.isBest)) %",
      ]
    }
    return (
      ["pulls", "best found, UCB (95 % of orders)", "the best", "each in turn (95 %)", "the best"],
      [["0", short(unaided), "", short(unaided), ""]]
        + (shown + [last]).map { ["\($0)"] + cells(.ucb, $0) + cells(.turns, $0) }
    )
  }

  /// A row for each policy, in their order.
  public func policyTable(_ names: [String]) -> (header: [String], rows: [[String]]) {
    (
      ["policy", "mean return", "ends as the choice"],
      zip(names, means).enumerated().map { index, policy in
        [policy.0, short(policy.1), "\(short(100 * chosen[index])) %"]
      }
    )
  }

  /// A self-contained page: the score of the best found over pulls, and the policies.
  ///
  /// - Parameters:
  ///   - title: of the page.
  ///   - notes: lines beneath it.
  ///   - names: of the policies, in their order.
  public func page(title: String, notes: [String], names: [String]) -> String {
    let titles: [Rule: String] = [.ucb: "UCB", .turns: "each in turn"]
    let lines = Rule.allCases.map { rule in
      Chart.Line(
        titles[rule] ?? "",
        (curves[rule] ?? []).map {
          Chart.Point(x: Double($0.pulls), y: $0.score, interval: $0.range95[0]...$0.range95[1])
        })
    }
    let best = means.indices.max { means[$0] < means[$1] }
    let ends = Chart.Line(
      "the truly best",
      [1, curves[.ucb]?.count ?? 1].map { Chart.Point(x: Double($0), y: best.map { means[$0] } ?? 0) })
    let chart = Chart(
      title: "mean return of the best found, and what 95 % of orders have", horizontal: "pulls (episodes)",
      lines: lines + [ends])
    let (curve, policies) = (table, policyTable(names))
    return SinewRendering.page(
      title: title,
      body: """
        <p>\(notes.map(escaped).joined(separator: "<br>\n"))</p>
        <figure>\(chart.svg())</figure>
        \(htmlTable(curve.header, curve.rows))
        <h2>Policies</h2>
        \(htmlTable(policies.header, policies.rows, best: best))
        """)
  }
}
