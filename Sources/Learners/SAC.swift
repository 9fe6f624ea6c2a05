import Foundation
import SinewDatasets
import SinewPolicies
import SinewTensor

/// Soft actor-critic with automatic temperature.
///
/// Haarnoja et al., "Soft Actor-Critic Algorithms and Applications", arXiv 1812.05905. The actor maximises return plus
/// temperature × entropy; twin critics, of which targets use the smaller; the temperature holds the policy's entropy at a target.
public final class SAC: OnlineLearner, MadeOfParts {
  public static let name = "sac"

  // MARK: Hyper-parameters

  /// Hyper-parameters with the defaults of Stable-Baselines3, except the longer warm-up that its tuned settings use.
  public struct Configuration: OnlineConfiguration {
    /// γ, how much the next step's value counts; in [0, 1].
    public var discount: Float = 0.99
    /// τ, the fraction by which target critics follow the critics at each update; in (0, 1].
    public var averagingRate: Float = 0.005
    /// Adam's step size for the actor.
    public var actorLearningRate: Float = 3e-4
    /// Adam's step size for the critics.
    public var criticLearningRate: Float = 3e-4
    /// Adam's step size for the logarithm of the temperature.
    public var temperatureLearningRate: Float = 3e-4
    /// α at the start; greater than 0.
    public var initialTemperature: Float = 1
    /// The entropy that the temperature aims at, in nats, for actions in [−1, 1]; null means −(number of actions).
    public var targetEntropy: Float?
    /// Widths of the hidden layers of the actor and of each critic.
    public var hiddenSizes = [256, 256]
    public var batchSize = 256
    public var bufferCapacity = 1_000_000
    public var warmUpSteps = 5_000
    public var updatesPerStep = 1.0

    public init() {}

    public func validate() throws {
      try require((0...1).contains(discount), "discount", discount, expected: "0 to 1")
      try require(
        averagingRate > 0 && averagingRate <= 1, "averaging_rate", averagingRate, expected: "above 0, at most 1")
      try require(actorLearningRate > 0, "actor_learning_rate", actorLearningRate, expected: "above 0")
      try require(criticLearningRate > 0, "critic_learning_rate", criticLearningRate, expected: "above 0")
      try require(
        temperatureLearningRate >= 0, "temperature_learning_rate", temperatureLearningRate, expected: "0 or more")
      try require(initialTemperature > 0, "initial_temperature", initialTemperature, expected: "above 0")
      try validate(hiddenSizes: hiddenSizes)
      try validateLoop()
    }
  }

  // MARK: Networks

  private let actor: GaussianPolicy
  private let critics: QEnsemble
  private let targetCritics: QEnsemble
  private let temperature: Temperature

  private let configuration: Configuration
  private let actorOptimiser: Adam
  private let criticOptimiser: Adam
  private let temperatureOptimiser: Adam
  private let noise: RandomStream
  private let step: Recorded
  private let values: EnsembleValue
  private var figures: [Tensor] = []

  public var policy: any Policy { actor }
  public var critic: (any ActionValue)? { values }

  public init(
    configuration: Configuration, observationSize: Int, actionSize: Int, precision: Precision = .float32,
    generator: RandomGenerator
  ) throws {
    try configuration.validate()
    self.configuration = configuration
    func makeCritics() -> QEnsemble {
      QEnsemble(
        observationSize: observationSize, actionSize: actionSize, hiddenSizes: configuration.hiddenSizes,
        generator: generator.split("critics"))
    }
    actor = GaussianPolicy(
      observationSize: observationSize, actionSize: actionSize, hiddenSizes: configuration.hiddenSizes,
      generator: generator.split("actor"))
    critics = makeCritics()
    targetCritics = makeCritics()
    temperature = Temperature(
      initial: configuration.initialTemperature, targetEntropy: configuration.targetEntropy ?? -Float(actionSize))
    actorOptimiser = Adam(actor, learningRate: configuration.actorLearningRate)
    criticOptimiser = Adam(critics, learningRate: configuration.criticLearningRate)
    temperatureOptimiser = Adam(temperature, learningRate: configuration.temperatureLearningRate)
    noise = RandomStream(generator.split("noise"))
    step = Recorded(precision: precision)
    values = EnsembleValue(critics, observationSize: observationSize, actionSize: actionSize)
  }

  // MARK: Losses

  /// Σᵢ ½·E[(Qᵢ(s, a) − y)²] with y = r + γ(1 − d)(minᵢ Q′ᵢ(s′, a′) − α log π(a′|s′)), a′ ~ π(·|s′).
  private func criticLoss(_ batch: Batch, _ value: Tensor, _ alpha: Tensor) -> Tensor {
    let next = actor(batch.nextObservation, noise: noise.normal(batch.action.shape))
    let nextValue = targetCritics(batch.nextObservation, next.action).minimum(axis: 0) - alpha * next.logProbability
    let target = batch.reward + configuration.discount * (1 - batch.terminated) * nextValue
    return 0.5 * Float(critics.members) * meanSquaredError(value, target)
  }

  /// E[α log π(ã|s) − minᵢ Qᵢ(s, ã)], with ã reparameterised.
  private func actorLoss(_ batch: Batch, _ action: Tensor, _ logProbability: Tensor, _ alpha: Tensor) -> Tensor {
    (alpha * logProbability - critics(batch.observation, action).minimum(axis: 0)).mean()
  }

  // MARK: Update

  public func update(_ batch: Batch) {
    figures = step(batch.tensors) {
      // Both losses use the temperature from before its own step.
      let alpha = temperature()

      var value = Tensor(0)
      let (criticLoss, criticGradients) = valueAndGradient(of: critics) {
        value = critics(batch.observation, batch.action)
        return self.criticLoss(batch, value, alpha)
      }
      criticOptimiser.update(criticGradients)

      var entropy = Tensor(0)
      let (actorLoss, actorGradients) = valueAndGradient(of: actor) {
        let (action, logProbability) = actor(batch.observation, noise: noise.normal(batch.action.shape))
        entropy = -logProbability.mean()
        return self.actorLoss(batch, action, logProbability, alpha)
      }
      actorOptimiser.update(actorGradients)

      let (_, temperatureGradients) = valueAndGradient(of: temperature) { temperature.loss(entropy: entropy) }
      temperatureOptimiser.update(temperatureGradients)

      average(targetCritics, toward: critics, rate: configuration.averagingRate)
      return [criticLoss, actorLoss, value.mean(), entropy, alpha]
    }
  }

  public var metrics: [(name: String, value: Double)] {
    zip(["critic_loss", "actor_loss", "value_mean", "entropy", "temperature"], figures).map { ($0, Double($1.item())) }
  }

  // MARK: State

  var modules: [(prefix: String, module: any Module)] {
    [("actor.", actor), ("critics.", critics), ("target_critics.", targetCritics), ("temperature.", temperature)]
  }

  var otherParts: [(prefix: String, part: any Stateful)] {
    [
      ("actor_optimiser.", actorOptimiser), ("critic_optimiser.", criticOptimiser),
      ("temperature_optimiser.", temperatureOptimiser), ("noise.", noise), ("exploration.", actor.exploration),
    ]
  }
}
