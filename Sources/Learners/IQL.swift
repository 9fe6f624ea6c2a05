import SinewDatasets
import SinewPolicies
import SinewTensor

/// Implicit Q-learning: learns values of a dataset's actions without ever asking for another action's, then imitates the good ones.
///
/// Kostrikov, Nair and Levine, "Offline Reinforcement Learning with Implicit Q-Learning", arXiv 2110.06169. An upper expectile of
/// the critics over the dataset's actions stands for the best value in a state; the actor is regression weighted by advantage.
public final class IQL: TransitionLearner, MadeOfParts {
  public static let name = "iql"

  // MARK: Hyper-parameters

  /// Hyper-parameters with the defaults of the authors' code for locomotion.
  public struct Configuration: LearnerConfiguration {
    /// κ, the expectile that the state value regresses to: 0.5 is the mean of the data, 1 its best; in (0, 1).
    public var expectile: Float = 0.7
    /// β, how strongly the actor prefers actions of greater advantage; 0 is behaviour cloning.
    public var inverseTemperature: Float = 3
    /// The most that a transition can weigh in the actor's loss.
    public var greatestWeight: Float = 100
    /// γ, how much the next step's value counts; in [0, 1].
    public var discount: Float = 0.99
    /// τ, the fraction by which target critics follow the critics at each update; in (0, 1].
    public var averagingRate: Float = 0.005
    /// Adam's step size for the actor, at the start: half a cosine takes it to 0 over the run.
    public var actorLearningRate: Float = 3e-4
    /// Adam's step size for the critics.
    public var criticLearningRate: Float = 3e-4
    /// Adam's step size for the state value.
    public var valueLearningRate: Float = 3e-4
    /// Whether rewards are multiplied by 1000/(greatest − least return of an episode of the dataset), so that one β suits many
    /// datasets: as the authors do for locomotion. Values, of the critic too, are in these units.
    public var scaleRewards = true
    /// Whether the networks see (s − mean)/(deviation + 10⁻³), with the dataset's mean and deviation: as in CORL, unlike the authors.
    public var normalizeObservations = true
    /// Widths of the hidden layers of the actor, of the state value and of each critic.
    public var hiddenSizes = [256, 256]
    public var batchSize = 256

    public init() {}

    public func validate() throws {
      try require(expectile > 0 && expectile < 1, "expectile", expectile, expected: "above 0, below 1")
      try require(inverseTemperature >= 0, "inverse_temperature", inverseTemperature, expected: "0 or more")
      try require(greatestWeight > 0, "greatest_weight", greatestWeight, expected: "above 0")
      try require((0...1).contains(discount), "discount", discount, expected: "0 to 1")
      try require(
        averagingRate > 0 && averagingRate <= 1, "averaging_rate", averagingRate, expected: "above 0, at most 1")
      try require(actorLearningRate > 0, "actor_learning_rate", actorLearningRate, expected: "above 0")
      try require(criticLearningRate > 0, "critic_learning_rate", criticLearningRate, expected: "above 0")
      try require(valueLearningRate > 0, "value_learning_rate", valueLearningRate, expected: "above 0")
      try validate(hiddenSizes: hiddenSizes)
      try require(batchSize > 0, "batch_size", batchSize, expected: "1 or more")
    }
  }

  // MARK: Networks

  private let actor: DiagonalGaussianPolicy
  private let stateValue: MLP
  private let critics: QEnsemble
  private let targetCritics: QEnsemble
  private let normalisation: ObservationNormalisation?

  private let configuration: Configuration
  private let actorOptimiser: Adam
  private let criticOptimiser: Adam
  private let valueOptimiser: Adam
  private let step: Recorded
  private let updates = Counter()
  private var actorSchedule = LearningRateSchedule.constant
  private var rewardScale: Float = 1
  private var figures: [Tensor] = []

  public let policy: any Policy
  public let critic: (any ActionValue)?

  public init(
    configuration: Configuration, observationSize: Int, actionSize: Int, precision: Precision = .float32,
    generator: RandomGenerator
  ) throws {
    try configuration.validate()
    self.configuration = configuration
    func makeCritics() -> QEnsemble {
      QEnsemble(
        observationSize: observationSize, actionSize: actionSize, hiddenSizes: configuration.hiddenSizes,
        generator: generator.split("critics"))
    }
    actor = DiagonalGaussianPolicy(
      observationSize: observationSize, actionSize: actionSize, hiddenSizes: configuration.hiddenSizes,
      generator: generator.split("actor"))
    var weights = generator.split("state value")
    stateValue = MLP([observationSize] + configuration.hiddenSizes + [1], using: &weights)
    (critics, targetCritics) = (makeCritics(), makeCritics())
    normalisation =
      configuration.normalizeObservations ? ObservationNormalisation(observationSize: observationSize) : nil
    policy = actor.seeing(normalisation)
    critic = EnsembleValue(critics, normalisation, observationSize: observationSize, actionSize: actionSize)
    actorOptimiser = Adam(actor, learningRate: configuration.actorLearningRate)
    criticOptimiser = Adam(critics, learningRate: configuration.criticLearningRate)
    valueOptimiser = Adam(stateValue, learningRate: configuration.valueLearningRate)
    step = Recorded(precision: precision)
  }

  public func prepare(for statistics: DatasetStatistics, updates: Int) {
    normalisation?.set(statistics)
    actorSchedule = .cosine(steps: updates)
    let range = statistics.maximumReturn - statistics.minimumReturn
    if configuration.scaleRewards, range > 0 { rewardScale = Float(1000 / range) }
  }

  // MARK: Losses

  /// E[|κ − 1(u < 0)|·u²] with u = minᵢ Q′ᵢ(s, a) − V(s).
  private func valueLoss(_ value: Tensor, _ targetValue: Tensor) -> Tensor {
    expectileLoss(value, targetValue, level: configuration.expectile)
  }

  /// −E[min(e^{βA}, 100)·log π(a|s)] with A = minᵢ Q′ᵢ(s, a) − V(s).
  private func actorLoss(_ batch: Batch, _ advantage: Tensor) -> Tensor {
    // Cut off before the exponential too, which could overflow.
    let limit = configuration.greatestWeight
    let weight = minimum((configuration.inverseTemperature * advantage).clamped(to: -80...80).exp(), Tensor(limit))
    return -(weight * actor.logProbability(batch.action, batch.observation)).mean()
  }

  /// Σᵢ E[(Qᵢ(s, a) − y)²] with y = r + γ(1 − d)·V(s′).
  private func criticLoss(_ batch: Batch, _ value: Tensor) -> Tensor {
    let nextValue = stateValue(batch.nextObservation)
    let target = rewardScale * batch.reward + configuration.discount * (1 - batch.terminated) * nextValue
    return Float(critics.members) * meanSquaredError(value, target)
  }

  // MARK: Update

  public func update(_ batch: Batch) {
    actorOptimiser.learningRate =
      configuration.actorLearningRate * actorSchedule.factor(at: Int(updates.count))
    updates.count += 1
    figures = step(batch.tensors) {
      let batch = batch.normalised(by: normalisation)
      let targetValue = targetCritics(batch.observation, batch.action).minimum(axis: 0)

      // The actor's advantage is of the state value from before its step.
      var value = Tensor(0)
      let (valueLoss, valueGradients) = valueAndGradient(of: stateValue) {
        value = stateValue(batch.observation)
        return self.valueLoss(value, targetValue)
      }
      let advantage = (targetValue - value).detached()
      valueOptimiser.update(valueGradients)

      let (actorLoss, actorGradients) = valueAndGradient(of: actor) { self.actorLoss(batch, advantage) }
      actorOptimiser.update(actorGradients)

      var actionValue = Tensor(0)
      let (criticLoss, criticGradients) = valueAndGradient(of: critics) {
        actionValue = critics(batch.observation, batch.action)
        return self.criticLoss(batch, actionValue)
      }
      criticOptimiser.update(criticGradients)

      average(targetCritics, toward: critics, rate: configuration.averagingRate)
      return [valueLoss, actorLoss, criticLoss, value.mean(), actionValue.mean(), advantage.mean()]
    }
  }

  public var metrics: [(name: String, value: Double)] {
    let names = ["value_loss", "actor_loss", "critic_loss", "state_value_mean", "value_mean", "advantage_mean"]
    return zip(names, figures).map { ($0, Double($1.item())) }
  }

  // MARK: State

  var modules: [(prefix: String, module: any Module)] {
    [("actor.", actor), ("state_value.", stateValue), ("critics.", critics), ("target_critics.", targetCritics)]
      + normalisation.parts
  }

  var otherParts: [(prefix: String, part: any Stateful)] {
    [
      ("actor_optimiser.", actorOptimiser), ("critic_optimiser.", criticOptimiser),
      ("value_optimiser.", valueOptimiser), ("exploration.", actor.exploration), ("updates.", updates),
    ]
  }
}
