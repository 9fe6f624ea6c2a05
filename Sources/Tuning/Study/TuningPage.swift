import Foundation
import SinewEvaluation
import SinewRendering

extension TuningStudy {
  /// One self-contained page: the values of the trials, the effect of each setting, the report, and every trial.
  func page(_ report: TuningReport?) -> String {
    let ended = trials
    let failed = ended.count { $0.failure != nil }
    let best = best
    let intro =
      "\(ended.count) of \(trialCount) trials\(failed > 0 ? ", \(failed) of which failed" : ""), \(methodName); "
      + "a trial is worth the interquartile mean of \(plan.seeds.count) runs' \(objective.title)"
      + (objective.isCost ? ": the fewer the better." : ".")
    var parts = ["<p>\(escaped(intro))</p>"]
    if let best, let value = best.value {
      let rows = space.settings(at: best.point).map { [$0.key, $0.value] }
      parts.append(
        "<h2>Best settings: trial \(best.number), \(objective.text(of: value))</h2>"
          + htmlTable(["setting", "value"], rows)
          + (plan.method == .bayes
            ? "<p>The trial with the best mean by all that is known, which is not the luckiest value.</p>" : ""))
    }
    if let report {
      parts.append(
        "<h2>Beside the default settings</h2><p>"
          + report.description.split(separator: "\n").map { escaped(String($0)) }.joined(separator: "<br>") + "</p>")
    }
    parts.append("<figure>\(progress.svg())</figure>")
    let charts = effects
    if !charts.isEmpty {
      parts.append(
        "<h2>What each setting does</h2><p>The mean over the other settings by a Gaussian process of the trials, with its 95 % band; "
          + "dots are trials, failed ones and outliers where the process has them.</p>")
      parts += charts.map { "<figure style=\"max-width: 44rem\">\($0.svg())</figure>" }
    }
    let header = ["trial"] + space.dimensions.map(\.key) + ["steps", objective.title, "each run"]
    let rows = ended.map { trial in
      ["\(trial.number)"] + space.settings(at: trial.point).map(\.value) + [
        grouped(trial.steps), trial.value.map { objective.text(of: $0) } ?? "failed",
        trial.failure ?? trial.runs.map { objective.text(of: $0) }.joined(separator: ", "),
      ]
    }
    parts.append(
      "<h2>Trials</h2>"
        + htmlTable(header, rows, best: best.flatMap { best in ended.firstIndex { $0.number == best.number } }))
    return SinewRendering.page(
      title: "Tuning \(configuration.algorithm) in \(configuration.environment)", body: parts.joined(separator: "\n"))
  }

  private var methodName: String {
    switch plan.method {
    case .bayes: "Bayesian optimisation"
    case .random: "random search"
    case .halving: "successive halving"
    }
  }

  /// Values in the order of the trials, and the best so far.
  private var progress: Chart {
    let values = trials.compactMap { trial in trial.value.map { (x: Double(trial.number), y: $0) } }
    // A staircase: it changes at a trial, not between two.
    var (best, greatest) = ([Chart.Point](), -Double.infinity)
    for trial in whole {
      guard let value = trial.value else { continue }
      for y in [greatest, max(greatest, value)] where y.isFinite {
        best.append(Chart.Point(x: Double(trial.number), y: objective.shown(y)))
      }
      greatest = max(greatest, value)
    }
    return Chart(
      title: "\(objective.title), by trial", horizontal: "trial",
      lines: [
        Chart.Line("best so far", best),
        Chart.Line("trials", values.map { Chart.Point(x: $0.x, y: objective.shown($0.y)) }, style: .dots),
      ])
  }

  /// A chart for each setting.
  private var effects: [Chart] {
    guard let surrogate, whole.count > 2 else { return [] }
    return space.dimensions.enumerated().map { index, dimension in
      func place(_ coordinate: Double) -> Double { dimension.number(at: coordinate) }
      let marginal = surrogate.marginal(of: index).map { point in
        let ends = [-1.96, 1.96].map { objective.shown(point.mean + $0 * point.deviation) }.sorted()
        return Chart.Point(
          x: place(point.coordinate), y: objective.shown(point.mean), interval: ends[0]...ends[1])
      }
      let dots = surrogate.observed.map { Chart.Point(x: place($0.point[index]), y: objective.shown($0.value)) }
      var scale = dimension.isLogarithmic ? Chart.Scale.logarithmic : .linear
      if case .choices(let choices) = dimension.values { scale = .names(choices) }
      return Chart(
        title: "\(objective.title), by \(dimension.key)", horizontal: dimension.key, scale: scale,
        lines: [
          Chart.Line("mean over the other settings", marginal, style: dimension.isChoice ? .bars : .line),
          Chart.Line("trials", dots.sorted { $0.x < $1.x }, style: .dots),
        ])
    }
  }
}
