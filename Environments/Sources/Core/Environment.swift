import SinewPhysics
import SinewTensor

/// What one step of an environment gave besides the observation.
///
/// `terminated` and `truncated` are apart because a learner treats them apart: after a termination the value of what
/// follows is zero, after a truncation (the time limit) it's still to be estimated from the final observation.
public struct StepOutcome: Sendable, Equatable {
  /// Reward of the step.
  public var reward: Double
  /// The episode ended for a reason inside the task, such as a fall.
  public var terminated: Bool
  /// The episode was cut off by the time limit.
  public var truncated: Bool

  /// An outcome with these values.
  public init(reward: Double, terminated: Bool, truncated: Bool) {
    self.reward = reward
    self.terminated = terminated
    self.truncated = truncated
  }

  /// Whether the episode is over, for either reason.
  public var ended: Bool { terminated || truncated }
}

/// A task that a policy acts in, with Gymnasium's semantics.
///
/// Call `reset` first, then `step` until the outcome is `terminated` or `truncated`, then `reset` again. The same seed
/// and the same actions give the same bits. An environment is confined to one thread at a time and may move between
/// threads.
public protocol Environment: AnyObject {
  /// Name for people: the catalogue's, or the task file's folder.
  var name: String { get }
  /// Bounds of observations. Unbounded components are infinite.
  var observationSpace: BoxSpace { get }
  /// Bounds of actions, finite. Actions outside are allowed: what they do is the task's business (usually clamped).
  var actionSpace: BoxSpace { get }
  /// Seconds of simulated time per step.
  var controlPeriod: Double { get }
  /// Steps after which an episode is truncated; 0 for no limit.
  var maximumSteps: Int { get }

  /// Begins an episode.
  ///
  /// - Parameters:
  ///   - seed: restarts the environment's random generator; nil continues it (an environment that was never seeded
  ///     starts from seed 0).
  ///   - observation: receives the first observation, `observationSpace.count` numbers.
  func reset(seed: UInt64?, observation: inout MutableSpan<Float>) throws

  /// Advances by one control period. Does not allocate.
  ///
  /// - Parameters:
  ///   - action: `actionSpace.count` finite numbers in the units of `actionSpace`.
  ///   - observation: receives the observation after the step.
  /// - Throws: ``EnvironmentError`` if an action is not finite, a count is wrong, or no episode is running: nothing has
  ///   happened then. The simulation's error if its state is no longer finite: the episode is over then.
  func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome

  /// The exact state: generator, step counter and physics. After `restore`, the same actions give the same bits.
  func snapshot() -> StateDictionary

  /// Takes back a state that ``snapshot()`` of an environment of the same task gave.
  ///
  /// - Throws: ``StateError`` naming what is missing or has another size.
  func restore(_ snapshot: StateDictionary) throws

  /// Whether ``restore(_:)`` brings back the exact state; true by default. Otherwise it only decides the episode that
  /// the next reset begins, which must come before the next step.
  var restoresExactly: Bool { get }

  /// Whether ``anticipate(action:)`` begins a step elsewhere, so that many environments are stepped at the same time by
  /// one thread; false by default.
  var anticipates: Bool { get }

  /// Says what action the coming `step` will take, so that it can begin. Where the step ends the episode, `reset(seed:
  /// nil)` must follow it. By default nothing happens.
  ///
  /// - Throws: as `step` does for a wrong action.
  func anticipate(action: Span<Float>) throws

  /// What the environment draws of itself; nil (the default) where it does not. Throws what drawing throws.
  func picture() throws -> EnvironmentPicture?

  /// The physics behind the environment, to look at; nil (the default) when there is none.
  var simulation: Simulation? { get }

  /// The weighted reward terms of the last step; their values sum to its reward. None (the default) where the reward
  /// has no parts.
  var rewardTerms: [(name: String, value: Double)] { get }

  /// Whether the episode has succeeded in any step so far, also after its end until the next reset; nil (the default)
  /// where the task has no notion of success.
  var isSuccess: Bool? { get }

  /// Physical quantities that can be set, see ``setParameter(_:to:)-(String,ParameterDistribution)``; none by default.
  var parameters: [EnvironmentParameter] { get }

  /// From the next reset on, draws a parameter from `distribution` in every episode, whatever the task says, until
  /// ``releaseParameter(_:)``. Part of a snapshot.
  ///
  /// Parameters have random streams of their own: how an episode begins otherwise does not depend on them.
  ///
  /// - Throws: ``UnknownNameError`` with the nearest name; ``EnvironmentError`` for values out of the parameter's
  ///   range.
  func setParameter(_ name: String, to distribution: ParameterDistribution) throws

  /// From the next reset on, gives a parameter back to the task.
  ///
  /// - Throws: ``UnknownNameError`` with the nearest name.
  func releaseParameter(_ name: String) throws

  /// Pushes a body during the coming step, and no longer; several pushes add up. Ends with the episode.
  ///
  /// - Parameters:
  ///   - force: at the body's centre of mass, in world axes, N. A planar robot only feels what lies in its plane.
  ///   - torque: in world axes, N·m.
  ///   - body: the body's name.
  /// - Throws: ``UnknownNameError`` with the nearest name; the simulation's error for a body that cannot move or
  ///   numbers that are not finite; ``EnvironmentError`` where nothing can be pushed.
  func applyDisturbance(force: SIMD3<Double>, torque: SIMD3<Double>, to body: String) throws
}

/// A picture that an environment draws of itself.
public struct EnvironmentPicture: Sendable, Equatable {
  /// Pixels across.
  public var width: Int
  /// Pixels down.
  public var height: Int
  /// Red, green, blue in 0…255, row by row from the top left: height × width × 3.
  public var pixels: [UInt8]

  /// A picture of these pixels.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    (self.width, self.height, self.pixels) = (width, height, pixels)
  }
}

extension Environment {
  /// Steps after which whoever runs whole episodes ends one: the time limit, or 10,000 where the environment has none.
  public var longestEpisode: Int { maximumSteps > 0 ? maximumSteps : 10_000 }

  /// No physics to look at.
  public var simulation: Simulation? { nil }

  /// The reward has no parts.
  public var rewardTerms: [(name: String, value: Double)] { [] }

  /// Exactly.
  public var restoresExactly: Bool { true }
  /// Steps are taken by whoever calls `step`.
  public var anticipates: Bool { false }
  /// Nothing.
  public func anticipate(action: Span<Float>) throws {}
  /// None.
  public func picture() throws -> EnvironmentPicture? { nil }

  /// No notion of success.
  public var isSuccess: Bool? { nil }

  /// None.
  public var parameters: [EnvironmentParameter] { [] }

  /// There is none to set.
  public func setParameter(_ name: String, to distribution: ParameterDistribution) throws {
    throw EnvironmentError("\(self.name) has no parameters; '\(name)' cannot be set")
  }

  /// There is none to release.
  public func releaseParameter(_ name: String) throws {
    throw EnvironmentError("\(self.name) has no parameters; '\(name)' cannot be released")
  }

  /// There is nothing to push.
  public func applyDisturbance(force: SIMD3<Double>, torque: SIMD3<Double>, to body: String) throws {
    throw EnvironmentError("\(name) has no bodies to push")
  }

  /// Holds a parameter at a value from the next reset on, see ``setParameter(_:to:)-(String,ParameterDistribution)``.
  public func setParameter(_ name: String, to value: Double) throws {
    try setParameter(name, to: .fixed(value))
  }

  /// Pushes a body at its centre of mass during the coming step (N, world axes).
  public func applyDisturbance(_ force: SIMD3<Double>, to body: String) throws {
    try applyDisturbance(force: force, torque: .zero, to: body)
  }

  /// Sets several parameters. Throws as setting one does, for the first that cannot be.
  public func setParameters(_ assignments: [ParameterAssignment]) throws {
    for assignment in assignments { try setParameter(assignment.name, to: assignment.distribution) }
  }

  /// Begins an episode and returns the first observation.
  public func reset(seed: UInt64? = nil) throws -> [Float] {
    var observation = [Float](repeating: 0, count: observationSpace.count)
    var span = observation.mutableSpan
    try checkedReset(seed: seed, observation: &span)
    return observation
  }

  /// Advances by one control period and returns the observation with the outcome.
  public func step(_ action: [Float]) throws -> (observation: [Float], outcome: StepOutcome) {
    var observation = [Float](repeating: 0, count: observationSpace.count)
    var span = observation.mutableSpan
    let outcome = try checkedStep(action: action.span, observation: &span)
    return (observation, outcome)
  }
}
