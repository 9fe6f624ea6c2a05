import Foundation
import SinewFiles
import SinewSettings

/// What a run reports: lines of JSON in `metrics.jsonl`, and the same figures as an event file for TensorBoard.
///
/// Every line has `step`, `seconds` and `processor_seconds` (of the run's process, all threads together; since the run
/// began, pauses between resumes left out). A line is written whole or not at all.
final class MetricsLogger {
  private let lines: AppendedFile
  private let events: EventFile
  /// Seconds that the lines kept from before the resume account for, and of them the processor's.
  let secondsBefore, processorSecondsBefore: Double

  /// Opens the files of a run and drops what was logged after `step`, and a last line that a kill cut short.
  ///
  /// - Parameter settings: of the run, for TensorBoard's table of hyper-parameters.
  init(_ folder: URL, keepingUpTo step: Int, settings: ValueTree = .table([])) throws {
    var (seconds, processorSeconds) = (0.0, 0.0)
    lines = try AppendedFile(folder.appending(path: "metrics.jsonl")) { data in
      var size = 0
      for line in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
        guard let entry = try? JSONDecoder().decode(Stamp.self, from: line), entry.step <= step else { break }
        size += line.count + 1
        (seconds, processorSeconds) = (entry.seconds, entry.processorSeconds ?? 0)
      }
      return size
    }
    (secondsBefore, processorSecondsBefore) = (seconds, processorSeconds)
    events = try EventFile(in: folder, keepingUpTo: step, settings: settings)
  }

  private struct Stamp: Decodable {
    let step: Int
    let seconds: Double
    let processorSeconds: Double?

    private enum CodingKeys: String, CodingKey {
      case step, seconds
      case processorSeconds = "processor_seconds"
    }
  }

  /// Appends one object with the given values, in their order.
  func log(step: Int, _ values: [(name: String, value: ValueTree)]) throws {
    let values = [("step", .integer(step))] + values
    try lines.append(Data((ValueTree.table(values.map { ValueTree.Entry($0.0, $0.1) }).json + "\n").utf8))
    try events.write(step: step, values.dropFirst().compactMap { name, value in value.figure.map { (name, $0) } })
  }

  /// Leaves a link to a page, such as the replay of an episode, where TensorBoard shows texts.
  func link(step: Int, _ name: String, to page: URL) throws {
    try events.write(step: step, name, text: "[\(page.lastPathComponent)](file://\(page.path))")
  }

  /// Makes the lines so far survive a power cut.
  func synchronize() throws {
    try lines.synchronize()
    try events.synchronize()
  }
}

extension ValueTree {
  /// A number as a figure; nil for anything else.
  fileprivate var figure: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}
