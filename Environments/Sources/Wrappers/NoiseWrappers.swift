import SinewTensor

/// Adds normal noise to actions, clamped to the action space.
///
/// A task has this by itself as the parameter `action_noise`; the wrapper is for any environment.
public final class ActionNoise: EnvironmentWrapper {
  public let base: any Environment
  /// Standard deviation, as a share of half the range of each action.
  public let deviation: Double
  private var noise = WrapperNoise("action noise")
  private var noisy: [Float]

  /// `base` with noise of this standard deviation (of half the range of each action) on its actions.
  public init(_ base: any Environment, deviation: Double) {
    self.base = base
    self.deviation = deviation
    noisy = base.actionSpace.low
  }

  public func reset(seed: UInt64?, observation: inout MutableSpan<Float>) throws {
    noise.reset(seed: seed)
    try base.reset(seed: seed, observation: &observation)
  }

  public func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
    try check(action)
    let before = noise
    let space = actionSpace
    for index in action.indices {
      let halfRange = Double(space.high[index] - space.low[index]) / 2
      let value = action[index] + Float(deviation * halfRange * noise.normal())
      noisy[index] = min(max(value, space.low[index]), space.high[index])
    }
    let noisy = noisy
    do {
      return try base.step(action: noisy.span, observation: &observation)
    } catch {
      noise = before
      throw error
    }
  }

  public func snapshot() -> StateDictionary {
    var snapshot = baseSnapshot
    noise.save(to: &snapshot)
    return snapshot
  }

  public func restore(_ snapshot: StateDictionary) throws {
    try noise.load(from: snapshot)
    try restoreBase(from: snapshot)
  }
}

/// Adds normal noise to observations, clamped to the observation space.
///
/// A task has this by itself as the parameter `observation_noise`; the wrapper is for any environment.
public final class ObservationNoise: EnvironmentWrapper {
  public let base: any Environment
  /// Standard deviation, in the observation's units.
  public let deviation: Double
  private var noise = WrapperNoise("observation noise")
  private let space: BoxSpace

  /// `base` with noise of this standard deviation on every component of its observations.
  public init(_ base: any Environment, deviation: Double) {
    self.base = base
    self.deviation = deviation
    space = base.observationSpace
  }

  private func disturb(_ observation: inout MutableSpan<Float>) {
    for index in 0..<observation.count {
      let value = observation[index] + Float(deviation * noise.normal())
      observation[index] = min(max(value, space.low[index]), space.high[index])
    }
  }

  public var anticipates: Bool { base.anticipates }
  public func anticipate(action: Span<Float>) throws { try base.anticipate(action: action) }

  public func reset(seed: UInt64?, observation: inout MutableSpan<Float>) throws {
    try base.reset(seed: seed, observation: &observation)
    noise.reset(seed: seed)
    disturb(&observation)
  }

  public func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
    let outcome = try base.step(action: action, observation: &observation)
    disturb(&observation)
    return outcome
  }

  public func snapshot() -> StateDictionary {
    var snapshot = baseSnapshot
    noise.save(to: &snapshot)
    return snapshot
  }

  public func restore(_ snapshot: StateDictionary) throws {
    try noise.load(from: snapshot)
    try restoreBase(from: snapshot)
  }
}
