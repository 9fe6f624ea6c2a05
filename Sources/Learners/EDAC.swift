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
  public struct Configuration: TransitionHyperParameters {
    /// N critics, 2 to 1000; the target is the smallest value of all.
    @Count public var criticCount = 10
    /// η: how much likeness between the critics' gradients counts; 0 is SAC-N.
    @NotNegative public var diversity: Float = 1
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
    public var network = NetworkSettings(hiddenSizes: [256, 256, 256])
    public var replay = ReplaySettings()

    public init() {}

    public func validate() throws {
      try require((2...1_000).contains(criticCount), "critic_count", criticCount, expected: "2 to 1000")
    }
  }

  public let configuration: Configuration
  private let actor: GaussianPolicy
  private let critics, targetCritics: QEnsemble
  private let temperature: Temperature
  private let actorOptimiser, criticOptimiser, temperatureOptimiser: Adam
  private let noise, exploration: RandomStream
  private let step: Recorded

  public var policy: any Policy { actor }
  public var prediction: ValuePrediction? { .soft(critics, of: actor, temperature, discount: configuration.discount) }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    func makeCritics() -> QEnsemble {
      QEnsemble(
        task, configuration.network, members: configuration.criticCount, generator: setup.split("critics"))
    }
    (critics, targetCritics) = (makeCritics(), makeCritics())
    actor = GaussianPolicy(task, configuration.network, sharing: critics.encoder, generator: setup.split("actor"))
    temperature = Temperature(
      configuration.initialTemperature, targetEntropy: configuration.targetEntropy, for: task)
    actorOptimiser = Adam(actor, learningRate: configuration.actorLearningRate)
    criticOptimiser = Adam(critics, learningRate: configuration.criticLearningRate)
    temperatureOptimiser = Adam(temperature, learningRate: configuration.temperatureLearningRate)
    (noise, exploration, step) = (setup.stream("noise"), actor.exploration, setup.recorded())
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
      let alpha = temperature()  // Both losses use it from before its own step.
      let (value, gradient) = critics.withActionGradient(batch.observation, batch.action)
      let likeness = likeness(gradient)
      let bellmanError = Float(critics.members) * meanSquaredError(value, target(batch, alpha))
      let criticLoss = configuration.diversity == 0 ? bellmanError : bellmanError + configuration.diversity * likeness
      criticOptimiser.descend(criticLoss)

      let (action, logProbability) = actor.sample(batch.observation, noise)
      let actorLoss = (alpha * logProbability - critics(batch.observation, action).minimum(axis: 0)).mean()
      actorOptimiser.descend(actorLoss)

      let entropy = -logProbability.mean()
      temperatureOptimiser.descend(temperature.loss(entropy: entropy))
      targetCritics.follow(critics, rate: configuration.averagingRate)
      return [
        "critic_loss": criticLoss, "actor_loss": actorLoss, "gradient_likeness": likeness,
        "value_mean": value.mean(), "entropy": entropy, "temperature": alpha,
      ]
    }
  }
}
