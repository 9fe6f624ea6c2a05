import Foundation
import SinewEvaluation
import SinewFiles

/// How a run is getting on.
public struct ProgressReport: Sendable {
  /// Environment steps done, and to do in all.
  public var step: Int, totalSteps: Int
  /// Environment steps and gradient updates a second, lately.
  public var stepsPerSecond: Double, updatesPerSecond: Double
  /// Mean return of the training episodes that ended lately; nil before the first.
  public var episodeReturn: Double?
  /// Mean return of the last evaluation, and the step that it was made at; nil before the first.
  public var evaluationReturn: Double?
  public var evaluationStep: Int?
  /// Seconds left at the smoothed speed of the steps that learn; nil while nothing is known.
  public var secondsLeft: Double?

  /// The report on one line.
  public var line: String { line(width: .max) }

  /// The report on one line of `width` characters at most: what matters most comes first, and what does not fit is left
  /// out.
  public func line(width: Int) -> String {
    let percent = "\(Int(100 * Double(step) / Double(max(1, totalSteps)))) %"
    let heads = [
      "\(grouped(step))/\(grouped(totalSteps)) steps (\(percent))", "\(grouped(step)) steps (\(percent))", percent,
    ]
    let main = [
      episodeReturn.map { "return \(short($0))" },
      step < totalSteps ? secondsLeft.map { "\(clock($0)) left" } : nil,
    ].compactMap { $0 }
    let evaluation = evaluationReturn.map { value in
      "evaluation \(short(value))" + (evaluationStep.map { " at \(grouped($0))" } ?? "")
    }
    let more = [
      evaluation, stepsPerSecond > 0 ? "\(short(stepsPerSecond)) steps/s" : nil,
      updatesPerSecond > 0 ? "\(short(updatesPerSecond)) updates/s" : nil,
    ].compactMap { $0 }
    func joined(_ parts: [String]) -> String { parts.joined(separator: " · ") }
    var parts = [heads.first { joined([$0] + main).count <= width } ?? percent] + main
    for part in more where joined(parts + [part]).count <= width { parts.append(part) }
    return joined(parts)
  }
}

/// Shows progress: on a terminal one line that is rewritten, elsewhere one line a report.
public final class ProgressLine {
  private let descriptor: Int32
  private let isTerminal: Bool
  private var lastDrawn = ContinuousClock.now - .seconds(1)
  private var isLineOpen = false

  /// Progress on standard error, so that results on standard output stay clean.
  public convenience init() { self.init(descriptor: STDERR_FILENO) }

  init(descriptor: Int32, isTerminal: Bool? = nil) {
    self.descriptor = descriptor
    self.isTerminal = isTerminal ?? (isatty(descriptor) == 1)
  }

  /// Rewrites the line on a terminal, ten times a second at most; elsewhere nothing.
  public func tick(_ line: () -> String) {
    guard isTerminal, lastDrawn.duration(to: .now) >= .milliseconds(100) else { return }
    draw(line())
  }

  /// Rewrites the line as ``tick(_:)`` does, with as much of the report as there is room for.
  public func tick(report: () -> ProgressReport) { tick { report().line(width: width - 1) } }

  /// A report is due: a line of its own elsewhere, the same rewritten line on a terminal.
  public func show(_ report: ProgressReport) {
    if isTerminal { draw(report.line(width: width - 1)) } else { write(report.line + "\n") }
  }

  /// A line that stays.
  public func note(_ line: String) {
    close()
    write(line.printable() + "\n")
  }

  /// Leaves the rewritten line as it is and begins a new one.
  public func close() {
    if isLineOpen { write("\n") }
    isLineOpen = false
  }

  private func draw(_ line: String) {
    lastDrawn = .now
    isLineOpen = true
    write("\r" + line.printable().prefix(width - 1) + "\u{1B}[K")
  }

  private var width: Int {
    var size = winsize()
    return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1 ? Int(size.ws_col) : 80
  }

  // A terminal that went away is no reason to end a run.
  private func write(_ text: String) { try? FileSystem.write(text, to: descriptor, name: "progress") }
}
