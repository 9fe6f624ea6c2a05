import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// Truncated quantile critics (Kuznetsov et al., arXiv 2005.04269): soft actor-critic whose critics give quantiles of
/// the return. The target pools the quantiles of all critics and leaves out the greatest, so that overestimation is
/// held back in small steps.
public final class TQC: Learner {
  public static let about = About(
    "tqc", "truncated mixture of quantile critics", paper: "Kuznetsov et al., arXiv 2005.04269")

  /// The defaults of the paper, except the longer warm-up.
  public struct Configuration: TransitionHyperParameters, SoftActorSettings {
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
    /// N critics of M quantiles each; the target leaves out the d·N greatest of all N·M.
    @CountWithin<1, 1_000> public var criticCount = 5
    @CountWithin<1, 1_000> public var quantileCount = 25
    @CountOrNone public var droppedPerCritic = 2
    /// Widths of the critics' hidden layers; those of `network` are the actor's.
    @Widths public var criticHiddenSizes = [512, 512, 512]
    public var normaliseObservations = false
    public var network = NetworkSettings()
    public var replay = ReplayBufferSettings()

    public init() {}

    public func validate() throws {
      try require(
        droppedPerCritic < quantileCount, "dropped_per_critic", droppedPerCritic, expected: "less than quantile_count")
      try require(
        droppedPerCritic * criticCount <= 1_000, "dropped_per_critic", droppedPerCritic,
        expected: "at most 1000 quantiles of all critics together")
    }
  }

  public let configuration: Configuration
  private let actor: SoftActor
  private let critics, targetCritics: QuantileCritics
  private let criticOptimiser: Adam
  private let noise: RandomStream
  private let step: Recorded

  public var policy: any Policy { actor.policy }
  public var prediction: ValuePrediction? { actor.prediction(of: critics, discount: configuration.discount) }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    let network = NetworkSettings(hiddenSizes: configuration.criticHiddenSizes, encoder: configuration.network.encoder)
    (critics, targetCritics) = withTarget {
      QuantileCritics(
        task, network, members: configuration.criticCount, quantiles: configuration.quantileCount,
        generator: setup.split("critics"))
    }
    actor = SoftActor(configuration, for: task, sharing: critics.encoder, setup)
    criticOptimiser = Adam(critics, learningRate: configuration.criticLearningRate)
    (noise, step) = (setup.stream("noise"), setup.recorded())
  }

  /// yⱼ = r + γ(1 − d)(z′ⱼ(s′, a′) − α log π(a′|s′)), a′ ~ π(·|s′), z′ the pooled quantiles of all target critics; and
  /// 1 for those that are kept, 0 for the greatest.
  private func target(_ batch: Transitions, _ alpha: Tensor) -> (value: Tensor, isKept: Tensor) {
    let next = actor.sample(batch.nextObservation, noise)
    let pooled = targetCritics.pooled(batch.nextObservation, next.action)
    let isDropped = pooled.isAmongGreatest(configuration.droppedPerCritic * critics.members)
    return (batch.reward + batch.discount * (pooled - alpha * next.logProbability), 1 - isDropped)
  }

  /// The mean over critics, their quantiles and the kept targets of |τ − 1(y < z)|·huber(y − z).
  private func criticLoss(_ quantiles: Tensor, _ target: (value: Tensor, isKept: Tensor)) -> Tensor {
    let kept = (configuration.quantileCount - configuration.droppedPerCritic) * critics.members
    return quantileHuberLoss(quantiles, target.value, weight: target.isKept).mean()
      / Float(configuration.quantileCount * kept)
  }

  public func update(_ batch: Transitions) -> Metrics {
    step(batch) {
      let alpha = actor.temperature()  // Both losses use it from before its own step.
      let quantiles = critics.quantiles(batch.observation, batch.action)
      let criticLoss = criticLoss(quantiles, target(batch, alpha))
      criticOptimiser.descend(criticLoss)

      let (action, logProbability) = actor.sample(batch.observation, noise)
      let actorLoss = (alpha * logProbability - critics(batch.observation, action).mean(axis: 0)).mean()
      let actorFigures = actor.descend(actorLoss, logProbability, alpha)
      targetCritics.follow(critics, rate: configuration.averagingRate)
      return ["critic_loss": criticLoss, "value_mean": quantiles.mean()] + actorFigures
    }
  }
}
