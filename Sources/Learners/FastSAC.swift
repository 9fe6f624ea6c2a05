import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// FastSAC (arXiv 2512.01996): soft actor-critic for many simulators. Normalised layers, categorical critics that each
/// learn from their own target, an actor that climbs their mean, and an entropy of 0 aimed at. What acts has weights of
/// its own, so that a step is gathered while updates are made.
public final class FastSAC: Learner {
  public static let about = About(
    "fast-sac", "SAC with categorical critics for many environments", paper: "FastSAC, arXiv 2512.01996")

  /// The paper's, except sizes for 32 to 64 environments on two processor cores: smaller networks and minibatches,
  /// fewer updates a step, slower targets, and rewards scaled to the atoms instead of atoms set for each task.
  public struct Configuration: TransitionHyperParameters {
    /// γ, how much the next step's value counts, and τ, the fraction by which target critics follow at each update.
    @Fraction public var discount: Float = 0.99
    @PositiveFraction public var averagingRate: Float = 0.05
    /// AdamW's step sizes for the actor, the critics, and the logarithm of the temperature; its decay and β₂.
    @Positive public var actorLearningRate: Float = 3e-4
    @Positive public var criticLearningRate: Float = 3e-4
    @NotNegative public var temperatureLearningRate: Float = 3e-4
    @NotNegative public var weightDecay: Float = 0.001
    @FractionBelowOne public var squareDecay: Float = 0.95
    /// α at the start.
    @Positive public var initialTemperature: Float = 0.001
    /// The entropy that the temperature aims at, in nats, for actions in [−1, 1].
    public var targetEntropy: Float = 0
    /// The actor and the temperature move every so many updates.
    @Count public var policyDelay = 4
    /// Critics give probabilities of so many returns, evenly from −G to G.
    @CountWithin<2, 10_000> public var atomCount = 101
    @Positive public var greatestReturn: Float = 5
    /// Rewards are divided by the running deviation of their discounted sum, or by more, so that none of those was
    /// beyond ±G.
    public var normaliseRewards = true
    public var rewardReach: Float? { greatestReturn }
    public var normaliseObservations = true
    /// Widths of the critics' hidden layers; those of `network` are the actor's.
    @Widths public var criticHiddenSizes = [192, 96, 48]
    public var network = NetworkSettings(hiddenSizes: [128, 64, 32])
    public var replay = ReplayBufferSettings(batchSize: 1_024, warmUpSteps: 640, updatesPerStep: 1 / 16, nSteps: 3)

    public init() {}
  }

  public let configuration: Configuration
  private let actor: SoftActor
  private let critics, targetCritics: CategoricalCritics
  private let criticOptimiser: Adam
  private let noise: RandomStream
  private let step: Recorded
  @NotSaved private var actingCopy: GaussianPolicy

  public var policy: any Policy { actor.policy }
  public var behaviour: any Policy { actingCopy }
  public var prediction: ValuePrediction? { actor.prediction(of: critics, discount: configuration.discount) }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    let network = NetworkSettings(hiddenSizes: configuration.criticHiddenSizes, encoder: configuration.network.encoder)
    func makeLayers(_ sizes: [Int], members: Int?, zero: Bool, _ weights: inout RandomGenerator) -> MLP {
      MLP(
        sizes, members: members, activation: .silu, layerNorm: true, outputInitialisation: zero ? .zero : nil,
        using: &weights)
    }
    func makeActor(sharing encoder: Encoder?) -> GaussianPolicy {
      GaussianPolicy(
        task, configuration.network, sharing: encoder, logStandardDeviation: .squashed(-5...0),
        generator: setup.split("actor")
      ) { makeLayers($0, members: nil, zero: true, &$1) }
    }
    (critics, targetCritics) = withTarget {
      CategoricalCritics(
        task, network, atoms: configuration.atomCount, greatestReturn: configuration.greatestReturn,
        generator: setup.split("critics")
      ) { makeLayers($0, members: 2, zero: false, &$1) }
    }
    criticOptimiser = Adam(
      critics, learningRate: configuration.criticLearningRate, beta2: configuration.squareDecay,
      weightDecay: configuration.weightDecay)
    let copy = makeActor(sharing: nil)
    actingCopy = copy
    actor = SoftActor(
      makeActor(sharing: critics.encoder),
      Temperature(initial: configuration.initialTemperature, targetEntropy: configuration.targetEntropy),
      learningRates: (configuration.actorLearningRate, configuration.temperatureLearningRate),
      beta2: configuration.squareDecay, weightDecay: configuration.weightDecay, exploration: copy.exploration)
    (noise, step) = (setup.stream("noise"), setup.recorded())
  }

  public func refreshBehaviour() -> Bool {
    actingCopy.copyWeights(from: actor.policy)
    return true
  }

  /// −Σᵢ mean Σⱼ mᵢⱼ log pᵢⱼ(s, a), mᵢ being the probabilities of r + γ(1 − d)(zⱼ − α log π(a′|s′)) moved to the two
  /// nearest atoms, zⱼ distributed as target critic i says at (s′, a′), a′ ~ π(·|s′).
  private func updateCritics(_ batch: Transitions, _ alpha: Tensor) -> Metrics {
    let next = actor.sample(batch.nextObservation, noise)
    let probability = targetCritics.logits(batch.nextObservation, next.action).softmax()
    let place = batch.reward + batch.discount * (targetCritics.atoms - alpha * next.logProbability)
    var target = targetCritics.moved(
      probability.reshaped([-1, configuration.atomCount]), to: concatenated([place, place], axis: 0))
    let logits = critics.logits(batch.observation, batch.action)
    target.probability = target.probability.reshaped(logits.shape)
    return critics.descend(logits, target, criticOptimiser)
  }

  /// E[α log π(ã|s) − meanᵢ Qᵢ(s, ã)], of means.
  private func updateActor(_ batch: Transitions, _ alpha: Tensor) -> Metrics {
    let (action, logProbability) = actor.sample(batch.observation, noise)
    let loss = (alpha * logProbability - critics(batch.observation, action).mean(axis: 0)).mean()
    return actor.descend(loss, logProbability, alpha)
  }

  public func update(_ batch: Transitions) -> Metrics {
    let movesActor = (criticOptimiser.step + 1).isMultiple(of: configuration.policyDelay)
    return step(batch, variant: movesActor ? 1 : 0) {
      let alpha = actor.temperature()  // Both losses use it from before its own step.
      var figures = updateCritics(batch, alpha)
      if movesActor { figures = figures + updateActor(batch, alpha) }
      targetCritics.follow(critics, rate: configuration.averagingRate)
      return figures
    }
  }
}
