import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// SimbaV2 (Lee et al., arXiv 2502.15280): soft actor-critic whose features and weights stay on the unit sphere, with
/// categorical critics on scaled rewards.
public final class SimbaV2: Learner {
  public static let about = About(
    "simba-v2", "features and weights on the unit sphere, categorical critics", paper: "Lee et al., arXiv 2502.15280")

  /// The defaults of the paper, with γ for episodes of 500 decisions or fewer.
  public struct Configuration: TransitionHyperParameters {
    /// γ, how much the next step's value counts; the paper's is 0.995 for episodes of 1,000 decisions.
    @Fraction public var discount: Float = 0.99
    /// τ, the fraction by which target critics follow the critics at each update.
    @PositiveFraction public var averagingRate: Float = 0.005
    /// Adam's step size for actor, critics and temperature at the start; in a straight line it becomes the last share
    /// of itself at the end of the run.
    @Positive public var learningRate: Float = 1e-4
    @Fraction public var lastLearningRate: Float = 0.5
    /// α at the start.
    @Positive public var initialTemperature: Float = 0.01
    /// The entropy that the temperature aims at, in nats, for actions in [−1, 1]; null means −½(number of actions).
    public var targetEntropy: Float?
    /// Two critics, of which the smaller counts, or (where no episode ends before its time) one.
    @CountWithin<1, 2> public var criticCount = 2
    /// Critics give probabilities of so many returns, evenly from −G to G.
    @CountWithin<2, 10_000> public var atomCount = 101
    @Positive public var greatestReturn: Float = 5
    public var normaliseObservations = true
    /// Rewards are divided by the running deviation of their discounted sum, or by more, so that none of those was
    /// beyond ±G.
    public var normaliseRewards = true
    public var rewardReach: Float? { greatestReturn }
    /// A residual block for each width, of which all are the same: the critics' here, the actor's in `network`; inside
    /// it is wider.
    @Widths public var criticHiddenSizes = [512, 512]
    @CountWithin<1, 1_000> public var expansion = 4
    public var network = NetworkSettings(hiddenSizes: [128])
    public var replay = ReplayBufferSettings()

    public init() {}

    public func validate() throws {
      try requireBlocksOfOneWidth(critics: criticHiddenSizes, actor: network.hiddenSizes)
    }
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
    func makeLayers(
      _ sizes: [Int], heads: [Int], members: Int?, _ weights: inout RandomGenerator
    ) -> HypersphericalMLP {
      HypersphericalMLP(
        sizes[0], heads, width: sizes[1], blocks: sizes.count - 2, expansion: configuration.expansion,
        members: members, using: &weights)
    }
    (critics, targetCritics) = withTarget {
      CategoricalCritics(
        task, network, members: configuration.criticCount, atoms: configuration.atomCount,
        greatestReturn: configuration.greatestReturn, generator: setup.split("critics")
      ) { makeLayers($0, heads: [configuration.atomCount], members: configuration.criticCount, &$1) }
    }
    criticOptimiser = Adam(critics, learningRate: configuration.learningRate)
    let policy = GaussianPolicy(
      task, configuration.network, sharing: critics.encoder, logStandardDeviation: .squashed(-10...2),
      generator: setup.split("actor")
    ) { makeLayers($0, heads: [task.actionSize, task.actionSize], members: nil, &$1) }
    let targetEntropy = configuration.targetEntropy ?? -0.5 * Float(task.actionSize)
    actor = SoftActor(
      policy, Temperature(initial: configuration.initialTemperature, targetEntropy: targetEntropy),
      learningRates: (configuration.learningRate, configuration.learningRate), hasUnitWeights: true)
    (noise, step) = (setup.stream("noise"), setup.recorded())
    policy.normaliseWeights()
    for each in [critics, targetCritics] { each.normaliseWeights() }
  }

  public func begin(_ run: RunFacts) {
    schedule = run.updates > 0 ? .linear(steps: run.updates, end: configuration.lastLearningRate) : .constant
  }

  /// E[α log π(ã|s) − minᵢ Qᵢ(s, ã)], of means.
  private func updateActor(_ batch: Transitions, _ alpha: Tensor) -> Metrics {
    let (action, logProbability) = actor.sample(batch.observation, noise)
    let loss = (alpha * logProbability - critics(batch.observation, action).minimum(axis: 0)).mean()
    return actor.descend(loss, logProbability, alpha)
  }

  /// −Σᵢ mean Σⱼ mⱼ log pᵢⱼ(s, a), m being the probabilities of r + γ(1 − d)(zⱼ − α log π(a′|s′)) moved to the two
  /// nearest atoms, zⱼ distributed as the target critic with the smaller mean says at (s′, a′), a′ ~ π(·|s′).
  private func updateCritics(_ batch: Transitions, _ alpha: Tensor) -> Metrics {
    let next = actor.sample(batch.nextObservation, noise)
    let probability = targetCritics.smaller(targetCritics.logits(batch.nextObservation, next.action).softmax())
    let place = batch.reward + batch.discount * (targetCritics.atoms - alpha * next.logProbability)
    let target = targetCritics.moved(probability, to: place)

    let logits = critics.logits(batch.observation, batch.action)
    return critics.descend(logits, target, criticOptimiser)
  }

  public func update(_ batch: Transitions) -> Metrics {
    let factor = schedule.factor(at: criticOptimiser.step)
    actor.scaleLearningRates(by: factor)
    criticOptimiser.scaleLearningRate(by: factor)
    return step(batch) {
      // The actor and the temperature go first; the target sees them after their steps.
      let actorFigures = updateActor(batch, actor.temperature())
      let criticFigures = updateCritics(batch, actor.temperature())
      targetCritics.follow(critics, rate: configuration.averagingRate)
      return criticFigures + actorFigures
    }
  }
}
