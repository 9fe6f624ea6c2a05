import SinewDatasets
import SinewPolicies
import SinewSettings

/// The hyper-parameters of a learner.
public protocol HyperParameters: SettingsGroup {
  /// Whether learner and policy see (s − mean)/scale: with the dataset's mean and deviation + 10⁻³ (arXiv 2106.06860)
  /// where there is one, else with running statistics. False where nothing else is said.
  var normaliseObservations: Bool { get }
  /// Whether the learner sees rewards divided by the running deviation of their discounted sum, as with the wrapper
  /// `normalise_reward`. False where nothing else is said.
  var normaliseRewards: Bool { get }
  /// What the greatest absolute discounted sum of normalised rewards may be: they are divided by more where it was
  /// greater. Nil, where nothing else is said, for the deviation alone.
  var rewardReach: Float? { get }

  /// Throws ``ConfigurationError`` for values that do not fit a task.
  func validate(for task: TaskShape) throws
}

extension HyperParameters {
  public var normaliseObservations: Bool { false }
  public var normaliseRewards: Bool { false }
  public var rewardReach: Float? { nil }
  public func validate(for task: TaskShape) throws {}
}

extension SettingsGroup {
  /// Throws ``ConfigurationError``, its key with its groups, where a network here cannot take a task's pictures.
  func checkNetworks(for task: TaskShape, path: String = "") throws {
    for child in Mirror(reflecting: self).children {
      let key = path + snakeCase(child.label ?? "")
      switch child.value {
      case let network as NetworkSettings:
        do { try network.encoder.validate(for: task.observation) } catch var error as ConfigurationError {
          error.key = "\(key).encoder.\(error.key)"
          throw error
        }
      case let group as any SettingsGroup: try group.checkNetworks(for: task, path: key + ".")
      default: break
      }
    }
  }
}

/// Throws ``ConfigurationError`` where the residual blocks of a network have several widths.
func requireBlocksOfOneWidth(critics: [Int], actor: [Int]) throws {
  for (key, widths) in [("critic_hidden_sizes", critics), ("network.hidden_sizes", actor)] {
    try require(Set(widths).count == 1, key, widths, expected: "the same width for every block")
  }
}

/// Hyper-parameters of a learner from transitions.
public protocol TransitionHyperParameters: HyperParameters {
  /// γ, how much the next step's value counts; 1 where nothing else is said.
  var discount: Float { get }
  /// Minibatches, and how transitions are gathered.
  var replay: ReplayBufferSettings { get }
}

extension TransitionHyperParameters {
  public var discount: Float { 1 }
}

extension Learner where Minibatch == Transitions, Configuration: TransitionHyperParameters {
  public var request: Transitions.Request {
    Transitions.Request(configuration.replay, discount: configuration.discount)
  }
}
