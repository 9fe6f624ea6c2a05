import SinewDatasets
import SinewPolicies
import SinewTensor

/// TD3 with behaviour cloning: learns from a dataset by keeping the actor near the dataset's actions.
///
/// Fujimoto and Gu, "A Minimalist Approach to Offline Reinforcement Learning", arXiv 2106.06860. It is TD3 with two changes: the
/// actor's loss has a penalty for leaving the data, and observations are normalised.
public final class TD3BC: TransitionLearner {
  public static let name = "td3-bc"

  // MARK: Hyper-parameters

  /// Hyper-parameters with the defaults of the authors' code.
  public struct Configuration: LearnerConfiguration {
    /// α: how much a greater value counts against being near the data; 0 is behaviour cloning.
    public var alpha: Float = 2.5
    /// γ, how much the next step's value counts; in [0, 1].
    public var discount: Float = 0.99
    /// τ, the fraction by which targets follow; in (0, 1].
    public var averagingRate: Float = 0.005
    /// Adam's step size for the actor.
    public var actorLearningRate: Float = 3e-4
    /// Adam's step size for the critics.
    public var criticLearningRate: Float = 3e-4
    /// Standard deviation of the noise that smooths target actions.
    public var targetNoise: Float = 0.2
    /// The target noise is cut off at plus and minus this.
    public var targetNoiseLimit: Float = 0.5
    /// The actor and the targets move every so many updates.
    public var policyDelay = 2
    /// Whether the networks see (s − mean)/(deviation + 10⁻³), with the dataset's mean and deviation.
    public var normalizeObservations = true
    /// Widths of the hidden layers of the actor and of each critic.
    public var hiddenSizes = [256, 256]
    public var batchSize = 256

    public init() {}

    public func validate() throws {
      try require(alpha >= 0, "alpha", alpha, expected: "0 or more")
      try td3.validate()
    }

    /// The same, as TD3 takes them.
    fileprivate var td3: TD3.Configuration {
      var td3 = TD3.Configuration()
      td3.discount = discount
      td3.averagingRate = averagingRate
      td3.actorLearningRate = actorLearningRate
      td3.criticLearningRate = criticLearningRate
      td3.targetNoise = targetNoise
      td3.targetNoiseLimit = targetNoiseLimit
      td3.policyDelay = policyDelay
      td3.normalizeObservations = normalizeObservations
      td3.hiddenSizes = hiddenSizes
      td3.batchSize = batchSize
      return td3
    }
  }

  // MARK: Networks

  /// Actor, twin critics and their targets, with the critics' loss and the delayed update.
  private let td3: TD3
  private let alpha: Float

  public var policy: any Policy { td3.policy }
  public var critic: (any ActionValue)? { td3.critic }

  public init(
    configuration: Configuration, observationSize: Int, actionSize: Int, precision: Precision = .float32,
    generator: RandomGenerator
  ) throws {
    try configuration.validate()
    td3 = try TD3(
      configuration: configuration.td3, observationSize: observationSize, actionSize: actionSize, precision: precision,
      generator: generator)
    alpha = configuration.alpha
  }

  public func prepare(for statistics: DatasetStatistics, updates: Int) {
    td3.prepare(for: statistics, updates: updates)
  }

  // MARK: Losses

  /// −λ·E[Q₁(s, π(s))] + E[(π(s) − a)²] with λ = α/E|Q₁(s, π(s))|, through which no gradient flows.
  private func actorLoss(_ batch: Batch) -> [Tensor] {
    let action = td3.actor(batch.observation)
    let value = td3.critics(batch.observation, action).slice(0..<1, axis: 0)
    let lambda = alpha / value.detached().abs().mean()
    let cloningLoss = meanSquaredError(action, batch.action)
    return [cloningLoss - lambda * value.mean(), cloningLoss, lambda]
  }

  // MARK: Update

  public func update(_ batch: Batch) { td3.update(batch, actorLoss: actorLoss) }

  public var metrics: [(name: String, value: Double)] {
    zip(["critic_loss", "value_mean", "actor_loss", "cloning_loss", "lambda"], td3.figures).map {
      ($0, Double($1.item()))
    }
  }

  // MARK: State

  public func saveState(to state: inout StateDictionary, prefix: String) { td3.saveState(to: &state, prefix: prefix) }

  public func loadState(from state: StateDictionary, prefix: String) throws {
    try td3.loadState(from: state, prefix: prefix)
  }
}
