import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// Soft actor-critic with automatic temperature (Haarnoja et al., arXiv 1812.05905). The actor maximises return plus
/// temperature × entropy; twin critics, of which targets use the smaller; the temperature holds the policy's entropy at
/// a target. With more critics and updates it is REDQ (Chen et al., arXiv 2101.05982), with dropout DroQ (Hiraoka et
/// al., arXiv 2110.02034).
public final class SAC: Learner {
  public static let about = About(
    "sac", "soft actor-critic with automatic temperature", paper: "Haarnoja et al., arXiv 1812.05905")

  /// The defaults of Stable-Baselines3, except the longer warm-up that its tuned settings use.
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
    /// N critics; M drawn at each update, of which the smallest is the target; whether the actor climbs the mean of N.
    @CountWithin<1, 1_000> public var criticCount = 2
    @Count public var targetSubset = 2
    public var actorUsesMean = false
    /// Hidden layers of the critics: the probability that a feature is dropped, and whether they are normalised.
    @FractionBelowOne public var criticDropout: Float = 0
    public var criticLayerNorm = false
    /// The actor and the temperature move every so many updates.
    @Count public var policyDelay = 1
    public var normaliseObservations = false
    public var network = NetworkSettings()
    public var replay = ReplayBufferSettings()

    public init() {}

    public func validate() throws {
      try require(targetSubset <= criticCount, "target_subset", targetSubset, expected: "at most critic_count")
    }
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
        task, configuration.network, members: configuration.criticCount, dropout: configuration.criticDropout,
        layerNorm: configuration.criticLayerNorm, generator: setup.split("critics"))
    }
    criticOptimiser = Adam(critics, learningRate: configuration.criticLearningRate)
    actor = SoftActor(configuration, for: task, sharing: critics.encoder, setup)
    (noise, step) = (setup.stream("noise"), setup.recorded())
  }

  /// y = r + γ(1 − d)(min over M critics of Q′ᵢ(s′, a′) − α log π(a′|s′)), a′ ~ π(·|s′).
  private func target(_ batch: Transitions, _ alpha: Tensor) -> Tensor {
    let next = actor.sample(batch.nextObservation, noise)
    let value = targetCritics.smallest(of: configuration.targetSubset, batch.nextObservation, next.action, noise)
    return batch.reward + batch.discount * (value - alpha * next.logProbability)
  }

  /// E[α log π(ã|s) − minᵢ Qᵢ(s, ã)], or with the mean over critics.
  private func updateActor(_ batch: Transitions, _ alpha: Tensor) -> Metrics {
    let (action, logProbability) = actor.sample(batch.observation, noise)
    let values = critics(batch.observation, action, .training(noise))
    let value = configuration.actorUsesMean ? values.mean(axis: 0) : values.minimum(axis: 0)
    return actor.descend((alpha * logProbability - value).mean(), logProbability, alpha)
  }

  public func update(_ batch: Transitions) -> Metrics {
    let movesActor = (criticOptimiser.step + 1).isMultiple(of: configuration.policyDelay)
    return step(batch, variant: movesActor ? 1 : 0) {
      let alpha = actor.temperature()  // Both losses use it from before its own step.
      let value = critics(batch.observation, batch.action, .training(noise))
      let criticLoss = 0.5 * Float(critics.members) * meanSquaredError(value, target(batch, alpha))
      criticOptimiser.descend(criticLoss)
      let actorFigures = movesActor ? updateActor(batch, alpha) : [:]
      targetCritics.follow(critics, rate: configuration.averagingRate)
      return ["critic_loss": criticLoss, "value_mean": value.mean()] + actorFigures
    }
  }
}
