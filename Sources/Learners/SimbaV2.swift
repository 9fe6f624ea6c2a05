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
    @Count public var criticCount = 2
    /// Critics give probabilities of so many returns, evenly from −G to G.
    @Count public var atomCount = 101
    @Positive public var greatestReturn: Float = 5
    public var normaliseObservations = true
    /// Rewards are divided by the running deviation of their discounted sum, or by more, so that none of those was
    /// beyond ±G.
    public var normaliseRewards = true
    public var rewardReach: Float? { greatestReturn }
    /// A residual block for each width, of which all are the same: the critics' here, the actor's in `network`; inside
    /// it is wider.
    @Widths public var criticHiddenSizes = [512, 512]
    @Count public var expansion = 4
    public var network = NetworkSettings(hiddenSizes: [128])
    public var replay = ReplaySettings()

    public init() {}

    public func validate() throws {
      try require(criticCount <= 2, "critic_count", criticCount, expected: "1 or 2")
      try require((2...10_000).contains(atomCount), "atom_count", atomCount, expected: "2 to 10000")
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
  private let noise, exploration: RandomStream
  private let step: Recorded
  @NotSaved private var schedule = LearningRateSchedule.constant

  public var policy: any Policy { actor }
  public var prediction: ValuePrediction? { .soft(critics, of: actor, temperature, discount: configuration.discount) }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    let network = NetworkSettings(hiddenSizes: configuration.criticHiddenSizes, encoder: configuration.network.encoder)
    let range = -configuration.greatestReturn...configuration.greatestReturn
    func makeLayers(
      _ sizes: [Int], heads: [Int], members: Int?, _ weights: inout RandomGenerator
    ) -> HypersphericalMLP {
      HypersphericalMLP(
        sizes[0], heads, width: sizes[1], blocks: sizes.count - 2, expansion: configuration.expansion,
        members: members, using: &weights)
    }
    func makeCritics() -> CategoricalCritics {
      CategoricalCritics(
        task, network, members: configuration.criticCount, atoms: configuration.atomCount, range: range,
        generator: setup.split("critics")
      ) { makeLayers($0, heads: [configuration.atomCount], members: configuration.criticCount, &$1) }
    }
    (critics, targetCritics) = (makeCritics(), makeCritics())
    actor = GaussianPolicy(
      task, configuration.network, sharing: critics.encoder, logStandardDeviation: .squashed(-10...2),
      generator: setup.split("actor")
    ) { makeLayers($0, heads: [task.actionSize, task.actionSize], members: nil, &$1) }
    temperature = Temperature(
      initial: configuration.initialTemperature,
      targetEntropy: configuration.targetEntropy ?? -0.5 * Float(task.actionSize))
    actorOptimiser = Adam(actor, learningRate: configuration.learningRate)
    criticOptimiser = Adam(critics, learningRate: configuration.learningRate)
    temperatureOptimiser = Adam(temperature, learningRate: configuration.learningRate)
    (noise, exploration) = (setup.stream("noise"), actor.exploration)
    step = setup.recorded()
    actor.normaliseWeights()
    for each in [critics, targetCritics] { each.normaliseWeights() }
  }

  public func begin(_ run: RunFacts) {
    schedule = run.updates > 0 ? .linear(steps: run.updates, end: configuration.lastLearningRate) : .constant
  }

  /// E[α log π(ã|s) − minᵢ Qᵢ(s, ã)], of means.
  private func updateActor(_ batch: Transitions, _ alpha: Tensor) -> Metrics {
    let (action, logProbability) = actor.sample(batch.observation, noise)
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
    let probability = targetCritics.smaller(targetCritics.logits(batch.nextObservation, next.action).softmax())
    let place = batch.reward + batch.discount * (targetCritics.atoms - alpha * next.logProbability)
    let target = targetCritics.moved(probability, to: place)

    let logits = critics.logits(batch.observation, batch.action)
    let loss = critics.crossEntropy(logits, target.probability)
    criticOptimiser.descend(loss)
    critics.normaliseWeights()
    return [
      "critic_loss": loss, "value_mean": critics.mean(logits.softmax()).mean(), "clipped_share": target.clipped,
    ]
  }

  public func update(_ batch: Transitions) -> Metrics {
    let rate = configuration.learningRate * schedule.factor(at: criticOptimiser.step)
    for optimiser in [actorOptimiser, criticOptimiser, temperatureOptimiser] { optimiser.learningRate = rate }
    return step(batch) {
      // The actor and the temperature go first; the target sees them after their steps.
      let actorFigures = updateActor(batch, temperature())
      let criticFigures = updateCritics(batch, temperature())
      targetCritics.follow(critics, rate: configuration.averagingRate)
      return criticFigures + actorFigures
    }
  }
}
