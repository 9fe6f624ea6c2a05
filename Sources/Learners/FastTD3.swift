import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// FastTD3 (Seo et al., arXiv 2505.22642): twin delayed deterministic policy gradient for many simulators. Categorical
/// critics, great minibatches, few updates a step, and an exploration that differs between environments. What acts has
/// weights of its own, so that a step is gathered while updates are made.
public final class FastTD3: Learner {
  public static let about = About(
    "fast-td3", "TD3 with categorical critics for many environments", paper: "Seo et al., arXiv 2505.22642")

  /// The paper's, except sizes for 32 to 64 environments on two processor cores: networks a quarter as wide, a
  /// thirtieth of its minibatch, and rewards scaled to the atoms instead of atoms set for each task.
  public struct Configuration: TransitionHyperParameters {
    /// γ, how much the next step's value counts, and τ, the fraction by which target critics follow at each update.
    @Fraction public var discount: Float = 0.99
    @PositiveFraction public var averagingRate: Float = 0.05
    /// AdamW's step sizes for the actor and the critics, and its decay.
    @Positive public var actorLearningRate: Float = 3e-4
    @Positive public var criticLearningRate: Float = 3e-4
    @NotNegative public var weightDecay: Float = 0.01
    /// Standard deviations of the noise on exploring actions, in [−1, 1]: each environment's is drawn between them.
    @NotNegative public var leastNoise: Float = 0.001
    @NotNegative public var greatestNoise: Float = 0.4
    /// Standard deviation of the noise on target actions, and where it is cut off.
    @NotNegative public var targetNoise: Float = 0.001
    @NotNegative public var targetNoiseLimit: Float = 0.5
    /// The actor moves every so many updates.
    @Count public var policyDelay = 2
    /// Critics give probabilities of so many returns, evenly from −G to G.
    @CountWithin<2, 10_000> public var atomCount = 101
    @Positive public var greatestReturn: Float = 5
    /// Rewards are divided by the running deviation of their discounted sum, or by more, so that none of those was
    /// beyond ±G.
    public var normaliseRewards = true
    public var rewardReach: Float? { greatestReturn }
    public var normaliseObservations = true
    /// Widths of the critics' hidden layers; those of `network` are the actor's.
    @Widths public var criticHiddenSizes = [256, 128, 64]
    public var network = NetworkSettings(hiddenSizes: [128, 64, 32])
    public var replay = ReplayBufferSettings(batchSize: 1_024, warmUpSteps: 640, updatesPerStep: 1 / 32, nSteps: 3)

    public init() {}

    public func validate() throws {
      try require(leastNoise <= greatestNoise, "least_noise", leastNoise, expected: "at most greatest_noise")
    }
  }

  public let configuration: Configuration
  private let actor: DeterministicPolicy
  private let critics, targetCritics: CategoricalCritics
  private let actorOptimiser, criticOptimiser: Adam
  private let noise: RandomStream
  private let exploration: SpreadNoise
  private let step: Recorded
  @NotSaved private var actingCopy: DeterministicPolicy
  @NotSaved private var explorer: SpreadNoisePolicy

  public var policy: any Policy { actor }
  public var behaviour: any Policy { explorer }

  /// Q(s, a) = r + γQ(s′, a′) with a′ as in the target.
  public var prediction: ValuePrediction? {
    let policy = ComputedPolicy(like: actor) { [self] observation, noise in (targetAction(observation, noise), nil) }
    return ValuePrediction(
      critics, discount: configuration.discount, policy: policy,
      summary: "the return of the actor with the noise of the targets")
  }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    let network = NetworkSettings(hiddenSizes: configuration.criticHiddenSizes, encoder: configuration.network.encoder)
    func makeActor(sharing encoder: Encoder?) -> DeterministicPolicy {
      DeterministicPolicy(
        task, configuration.network, sharing: encoder, outputInitialisation: .uniform(0.01),
        generator: setup.split("actor"))
    }
    (critics, targetCritics) = withTarget {
      CategoricalCritics(
        task, network, atoms: configuration.atomCount, greatestReturn: configuration.greatestReturn,
        generator: setup.split("critics")
      ) { MLP($0, members: 2, using: &$1) }
    }
    actor = makeActor(sharing: critics.encoder)
    actorOptimiser = Adam(
      actor, learningRate: configuration.actorLearningRate, weightDecay: configuration.weightDecay)
    criticOptimiser = Adam(
      critics, learningRate: configuration.criticLearningRate, weightDecay: configuration.weightDecay)
    noise = setup.stream("noise")
    exploration = SpreadNoise(
      configuration.leastNoise...configuration.greatestNoise, generator: setup.split("exploration"))
    step = setup.recorded()
    let copy = makeActor(sharing: nil)
    actingCopy = copy
    explorer = SpreadNoisePolicy(copy, exploration)
  }

  public func refreshBehaviour() -> Bool {
    actingCopy.copyWeights(from: actor)
    return true
  }

  /// clip(π(s) + clip(ε, ±c), ±1): there is no target actor.
  private func targetAction(_ observation: Tensor, _ noise: RandomStream) -> Tensor {
    let limit = configuration.targetNoiseLimit
    let smoothing = noise.normal([observation.shape[0], actor.actionSize]) * configuration.targetNoise
    return (actor(observation) + smoothing.clamped(to: -limit...limit)).clamped(to: -1...1)
  }

  /// −Σᵢ mean Σⱼ mⱼ log pᵢⱼ(s, a), m being the probabilities of r + γ(1 − d)zⱼ moved to the two nearest atoms, zⱼ
  /// distributed as the target critic with the smaller mean says at s′ and the target's action.
  private func updateCritics(_ batch: Transitions) -> Metrics {
    let next = targetAction(batch.nextObservation, noise)
    let probability = targetCritics.smaller(targetCritics.logits(batch.nextObservation, next).softmax())
    let target = targetCritics.moved(probability, to: batch.reward + batch.discount * targetCritics.atoms)
    let logits = critics.logits(batch.observation, batch.action)
    return critics.descend(logits, target, criticOptimiser)
  }

  /// −E[minᵢ Qᵢ(s, π(s))], of means.
  private func updateActor(_ batch: Transitions) -> Metrics {
    let loss = -critics(batch.observation, actor(batch.observation)).minimum(axis: 0).mean()
    actorOptimiser.descend(loss)
    return ["actor_loss": loss]
  }

  public func update(_ batch: Transitions) -> Metrics {
    let movesActor = (criticOptimiser.step + 1).isMultiple(of: configuration.policyDelay)
    return step(batch, variant: movesActor ? 1 : 0) {
      var figures = updateCritics(batch)
      if movesActor { figures = figures + updateActor(batch) }
      targetCritics.follow(critics, rate: configuration.averagingRate)
      return figures
    }
  }
}
