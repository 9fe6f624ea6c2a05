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
    /// γ, how much the next step's value counts, and τ, the fraction by which target critics follow at each update.
    @Fraction public var discount: Float = 0.99
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
    @CountWithin<2, 10_000> public var atomCount = 101
    @Positive public var greatestReturn: Float = 5
    /// Rewards are divided by the running deviation of their discounted sum, so that returns lie within ±G.
    public var normaliseRewards = true
    /// Widths of the critics' hidden layers; those of `network` are the actor's.
    @Widths public var criticHiddenSizes = [512, 512, 512, 512]
    public var network = NetworkSettings(hiddenSizes: [256, 256, 256, 256])
    public var replay = ReplayBufferSettings(warmUpSteps: 5_000, updatesPerStep: 2)

    public init() {}
  }

  public let configuration: Configuration
  private let actor: SoftActor
  private let critics, targetCritics: CategoricalCritics
  private let criticOptimiser: Adam
  private let noise: RandomStream
  private let step: Recorded
  @NotSaved private var schedule = LearningRateSchedule.constant

  public var policy: any Policy { actor.policy }
  public var prediction: ValuePrediction? { actor.prediction(of: critics, discount: configuration.discount) }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    let network = NetworkSettings(hiddenSizes: configuration.criticHiddenSizes, encoder: configuration.network.encoder)
    func makeLayers(_ sizes: [Int], members: Int?, _ weights: inout RandomGenerator) -> BatchNormMLP {
      BatchNormMLP(
        sizes, members: members, place: .beforeActivation, initialisation: .orthogonal(gain: 1), using: &weights)
    }
    (critics, targetCritics) = withTarget {
      CategoricalCritics(
        task, network, atoms: configuration.atomCount, greatestReturn: configuration.greatestReturn,
        generator: setup.split("critics")
      ) { makeLayers($0, members: 2, &$1) }
    }
    criticOptimiser = Adam(critics, learningRate: configuration.criticLearningRate)
    let policy = GaussianPolicy(
      task, configuration.network, sharing: critics.encoder, logStandardDeviation: .clamped(-10...2),
      generator: setup.split("actor")
    ) { makeLayers($0, members: nil, &$1) }
    let targetEntropy = configuration.targetEntropy ?? -0.5 * Float(task.actionSize)
    actor = SoftActor(
      policy, Temperature(initial: configuration.initialTemperature, targetEntropy: targetEntropy),
      learningRates: (configuration.actorLearningRate, configuration.temperatureLearningRate), hasUnitWeights: true)
    (noise, step) = (setup.stream("noise"), setup.recorded())
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
    return critics.descend(logits, target, criticOptimiser)
  }

  /// E[α log π(ã|s) − minᵢ Qᵢ(s, ã)], of means, the critics normalising by their running statistics.
  private func updateActor(_ batch: Transitions, _ alpha: Tensor) -> Metrics {
    let (action, logProbability) = actor.sample(batch.observation, noise, .training(noise))
    let loss = (alpha * logProbability - critics(batch.observation, action).minimum(axis: 0)).mean()
    return actor.descend(loss, logProbability, alpha)
  }

  public func update(_ batch: Transitions) -> Metrics {
    let updates = criticOptimiser.step
    actor.scaleLearningRates(by: schedule.factor(at: updates))
    criticOptimiser.scaleLearningRate(by: schedule.factor(at: updates))
    let movesActor = (updates + 1).isMultiple(of: configuration.policyDelay)
    return step(batch, variant: movesActor ? 1 : 0) {
      let alpha = actor.temperature()  // Both losses use it from before its own step.
      var figures = updateCritics(batch, alpha)
      if movesActor { figures = figures + updateActor(batch, alpha) }
      targetCritics.follow(critics, rate: configuration.averagingRate)
      return figures
    }
  }
}
