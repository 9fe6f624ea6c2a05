import SinewPhysics
import SinewTensor

/// An environment around another one, of which it changes some part; everything else is the other's.
///
/// Wrappers compose: each takes any ``Environment``, and is one. Snapshots hold the state of the wrapper and of
/// everything inside it.
public protocol EnvironmentWrapper: Environment {
  /// The environment inside.
  var base: any Environment { get }
}

extension EnvironmentWrapper {
  public var name: String { base.name }
  public var observationSpace: BoxSpace { base.observationSpace }
  public var actionSpace: BoxSpace { base.actionSpace }
  public var controlPeriod: Double { base.controlPeriod }
  public var maximumSteps: Int { base.maximumSteps }
  public var simulation: Simulation? { base.simulation }
  public var restoresExactly: Bool { base.restoresExactly }
  public func picture() throws -> EnvironmentPicture? { try base.picture() }
  public var rewardTerms: [(name: String, value: Double)] { base.rewardTerms }
  public var isSuccess: Bool? { base.isSuccess }
  public var parameters: [EnvironmentParameter] { base.parameters }

  public func setParameter(_ name: String, to distribution: ParameterDistribution) throws {
    try base.setParameter(name, to: distribution)
  }

  public func releaseParameter(_ name: String) throws { try base.releaseParameter(name) }

  public func applyDisturbance(force: SIMD3<Double>, torque: SIMD3<Double>, to body: String) throws {
    try base.applyDisturbance(force: force, torque: torque, to: body)
  }

  public func reset(seed: UInt64?, observation: inout MutableSpan<Float>) throws {
    try base.reset(seed: seed, observation: &observation)
  }

  public func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
    try base.step(action: action, observation: &observation)
  }

  public func snapshot() -> StateDictionary { baseSnapshot }

  public func restore(_ snapshot: StateDictionary) throws { try restoreBase(from: snapshot) }

  /// A state with what is inside in it: a wrapper with a state of its own begins its snapshot with it.
  public var baseSnapshot: StateDictionary {
    var snapshot = StateDictionary()
    snapshot.merge(base.snapshot(), prefix: "base.")
    return snapshot
  }

  /// Gives what is inside back its part of a snapshot that began with ``baseSnapshot``.
  ///
  /// - Throws: ``StateError`` naming what is missing or has another size.
  public func restoreBase(from snapshot: StateDictionary) throws { try base.restore(snapshot.section("base.")) }

  /// Throws unless the action is of the right size and finite, so that nothing has happened by then.
  public func check(_ action: Span<Float>) throws {
    guard action.count == actionSpace.count else {
      throw EnvironmentError("\(name): the action has \(actionSpace.count) components, not \(action.count)")
    }
    for index in action.indices where !action[index].isFinite {
      throw EnvironmentError("\(name): action \(index) is \(action[index]); it must be finite")
    }
  }

  func check(observation: borrowing MutableSpan<Float>) throws {
    guard observation.count == observationSpace.count else {
      throw EnvironmentError(
        "\(name): the observation has \(observationSpace.count) components, not \(observation.count)")
    }
  }
}

/// A random stream of a wrapper's own: seeded with the environment, apart from its draws.
struct WrapperNoise {
  private let label: String
  private(set) var generator: RandomGenerator

  init(_ label: String) {
    self.label = label
    generator = RandomGenerator(seed: 0).split(label)
  }

  /// Restarts where the environment is seeded; goes on otherwise.
  mutating func reset(seed: UInt64?) {
    if let seed { generator = RandomGenerator(seed: seed).split(label) }
  }

  mutating func normal() -> Double { generator.normal() }

  func save(to state: inout StateDictionary) { state.set("noise", generator: generator) }
  mutating func load(from state: StateDictionary) throws { generator = try state.generator("noise") }
}
