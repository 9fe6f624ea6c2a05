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
    /// N critics, and M: the target is the smallest value of M of them, drawn anew at each update.
    @Count public var criticCount = 2
    @Count public var targetSubset = 2
    /// Whether the actor maximises the critics' mean instead of their smallest value.
    public var actorUsesMean = false
    /// Hidden layers of the critics: the probability that a feature is dropped, and whether they are normalised.
    @FractionBelowOne public var criticDropout: Float = 0
    public var criticLayerNorm = false
    /// The actor and the temperature move every so many updates.
    @Count public var policyDelay = 1
    public var normaliseObservations = false
    public var network = NetworkSettings()
    public var replay = ReplaySettings()

    public init() {}

    public func validate() throws {
      try require(criticCount <= 1_000, "critic_count", criticCount, expected: "at most 1000")
      try require(targetSubset <= criticCount, "target_subset", targetSubset, expected: "at most critic_count")
    }
  }

  public let configuration: Configuration
  private let actor: GaussianPolicy
  private let critics, targetCritics: QEnsemble
  private let temperature: Temperature
  private let actorOptimiser, criticOptimiser, temperatureOptimiser: Adam
  private let noise, exploration: RandomStream
  private let criticStep, fullStep: Recorded

  public var policy: any Policy { actor }
  public var prediction: ValuePrediction? { .soft(critics, of: actor, temperature, discount: configuration.discount) }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    func makeCritics() -> QEnsemble {
      QEnsemble(
        task, configuration.network, members: configuration.criticCount, dropout: configuration.criticDropout,
        layerNorm: configuration.criticLayerNorm, generator: setup.split("critics"))
    }
    (critics, targetCritics) = (makeCritics(), makeCritics())
    actor = GaussianPolicy(task, configuration.network, sharing: critics.encoder, generator: setup.split("actor"))
    temperature = Temperature(
      configuration.initialTemperature, targetEntropy: configuration.targetEntropy, for: task)
    actorOptimiser = Adam(actor, learningRate: configuration.actorLearningRate)
    criticOptimiser = Adam(critics, learningRate: configuration.criticLearningRate)
    temperatureOptimiser = Adam(temperature, learningRate: configuration.temperatureLearningRate)
    (noise, exploration) = (setup.stream("noise"), actor.exploration)
    (criticStep, fullStep) = (setup.recorded(), setup.recorded())
  }

  /// y = r + γ(1 − d)(min over M critics of Q′ᵢ(s′, a′) − α log π(a′|s′)), a′ ~ π(·|s′).
  private func target(_ batch: Transitions, _ alpha: Tensor) -> Tensor {
    let next = actor.sample(batch.nextObservation, noise)
    let value = targetCritics.smallest(of: configuration.targetSubset, batch.nextObservation, next.action, noise)
    return batch.reward + batch.discount * (value - alpha * next.logProbability)
  }

  /// ½ Σᵢ mean (Qᵢ(s, a) − y)².
  private func updateCritics(_ batch: Transitions, _ alpha: Tensor) -> Metrics {
    let value = critics(batch.observation, batch.action, .training(noise))
    let loss = 0.5 * Float(critics.members) * meanSquaredError(value, target(batch, alpha))
    criticOptimiser.descend(loss)
    return ["critic_loss": loss, "value_mean": value.mean()]
  }

  /// E[α log π(ã|s) − minᵢ Qᵢ(s, ã)], or with the mean over critics.
  private func updateActor(_ batch: Transitions, _ alpha: Tensor) -> Metrics {
    let (action, logProbability) = actor.sample(batch.observation, noise)
    let values = critics(batch.observation, action, .training(noise))
    let value = configuration.actorUsesMean ? values.mean(axis: 0) : values.minimum(axis: 0)
    let loss = (alpha * logProbability - value).mean()
    actorOptimiser.descend(loss)
    let entropy = -logProbability.mean()
    temperatureOptimiser.descend(temperature.loss(entropy: entropy))
    return ["actor_loss": loss, "entropy": entropy, "temperature": alpha]
  }

  public func update(_ batch: Transitions) -> Metrics {
    let movesActor = (criticOptimiser.step + 1).isMultiple(of: configuration.policyDelay)
    return (movesActor ? fullStep : criticStep)(batch) {
      let alpha = temperature()  // Both losses use it from before its own step.
      var figures = updateCritics(batch, alpha)
      if movesActor { figures = figures + updateActor(batch, alpha) }
      targetCritics.follow(critics, rate: configuration.averagingRate)
      return figures
    }
  }
}
