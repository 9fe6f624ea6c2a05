/// How long a policy took for its actions, wall time.
///
/// Times differ from run to run: two latencies always count as equal, so that they never make results differ.
public struct ActionLatency: Sendable, Equatable {
  /// Microseconds of each action for which the policy had to plan: all of them, but for policies that carry out chunks.
  private var planned: [Double] = []
  /// Microseconds of all actions together.
  private var total = 0.0
  private var count = 0
  private var isFirst = true

  init() {}

  /// The first of all is left out: it makes what later ones use again.
  mutating func add(_ duration: Duration, plans: Bool) {
    if isFirst {
      isFirst = false
      return
    }
    let microseconds = Double(duration.components.seconds) * 1e6 + Double(duration.components.attoseconds) * 1e-12
    total += microseconds
    count += 1
    if plans { planned.append(microseconds) }
  }

  /// Microseconds that half of the actions that had to be planned took at most; NaN where there were none.
  public var median: Double { Statistics.quantile(0.5, of: planned) }
  /// Mean microseconds of a control step, plans spread over the actions that they last for; NaN where there were none.
  public var mean: Double { total / Double(count) }

  public static func == (left: ActionLatency, right: ActionLatency) -> Bool { true }
}
