import Foundation
import SinewEvaluation
import SinewRendering
import SinewSettings
import SinewTraining

/// What is shown of watched runs: curves, and a table beneath.
struct WatchPage {
  let sight: WatchedRuns.Sight
  /// What was asked to be watched.
  let paths: [String]
  /// The figure whose curves are drawn.
  let metric: String

  static let defaultMetric = "evaluation_return_mean"

  private var histories: [RunHistory] { sight.runs.compactMap(\.history) }

  /// The figures that are reported.
  var metrics: [String] { Set(histories.flatMap(\.metrics)).union([Self.defaultMetric]).sorted() }

  /// The whole page, which then keeps itself up to date.
  ///
  /// - Parameters:
  ///   - paths: what was asked to be watched.
  ///   - metric: the figure whose curves are drawn, of those in `metrics`.
  ///   - content: see ``content()``.
  static func html(paths: [String], metric: String, metrics: [String], content: String) -> String {
    let options = (metrics.contains(metric) ? metrics : [metric] + metrics).map { name in
      "<option value=\"\(escaped(name))\"\(name == metric ? " selected" : "")>"
        + "\(escaped(name.replacing("_", with: " ")))</option>"
    }
    return page(
      title: "Runs in \(paths.joined(separator: ", "))",
      body: """
        <style>
        .bar { display: flex; gap: 1rem; align-items: baseline; margin: .5rem 0; } select { font: inherit; }
        #notice { opacity: .7; } #notice.stopped, td.problem { color: #d55e00; opacity: 1; white-space: normal; }
        td.text, th.text { text-align: left; }
        </style>
        <div class="bar"><label>curves of <select id="metric">\(options.joined())</select></label><span id="notice"></span></div>
        <div id="live">\(content)</div>
        <script src="/watch.js"></script>
        """)
  }

  /// The part of the page that changes.
  func content() -> String {
    if sight.runs.isEmpty {
      return "<p>There is no run in \(escaped(paths.joined(separator: ", "))) yet: it will appear here.</p>"
    }
    return charts() + "\n" + table()
  }

  private func charts() -> String {
    do {
      let plot = try RunPlot(RunGroup.groups(histories), metrics: [metric])
      return plot.charts.map { "<figure>\($0.svg())</figure>" }.joined(separator: "\n") + """
        <p>Lines are interquartile means over seeds, bands their 95 % bootstrap intervals, over the range that all seeds have
        reached.</p>
        """
    } catch {
      return "<p>\(escaped("\(error)"))</p>"
    }
  }

  private func table() -> String {
    let rows = RunRow.rows(histories)
    let cells = sight.runs.map { run -> String in
      let link = run.name.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(["-", "_"])) ?? run.name
      guard let folder = run.history?.folder, let row = rows.first(where: { $0.run == folder.relativePath }) else {
        let problem = escaped(run.problem ?? "not read yet")
        return
          "<tr><td>\(escaped(run.folder.url.relativePath))</td><td class=\"text problem\" colspan=\"9\">\(problem)</td></tr>"
      }
      let replays = "<a href=\"/replay/\(link)\">best</a> <a href=\"/replay/\(link)/last\">last</a>"
      let texts = row.cells.enumerated().map { column, text in
        "<td\((1...2).contains(column) ? " class=\"text\"" : "")>\(escaped(text))</td>"
      }
      return "<tr>\(texts.joined())<td>\(replays)</td></tr>"
    }
    let header = (RunRow.header + ["replay"]).enumerated().map { column, name in
      "<th\((1...2).contains(column) ? " class=\"text\"" : "")>\(name)</th>"
    }
    return "<h2>Runs</h2>\n<div class=\"wide\"><table><thead><tr>\(header.joined())</tr></thead><tbody>\n"
      + cells.joined(separator: "\n") + "\n</tbody></table></div>"
  }
}
