import Foundation

/// How a run is getting on.
public struct ProgressReport: Sendable {
  /// Environment steps done, and to do in all.
  public var step: Int, totalSteps: Int
  /// Environment steps and gradient updates a second, lately.
  public var stepsPerSecond: Double, updatesPerSecond: Double
  /// Mean return of the training episodes that ended lately; nil before the first.
  public var episodeReturn: Double?
  /// Mean return of the last evaluation; nil before the first.
  public var evaluationReturn: Double?

  /// Seconds left at the present speed; nil while nothing is known.
  public var secondsLeft: Double? {
    stepsPerSecond > 0 ? Double(totalSteps - step) / stepsPerSecond : nil
  }

  /// The report on one line.
  public var line: String {
    var parts = ["\(grouped(step))/\(grouped(totalSteps)) steps (\(100 * step / max(1, totalSteps)) %)"]
    if stepsPerSecond > 0 { parts.append("\(short(stepsPerSecond)) steps/s") }
    if updatesPerSecond > 0 { parts.append("\(short(updatesPerSecond)) updates/s") }
    if let episodeReturn { parts.append("return \(short(episodeReturn))") }
    if let evaluationReturn { parts.append("evaluation \(short(evaluationReturn))") }
    if let secondsLeft, step < totalSteps { parts.append("\(clock(secondsLeft)) left") }
    return parts.joined(separator: " · ")
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

  /// A report is due: a line of its own elsewhere, the same rewritten line on a terminal.
  public func show(_ report: ProgressReport) {
    if isTerminal { draw(report.line) } else { write(report.line + "\n") }
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
