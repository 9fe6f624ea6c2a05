import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// Twin delayed deep deterministic policy gradient (Fujimoto, van Hoof and Meger, "Addressing Function Approximation
/// Error in Actor-Critic Methods", arXiv 1802.09477). A deterministic actor climbs the first of two critics; targets
/// use the smaller of both at a smoothed action; the actor and all targets move every second step.
public final class TD3: Learner {
  public static let about = About(
    "td3", "twin delayed deterministic policy gradient", paper: "Fujimoto et al., arXiv 1802.09477")

  /// The defaults of the authors' code.
  public struct Configuration: TransitionHyperParameters {
    /// γ, how much the next step's value counts, and τ, the fraction by which targets follow.
    @Fraction public var discount: Float = 0.99
    @PositiveFraction public var averagingRate: Float = 0.005
    /// Adam's step sizes for the actor and the critics.
    @Positive public var actorLearningRate: Float = 3e-4
    @Positive public var criticLearningRate: Float = 3e-4
    /// Standard deviation of the noise on exploring actions, for actions in [−1, 1].
    @NotNegative public var explorationNoise: Float = 0.1
    /// Standard deviation of the noise that smooths target actions, and where it is cut off.
    @NotNegative public var targetNoise: Float = 0.2
    @NotNegative public var targetNoiseLimit: Float = 0.5
    /// The actor and the targets move every so many updates.
    @Count public var policyDelay = 2
    /// Whether the critics' hidden layers are normalised.
    public var criticLayerNorm = false
    public var normaliseObservations = false
    public var network = NetworkSettings()
    public var replay = ReplayBufferSettings(warmUpSteps: 25_000)

    public init() {}
  }

  public let configuration: Configuration
  let actor, targetActor: DeterministicPolicy
  let critics, targetCritics: QEnsemble
  private let actorOptimiser, criticOptimiser: Adam
  private let noise, exploration: RandomStream
  private let step: Recorded
  private let updates = Counter()

  public var policy: any Policy { actor }

  /// Q(s, a) = r + γQ(s′, a′) with a′ as in the target.
  public var prediction: ValuePrediction? {
    let policy = ComputedPolicy(like: actor) { [actor, configuration] observation, noise in
      let smoothing = noise.normal([observation.shape[0], actor.actionSize]) * configuration.targetNoise
      return (Self.smoothed(actor(observation), smoothing, configuration), nil)
    }
    return ValuePrediction(
      critics, discount: configuration.discount, policy: policy,
      summary: "the return of the actor with the noise of the targets")
  }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    func makeActor(_ critics: QEnsemble) -> DeterministicPolicy {
      DeterministicPolicy(
        task, configuration.network, sharing: critics.encoder, explorationNoise: configuration.explorationNoise,
        generator: setup.split("actor"))
    }
    (critics, targetCritics) = withTarget {
      QEnsemble(
        task, configuration.network, layerNorm: configuration.criticLayerNorm, generator: setup.split("critics"))
    }
    (actor, targetActor) = (makeActor(critics), makeActor(targetCritics))
    actorOptimiser = Adam(actor, learningRate: configuration.actorLearningRate)
    criticOptimiser = Adam(critics, learningRate: configuration.criticLearningRate)
    (noise, exploration) = (setup.stream("noise"), actor.exploration)
    step = setup.recorded()
  }

  /// clip(a + clip(ε, ±c), ±1).
  private static func smoothed(_ action: Tensor, _ noise: Tensor, _ configuration: Configuration) -> Tensor {
    let limit = configuration.targetNoiseLimit
    return (action + noise.clamped(to: -limit...limit)).clamped(to: -1...1)
  }

  /// y = r + γ(1 − d) minᵢ Q′ᵢ(s′, clip(π′(s′) + clip(ε, ±c), ±1)), less what a caller's penalty makes of that action.
  private func target(_ batch: Transitions, _ penalty: (Transitions, Tensor) -> Tensor?) -> Tensor {
    let smoothing = noise.normal(batch.action.shape) * configuration.targetNoise
    let nextAction = Self.smoothed(targetActor(batch.nextObservation), smoothing, configuration)
    let value = targetCritics(batch.nextObservation, nextAction).minimum(axis: 0)
    return batch.reward + batch.discount * (penalty(batch, nextAction).map { value - $0 } ?? value)
  }

  /// −E[Q₁(s, π(s))].
  private func actorLoss(_ batch: Transitions) -> Metrics {
    ["actor_loss": -critics(batch.observation, actor(batch.observation)).slice(0..<1, axis: 0).mean()]
  }

  public func update(_ batch: Transitions) -> Metrics { update(batch, actorLoss: actorLoss) }

  /// One update with an actor loss of the caller's, which comes first among its figures: TD3+BC changes nothing else,
  /// ReBRAC has a penalty on the targets' action too, [rows, 1].
  func update(
    _ batch: Transitions, targetPenalty: (Transitions, Tensor) -> Tensor? = { _, _ in nil },
    actorLoss: (Transitions) -> Metrics
  ) -> Metrics {
    updates.count += 1
    guard updates.count.isMultiple(of: UInt64(configuration.policyDelay)) else {
      return step(batch, variant: 0) { updateCritics(batch, targetPenalty) }
    }
    return step(batch, variant: 1) {
      let criticFigures = updateCritics(batch, targetPenalty)
      let actorFigures = actorLoss(batch)
      actorOptimiser.descend(actorFigures.tensors[0])
      targetActor.follow(actor, rate: configuration.averagingRate)
      targetCritics.follow(critics, rate: configuration.averagingRate)
      return criticFigures + actorFigures
    }
  }

  private func updateCritics(_ batch: Transitions, _ penalty: (Transitions, Tensor) -> Tensor?) -> Metrics {
    let value = critics(batch.observation, batch.action)
    let loss = Float(critics.members) * meanSquaredError(value, target(batch, penalty))
    criticOptimiser.descend(loss)
    return ["critic_loss": loss, "value_mean": value.mean()]
  }
}
