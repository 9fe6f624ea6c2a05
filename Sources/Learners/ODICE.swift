import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// O-DICE (Mao et al., "Revealing the Mystery of Distribution Correction Estimation via Orthogonal-gradient Update",
/// arXiv 2402.00348): a state value alone, learned by both gradients of the Bellman error, of which the one through
/// the next state is made orthogonal to the one through the state; and regression weighted by that error.
///
/// Where `imitates`, rewards count as 0 and the dataset is what is imitated.
public final class ODICE: Learner {
  public static let about = About(
    "o-dice", "a state value by orthogonal gradients, for rewards or imitation", paper: "Mao et al., arXiv 2402.00348",
    needsDataset: true)

  /// How the value descends the two gradients.
  public enum ValueGradient: String, Codable, Sendable {
    /// The backward one without its part along the forward one: the paper's.
    case orthogonal
    /// The forward one alone.
    case semi
    /// Of the Bellman error of one network, without targets.
    case whole
  }

  /// The defaults of the authors' code for locomotion.
  public struct Configuration: TransitionHyperParameters {
    /// λ: how much the Bellman error counts against the value itself.
    @InnerFraction public var errorShare: Float = 0.6
    /// η: how much the backward gradient counts against the forward one.
    @NotNegative public var backwardShare: Float = 1
    public var gradient = ValueGradient.orthogonal
    /// Whether rewards count as 0, for imitation.
    public var imitates = false
    /// The most that a transition can weigh in the actor's loss.
    @Positive public var greatestWeight: Float = 100
    /// γ, how much the next step's value counts.
    @Fraction public var discount: Float = 0.99
    /// The fraction by which the target value follows at each update.
    @PositiveFraction public var averagingRate: Float = 0.005
    /// Adam's step sizes, and the actor's decoupled weight decay.
    @Positive public var actorLearningRate: Float = 2e-4
    @Positive public var valueLearningRate: Float = 2e-4
    @NotNegative public var weightDecay: Float = 1e-4
    /// Rewards are multiplied by 1000/(greatest − least return of an episode); values too.
    public var scaleRewards = true
    /// Widths of the value's hidden layers, and whether they are normalised; the widths of `network` are the actor's.
    @Widths public var criticHiddenSizes = [256, 256]
    public var valueLayerNorm = true
    public var normaliseObservations = false
    public var network = NetworkSettings(hiddenSizes: [1024, 1024])
    public var replay = ReplaySettings()

    public init() {}
  }

  public let configuration: Configuration
  private let actor: DiagonalGaussianPolicy
  private let stateValue, targetValue: StateValue
  private let actorOptimiser, valueOptimiser: Adam
  private let exploration: RandomStream
  private let step: Recorded
  @NotSaved private var rewardScale: Float = 1

  public var policy: any Policy { actor }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    let sizes = NetworkSettings(hiddenSizes: configuration.criticHiddenSizes, encoder: configuration.network.encoder)
    func makeValue() -> StateValue {
      StateValue(
        task, sizes, members: 2, layerNorm: configuration.valueLayerNorm, generator: setup.split("state value"))
    }
    (stateValue, targetValue) = (makeValue(), makeValue())
    actor = DiagonalGaussianPolicy(
      task, configuration.network, squashesMean: configuration.imitates, generator: setup.split("actor"))
    actorOptimiser = Adam(
      actor, learningRate: configuration.actorLearningRate, weightDecay: configuration.weightDecay)
    valueOptimiser = Adam(stateValue, learningRate: configuration.valueLearningRate)
    (exploration, step) = (actor.exploration, setup.recorded())
  }

  public func begin(_ run: RunFacts) {
    let range = run.statistics.map { $0.maximumReturn - $0.minimumReturn } ?? 0
    rewardScale = configuration.imitates ? 0 : configuration.scaleRewards && range > 0 ? Float(1000 / range) : 1
  }

  /// f*(y) of Pearson's χ²: y·w − (w − 1)² with w = max(y/2 + 1, 0).
  private func conjugate(_ error: Tensor) -> Tensor {
    let ratio = (error / 2 + 1).relu()
    return error * ratio - (ratio - 1).squared()
  }

  /// (1 − λ)·E[V(s)] + λ·E[f*(e)] + what the backward error adds.
  private func valueLoss(_ value: Tensor, _ forward: Tensor, _ backward: Tensor) -> Tensor {
    let lambda = configuration.errorShare
    let (valueLoss, forwardLoss) = ((1 - lambda) * value.mean(), lambda * conjugate(forward).mean())
    guard configuration.gradient == .orthogonal else { return valueLoss + forwardLoss }
    let backwardLoss = lambda * configuration.backwardShare * conjugate(backward).mean()
    // Descending −c·L_f takes from the backward gradient what it has along the forward one.
    let parameters = stateValue.parameters.map(\.value)
    let along = gradients(of: forwardLoss, by: parameters)
    let overlap = innerProduct(along, gradients(of: backwardLoss, by: parameters))
    let coefficient = overlap / maximum(innerProduct(along, along), Tensor(1e-10))
    return valueLoss + (1 - coefficient.detached()) * forwardLoss + backwardLoss
  }

  public func update(_ batch: Transitions) -> Metrics {
    step(batch) {
      let reward = rewardScale * batch.reward
      let (value, nextValue) = (stateValue(batch.observation), stateValue(batch.nextObservation))
      let (target, nextTarget) = (
        targetValue(batch.observation).minimum(axis: 0), targetValue(batch.nextObservation).minimum(axis: 0)
      )
      let isWhole = configuration.gradient == .whole
      let forward = reward + batch.discount * (isWhole ? nextValue : nextTarget) - value
      let backward = reward + batch.discount * nextValue - target
      let valueLoss = valueLoss(value, forward, backward)
      valueOptimiser.descend(valueLoss)
      targetValue.follow(stateValue, rate: configuration.averagingRate)

      let weight = forward.detached().clamped(to: 0...configuration.greatestWeight)
      let actorLoss = -(weight * actor.logProbability(batch.action, batch.observation)).mean()
      actorOptimiser.descend(actorLoss)
      return [
        "value_loss": valueLoss, "actor_loss": actorLoss, "state_value_mean": value.mean(),
        "error_mean": forward.mean(), "weight_mean": weight.mean(),
      ]
    }
  }
}
