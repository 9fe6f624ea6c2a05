import Foundation
import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// Conservative Q-learning (Kumar et al., arXiv 2006.04779): soft actor-critic whose critics also push down the values
/// of actions that are not in the dataset: those of a soft maximum over sampled actions, against the dataset's own.
/// Calibrated it is Cal-QL (Nakamoto et al., arXiv 2303.05479), made to go on learning online.
public final class CQL: Learner {
  public static let about = About(
    "cql", "conservative Q-learning from a dataset", paper: "Kumar et al., arXiv 2006.04779", needsDataset: true)

  /// CORL's defaults for locomotion: CQL(H) with importance sampling and no entropy in the targets.
  public struct Configuration: TransitionHyperParameters, SoftActorSettings {
    /// α_c: how much the soft maximum over sampled actions counts against the Bellman error.
    @NotNegative public var conservatism: Float = 10
    /// What the soft maximum may lie above the dataset's values: with it the weight of the difference is tuned (the
    /// paper's Lagrange form), from α_c on; null leaves it at α_c.
    public var lagrangeGap: Float?
    /// Whether values of the policy's actions are pushed down no further than what followed in the data (Cal-QL).
    public var calibrated = false
    /// K: actions drawn for each state from each of three: uniform, π(·|s), π(·|s′).
    @CountWithin<1, 1_000> public var sampledActions = 10
    /// γ, how much the next step's value counts, and τ, the fraction by which target critics follow at each update.
    @Fraction public var discount: Float = 0.99
    @PositiveFraction public var averagingRate: Float = 0.005
    /// Adam's step sizes for the actor, the critics with the weight of the difference, and the temperature's logarithm.
    @Positive public var actorLearningRate: Float = 3e-5
    @Positive public var criticLearningRate: Float = 3e-4
    @NotNegative public var temperatureLearningRate: Float = 3e-5
    /// α at the start, and the entropy that it aims at, in nats, for actions in [−1, 1]; null: −(number of actions).
    @Positive public var initialTemperature: Float = 1
    public var targetEntropy: Float?
    public var normaliseObservations = true
    public var network = NetworkSettings(hiddenSizes: [256, 256, 256])
    public var replay = ReplayBufferSettings()

    public init() {}

    public func validate() throws {
      if let lagrangeGap { try require(lagrangeGap >= 0, "lagrange_gap", lagrangeGap, expected: "0 or more, or null") }
    }
  }

  public let configuration: Configuration
  private let actor: SoftActor
  private let critics, targetCritics: QEnsemble
  private let multiplier: Temperature
  private let criticOptimiser, multiplierOptimiser: Adam
  private let noise: RandomStream
  private let step: Recorded

  public var request: Transitions.Request {
    Transitions.Request(
      configuration.replay, discount: configuration.discount, returnToGo: configuration.calibrated)
  }
  public var policy: any Policy { actor.policy }

  /// Q(s, a) = r + γQ(s′, a′), a′ ~ π(·|s′), held down where the data is not: meant to be below what follows.
  public var prediction: ValuePrediction? {
    let policy = ComputedPolicy(like: actor.policy) { [actor] observation, noise in
      (actor.sample(observation, noise).action, nil)
    }
    return ValuePrediction(
      critics, discount: configuration.discount, policy: policy,
      summary: "below the return of the policy that samples: conservative on purpose")
  }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    (critics, targetCritics) = withTarget {
      QEnsemble(task, configuration.network, generator: setup.split("critics"))
    }
    actor = SoftActor(configuration, for: task, sharing: critics.encoder, setup)
    multiplier = Temperature(initial: 1, targetEntropy: -(configuration.lagrangeGap ?? 0))
    criticOptimiser = Adam(critics, learningRate: configuration.criticLearningRate)
    multiplierOptimiser = Adam(multiplier, learningRate: configuration.criticLearningRate)
    (noise, step) = (setup.stream("noise"), setup.recorded())
  }

  /// y = r + γ(1 − d) minᵢ Q′ᵢ(s′, a′), a′ ~ π(·|s′).
  private func target(_ batch: Transitions) -> Tensor {
    let nextAction = actor.sample(batch.nextObservation, noise).action
    return batch.reward + batch.discount * targetCritics(batch.nextObservation, nextAction).minimum(axis: 0)
  }

  /// log Σ e^{Qᵢ(s, aₖ) − log p(aₖ)} over K uniform aₖ, K ~ π(·|s) and K ~ π(·|s′), all judged at s: [members, rows].
  /// Calibrated, Qᵢ of the policy's actions is max(Qᵢ(s, aₖ), G), G being what followed s in the data.
  private func softMaximum(_ batch: Transitions) -> Tensor {
    let (rows, actions, count) = (batch.size, actor.policy.actionSize, configuration.sampledActions)
    let uniform = noise.uniform([rows * count, actions], -1, 1)
    let uniformLogProbability = Tensor(repeating: -Float(actions) * log(2), [rows * count, 1])
    let here = actor.sample(batch.observation.repeatingRows(count), noise)
    let next = actor.sample(batch.nextObservation.repeatingRows(count), noise)
    func joined(_ parts: [Tensor]) -> Tensor {
      let columns = parts[0].shape[1]
      return concatenated(parts.map { $0.reshaped([rows, count, columns]) }, axis: 1).reshaped([-1, columns])
    }
    let action = joined([uniform, here.action, next.action])
    let logProbability = joined([uniformLogProbability, here.logProbability, next.logProbability])
    var value = critics(batch.observation.repeatingRows(3 * count), action)
    if let followed = batch.returnToGo {
      let known = followed.repeatingRows(count)
      let bounds = joined([Tensor(repeating: -.infinity, [rows * count, 1]), known, known])
      value = maximum(value, bounds)
    }
    return (value - logProbability).reshaped([critics.members, rows, 3 * count]).logSumExp()
  }

  public func update(_ batch: Transitions) -> Metrics {
    step(batch) {
      let (alpha, weight) = (actor.temperature(), multiplier())
      let value = critics(batch.observation, batch.action)
      let difference = softMaximum(batch).mean() - value.mean()
      let bellmanError = Float(critics.members) * meanSquaredError(value, target(batch))
      let criticLoss = bellmanError + Float(critics.members) * configuration.conservatism * weight * difference
      criticOptimiser.descend(criticLoss)
      // The weight is held as a temperature is: it rises while the difference is above the gap.
      if configuration.lagrangeGap != nil { multiplierOptimiser.descend(multiplier.loss(entropy: -difference)) }

      let (action, logProbability) = actor.sample(batch.observation, noise)
      let actorLoss = (alpha * logProbability - critics(batch.observation, action).minimum(axis: 0)).mean()
      let actorFigures = actor.descend(actorLoss, logProbability, alpha)
      targetCritics.follow(critics, rate: configuration.averagingRate)
      return [
        "critic_loss": criticLoss, "bellman_error": bellmanError, "conservative_difference": difference,
        "conservative_weight": configuration.conservatism * weight, "value_mean": value.mean(),
      ] + actorFigures
    }
  }
}
