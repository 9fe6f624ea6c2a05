import Foundation
import SinewFiles
import SinewSettings

/// A trial that has ended: a line of `journal.jsonl`.
public struct TuningTrial: Sendable, Equatable {
  /// Its number, from 0.
  public var number: Int
  /// Where it is in the cube of the space.
  public var point: [Double]
  /// How many steps its runs have taken.
  public var steps: Int
  /// The trial whose runs it went on with; nil for new ones.
  public var continued: Int?
  /// The values of its runs, in the order of the seeds.
  public var runs: [Double] = []
  /// Their interquartile mean; nil where the trial failed.
  public var value: Double?
  /// Why it failed.
  public var failure: String?

  /// The line, with the settings for people.
  func line(_ settings: [(key: String, value: String)]) -> Data {
    let tree = ValueTree.table([
      .init("trial", .integer(number)), .init("steps", .integer(steps)),
      .init("continued", continued.map { .integer($0) } ?? .absent(.integer)),
      .init("settings", .table(settings.map { .init($0.key, .text($0.value)) })),
      .init("point", .list(point.map { .number($0) })), .init("runs", .list(runs.map { .number($0) })),
      .init("value", value.map { .number($0) } ?? .absent(.number)),
      .init("failure", failure.map { .text($0) } ?? .absent(.text)),
    ])
    return Data((tree.json + "\n").utf8)
  }
}

/// The trials of a study that have ended, a line each: what a killed study goes on from.
final class TuningJournal {
  private let file: AppendedFile
  private let space: SearchSpace
  /// By number.
  private(set) var trials: [Int: TuningTrial] = [:]

  /// Opens the file, or begins one, and drops a last line that a kill cut short.
  ///
  /// Throws `UsageError` where another line is not that of a trial of this space.
  init(_ url: URL, _ space: SearchSpace, trials count: Int) throws {
    self.space = space
    let text = FileSystem.exists(url) ? try FileSystem.readText(url, atMost: 1 << 28) : ""
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    for (index, line) in lines.enumerated() {
      guard let entry = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)),
        (0..<count).contains(entry.trial), entry.point.count == space.dimensions.count,
        entry.point.allSatisfy({ (0...1).contains($0) }),
        (entry.value == nil) == (entry.failure != nil), trials[entry.trial] == nil
      else { throw UsageError("line \(index + 1) of \(url.relativePath) is not a trial of this study") }
      trials[entry.trial] = entry.asTrial
    }
    let whole = lines.reduce(0) { $0 + $1.utf8.count + 1 }
    file = try AppendedFile(url) { min(whole, $0.count) }
  }

  /// Keeps a trial, durably.
  func append(_ trial: TuningTrial) throws {
    try file.append(trial.line(space.settings(at: trial.point)))
    try file.synchronize()
    trials[trial.number] = trial
  }

  private struct Line: Decodable {
    let trial, steps: Int
    let continued: Int?
    let point, runs: [Double]
    let value: Double?
    let failure: String?

    var asTrial: TuningTrial {
      TuningTrial(
        number: trial, point: point, steps: steps, continued: continued, runs: runs, value: value, failure: failure)
    }
  }
}
