import SinewTensor

/// Cuts episodes off earlier: the last step is truncated, unless it terminates the episode anyway.
public final class TimeLimit: EnvironmentWrapper {
  public let base: any Environment
  public let maximumSteps: Int
  private var steps = 0
  private var isRunning = false
  var endsAtTimeLimit = true

  /// `base` for at most `steps` steps an episode, 1 or more.
  public init(_ base: any Environment, steps: Int) {
    precondition(steps > 0, "a time limit is at least one step")
    self.base = base
    maximumSteps = base.maximumSteps > 0 ? min(base.maximumSteps, steps) : steps
  }

  public var anticipates: Bool { base.anticipates }
  public func anticipate(action: Span<Float>) throws { try base.anticipate(action: action) }

  public func reset(seed: UInt64?, observation: inout MutableSpan<Float>) throws {
    isRunning = false
    try base.reset(seed: seed, observation: &observation)
    (steps, isRunning) = (0, true)
  }

  public func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
    guard isRunning else { throw EnvironmentError("\(name): no episode is running; reset before stepping") }
    var outcome = try base.step(action: action, observation: &observation)
    steps += 1
    if endsAtTimeLimit, steps >= maximumSteps { outcome.truncated = true }
    isRunning = !outcome.ended
    return outcome
  }

  public func snapshot() -> StateDictionary {
    var snapshot = baseSnapshot
    snapshot[words: "time_limit"] = [UInt64(steps), isRunning ? 1 : 0]
    return snapshot
  }

  public func restore(_ snapshot: StateDictionary) throws {
    let numbers = try snapshot.counts("time_limit", count: 2)
    try restoreBase(from: snapshot)
    (steps, isRunning) = (numbers[0], numbers[1] != 0)
  }
}

/// Takes every action several times over: a step is as many steps of the environment, or fewer where the episode ends.
/// Rewards add up.
public final class ActionRepeat: EnvironmentWrapper {
  public let base: any Environment
  /// Steps of the environment for each action.
  public let count: Int
  private var terms: [(name: String, value: Double)] = []

  /// `base` with every action taken `count` times, 1 or more.
  public init(_ base: any Environment, count: Int) {
    precondition(count > 0, "an action is taken at least once")
    self.base = base
    self.count = count
  }

  public var controlPeriod: Double { Double(count) * base.controlPeriod }
  public var maximumSteps: Int { (base.maximumSteps + count - 1) / count }
  public var rewardTerms: [(name: String, value: Double)] { terms }

  public func reset(seed: UInt64?, observation: inout MutableSpan<Float>) throws {
    try base.reset(seed: seed, observation: &observation)
    terms = base.rewardTerms
  }

  public func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
    var total = try base.step(action: action, observation: &observation)
    terms = base.rewardTerms
    for _ in 1..<count where !total.ended {
      let outcome = try base.step(action: action, observation: &observation)
      (total.terminated, total.truncated) = (outcome.terminated, outcome.truncated)
      total.reward += outcome.reward
      for (index, term) in base.rewardTerms.enumerated() { terms[index].value += term.value }
    }
    return total
  }
}
