import SinewDatasets
import SinewPolicies
import SinewTensor

/// What improves a policy by gradient updates: the part that does not depend on what the updates are made from.
public protocol Learner: Stateful {
  /// Hyper-parameters; `init()` gives the documented defaults.
  associatedtype Configuration: LearnerConfiguration

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

  /// The policy being learned. It takes raw observations.
  var policy: any Policy { get }

  /// The action values being learned, for steering; nil for a learner without.
  var critic: (any ActionValue)? { get }

  /// Tells a learner from a dataset what it is about to learn from; called before the first update and again when a run is
  /// resumed, before the state is loaded. Never called for learning online.
  ///
  /// - Parameters:
  ///   - statistics: of the dataset.
  ///   - updates: how many updates the whole run will make, for schedules.
  func prepare(for statistics: DatasetStatistics, updates: Int)

  /// Figures of the last update, by their documented names.
  var metrics: [(name: String, value: Double)] { get }
}

extension Learner {
  public var critic: (any ActionValue)? { nil }

  public func prepare(for statistics: DatasetStatistics, updates: Int) {}
}

/// A learner from minibatches of transitions, wherever they come from.
public protocol TransitionLearner: Learner {
  /// Makes one gradient update.
  func update(_ batch: Batch)
}

/// A learner from transitions that it gathers itself, acting in environments.
public protocol OnlineLearner: TransitionLearner where Configuration: OnlineConfiguration {}

/// A learner from windows of a dataset's episodes: what was seen, and the actions that followed.
public protocol ChunkLearner: Learner where Configuration: ChunkConfiguration {
  /// Makes one gradient update.
  func update(_ batch: ChunkBatch)
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
    count = UInt64(try state.count(prefix + "count"))
  }
}

/// What every learner's hyper-parameters include.
public protocol LearnerConfiguration: Codable, Sendable {
  /// The defaults.
  init()
  /// Transitions, or windows, in a minibatch.
  var batchSize: Int { get }
  /// Throws ``ConfigurationError`` for the first value out of its range.
  func validate() throws
}

/// What every online learner's hyper-parameters include: what the training loop needs to know.
public protocol OnlineConfiguration: LearnerConfiguration {
  /// Transitions that the replay buffer keeps.
  var bufferCapacity: Int { get }
  /// Environment steps with uniformly random actions before learning begins.
  var warmUpSteps: Int { get }
  /// Gradient updates for each environment step.
  var updatesPerStep: Double { get }
}

/// What every chunk learner's hyper-parameters include.
public protocol ChunkConfiguration: LearnerConfiguration {
  /// Observations that the policy sees at once, To; 1 or more.
  var observationHorizon: Int { get }
  /// Actions that it predicts, Tp; 1 or more.
  var predictionHorizon: Int { get }
  /// Actions that it takes before it looks again, Ta; 1 to Tp − To + 1.
  var actionHorizon: Int { get }
}

extension LearnerConfiguration {
  /// Checks what networks are made from.
  func validate(hiddenSizes: [Int]) throws {
    try require(
      !hiddenSizes.isEmpty && hiddenSizes.allSatisfy { $0 > 0 }, "hidden_sizes", hiddenSizes,
      expected: "positive widths")
  }
}

extension OnlineConfiguration {
  /// Checks the values that every online learner has.
  func validateLoop() throws {
    try require(batchSize > 0, "batch_size", batchSize, expected: "1 or more")
    try require(bufferCapacity > 0, "buffer_capacity", bufferCapacity, expected: "1 or more")
    try require(warmUpSteps >= 1, "warm_up_steps", warmUpSteps, expected: "1 or more")
    try require(
      updatesPerStep > 0 && updatesPerStep <= 1e6, "updates_per_step", updatesPerStep,
      expected: "above 0, at most 1000000")
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
