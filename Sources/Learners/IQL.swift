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
    /// β, how strongly the actor prefers actions of greater advantage, 0 for behaviour cloning; the most one can weigh.
    @NotNegative public var inverseTemperature: Float = 3
    @Positive public var greatestWeight: Float = 100
    /// γ, how much the next step's value counts, and τ, the fraction by which target critics follow at each update.
    @Fraction public var discount: Float = 0.99
    @PositiveFraction public var averagingRate: Float = 0.005
    /// Adam's step sizes; the actor's is that of the start: half a cosine takes it to 0 over a run that does not act.
    @Positive public var actorLearningRate: Float = 3e-4
    @Positive public var criticLearningRate: Float = 3e-4
    @Positive public var valueLearningRate: Float = 3e-4
    /// Whether rewards, and so values, are multiplied by 1000/(greatest − least return of an episode).
    public var scaleRewards = true
    public var normaliseObservations = true
    public var network = NetworkSettings()
    public var replay = ReplayBufferSettings()

    public init() {}
  }

  public let configuration: Configuration
  private let actor: AdvantageWeightedActor
  private let stateValue: StateValue
  private let critics, targetCritics: QEnsemble
  private let criticOptimiser, valueOptimiser: Adam
  private let step: Recorded
  private let updates = Counter()
  private let rewardScale = RewardScale()
  @NotSaved private var actorSchedule = LearningRateSchedule.constant

  public var policy: any Policy { actor.policy }

  /// Q(s, a) = r + γV(s′), V being near the best that the data holds: no policy's value, but what the actor aims at.
  public var prediction: ValuePrediction? {
    ValuePrediction(
      critics, discount: configuration.discount, rewardScale: rewardScale.factor,
      policy: ComputedPolicy(meanOf: actor.policy),
      summary: "about the best return in the data, in its scaled rewards, compared with that of the actor's mean")
  }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    (critics, targetCritics) = withTarget {
      QEnsemble(task, configuration.network, generator: setup.split("critics"))
    }
    actor = AdvantageWeightedActor(
      DiagonalGaussianPolicy(task, configuration.network, sharing: critics.encoder, generator: setup.split("actor")),
      learningRate: configuration.actorLearningRate, inverseTemperature: configuration.inverseTemperature,
      greatestWeight: configuration.greatestWeight)
    stateValue = StateValue(
      task, configuration.network, sharing: critics.encoder, generator: setup.split("state value"))
    criticOptimiser = Adam(critics, learningRate: configuration.criticLearningRate)
    valueOptimiser = Adam(stateValue, learningRate: configuration.valueLearningRate)
    step = setup.recorded()
  }

  public func begin(_ run: RunFacts) {
    actorSchedule = run.acts ? .constant : .cosine(steps: run.updates)
    if configuration.scaleRewards { rewardScale.spread(run.statistics) }
  }

  public func update(_ batch: Transitions) -> Metrics {
    actor.scaleLearningRate(by: actorSchedule.factor(at: Int(updates.count)))
    updates.count += 1
    return step(batch) {
      let targetValue = targetCritics(batch.observation, batch.action).minimum(axis: 0)
      let value = stateValue(batch.observation)
      let valueLoss = expectileLoss(value, targetValue, level: configuration.expectile)
      valueOptimiser.descend(valueLoss)

      // −E[min(e^{βA}, 100)·log π(a|s)] with A = minᵢ Q′ᵢ(s, a) − V(s), V being from before its step.
      let actorFigures = actor.descend(batch.observation, batch.action, (targetValue - value).detached())

      let actionValue = critics(batch.observation, batch.action)
      let target = rewardScale.factor * batch.reward + batch.discount * stateValue(batch.nextObservation)
      let criticLoss = Float(critics.members) * meanSquaredError(actionValue, target)
      criticOptimiser.descend(criticLoss)
      targetCritics.follow(critics, rate: configuration.averagingRate)
      return [
        "value_loss": valueLoss, "critic_loss": criticLoss, "state_value_mean": value.mean(),
        "value_mean": actionValue.mean(),
      ] + actorFigures
    }
  }
}
