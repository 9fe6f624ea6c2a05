import SinewDatasets
import SinewLearners
import SinewPolicies
import SinewTensor

/// A learner that learns nothing and keeps account of everything: cheap, random, and with a state that any slip of the
/// loop would change.
final class DriftLearner: OnlineLearner {
  struct Configuration: OnlineConfiguration {
    var batchSize = 4
    var bufferCapacity = 50
    var warmUpSteps = 10
    var updatesPerStep = 1.0
    var rate: Float = 0.01
    /// The update whose loss is not a number; 0 for none.
    var spoiltUpdate = 0
    /// The update that spoils the weights without showing it in the loss; 0 for none.
    var spoiltWeights = 0
    func validate() throws {
      if rate < 0 { throw ConfigurationError("rate", rate, expected: "0 or more") }
    }
  }

  static let name = "drift"
  private let drift: DriftPolicy
  private let configuration: Configuration
  private var updates = 0
  private var loss = 0.0
  /// Set by tests to look at every minibatch.
  @TaskLocal static var inspect: Inspection?

  /// A look at a batch, from within the task that trains: it never leaves that task.
  struct Inspection: @unchecked Sendable {
    let look: (Batch) -> Void
  }

  var policy: any Policy { drift }
  var metrics: [(name: String, value: Double)] { [("loss", loss), ("updates", Double(updates))] }

  init(
    configuration: Configuration, observationSize: Int, actionSize: Int, precision: Precision,
    generator: RandomGenerator
  ) throws {
    self.configuration = configuration
    drift = DriftPolicy(observationSize: observationSize, actionSize: actionSize, generator: generator)
  }

  func update(_ batch: Batch) {
    Self.inspect?.look(batch)
    updates += 1
    let rewards = batch.reward.floats
    loss = updates == configuration.spoiltUpdate ? .nan : Double(rewards.reduce(0, +)) / Double(rewards.count)
    for index in drift.weights.indices {
      drift.weights[index] += configuration.rate * (rewards[0] + Float(drift.generator.normal()))
    }
    if updates == configuration.spoiltWeights { drift.weights[0] = .infinity }
  }

  func saveState(to state: inout StateDictionary, prefix: String) {
    drift.saveParameters(to: &state, prefix: prefix)
    state.set(prefix + "generator", generator: drift.generator)
    state[words: prefix + "updates"] = [UInt64(updates)]
  }

  func loadState(from state: StateDictionary, prefix: String) throws {
    try drift.loadParameters(from: state, prefix: prefix)
    drift.generator = try state.generator(prefix + "generator")
    updates = Int(try state.words(prefix + "updates", count: 1)[0])
  }
}

/// tanh of a random linear map, with noise unless deterministic.
final class DriftPolicy: Policy {
  let observationSize: Int
  let actionSize: Int
  var weights: [Float]
  var generator: RandomGenerator

  init(observationSize: Int, actionSize: Int, generator: RandomGenerator) {
    self.observationSize = observationSize
    self.actionSize = actionSize
    self.generator = generator
    weights = Array(repeating: 0.1, count: observationSize * actionSize)
  }

  func act(observations: Span<Float>, count: Int, deterministic: Bool, actions: inout MutableSpan<Float>) {
    for row in 0..<count {
      for action in 0..<actionSize {
        var sum = deterministic ? 0 : Float(generator.normal())
        for index in 0..<observationSize {
          sum += weights[action * observationSize + index] * observations[row * observationSize + index]
        }
        actions[row * actionSize + action] = sum / (1 + abs(sum))
      }
    }
  }

  func saveParameters(to state: inout StateDictionary, prefix: String) { state[floats: prefix + "weights"] = weights }
  func loadParameters(from state: StateDictionary, prefix: String) throws {
    weights = try state.floats(prefix + "weights", count: weights.count)
  }
}
