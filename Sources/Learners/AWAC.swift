import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// Advantage-weighted actor-critic (Nair et al., "AWAC: Accelerating Online Reinforcement Learning with Offline
/// Datasets", arXiv 2006.09359): critics of the policy itself, and an actor that is regression to the dataset's actions
/// weighted by their advantage over the policy's own.
public final class AWAC: Learner {
  public static let about = About(
    "awac", "regression to a dataset's actions, weighted by advantage", paper: "Nair et al., arXiv 2006.09359",
    needsDataset: true)

  /// CORL's defaults but for λ, which is 10 here and 1/3 there: values of a robot that runs are in the hundreds, and
  /// with 1/3 their errors decide which actions count.
  public struct Configuration: TransitionHyperParameters {
    /// β = 1/λ, how strongly the actor prefers actions of greater advantage; 0 is behaviour cloning.
    @NotNegative public var inverseTemperature: Float = 0.1
    /// The most that a transition can weigh in the actor's loss.
    @Positive public var greatestWeight: Float = 100
    /// γ, how much the next step's value counts, and τ, the fraction by which target critics follow at each update.
    @Fraction public var discount: Float = 0.99
    @PositiveFraction public var averagingRate: Float = 0.005
    /// Adam's step sizes for the actor and the critics.
    @Positive public var actorLearningRate: Float = 3e-4
    @Positive public var criticLearningRate: Float = 3e-4
    public var normaliseObservations = true
    public var network = NetworkSettings(hiddenSizes: [256, 256, 256])
    public var replay = ReplayBufferSettings()

    public init() {}
  }

  public let configuration: Configuration
  private let actor: AdvantageWeightedActor
  private let critics, targetCritics: QEnsemble
  private let criticOptimiser: Adam
  private let noise: RandomStream
  private let step: Recorded

  public var policy: any Policy { actor.policy }

  /// Q(s, a) = r + γQ(s′, a′), a′ ~ π(·|s′).
  public var prediction: ValuePrediction? {
    ValuePrediction(
      critics, discount: configuration.discount, policy: ComputedPolicy(samplesOf: actor.policy),
      summary: "the return of the policy that samples")
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
    criticOptimiser = Adam(critics, learningRate: configuration.criticLearningRate)
    (noise, step) = (setup.stream("noise"), setup.recorded())
  }

  /// y = r + γ(1 − d) minᵢ Q′ᵢ(s′, a′), a′ ~ π(·|s′).
  private func target(_ batch: Transitions) -> Tensor {
    let nextAction = actor.policy.sample(batch.nextObservation, noise)
    return batch.reward + batch.discount * targetCritics(batch.nextObservation, nextAction).minimum(axis: 0)
  }

  /// A = minᵢ Qᵢ(s, a) − minᵢ Qᵢ(s, ã), ã ~ π(·|s).
  private func advantage(_ batch: Transitions) -> Tensor {
    let action = actor.policy.sample(batch.observation, noise)
    let difference =
      critics(batch.observation, batch.action).minimum(axis: 0) - critics(batch.observation, action).minimum(axis: 0)
    return difference.detached()
  }

  public func update(_ batch: Transitions) -> Metrics {
    step(batch) {
      let value = critics(batch.observation, batch.action)
      let criticLoss = Float(critics.members) * meanSquaredError(value, target(batch))
      criticOptimiser.descend(criticLoss)

      // −E[min(e^{A/λ}, 100)·log π(a|s)].
      let actorFigures = actor.descend(batch.observation, batch.action, advantage(batch))
      targetCritics.follow(critics, rate: configuration.averagingRate)
      return ["critic_loss": criticLoss, "value_mean": value.mean()] + actorFigures
    }
  }
}
