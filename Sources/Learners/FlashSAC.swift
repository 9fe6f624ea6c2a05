import Foundation
import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// FlashSAC (arXiv 2604.04539): soft actor-critic with residual networks of batch norms and weights of fixed norm,
/// categorical critics on scaled rewards, and exploration whose noise stands for several steps. Here at half the
/// published width.
public final class FlashSAC: Learner {
  public static let about = About(
    "flash-sac", "residual batch-norm networks of fixed norms, categorical critics, repeated noise",
    paper: "FlashSAC, arXiv 2604.04539")

  /// The defaults of the paper for few simulators, except half its widths and half its minibatch.
  public struct Configuration: TransitionHyperParameters {
    /// γ, how much the next step's value counts, and τ, the fraction by which target critics follow at each update.
    @Fraction public var discount: Float = 0.99
    @PositiveFraction public var averagingRate: Float = 0.01
    /// Adam's step size for actor, critics and temperature at the start; half a cosine takes it to the last share of
    /// itself.
    @Positive public var learningRate: Float = 3e-4
    @Fraction public var lastLearningRate: Float = 0.5
    /// α at the start; it aims at the entropy of a Gaussian of this deviation in every number of an action, in [−1, 1].
    @Positive public var initialTemperature: Float = 0.01
    @Positive public var targetDeviation: Float = 0.15
    /// The actor and the temperature move every so many updates.
    @Count public var policyDelay = 2
    /// Critics give probabilities of so many returns, evenly from −G to G.
    @CountWithin<2, 10_000> public var atomCount = 101
    @Positive public var greatestReturn: Float = 5
    /// Rewards are divided by the running deviation of their discounted sum, or by more, so that none of those was
    /// beyond ±G.
    public var normaliseRewards = true
    public var rewardReach: Float? { greatestReturn }
    /// Acting noise stands for n steps, 1 to so many, with probability proportional to n^−exponent.
    @CountWithin<1, 10_000> public var longestNoise = 16
    @NotNegative public var noiseExponent: Float = 2
    /// A residual block for each width, of which all are the same: the critics' here, the actor's in `network`; inside
    /// it is wider.
    @Widths public var criticHiddenSizes = [128, 128]
    @CountWithin<1, 1_000> public var expansion = 4
    public var network = NetworkSettings(hiddenSizes: [64, 64])
    public var replay = ReplayBufferSettings(warmUpSteps: 10_000)

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
  @NotSaved private var explorer: RepeatedNoisePolicy
  @NotSaved private var schedule = LearningRateSchedule.constant

  public var policy: any Policy { actor.policy }
  public var behaviour: any Policy { explorer }
  public var prediction: ValuePrediction? { actor.prediction(of: critics, discount: configuration.discount) }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    let network = NetworkSettings(hiddenSizes: configuration.criticHiddenSizes, encoder: configuration.network.encoder)
    func makeLayers(_ sizes: [Int], members: Int?, _ weights: inout RandomGenerator) -> ResidualBatchNormMLP {
      ResidualBatchNormMLP(
        sizes[0], sizes[sizes.count - 1], width: sizes[1], blocks: sizes.count - 2, expansion: configuration.expansion,
        members: members, using: &weights)
    }
    (critics, targetCritics) = withTarget {
      CategoricalCritics(
        task, network, atoms: configuration.atomCount, greatestReturn: configuration.greatestReturn,
        generator: setup.split("critics")
      ) { makeLayers($0, members: 2, &$1) }
    }
    criticOptimiser = Adam(critics, learningRate: configuration.learningRate)
    let policy = GaussianPolicy(
      task, configuration.network, sharing: critics.encoder, logStandardDeviation: .squashed(-10...2),
      generator: setup.split("actor")
    ) { makeLayers($0, members: nil, &$1) }
    let exploration = RepeatedNoise(
      most: configuration.longestNoise, exponent: Double(configuration.noiseExponent),
      generator: setup.split("exploration"))
    let targetEntropy = Float(task.actionSize) * (0.5 * log(2 * .pi) + 0.5 + log(configuration.targetDeviation))
    actor = SoftActor(
      policy, Temperature(initial: configuration.initialTemperature, targetEntropy: targetEntropy),
      learningRates: (configuration.learningRate, configuration.learningRate), hasUnitWeights: true,
      exploration: exploration)
    explorer = RepeatedNoisePolicy(policy, exploration)
    (noise, step) = (setup.stream("noise"), setup.recorded())
    policy.normaliseWeights()
    for each in [critics, targetCritics] { each.normaliseWeights() }
  }

  public func begin(_ run: RunFacts) {
    schedule = run.updates > 0 ? .cosine(steps: run.updates, end: configuration.lastLearningRate) : .constant
  }

  /// E[α log π(ã|s) − minᵢ Qᵢ(s, ã)], of means, the critics normalising by their running statistics; the actor sees s
  /// and s′, whose statistics those of the minibatch are, though only s counts.
  private func updateActor(_ batch: Transitions, _ alpha: Tensor) -> Metrics {
    let both = actor.sample(
      concatenated([batch.observation, batch.nextObservation], axis: 0), noise, .training(noise))
    let rows = 0..<batch.observation.shape[0]
    let (action, logProbability) = (both.action.slice(rows, axis: 0), both.logProbability.slice(rows, axis: 0))
    let loss = (alpha * logProbability - critics(batch.observation, action).minimum(axis: 0)).mean()
    return actor.descend(loss, logProbability, alpha)
  }

  /// −Σᵢ mean Σⱼ mⱼ log pᵢⱼ(s, a), m being the probabilities of r + γ(1 − d)(zⱼ − α log π(a′|s′)) moved to the two
  /// nearest atoms, zⱼ distributed as the target critic with the smaller mean says at (s′, a′), a′ ~ π(·|s′).
  private func updateCritics(_ batch: Transitions, _ alpha: Tensor) -> Metrics {
    let next = actor.sample(batch.nextObservation, noise)
    let (now, then) = ((batch.observation, batch.action), (batch.nextObservation, next.action))
    let probability = targetCritics.smaller(targetCritics.joint(now, then, .training(noise)).1.softmax())
    let place = batch.reward + batch.discount * (targetCritics.atoms - alpha * next.logProbability)
    let target = targetCritics.moved(probability, to: place)

    let logits = critics.joint(now, then, .training(noise)).0
    return critics.descend(logits, target, criticOptimiser)
  }

  public func update(_ batch: Transitions) -> Metrics {
    let updates = criticOptimiser.step
    actor.scaleLearningRates(by: schedule.factor(at: updates))
    criticOptimiser.scaleLearningRate(by: schedule.factor(at: updates))
    let movesActor = (updates + 1).isMultiple(of: configuration.policyDelay)
    return step(batch, variant: movesActor ? 1 : 0) {
      // The actor and the temperature go first; the target sees them after their steps.
      let actorFigures = movesActor ? updateActor(batch, actor.temperature()) : [:]
      let criticFigures = updateCritics(batch, actor.temperature())
      targetCritics.follow(critics, rate: configuration.averagingRate)
      return criticFigures + actorFigures
    }
  }
}
