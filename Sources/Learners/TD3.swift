import SinewDatasets
import SinewPolicies
import SinewTensor

/// Twin delayed deep deterministic policy gradient.
///
/// Fujimoto, van Hoof and Meger, "Addressing Function Approximation Error in Actor-Critic Methods", arXiv 1802.09477. A
/// deterministic actor climbs the first of two critics; targets use the smaller of both at a smoothed action; the actor and all
/// targets move every second step.
public final class TD3: OnlineLearner, MadeOfParts {
  public static let name = "td3"

  // MARK: Hyper-parameters

  /// Hyper-parameters with the defaults of the authors' code.
  public struct Configuration: OnlineConfiguration {
    /// γ, how much the next step's value counts; in [0, 1].
    public var discount: Float = 0.99
    /// τ, the fraction by which targets follow; in (0, 1].
    public var averagingRate: Float = 0.005
    /// Adam's step size for the actor.
    public var actorLearningRate: Float = 3e-4
    /// Adam's step size for the critics.
    public var criticLearningRate: Float = 3e-4
    /// Standard deviation of the noise on exploring actions, for actions in [−1, 1].
    public var explorationNoise: Float = 0.1
    /// Standard deviation of the noise that smooths target actions.
    public var targetNoise: Float = 0.2
    /// The target noise is cut off at plus and minus this.
    public var targetNoiseLimit: Float = 0.5
    /// The actor and the targets move every so many updates.
    public var policyDelay = 2
    /// Whether observations are given to the networks as (s − mean)/(deviation + 10⁻³), with the dataset's mean and deviation;
    /// raw where transitions are gathered online.
    public var normalizeObservations = false
    /// Widths of the hidden layers of the actor and of each critic.
    public var hiddenSizes = [256, 256]
    public var batchSize = 256
    public var bufferCapacity = 1_000_000
    public var warmUpSteps = 25_000
    public var updatesPerStep = 1.0

    public init() {}

    public func validate() throws {
      try require((0...1).contains(discount), "discount", discount, expected: "0 to 1")
      try require(
        averagingRate > 0 && averagingRate <= 1, "averaging_rate", averagingRate, expected: "above 0, at most 1")
      try require(actorLearningRate > 0, "actor_learning_rate", actorLearningRate, expected: "above 0")
      try require(criticLearningRate > 0, "critic_learning_rate", criticLearningRate, expected: "above 0")
      try require(explorationNoise >= 0, "exploration_noise", explorationNoise, expected: "0 or more")
      try require(targetNoise >= 0, "target_noise", targetNoise, expected: "0 or more")
      try require(targetNoiseLimit >= 0, "target_noise_limit", targetNoiseLimit, expected: "0 or more")
      try require(policyDelay >= 1, "policy_delay", policyDelay, expected: "1 or more")
      try validate(hiddenSizes: hiddenSizes)
      try validateLoop()
    }
  }

  // MARK: Networks

  let actor: DeterministicPolicy
  private let targetActor: DeterministicPolicy
  let critics: QEnsemble
  private let targetCritics: QEnsemble
  private let normalisation: ObservationNormalisation?

  private let configuration: Configuration
  private let actorOptimiser: Adam
  private let criticOptimiser: Adam
  private let noise: RandomStream
  private let criticStep: Recorded
  private let fullStep: Recorded
  private let updates = Counter()
  /// What the last update gave: critics' loss and mean value, then the figures of the actor's loss where it moved the actor.
  private(set) var figures: [Tensor] = []

  public let policy: any Policy
  public let critic: (any ActionValue)?

  public init(
    configuration: Configuration, observationSize: Int, actionSize: Int, precision: Precision = .float32,
    generator: RandomGenerator
  ) throws {
    try configuration.validate()
    self.configuration = configuration
    func makeActor() -> DeterministicPolicy {
      DeterministicPolicy(
        observationSize: observationSize, actionSize: actionSize, hiddenSizes: configuration.hiddenSizes,
        explorationNoise: configuration.explorationNoise, generator: generator.split("actor"))
    }
    func makeCritics() -> QEnsemble {
      QEnsemble(
        observationSize: observationSize, actionSize: actionSize, hiddenSizes: configuration.hiddenSizes,
        generator: generator.split("critics"))
    }
    (actor, targetActor) = (makeActor(), makeActor())
    (critics, targetCritics) = (makeCritics(), makeCritics())
    normalisation =
      configuration.normalizeObservations ? ObservationNormalisation(observationSize: observationSize) : nil
    policy = actor.seeing(normalisation)
    critic = EnsembleValue(critics, normalisation, observationSize: observationSize, actionSize: actionSize)
    actorOptimiser = Adam(actor, learningRate: configuration.actorLearningRate)
    criticOptimiser = Adam(critics, learningRate: configuration.criticLearningRate)
    noise = RandomStream(generator.split("noise"))
    (criticStep, fullStep) = (Recorded(precision: precision), Recorded(precision: precision))
  }

  public func prepare(for statistics: DatasetStatistics, updates: Int) { normalisation?.set(statistics) }

  // MARK: Losses

  /// Σᵢ E[(Qᵢ(s, a) − y)²] with y = r + γ(1 − d) minᵢ Q′ᵢ(s′, clip(π′(s′) + clip(ε, ±c), ±1)).
  private func criticLoss(_ batch: Batch, _ value: Tensor) -> Tensor {
    let limit = configuration.targetNoiseLimit
    let smoothing = (noise.normal(batch.action.shape) * configuration.targetNoise).clamped(to: -limit...limit)
    let nextAction = (targetActor(batch.nextObservation) + smoothing).clamped(to: -1...1)
    let nextValue = targetCritics(batch.nextObservation, nextAction).minimum(axis: 0)
    let target = batch.reward + configuration.discount * (1 - batch.terminated) * nextValue
    return Float(critics.members) * meanSquaredError(value, target)
  }

  /// −E[Q₁(s, π(s))].
  private func actorLoss(_ batch: Batch) -> Tensor {
    -critics(batch.observation, actor(batch.observation)).slice(0..<1, axis: 0).mean()
  }

  // MARK: Update

  public func update(_ batch: Batch) { update(batch) { [actorLoss($0)] } }

  /// One update with an actor loss of the caller's: its tensors are the loss, then further figures. TD3+BC changes nothing else.
  func update(_ batch: Batch, actorLoss: (Batch) -> [Tensor]) {
    updates.count += 1
    if updates.count.isMultiple(of: UInt64(configuration.policyDelay)) {
      figures = fullStep(batch.tensors) {
        let batch = batch.normalised(by: normalisation)
        let critic = updateCritics(batch)
        var actor: [Tensor] = []
        let (_, gradients) = valueAndGradient(of: self.actor) {
          actor = actorLoss(batch)
          return actor[0]
        }
        actorOptimiser.update(gradients)
        average(targetActor, toward: self.actor, rate: configuration.averagingRate)
        average(targetCritics, toward: critics, rate: configuration.averagingRate)
        return critic + actor
      }
    } else {
      figures = criticStep(batch.tensors) { updateCritics(batch.normalised(by: normalisation)) }
    }
  }

  private func updateCritics(_ batch: Batch) -> [Tensor] {
    var value = Tensor(0)
    let (loss, gradients) = valueAndGradient(of: critics) {
      value = critics(batch.observation, batch.action)
      return criticLoss(batch, value)
    }
    criticOptimiser.update(gradients)
    return [loss, value.mean()]
  }

  public var metrics: [(name: String, value: Double)] {
    zip(["critic_loss", "value_mean", "actor_loss"], figures).map { ($0, Double($1.item())) }
  }

  // MARK: State

  var modules: [(prefix: String, module: any Module)] {
    [("actor.", actor), ("target_actor.", targetActor), ("critics.", critics), ("target_critics.", targetCritics)]
      + normalisation.parts
  }

  var otherParts: [(prefix: String, part: any Stateful)] {
    [
      ("actor_optimiser.", actorOptimiser), ("critic_optimiser.", criticOptimiser), ("noise.", noise),
      ("exploration.", actor.exploration), ("updates.", updates),
    ]
  }
}
