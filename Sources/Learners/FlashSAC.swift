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
    /// γ, how much the next step's value counts.
    @Fraction public var discount: Float = 0.99
    /// τ, the fraction by which target critics follow the critics at each update.
    @PositiveFraction public var averagingRate: Float = 0.01
    /// Adam's step size for actor, critics and temperature at the start; half a cosine takes it to the last share of
    /// itself.
    @Positive public var learningRate: Float = 3e-4
    @Fraction public var lastLearningRate: Float = 0.5
    /// α at the start.
    @Positive public var initialTemperature: Float = 0.01
    /// The temperature aims at the entropy of a Gaussian with this deviation for every number in an action, in [−1, 1].
    @Positive public var targetDeviation: Float = 0.15
    /// The actor and the temperature move every so many updates.
    @Count public var policyDelay = 2
    /// Critics give probabilities of so many returns, evenly from −G to G.
    @Count public var atomCount = 101
    @Positive public var greatestReturn: Float = 5
    /// Rewards are divided by the running deviation of their discounted sum, or by more, so that none of those was
    /// beyond ±G.
    public var normaliseRewards = true
    public var rewardReach: Float? { greatestReturn }
    /// Acting noise stands for n steps, 1 to so many, with probability proportional to n^−exponent.
    @Count public var longestNoise = 16
    @NotNegative public var noiseExponent: Float = 2
    /// A residual block for each width, of which all are the same: the critics' here, the actor's in `network`; inside
    /// it is wider.
    @Widths public var criticHiddenSizes = [128, 128]
    @Count public var expansion = 4
    public var network = NetworkSettings(hiddenSizes: [64, 64])
    public var replay = ReplaySettings(warmUpSteps: 10_000)

    public init() {}

    public func validate() throws {
      try require((2...10_000).contains(atomCount), "atom_count", atomCount, expected: "2 to 10000")
      try require(longestNoise <= 10_000, "longest_noise", longestNoise, expected: "at most 10000")
      try require(expansion <= 1_000, "expansion", expansion, expected: "at most 1000")
      for (key, widths) in [
        ("critic_hidden_sizes", criticHiddenSizes), ("network.hidden_sizes", network.hiddenSizes),
      ] {
        try require(Set(widths).count == 1, key, widths, expected: "the same width for every block")
      }
    }
  }

  public let configuration: Configuration
  private let actor: GaussianPolicy
  private let critics, targetCritics: CategoricalCritics
  private let temperature: Temperature
  private let actorOptimiser, criticOptimiser, temperatureOptimiser: Adam
  private let noise: RandomStream
  private let exploration: RepeatedNoise
  private let criticStep, fullStep: Recorded
  @NotSaved private var explorer: RepeatedNoisePolicy
  @NotSaved private var plannedUpdates = 0

  public var policy: any Policy { actor }
  public var behaviour: any Policy { explorer }
  public var prediction: ValuePrediction? { .soft(critics, of: actor, temperature, discount: configuration.discount) }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    let network = NetworkSettings(hiddenSizes: configuration.criticHiddenSizes, encoder: configuration.network.encoder)
    let range = -configuration.greatestReturn...configuration.greatestReturn
    func makeLayers(_ sizes: [Int], members: Int?, _ weights: inout RandomGenerator) -> ResidualBatchNormMLP {
      ResidualBatchNormMLP(
        sizes[0], sizes[sizes.count - 1], width: sizes[1], blocks: sizes.count - 2, expansion: configuration.expansion,
        members: members, using: &weights)
    }
    func makeCritics() -> CategoricalCritics {
      CategoricalCritics(
        task, network, atoms: configuration.atomCount, range: range, generator: setup.split("critics")
      ) { makeLayers($0, members: 2, &$1) }
    }
    (critics, targetCritics) = (makeCritics(), makeCritics())
    actor = GaussianPolicy(
      task, configuration.network, sharing: critics.encoder, logStandardDeviation: .squashed(-10...2),
      generator: setup.split("actor")
    ) { makeLayers($0, members: nil, &$1) }
    temperature = Temperature(
      initial: configuration.initialTemperature,
      targetEntropy: Float(task.actionSize) * (0.5 * log(2 * .pi) + 0.5 + log(configuration.targetDeviation)))
    actorOptimiser = Adam(actor, learningRate: configuration.learningRate)
    criticOptimiser = Adam(critics, learningRate: configuration.learningRate)
    temperatureOptimiser = Adam(temperature, learningRate: configuration.learningRate)
    noise = setup.stream("noise")
    exploration = RepeatedNoise(
      most: configuration.longestNoise, exponent: Double(configuration.noiseExponent),
      generator: setup.split("exploration"))
    (criticStep, fullStep) = (setup.recorded(), setup.recorded())
    explorer = RepeatedNoisePolicy(actor, exploration)
    actor.normaliseWeights()
    for each in [critics, targetCritics] { each.normaliseWeights() }
  }

  public func begin(_ run: RunFacts) { plannedUpdates = run.updates }

  /// E[α log π(ã|s) − minᵢ Qᵢ(s, ã)], of means, the critics normalising by their running statistics; the actor sees s
  /// and s′, whose statistics those of the minibatch are, though only s counts.
  private func updateActor(_ batch: Transitions, _ alpha: Tensor) -> Metrics {
    let both = actor.sample(
      concatenated([batch.observation, batch.nextObservation], axis: 0), noise, .training(noise))
    let rows = 0..<batch.observation.shape[0]
    let (action, logProbability) = (both.action.slice(rows, axis: 0), both.logProbability.slice(rows, axis: 0))
    let loss = (alpha * logProbability - critics(batch.observation, action).minimum(axis: 0)).mean()
    actorOptimiser.descend(loss)
    actor.normaliseWeights()
    let entropy = -logProbability.mean()
    temperatureOptimiser.descend(temperature.loss(entropy: entropy))
    return ["actor_loss": loss, "entropy": entropy, "temperature": alpha]
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
    let loss = critics.crossEntropy(logits, target.probability)
    criticOptimiser.descend(loss)
    critics.normaliseWeights()
    return [
      "critic_loss": loss, "value_mean": critics.mean(logits.softmax()).mean(), "clipped_share": target.clipped,
    ]
  }

  public func update(_ batch: Transitions) -> Metrics {
    let updates = criticOptimiser.step
    if plannedUpdates > 0 {
      let share = LearningRateSchedule.cosine(steps: plannedUpdates).factor(at: updates)
      let last = configuration.lastLearningRate
      for optimiser in [actorOptimiser, criticOptimiser, temperatureOptimiser] {
        optimiser.learningRate = configuration.learningRate * (last + (1 - last) * share)
      }
    }
    let movesActor = (updates + 1).isMultiple(of: configuration.policyDelay)
    return (movesActor ? fullStep : criticStep)(batch) {
      // The actor and the temperature go first; the target sees them after their steps.
      let actorFigures = movesActor ? updateActor(batch, temperature()) : [:]
      let criticFigures = updateCritics(batch, temperature())
      targetCritics.follow(critics, rate: configuration.averagingRate)
      return criticFigures + actorFigures
    }
  }
}
