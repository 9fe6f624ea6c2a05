import Foundation

/// Wall-clock speed over the last reporting interval. Nothing here decides what a run computes.
struct Speedometer {
  private(set) var stepsPerSecond = 0.0
  private(set) var updatesPerSecond = 0.0
  var episodeReturn: Double?
  private var started = ContinuousClock.now
  private var marked = ContinuousClock.now
  private var markedStep = 0
  /// Smoothed over the intervals of one kind: those with updates, or where there were none yet, those without.
  private var secondsPerStep: Double?
  private var smoothedIntervals = 0
  private var learns = false

  /// Seconds since `start`.
  var seconds: Double { started.duration(to: .now) / .seconds(1) }

  /// Seconds of processor time since `start`, of all threads of the process.
  var processorSeconds: Double { Self.processorSeconds - startedProcessor }
  private var startedProcessor = Self.processorSeconds

  private static var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }

  mutating func start(step: Int) {
    (started, marked, markedStep) = (.now, .now, step)
    startedProcessor = Self.processorSeconds
  }

  mutating func mark(step: Int, updates: Int) {
    let seconds = max(marked.duration(to: .now) / .seconds(1), 1e-9)
    add(steps: step - markedStep, updates: updates, seconds: seconds)
    (marked, markedStep) = (.now, step)
  }

  /// Counts an interval.
  mutating func add(steps: Int, updates: Int, seconds: Double) {
    stepsPerSecond = Double(steps) / seconds
    updatesPerSecond = Double(updates) / seconds
    guard steps > 0 else { return }
    if updates > 0, !learns {
      // Warm-up, which takes no time, says nothing about the steps that follow; nor does an interval that is part of
      // both.
      (learns, secondsPerStep, smoothedIntervals) = (true, nil, 0)
      if hasWarmedUp { return }
    }
    hasWarmedUp = hasWarmedUp || updates == 0
    // The mean of the first ten, then with the weight of a tenth: evaluations fall into some intervals and not into
    // others.
    smoothedIntervals += 1
    let weight = max(0.1, 1 / Double(smoothedIntervals))
    let latest = seconds / Double(steps)
    secondsPerStep = secondsPerStep.map { $0 + weight * (latest - $0) } ?? latest
  }
  private var hasWarmedUp = false

  /// How long so many steps will take; nil while no step that learns has been timed.
  func secondsLeft(for steps: Int) -> Double? { learns ? secondsPerStep.map { $0 * Double(steps) } : nil }
}
