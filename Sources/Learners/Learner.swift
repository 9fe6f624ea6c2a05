import SinewDatasets
import SinewPolicies
import SinewTensor

/// A learner that improves a policy from minibatches of transitions gathered online.
public protocol OnlineLearner: Stateful {
  /// Hyper-parameters; `init()` gives the documented defaults.
  associatedtype Configuration: OnlineConfiguration

  /// The name on the command line, for example "sac".
  static var name: String { get }

  /// A fresh learner.
  ///
  /// - Parameters:
  ///   - configuration: hyper-parameters.
  ///   - observationSize: numbers in an observation.
  ///   - actionSize: numbers in an action.
  ///   - precision: what products are multiplied in.
  ///   - generator: every random source is a named split of it.
  /// - Throws: ``ConfigurationError`` where a hyper-parameter is out of its range.
  init(
    configuration: Configuration, observationSize: Int, actionSize: Int, precision: Precision,
    generator: RandomGenerator
  ) throws

  /// The policy being learned.
  var policy: any Policy { get }

  /// Makes one gradient update.
  func update(_ batch: Batch)

  /// Figures of the last update, by their documented names.
  var metrics: [(name: String, value: Double)] { get }
}

/// A learner whose whole state is that of its parts: networks, optimisers, generators, counters.
protocol MadeOfParts: Stateful {
  /// The networks, with the prefixes of their names.
  var modules: [(prefix: String, module: any Module)] { get }
  /// Everything else.
  var otherParts: [(prefix: String, part: any Stateful)] { get }
}

extension MadeOfParts {
  /// Adds every part's state.
  public func saveState(to state: inout StateDictionary, prefix: String) {
    for (name, module) in modules { module.saveParameters(to: &state, prefix: prefix + name) }
    for (name, part) in otherParts { part.saveState(to: &state, prefix: prefix + name) }
  }

  /// Takes every part's state back.
  public func loadState(from state: StateDictionary, prefix: String) throws {
    for (name, module) in modules { try module.loadParameters(from: state, prefix: prefix + name) }
    for (name, part) in otherParts { try part.loadState(from: state, prefix: prefix + name) }
  }
}

/// A count that belongs in checkpoints.
final class Counter: Stateful {
  var count: UInt64 = 0

  func saveState(to state: inout StateDictionary, prefix: String) { state[words: prefix + "count"] = [count] }

  func loadState(from state: StateDictionary, prefix: String) throws {
    count = try state.words(prefix + "count", count: 1)[0]
  }
}

/// What every online learner's hyper-parameters include: what the training loop needs to know.
public protocol OnlineConfiguration: Codable, Sendable {
  /// The defaults.
  init()
  /// Transitions in a minibatch.
  var batchSize: Int { get }
  /// Transitions that the replay buffer keeps.
  var bufferCapacity: Int { get }
  /// Environment steps with uniformly random actions before learning begins.
  var warmUpSteps: Int { get }
  /// Gradient updates for each environment step.
  var updatesPerStep: Double { get }
  /// Throws ``ConfigurationError`` for the first value out of its range.
  func validate() throws
}

extension OnlineConfiguration {
  /// Checks the values that every online learner has.
  func validateLoop() throws {
    try require(batchSize > 0, "batch_size", batchSize, expected: "1 or more")
    try require(bufferCapacity > 0, "buffer_capacity", bufferCapacity, expected: "1 or more")
    try require(warmUpSteps >= 1, "warm_up_steps", warmUpSteps, expected: "1 or more")
    try require(updatesPerStep > 0, "updates_per_step", updatesPerStep, expected: "above 0")
  }
}

/// A hyper-parameter out of its range: one line.
public struct ConfigurationError: Error, CustomStringConvertible {
  /// The key, its value, and what would be right.
  public let description: String

  /// An error about `key`, as it is spelled in configuration files.
  public init(_ key: String, _ value: Any, expected: String) {
    description = "\(key) is \(value), expected \(expected)"
  }
}

/// Throws ``ConfigurationError`` unless the condition holds.
func require(_ condition: Bool, _ key: String, _ value: Any, expected: String) throws {
  if !condition { throw ConfigurationError(key, value, expected: expected) }
}
