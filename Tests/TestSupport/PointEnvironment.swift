import SinewEnvironments
import SinewPhysics
import SinewTensor

/// A point on a line that an action pushes: small enough to know everything about, and to break on purpose.
///
/// It starts in ±0.1 and moves by 0.2 × action (±1). The reward is −|x|, so that action 0 from 0 is best; beyond ±1 the
/// episode terminates; it's truncated at the time limit.
public final class PointEnvironment: Environment {
  /// A way to break a promise of ``Environment``.
  public enum Fault: CaseIterable, Sendable {
    case emptyObservation, unboundedAction, reversedBounds, zeroPeriod, namelessness
    case nanObservation, observationOutOfBounds, nanReward, wrongRewardTerms
    case truncatesOnFall, terminatesAtLimit, ignoresLimit, stepsAfterEnd
    case ignoresSeed, sharedRandomness, reseedsOnReset, forgetsGenerator, forgetsStepCount, forgetsPosition
    case snapshotMoves, acceptsNaN, movesOnNaN, acceptsWrongCount, acceptsEmptyState, stepsBeforeReset
  }

  private let fault: Fault?
  private let limit: Int
  private var position = 0.0
  private var count = 0
  private var isRunning = false
  private var generator = RandomGenerator(seed: 0)
  private var reward = 0.0
  /// How often it was reset.
  public private(set) var resetCount = 0

  /// A point with a time limit, broken in one way or none.
  public init(limit: Int = 60, fault: Fault? = nil) {
    (self.limit, self.fault) = (limit, fault)
    isRunning = fault == .stepsBeforeReset
  }

  public var name: String { fault == .namelessness ? "" : "point" }
  public var observationSpace: BoxSpace {
    switch fault {
    case .emptyObservation: BoxSpace(low: [], high: [])
    case .reversedBounds: BoxSpace(low: [2], high: [-2])
    default: BoxSpace(low: [-2], high: [2])
    }
  }
  public var actionSpace: BoxSpace { BoxSpace(low: [-1], high: [fault == .unboundedAction ? .infinity : 1]) }
  public var controlPeriod: Double { fault == .zeroPeriod ? 0 : 0.1 }
  public var maximumSteps: Int { limit }
  public var simulation: Simulation? { nil }
  public var rewardTerms: [(name: String, value: Double)] {
    [("nearness", fault == .wrongRewardTerms ? reward + 0.5 : reward)]
  }

  public func reset(seed: UInt64?, observation: inout MutableSpan<Float>) throws {
    if fault == .reseedsOnReset { generator = RandomGenerator(seed: 4) }
    if let seed, fault != .ignoresSeed { generator = RandomGenerator(seed: seed) }
    if fault == .sharedRandomness {
      var system = SystemRandomNumberGenerator()
      position = Double.random(in: -0.1...0.1, using: &system)
    } else {
      position = generator.uniform(-0.1...0.1)
    }
    (count, isRunning, reward) = (0, true, 0)
    resetCount += 1
    show(&observation)
  }

  public func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
    guard isRunning || fault == .stepsAfterEnd else { throw EnvironmentError("point: reset before stepping") }
    guard action.count == 1 || fault == .acceptsWrongCount else { throw EnvironmentError("point: wrong count") }
    if !action[0].isFinite {
      if fault == .movesOnNaN { position += 0.01 }
      guard fault == .acceptsNaN else { throw EnvironmentError("point: the action is not finite") }
    }
    position += 0.2 * Double(min(max(action[0], -1), 1))
    count += 1
    reward = fault == .nanReward ? .nan : -abs(position)
    show(&observation)
    let fell = abs(position) > 1
    let late = limit > 0 && count >= limit && fault != .ignoresLimit
    isRunning = !fell && !late
    switch fault {
    case .truncatesOnFall: return StepOutcome(reward: reward, terminated: false, truncated: fell || late)
    case .terminatesAtLimit: return StepOutcome(reward: reward, terminated: fell || late, truncated: false)
    default: return StepOutcome(reward: reward, terminated: fell, truncated: late)
    }
  }

  private func show(_ observation: inout MutableSpan<Float>) {
    guard observation.count == 1 else { return }
    switch fault {
    case .nanObservation: observation[0] = .nan
    case .observationOutOfBounds: observation[0] = Float(position) + 3
    default: observation[0] = Float(position)
    }
  }

  public func snapshot() -> StateDictionary {
    var snapshot = StateDictionary()
    snapshot[doubles: "position"] = [position, reward]
    snapshot[words: "episode"] = [UInt64(count), isRunning ? 1 : 0]
    snapshot.set("generator", generator: generator)
    if fault == .snapshotMoves { _ = generator.next() }
    return snapshot
  }

  public func restore(_ snapshot: StateDictionary) throws {
    if fault == .acceptsEmptyState && snapshot.names.isEmpty { return }
    let values = try snapshot.doubles("position", count: 2)
    let episode = try snapshot.words("episode", count: 2)
    if fault != .forgetsGenerator { generator = try snapshot.generator("generator") }
    if fault != .forgetsPosition { position = values[0] }
    if fault != .forgetsStepCount { count = Int(truncatingIfNeeded: episode[0]) }
    reward = values[1]
    isRunning = episode[1] != 0
  }
}
