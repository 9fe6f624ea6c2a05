import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// XQC (arXiv 2509.25174): soft actor-critic made well conditioned. Batch normalisation before every activation,
/// weights kept at norm 1, and critics that give probabilities of evenly spaced returns, learned by cross entropy.
public final class XQC: Learner {
  public static let about = About(
    "xqc", "batch norm, unit weights and categorical critics", paper: "XQC, arXiv 2509.25174")

  /// The defaults of the paper.
  public struct Configuration: TransitionHyperParameters {
    /// γ, how much the next step's value counts.
    @Fraction public var discount: Float = 0.99
    /// τ, the fraction by which target critics follow the critics at each update.
    @PositiveFraction public var averagingRate: Float = 0.005
    /// Adam's step sizes at the start for the actor, the critics, and the logarithm of the temperature; in a straight
    /// line they become the last share of themselves at the end of the run.
    @Positive public var actorLearningRate: Float = 3e-4
    @Positive public var criticLearningRate: Float = 3e-4
    @NotNegative public var temperatureLearningRate: Float = 3e-4
    @Fraction public var lastLearningRate: Float = 0.1
    /// α at the start.
    @Positive public var initialTemperature: Float = 0.01
    /// The entropy that the temperature aims at, in nats, for actions in [−1, 1]; null means −½(number of actions).
    public var targetEntropy: Float?
    /// The actor and the temperature move every so many updates.
    @Count public var policyDelay = 3
    /// Critics give probabilities of so many returns, evenly from −G to G.
    @Count public var atomCount = 101
    @Positive public var greatestReturn: Float = 5
    /// Rewards are divided by the running deviation of their discounted sum, so that returns lie within ±G.
    public var normaliseRewards = true
    /// Widths of the critics' hidden layers; those of `network` are the actor's.
    @Widths public var criticHiddenSizes = [512, 512, 512, 512]
    public var network = NetworkSettings(hiddenSizes: [256, 256, 256, 256])
    public var replay = ReplaySettings(warmUpSteps: 5_000, updatesPerStep: 2)

    public init() {}

    public func validate() throws {
      try require((2...10_000).contains(atomCount), "atom_count", atomCount, expected: "2 to 10000")
    }
  }

  public let configuration: Configuration
  private let actor: GaussianPolicy
  private let critics, targetCritics: CategoricalCritics
  private let temperature: Temperature
  private let actorOptimiser, criticOptimiser, temperatureOptimiser: Adam
  private let noise, exploration: RandomStream
  private let criticStep, fullStep: Recorded
  @NotSaved private var schedule = LearningRateSchedule.constant

  public var policy: any Policy { actor }
  public var prediction: ValuePrediction? { .soft(critics, of: actor, temperature, discount: configuration.discount) }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    let network = NetworkSettings(hiddenSizes: configuration.criticHiddenSizes, encoder: configuration.network.encoder)
    let range = -configuration.greatestReturn...configuration.greatestReturn
    func makeCritics() -> CategoricalCritics {
      CategoricalCritics(
        task, network, atoms: configuration.atomCount, range: range, generator: setup.split("critics")
      ) { makeLayers($0, members: 2, &$1) }
    }
    func makeLayers(_ sizes: [Int], members: Int?, _ weights: inout RandomGenerator) -> BatchNormMLP {
      BatchNormMLP(
        sizes, members: members, place: .beforeActivation, initialisation: .orthogonal(gain: 1), using: &weights)
    }
    (critics, targetCritics) = (makeCritics(), makeCritics())
    actor = GaussianPolicy(
      task, configuration.network, sharing: critics.encoder, logStandardDeviation: .clamped(-10...2),
      generator: setup.split("actor")
    ) { makeLayers($0, members: nil, &$1) }
    temperature = Temperature(
      initial: configuration.initialTemperature,
      targetEntropy: configuration.targetEntropy ?? -0.5 * Float(task.actionSize))
    actorOptimiser = Adam(actor, learningRate: configuration.actorLearningRate)
    criticOptimiser = Adam(critics, learningRate: configuration.criticLearningRate)
    temperatureOptimiser = Adam(temperature, learningRate: configuration.temperatureLearningRate)
    (noise, exploration) = (setup.stream("noise"), actor.exploration)
    (criticStep, fullStep) = (setup.recorded(), setup.recorded())
  }

  public func begin(_ run: RunFacts) {
    schedule = run.updates > 0 ? .linear(steps: run.updates, end: configuration.lastLearningRate) : .constant
  }

  /// Probabilities m of the atoms: r + γ(1 − d)(zⱼ − α log π(a′|s′)), zⱼ distributed as the target critic with the
  /// smaller mean says at (s′, a′), a′ ~ π(·|s′), each moved to the two nearest atoms; and the share that lay beyond
  /// the atoms.
  private func target(
    _ batch: Transitions, _ next: (action: Tensor, logProbability: Tensor), _ alpha: Tensor
  ) -> (probability: Tensor, clipped: Tensor) {
    let logits = targetCritics.joint(
      (batch.observation, batch.action), (batch.nextObservation, next.action), .training(noise)
    ).1
    let probability = targetCritics.smaller(logits.softmax())
    let place = batch.reward + batch.discount * (targetCritics.atoms - alpha * next.logProbability)
    return targetCritics.moved(probability, to: place)
  }

  /// −Σᵢ mean Σⱼ mⱼ log pᵢⱼ(s, a).
  private func updateCritics(_ batch: Transitions, _ alpha: Tensor) -> Metrics {
    let next = actor.sample(batch.nextObservation, noise)
    let target = target(batch, next, alpha)
    let logits = critics.joint(
      (batch.observation, batch.action), (batch.nextObservation, next.action), .training(noise)
    ).0
    let loss = critics.crossEntropy(logits, target.probability)
    criticOptimiser.descend(loss)
    critics.normaliseWeights()
    return [
      "critic_loss": loss, "value_mean": critics.mean(logits.softmax()).mean(), "clipped_share": target.clipped,
    ]
  }

  /// E[α log π(ã|s) − minᵢ Qᵢ(s, ã)], of means, the critics normalising by their running statistics.
  private func updateActor(_ batch: Transitions, _ alpha: Tensor) -> Metrics {
    let (action, logProbability) = actor.sample(batch.observation, noise, .training(noise))
    let loss = (alpha * logProbability - critics(batch.observation, action).minimum(axis: 0)).mean()
    actorOptimiser.descend(loss)
    actor.normaliseWeights()
    let entropy = -logProbability.mean()
    temperatureOptimiser.descend(temperature.loss(entropy: entropy))
    return ["actor_loss": loss, "entropy": entropy, "temperature": alpha]
  }

  public func update(_ batch: Transitions) -> Metrics {
    let updates = criticOptimiser.step
    let factor = schedule.factor(at: updates)
    actorOptimiser.learningRate = configuration.actorLearningRate * factor
    criticOptimiser.learningRate = configuration.criticLearningRate * factor
    temperatureOptimiser.learningRate = configuration.temperatureLearningRate * factor
    let movesActor = (updates + 1).isMultiple(of: configuration.policyDelay)
    return (movesActor ? fullStep : criticStep)(batch) {
      let alpha = temperature()  // Both losses use it from before its own step.
      var figures = updateCritics(batch, alpha)
      if movesActor { figures = figures + updateActor(batch, alpha) }
      targetCritics.follow(critics, rate: configuration.averagingRate)
      return figures
    }
  }
}
