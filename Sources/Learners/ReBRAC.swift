import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// Revisited behaviour-regularised actor-critic (Tarasov et al., "Revisiting the Minimalist Approach to Offline
/// Reinforcement Learning", arXiv 2305.09836): TD3 whose actor and whose targets each have a penalty of their own for
/// leaving the data, with normalised layers in the critics, deeper networks and larger minibatches.
public final class ReBRAC: Learner {
  public static let about = About(
    "rebrac", "TD3 near a dataset's actions in actor and targets", paper: "Tarasov et al., arXiv 2305.09836",
    needsDataset: true)

  /// TD3's settings with the defaults of the paper, and its two coefficients, which it finds for each dataset.
  public struct Configuration: TransitionHyperParameters {
    /// β₁: how much the actor's squared distance from the data counts.
    @NotNegative public var actorPenalty: Float = 0.01
    /// β₂: how much the target action's squared distance from the data takes from the target.
    @NotNegative public var criticPenalty: Float = 0.01
    /// What it has in common with TD3.
    public var td3 = TD3.Configuration()

    public var discount: Float { td3.discount }
    public var normaliseObservations: Bool { td3.normaliseObservations }
    public var replay: ReplayBufferSettings { td3.replay }

    public init() {
      (td3.actorLearningRate, td3.criticLearningRate, td3.replay.batchSize) = (1e-3, 1e-3, 1024)
      (td3.criticLayerNorm, td3.network.hiddenSizes) = (true, [256, 256, 256])
      td3.replay.warmUpSteps = 5_000
    }
  }

  public let configuration: Configuration
  private let td3: TD3

  public var request: Transitions.Request {
    Transitions.Request(configuration.replay, discount: configuration.discount, nextAction: true)
  }
  public var policy: any Policy { td3.policy }

  /// TD3's, with −β₂‖a′ − a′_data‖² of every later action, of which what follows has none: meant to be below.
  public var prediction: ValuePrediction? {
    var prediction = td3.prediction
    prediction?.summary =
      "the return of the actor with the noise of the targets, less β₂ times its distance from the data"
    return prediction
  }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    td3 = TD3(configuration.td3, for: task, setup)
  }

  /// β₁·E‖π(s) − a‖² − λ·E[minᵢ Qᵢ(s, π(s))] with λ = 1/E|minᵢ Qᵢ(s, π(s))|, through which no gradient flows.
  private func actorLoss(_ batch: Transitions) -> Metrics {
    let action = td3.actor(batch.observation)
    let value = td3.critics(batch.observation, action).minimum(axis: 0)
    let lambda = 1 / value.detached().abs().mean()
    let cloningLoss = squaredDistance(action, batch.action).mean()
    return [
      "actor_loss": configuration.actorPenalty * cloningLoss - lambda * value.mean(), "cloning_loss": cloningLoss,
      "lambda": lambda,
    ]
  }

  /// β₂‖ã′ − a′‖², a′ being what the data did next.
  private func targetPenalty(_ batch: Transitions, _ action: Tensor) -> Tensor? {
    configuration.criticPenalty * squaredDistance(action, batch.nextAction ?? batch.action)
  }

  /// y = r + γ(1 − d)(minᵢ Q′ᵢ(s′, ã′) − β₂‖ã′ − a′‖²).
  public func update(_ batch: Transitions) -> Metrics {
    td3.update(batch, targetPenalty: targetPenalty, actorLoss: actorLoss)
  }
}

/// ‖a − b‖² of each row: [rows, 1].
private func squaredDistance(_ first: Tensor, _ second: Tensor) -> Tensor {
  (first - second).squared().sum(axis: -1, keepingDimension: true)
}
