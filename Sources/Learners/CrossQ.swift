import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// CrossQ (Bhatt et al., arXiv 1902.05605): soft actor-critic without target networks. Batch renormalisation in critics
/// and actor keeps learning stable, where (s, a) and (s′, a′) go through the critics in one pass and share the batch's
/// statistics.
public final class CrossQ: Learner {
  public static let about = About(
    "crossq", "batch renormalisation instead of target networks", paper: "Bhatt et al., arXiv 1902.05605")

  /// The defaults of the paper.
  public struct Configuration: TransitionHyperParameters {
    /// γ, how much the next step's value counts.
    @Fraction public var discount: Float = 0.99
    /// Adam's step sizes for the actor, the critics, and the logarithm of the temperature; and its β₁.
    @Positive public var actorLearningRate: Float = 1e-3
    @Positive public var criticLearningRate: Float = 1e-3
    @NotNegative public var temperatureLearningRate: Float = 1e-3
    @FractionBelowOne public var gradientAveraging: Float = 0.5
    /// α at the start, and the entropy that it aims at, in nats, for actions in [−1, 1]; null: −(number of actions).
    @Positive public var initialTemperature: Float = 1
    public var targetEntropy: Float?
    /// The actor and the temperature move every so many updates.
    @Count public var policyDelay = 3
    /// Training passes of a layer with plain batch normalisation, before it is renormalised.
    @CountOrNone public var renormaliseAfter = 100_000
    /// Widths of the critics' hidden layers; those of `network` are the actor's.
    @Widths public var criticHiddenSizes = [2048, 2048]
    public var network = NetworkSettings()
    public var replay = ReplayBufferSettings()

    public init() {}
  }

  public let configuration: Configuration
  private let actor: SoftActor
  private let critics: BatchNormCritics
  private let criticOptimiser: Adam
  private let noise: RandomStream
  private let step: Recorded

  public var policy: any Policy { actor.policy }
  public var prediction: ValuePrediction? { actor.prediction(of: critics, discount: configuration.discount) }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    let network = NetworkSettings(hiddenSizes: configuration.criticHiddenSizes, encoder: configuration.network.encoder)
    critics = BatchNormCritics(
      task, network, place: .afterActivation, renormalisesAfter: configuration.renormaliseAfter,
      generator: setup.split("critics"))
    criticOptimiser = Adam(
      critics, learningRate: configuration.criticLearningRate, beta1: configuration.gradientAveraging)
    let policy = GaussianPolicy(
      task, configuration.network, sharing: critics.encoder, generator: setup.split("actor")
    ) { sizes, weights in
      BatchNormMLP(
        sizes, place: .afterActivation, renormalisesAfter: configuration.renormaliseAfter, using: &weights)
    }
    actor = SoftActor(
      policy, Temperature(configuration.initialTemperature, targetEntropy: configuration.targetEntropy, for: task),
      learningRates: (configuration.actorLearningRate, configuration.temperatureLearningRate),
      beta1: configuration.gradientAveraging)
    (noise, step) = (setup.stream("noise"), setup.recorded())
  }

  /// ½ Σᵢ mean (Qᵢ(s, a) − y)², y = r + γ(1 − d)(minᵢ Qᵢ(s′, a′) − α log π(a′|s′)), a′ ~ π(·|s′): all Q from one pass.
  private func updateCritics(_ batch: Transitions, _ alpha: Tensor) -> Metrics {
    let next = actor.sample(batch.nextObservation, noise)
    let (value, nextValue) = critics.joint(
      (batch.observation, batch.action), (batch.nextObservation, next.action), .training(noise))
    let target =
      batch.reward + batch.discount * (nextValue.detached().minimum(axis: 0) - alpha * next.logProbability)
    let loss = 0.5 * Float(critics.members) * meanSquaredError(value, target)
    criticOptimiser.descend(loss)
    return ["critic_loss": loss, "value_mean": value.mean()]
  }

  /// E[α log π(ã|s) − minᵢ Qᵢ(s, ã)], the critics normalising by their running statistics.
  private func updateActor(_ batch: Transitions, _ alpha: Tensor) -> Metrics {
    let (action, logProbability) = actor.sample(batch.observation, noise, .training(noise))
    let loss = (alpha * logProbability - critics(batch.observation, action).minimum(axis: 0)).mean()
    return actor.descend(loss, logProbability, alpha)
  }

  public func update(_ batch: Transitions) -> Metrics {
    let movesActor = (criticOptimiser.step + 1).isMultiple(of: configuration.policyDelay)
    return step(batch, variant: movesActor ? 1 : 0) {
      let alpha = actor.temperature()  // Both losses use it from before its own step.
      let figures = updateCritics(batch, alpha)
      return movesActor ? figures + updateActor(batch, alpha) : figures
    }
  }
}
