import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// Soft actor-critic with automatic temperature (Haarnoja et al., arXiv 1812.05905). The actor maximises return plus
/// temperature × entropy; twin critics, of which targets use the smaller; the temperature holds the policy's entropy at a target.
public final class SAC: Learner {
  public static let about = About(
    "sac", "soft actor-critic with automatic temperature", paper: "Haarnoja et al., arXiv 1812.05905")

  /// The defaults of Stable-Baselines3, except the longer warm-up that its tuned settings use.
  public struct Configuration: TransitionHyperParameters {
    /// γ, how much the next step's value counts.
    @Fraction public var discount: Float = 0.99
    /// τ, the fraction by which target critics follow the critics at each update.
    @PositiveFraction public var averagingRate: Float = 0.005
    /// Adam's step sizes for the actor, the critics, and the logarithm of the temperature.
    @Positive public var actorLearningRate: Float = 3e-4
    @Positive public var criticLearningRate: Float = 3e-4
    @NotNegative public var temperatureLearningRate: Float = 3e-4
    /// α at the start.
    @Positive public var initialTemperature: Float = 1
    /// The entropy that the temperature aims at, in nats, for actions in [−1, 1]; null means −(number of actions).
    public var targetEntropy: Float?
    public var normaliseObservations = false
    public var network = NetworkSettings()
    public var replay = ReplaySettings()

    public init() {}
  }

  public let configuration: Configuration
  private let actor: GaussianPolicy
  private let critics, targetCritics: QEnsemble
  private let temperature: Temperature
  private let actorOptimiser, criticOptimiser, temperatureOptimiser: Adam
  private let noise, exploration: RandomStream
  private let step: Recorded
  @NotSaved private var values: EnsembleValue

  public var policy: any Policy { actor }
  public var critic: (any ActionValue)? { values }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    critics = QEnsemble(task, configuration.network, generator: setup.split("critics"))
    targetCritics = QEnsemble(task, configuration.network, generator: setup.split("critics"))
    actor = GaussianPolicy(
      task, configuration.network, sharing: critics.encoder, generator: setup.split("actor"))
    temperature = Temperature(
      initial: configuration.initialTemperature,
      targetEntropy: configuration.targetEntropy ?? -Float(task.actionSize))
    actorOptimiser = Adam(actor, learningRate: configuration.actorLearningRate)
    criticOptimiser = Adam(critics, learningRate: configuration.criticLearningRate)
    temperatureOptimiser = Adam(temperature, learningRate: configuration.temperatureLearningRate)
    (noise, exploration) = (setup.stream("noise"), actor.exploration)
    step = setup.recorded()
    values = EnsembleValue(critics, for: task)
  }

  /// y = r + γ(1 − d)(minᵢ Q′ᵢ(s′, a′) − α log π(a′|s′)), a′ ~ π(·|s′).
  private func target(_ batch: Transitions, _ alpha: Tensor) -> Tensor {
    let next = actor.sample(batch.nextObservation, noise)
    let nextValue = targetCritics(batch.nextObservation, next.action).minimum(axis: 0) - alpha * next.logProbability
    return batch.reward + batch.discount * nextValue
  }

  public func update(_ batch: Transitions) -> Metrics {
    step(batch) {
      let alpha = temperature()  // Both losses use it from before its own step.
      let value = critics(batch.observation, batch.action)
      let criticLoss = 0.5 * Float(critics.members) * meanSquaredError(value, target(batch, alpha))
      criticOptimiser.descend(criticLoss)

      let (action, logProbability) = actor.sample(batch.observation, noise)
      let actorLoss = (alpha * logProbability - critics(batch.observation, action).minimum(axis: 0)).mean()
      actorOptimiser.descend(actorLoss)

      let entropy = -logProbability.mean()
      temperatureOptimiser.descend(temperature.loss(entropy: entropy))
      targetCritics.follow(critics, rate: configuration.averagingRate)
      return [
        "critic_loss": criticLoss, "actor_loss": actorLoss, "value_mean": value.mean(), "entropy": entropy,
        "temperature": alpha,
      ]
    }
  }
}
