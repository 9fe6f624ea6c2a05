import ArgumentParser
import Foundation

/// The runs that arguments name, read.
func runHistories(_ paths: [String]) throws -> [RunHistory] {
  var seen: Set<String> = []
  return try paths.flatMap { try RunFolder.find($0) }.filter { seen.insert($0.url.standardizedFileURL.path).inserted }
    .map { try RunHistory($0) }
}

struct Plot: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw the curves of runs, with intervals over their seeds.",
    discussion: """
      Runs that differ in nothing but the seed are one line. A page (.html) has curves over steps and over processor \
      hours and a table; .svg and .png have the curves, .csv the numbers.
      """)

  @Argument(
    help: ArgumentHelp("Run folders, folders of runs, or patterns in quotes: 'runs/sac-*'.", valueName: "run"))
  var runs: [String]

  @Option(
    help: ArgumentHelp("What is drawn; repeatable (default: evaluation_return_mean).", valueName: "name"))
  var metric: [String] = []

  @Option(
    help: ArgumentHelp("Where it is written: .html, .svg, .png or .csv (default: runs.html).", valueName: "file"))
  var out = "runs.html"

  @OptionGroup var output: OutputOptions

  func run() throws {
    let kind = URL(filePath: out).pathExtension.lowercased()
    guard ["html", "svg", "png", "csv"].contains(kind) else {
      throw UsageError("--out \(out): name a file that ends in .html, .svg, .png or .csv")
    }
    try requireWritable([out])
    let plot = try RunPlot(
      RunGroup.groups(runHistories(runs)), metrics: metric.isEmpty ? ["evaluation_return_mean"] : metric)
    switch kind {
    case "html": try plot.page(title: plot.environments.joined(separator: ", ")).write(toFile: out)
    case "csv": try plot.csv().write(toFile: out)
    case "svg": try plot.svg().write(toFile: out)
    default: try writePNG(ofSVG: plot.svg(), to: out)
    }
    try output.print(
      (aligned([plot.table.header] + plot.table.rows) + ["written: \(out)"]).joined(separator: "\n"),
      json: ValueTree(encoding: ["groups": plot.groups.map(\.result)]))
  }
}

struct Runs: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List runs: what they are, how far they are, and what they reached.")

  @Argument(help: ArgumentHelp("Run folders, folders of runs, or patterns (default: runs).", valueName: "run"))
  var runs = ["runs"]

  @OptionGroup var output: OutputOptions

  func run() throws {
    let rows = try RunRow.rows(runHistories(runs))
    try output.print(
      alignedLeft([RunRow.header] + rows.map(\.cells)).joined(separator: "\n"), json: ValueTree(encoding: rows))
  }
}

/// The rows of a table, columns aligned at the left.
private func alignedLeft(_ rows: [[String]]) -> [String] {
  let columns = rows.map(\.count).max() ?? 0
  let widths = (0..<columns).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
  return rows.map { row in
    row.indices.map { row[$0] + String(repeating: " ", count: $0 == columns - 1 ? 0 : widths[$0] - row[$0].count) }
      .joined(separator: "  ")
  }
}

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say whether one method is better than another, from their runs.",
    discussion: """
      Each side is a folder of runs or a pattern in quotes, such as 'runs/sac-hopper-*': the same method with several \
      seeds, in one or more environments. The policies at the last step that all were evaluated at are compared.
      """)

  @Argument(help: ArgumentHelp("Runs of the first method.", valueName: "a"))
  var first: String

  @Argument(help: ArgumentHelp("Runs of the second.", valueName: "b"))
  var second: String

  @OptionGroup var output: OutputOptions

  func run() throws {
    let (a, b) = try (runHistories([first]), runHistories([second]))
    guard Set(a.map(\.folder)).isDisjoint(with: b.map(\.folder)) else {
      throw UsageError("some runs are on both sides: \(first) and \(second)")
    }
    // Grouped together, so that labels name what differs between the sides.
    let groups = RunGroup.groups(a + b)
    func side(_ runs: [RunHistory]) -> [RunGroup] {
      let folders = Set(runs.map(\.folder))
      return groups.compactMap { $0.keeping { folders.contains($0.folder) } }
    }
    let comparison = try RunComparison(side(a), side(b))
    try output.print(comparison.description, json: ValueTree(encoding: comparison.summary))
  }
}
