import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// Implicit Q-learning (Kostrikov, Nair and Levine, arXiv 2110.06169): an upper expectile of the critics over a
/// dataset's actions stands for the best value in a state, so that no other action is asked for; the actor is
/// regression weighted by advantage.
public final class IQL: Learner {
  public static let about = About(
    "iql", "implicit Q-learning from a dataset", paper: "Kostrikov et al., arXiv 2110.06169", needsDataset: true)

  /// The defaults of the authors' code for locomotion, and normalised observations, as in CORL.
  public struct Configuration: TransitionHyperParameters {
    /// κ, the expectile that the state value regresses to: 0.5 is the mean of the data, 1 its best.
    @InnerFraction public var expectile: Float = 0.7
    /// β, how strongly the actor prefers actions of greater advantage; 0 is behaviour cloning.
    @NotNegative public var inverseTemperature: Float = 3
    /// The most that a transition can weigh in the actor's loss.
    @Positive public var greatestWeight: Float = 100
    /// γ, how much the next step's value counts.
    @Fraction public var discount: Float = 0.99
    /// τ, the fraction by which target critics follow the critics at each update.
    @PositiveFraction public var averagingRate: Float = 0.005
    /// Adam's step sizes; the actor's is that of the start: half a cosine takes it to 0 over the run.
    @Positive public var actorLearningRate: Float = 3e-4
    @Positive public var criticLearningRate: Float = 3e-4
    @Positive public var valueLearningRate: Float = 3e-4
    /// Rewards are multiplied by 1000/(greatest − least return of an episode), as the authors do for locomotion; values
    /// too.
    public var scaleRewards = true
    public var normaliseObservations = true
    public var network = NetworkSettings()
    public var replay = ReplaySettings()

    public init() {}
  }

  public let configuration: Configuration
  private let actor: DiagonalGaussianPolicy
  private let stateValue: StateValue
  private let critics, targetCritics: QEnsemble
  private let actorOptimiser, criticOptimiser, valueOptimiser: Adam
  private let exploration: RandomStream
  private let step: Recorded
  private let updates = Counter()
  @NotSaved private var actorSchedule = LearningRateSchedule.constant
  @NotSaved private var rewardScale: Float = 1

  public var policy: any Policy { actor }

  /// Q(s, a) = r + γV(s′), where V is near the best that the data holds: no policy's value exactly. The actor aims at
  /// it.
  public var prediction: ValuePrediction? {
    let policy = ComputedPolicy(like: actor, isDeterministic: true) { [actor] observation, _ in
      (actor.mean(observation), nil)
    }
    return ValuePrediction(
      critics, discount: configuration.discount, rewardScale: rewardScale, policy: policy,
      summary:
        "about the best return that the data holds, in its scaled rewards, compared with that of the actor's mean")
  }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    critics = QEnsemble(task, configuration.network, generator: setup.split("critics"))
    targetCritics = QEnsemble(task, configuration.network, generator: setup.split("critics"))
    actor = DiagonalGaussianPolicy(
      task, configuration.network, sharing: critics.encoder, generator: setup.split("actor"))
    stateValue = StateValue(
      task, configuration.network, sharing: critics.encoder, generator: setup.split("state value"))
    actorOptimiser = Adam(actor, learningRate: configuration.actorLearningRate)
    criticOptimiser = Adam(critics, learningRate: configuration.criticLearningRate)
    valueOptimiser = Adam(stateValue, learningRate: configuration.valueLearningRate)
    (exploration, step) = (actor.exploration, setup.recorded())
  }

  public func begin(_ run: RunFacts) {
    actorSchedule = .cosine(steps: run.updates)
    let range = run.statistics.map { $0.maximumReturn - $0.minimumReturn } ?? 0
    if configuration.scaleRewards, range > 0 { rewardScale = Float(1000 / range) }
  }

  /// −E[min(e^{βA}, 100)·log π(a|s)] with A = minᵢ Q′ᵢ(s, a) − V(s).
  private func actorLoss(_ batch: Transitions, _ advantage: Tensor) -> Tensor {
    let weight = advantageWeight(
      advantage, inverseTemperature: configuration.inverseTemperature, greatest: configuration.greatestWeight)
    return -(weight * actor.logProbability(batch.action, batch.observation)).mean()
  }

  public func update(_ batch: Transitions) -> Metrics {
    actorOptimiser.learningRate = configuration.actorLearningRate * actorSchedule.factor(at: Int(updates.count))
    updates.count += 1
    return step(batch) {
      let targetValue = targetCritics(batch.observation, batch.action).minimum(axis: 0)
      let value = stateValue(batch.observation)
      let valueLoss = expectileLoss(value, targetValue, level: configuration.expectile)
      valueOptimiser.descend(valueLoss)

      let advantage = (targetValue - value).detached()  // Of the state value from before its step.
      let actorLoss = actorLoss(batch, advantage)
      actorOptimiser.descend(actorLoss)

      let actionValue = critics(batch.observation, batch.action)
      let target = rewardScale * batch.reward + batch.discount * stateValue(batch.nextObservation)
      let criticLoss = Float(critics.members) * meanSquaredError(actionValue, target)
      criticOptimiser.descend(criticLoss)
      targetCritics.follow(critics, rate: configuration.averagingRate)
      return [
        "value_loss": valueLoss, "actor_loss": actorLoss, "critic_loss": criticLoss,
        "state_value_mean": value.mean(), "value_mean": actionValue.mean(), "advantage_mean": advantage.mean(),
      ]
    }
  }
}
