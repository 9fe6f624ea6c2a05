import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// Adaptive advantage-guided policy regularisation (Liu et al., "Adaptive Advantage-Guided Policy Regularization for
/// Offline Reinforcement Learning", arXiv 2405.19909): TD3 with a penalty for leaving the better of two actions, the
/// dataset's and one that an autoencoder of the dataset's better actions proposes; none where neither is an advantage.
public final class A2PR: Learner {
  public static let about = About(
    "a2pr", "TD3 near the better of a dataset's action and a proposed one", paper: "Liu et al., arXiv 2405.19909",
    needsDataset: true)

  /// The defaults of the authors' code.
  public struct Configuration: TransitionHyperParameters {
    /// α: how much a greater value counts against being near the better action, and how much that counts.
    @NotNegative public var alpha: Float = 2.5
    @NotNegative public var penalty: Float = 1
    /// How much the autoencoder's reconstruction counts against its divergence.
    @NotNegative public var reconstructionWeight: Float = 1
    /// γ, how much the next step's value counts, and τ, the fraction by which targets follow.
    @Fraction public var discount: Float = 0.99
    @PositiveFraction public var averagingRate: Float = 0.005
    /// Adam's step sizes for the actor, for critics and state value, and for the autoencoder.
    @Positive public var actorLearningRate: Float = 3e-4
    @Positive public var criticLearningRate: Float = 3e-4
    @Positive public var proposalLearningRate: Float = 1e-3
    /// Standard deviation of the noise on exploring actions, for actions in [−1, 1].
    @NotNegative public var explorationNoise: Float = 0.1
    /// Standard deviation of the noise that smooths target actions, and where it is cut off.
    @NotNegative public var targetNoise: Float = 0.2
    @NotNegative public var targetNoiseLimit: Float = 0.5
    /// The actor and the targets move every so many updates.
    @Count public var policyDelay = 2
    public var normaliseObservations = true
    /// The widths of the actor's hidden layers, the critics' with the state value's, and the autoencoder's.
    public var network = NetworkSettings(hiddenSizes: [256, 256, 256])
    @Widths public var criticHiddenSizes = [256, 256, 256, 256]
    @Widths public var proposalHiddenSizes = [750, 750]
    public var replay = ReplayBufferSettings()

    public init() {}
  }

  public let configuration: Configuration
  private let actor, targetActor: DeterministicPolicy
  private let critics, targetCritics: QEnsemble
  private let stateValue: StateValue
  private let proposal: ActionAutoencoder
  private let actorOptimiser, criticOptimiser, valueOptimiser, proposalOptimiser: Adam
  private let noise, exploration: RandomStream
  private let step: Recorded
  private let updates = Counter()

  public var policy: any Policy { actor }

  /// Q(s, a) = r + γQ(s′, a′) with a′ as in the target.
  public var prediction: ValuePrediction? {
    let policy = ComputedPolicy(like: actor) { [self] observation, noise in
      (smoothed(actor(observation), noise), nil)
    }
    return ValuePrediction(
      critics, discount: configuration.discount, policy: policy,
      summary: "the return of the actor with the noise of the targets")
  }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    func sizes(_ hiddenSizes: [Int]) -> NetworkSettings {
      NetworkSettings(hiddenSizes: hiddenSizes, encoder: configuration.network.encoder)
    }
    func makeActor(_ critics: QEnsemble) -> DeterministicPolicy {
      DeterministicPolicy(
        task, configuration.network, sharing: critics.encoder, explorationNoise: configuration.explorationNoise,
        generator: setup.split("actor"))
    }
    let wide = sizes(configuration.criticHiddenSizes)
    (critics, targetCritics) = withTarget { QEnsemble(task, wide, generator: setup.split("critics")) }
    (actor, targetActor) = (makeActor(critics), makeActor(targetCritics))
    stateValue = StateValue(task, wide, sharing: critics.encoder, generator: setup.split("state value"))
    proposal = ActionAutoencoder(
      task, sizes(configuration.proposalHiddenSizes), sharing: critics.encoder, generator: setup.split("proposal"))
    actorOptimiser = Adam(actor, learningRate: configuration.actorLearningRate)
    criticOptimiser = Adam(critics, learningRate: configuration.criticLearningRate)
    valueOptimiser = Adam(stateValue, learningRate: configuration.criticLearningRate)
    proposalOptimiser = Adam(proposal, learningRate: configuration.proposalLearningRate)
    (noise, exploration, step) = (setup.stream("noise"), actor.exploration, setup.recorded())
  }

  /// clip(a + clip(ε, ±c), ±1).
  private func smoothed(_ action: Tensor, _ noise: RandomStream) -> Tensor {
    let limit = configuration.targetNoiseLimit
    let smoothing = (noise.normal(action.shape) * configuration.targetNoise).clamped(to: -limit...limit)
    return (action + smoothing).clamped(to: -1...1)
  }

  /// Q₁(s, a) − V(s), without a gradient.
  private func advantage(_ observation: Tensor, _ action: Tensor, over value: Tensor) -> Tensor {
    (critics(observation, action).slice(0..<1, axis: 0).reshaped([-1, 1]) - value).detached()
  }

  /// E[1(A > 0)·(VAE(s, a) − a)²]·w + ½·KL: actions without an advantage are not learned.
  private func proposalLoss(_ batch: Transitions, _ advantage: Tensor) -> Tensor {
    let (action, divergence) = proposal(batch.observation, batch.action, noise)
    let error = (advantage.greater(than: Tensor(0)) * (action - batch.action).squared()).mean()
    return configuration.reconstructionWeight * error + 0.5 * divergence
  }

  /// −λ·E[Q₁(s, π(s))] + E[g·(π(s) − ā)²] with λ = α/E|Q₁(s, π(s))|. ā is VAE(s, π(s)) where its advantage is no less
  /// than the dataset's, else a; g is 1 where either is an advantage.
  private func actorLoss(_ batch: Transitions, _ advantage: Tensor, over stateValue: Tensor) -> Metrics {
    let action = actor(batch.observation)
    let value = critics(batch.observation, action).slice(0..<1, axis: 0)
    let lambda = configuration.alpha / value.detached().abs().mean()
    let proposed = proposal(batch.observation, action.detached(), noise).action.detached()
    let proposedAdvantage = self.advantage(batch.observation, proposed, over: stateValue)
    let isProposed = proposedAdvantage.greaterOrEqual(to: advantage)
    let counts = maximum(proposedAdvantage.greaterOrEqual(to: Tensor(0)), advantage.greater(than: Tensor(0)))
    let distance = (counts * (action - select(isProposed, proposed, batch.action)).squared()).mean()
    return [
      "actor_loss": configuration.penalty * distance - lambda * value.mean(), "regularisation_loss": distance,
      "proposed_share": isProposed.mean(), "regularised_share": counts.mean(), "lambda": lambda,
    ]
  }

  public func update(_ batch: Transitions) -> Metrics {
    updates.count += 1
    let movesActor = updates.count.isMultiple(of: UInt64(configuration.policyDelay))
    return step(batch, variant: movesActor ? 1 : 0) {
      // y = r + γ(1 − d) minᵢ Q′ᵢ(s′, ã′), ã′ = clip(π′(s′) + clip(ε, ±c), ±1).
      let nextAction = smoothed(targetActor(batch.nextObservation), noise)
      let nextValue = targetCritics(batch.nextObservation, nextAction).minimum(axis: 0)
      let value = critics(batch.observation, batch.action)
      let criticLoss = Float(critics.members) * meanSquaredError(value, batch.reward + batch.discount * nextValue)
      criticOptimiser.descend(criticLoss)

      // V aims at the lesser of y and what the critics themselves say of ã′.
      let stateValue = stateValue(batch.observation)
      let least = minimum(nextValue, critics(batch.nextObservation, nextAction).minimum(axis: 0))
      let valueLoss = meanSquaredError(stateValue, batch.reward + batch.discount * least)
      let advantage = advantage(batch.observation, batch.action, over: stateValue)
      valueOptimiser.descend(valueLoss)
      let proposalLoss = proposalLoss(batch, advantage)
      proposalOptimiser.descend(proposalLoss)
      let figures: Metrics = [
        "critic_loss": criticLoss, "value_mean": value.mean(), "value_loss": valueLoss,
        "state_value_mean": stateValue.mean(), "proposal_loss": proposalLoss,
      ]
      guard movesActor else { return figures }
      let actorFigures = actorLoss(batch, advantage, over: stateValue)
      actorOptimiser.descend(actorFigures.tensors[0])
      targetActor.follow(actor, rate: configuration.averagingRate)
      targetCritics.follow(critics, rate: configuration.averagingRate)
      return figures + actorFigures
    }
  }
}
