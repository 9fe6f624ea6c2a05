import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// Ensemble-diversified actor-critic (An et al., "Uncertainty-Based Offline Reinforcement Learning with Diversified
/// Q-Ensemble", arXiv 2110.01548): soft actor-critic with the smallest of many critics, kept apart by how alike their
/// gradients by the dataset's actions are. Without that (`diversity` 0) it is the paper's SAC-N.
public final class EDAC: Learner {
  public static let about = About(
    "edac", "soft actor-critic with diverse critics on a dataset", paper: "An et al., arXiv 2110.01548",
    needsDataset: true)

  /// The defaults of the authors' code.
  public struct Configuration: TransitionHyperParameters, SoftActorSettings {
    /// N critics; the target is the smallest value of all.
    @CountWithin<2, 1_000> public var criticCount = 10
    /// η: how much likeness between the critics' gradients counts; 0 is SAC-N.
    @NotNegative public var diversity: Float = 1
    /// γ, how much the next step's value counts, and τ, the fraction by which target critics follow at each update.
    @Fraction public var discount: Float = 0.99
    @PositiveFraction public var averagingRate: Float = 0.005
    /// Adam's step sizes for the actor, the critics, and the logarithm of the temperature.
    @Positive public var actorLearningRate: Float = 3e-4
    @Positive public var criticLearningRate: Float = 3e-4
    @NotNegative public var temperatureLearningRate: Float = 3e-4
    /// α at the start, and the entropy that it aims at, in nats, for actions in [−1, 1]; null: −(number of actions).
    @Positive public var initialTemperature: Float = 1
    public var targetEntropy: Float?
    public var normaliseObservations = false
    public var network = NetworkSettings(hiddenSizes: [256, 256, 256])
    public var replay = ReplayBufferSettings()

    public init() {}
  }

  public let configuration: Configuration
  private let actor: SoftActor
  private let critics, targetCritics: QEnsemble
  private let criticOptimiser: Adam
  private let noise: RandomStream
  private let step: Recorded

  public var policy: any Policy { actor.policy }
  public var prediction: ValuePrediction? { actor.prediction(of: critics, discount: configuration.discount) }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    (critics, targetCritics) = withTarget {
      QEnsemble(
        task, configuration.network, members: configuration.criticCount, generator: setup.split("critics"))
    }
    actor = SoftActor(configuration, for: task, sharing: critics.encoder, setup)
    criticOptimiser = Adam(critics, learningRate: configuration.criticLearningRate)
    (noise, step) = (setup.stream("noise"), setup.recorded())
  }

  /// y = r + γ(1 − d)(minᵢ Q′ᵢ(s′, a′) − α log π(a′|s′)), a′ ~ π(·|s′).
  private func target(_ batch: Transitions, _ alpha: Tensor) -> Tensor {
    let next = actor.sample(batch.nextObservation, noise)
    let value = targetCritics(batch.nextObservation, next.action).minimum(axis: 0)
    return batch.reward + batch.discount * (value - alpha * next.logProbability)
  }

  /// E[Σ over i ≠ j of cos(∇ₐQᵢ(s, a), ∇ₐQⱼ(s, a))]/(N − 1). With unit vectors uᵢ the sum is ‖Σuᵢ‖² − Σ‖uᵢ‖².
  private func likeness(_ gradient: Tensor) -> Tensor {
    let norm = (gradient.squared().sum(axis: -1, keepingDimension: true) + 1e-20).sqrt()
    let unit = gradient / norm
    let pairs = unit.sum(axis: 0).squared().sum(axis: -1) - unit.squared().sum(axis: -1).sum(axis: 0)
    return pairs.mean() / Float(critics.members - 1)
  }

  public func update(_ batch: Transitions) -> Metrics {
    step(batch) {
      let alpha = actor.temperature()  // Both losses use it from before its own step.
      let (value, gradient) = critics.withActionGradient(batch.observation, batch.action)
      let likeness = likeness(gradient)
      let bellmanError = Float(critics.members) * meanSquaredError(value, target(batch, alpha))
      let criticLoss = configuration.diversity == 0 ? bellmanError : bellmanError + configuration.diversity * likeness
      criticOptimiser.descend(criticLoss)

      let (action, logProbability) = actor.sample(batch.observation, noise)
      let actorLoss = (alpha * logProbability - critics(batch.observation, action).minimum(axis: 0)).mean()
      let actorFigures = actor.descend(actorLoss, logProbability, alpha)
      targetCritics.follow(critics, rate: configuration.averagingRate)
      return ["critic_loss": criticLoss, "gradient_likeness": likeness, "value_mean": value.mean()] + actorFigures
    }
  }
}
