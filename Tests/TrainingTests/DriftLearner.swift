import SinewDatasets
import SinewLearners
import SinewPolicies
import SinewSettings
import SinewTensor
import SinewTestSupport

/// A learner that learns nothing and keeps account of everything: cheap, random, and with a state that any slip of the
/// loop would change.
final class DriftLearner: Learner {
  struct Configuration: TransitionHyperParameters {
    var replay = Self.smallReplay
    @NotNegative var rate: Float = 0.01
    /// The update whose loss is not a number; 0 for none.
    var spoiltUpdate = 0
    /// The update that spoils the weights without showing it in the loss; 0 for none.
    var spoiltWeights = 0

    private static var smallReplay: ReplayBufferSettings {
      var replay = ReplayBufferSettings(warmUpSteps: 10)
      (replay.batchSize, replay.bufferCapacity) = (4, 50)
      return replay
    }
  }

  static let about = About("drift", "learns nothing", paper: "none")
  let configuration: Configuration
  private let drift: DriftPolicy
  private var updates = 0
  /// Set by tests to look at every minibatch.
  @TaskLocal static var inspect: Inspection?

  /// A look at a batch, from within the task that trains: it never leaves that task.
  struct Inspection: @unchecked Sendable {
    let look: (Transitions) -> Void
  }

  var policy: any Policy { drift }

  init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    drift = DriftPolicy(
      observationSize: task.observationSize, actionSize: task.actionSize, generator: setup.generator)
  }

  func update(_ batch: Transitions) -> Metrics {
    Self.inspect?.look(batch)
    updates += 1
    let rewards = batch.reward.floats
    let loss = updates == configuration.spoiltUpdate ? .nan : rewards.reduce(0, +) / Float(rewards.count)
    for index in drift.weights.indices {
      drift.weights[index] += configuration.rate * (rewards[0] + Float(drift.generator.normal()))
    }
    if updates == configuration.spoiltWeights { drift.weights[0] = .infinity }
    return ["loss": Tensor(loss), "updates": Tensor(Float(updates))]
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
