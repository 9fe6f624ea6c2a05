import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// TD3 with behaviour cloning (Fujimoto and Gu, "A Minimalist Approach to Offline Reinforcement Learning", arXiv
/// 2106.06860): TD3 with two changes. The actor's loss has a penalty for leaving the data, and observations are
/// normalised.
public final class TD3BC: Learner {
  public static let about = About(
    "td3-bc", "TD3 that stays near a dataset's actions", paper: "Fujimoto and Gu, arXiv 2106.06860",
    needsDataset: true)

  /// TD3's settings with the defaults of the authors' code, and α.
  public struct Configuration: TransitionHyperParameters {
    /// α: how much a greater value counts against being near the data; 0 is behaviour cloning.
    @NotNegative public var alpha: Float = 2.5
    /// What it has in common with TD3.
    public var td3 = TD3.Configuration()

    public var discount: Float { td3.discount }
    public var normaliseObservations: Bool { td3.normaliseObservations }
    public var replay: ReplayBufferSettings { td3.replay }

    public init() { (td3.normaliseObservations, td3.replay.warmUpSteps) = (true, 5_000) }
  }

  public let configuration: Configuration
  private let td3: TD3

  public var policy: any Policy { td3.policy }
  public var prediction: ValuePrediction? { td3.prediction }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    td3 = TD3(configuration.td3, for: task, setup)
  }

  /// −λ·E[Q₁(s, π(s))] + E[(π(s) − a)²] with λ = α/E|Q₁(s, π(s))|, through which no gradient flows.
  private func actorLoss(_ batch: Transitions) -> Metrics {
    let action = td3.actor(batch.observation)
    let value = td3.critics(batch.observation, action).slice(0..<1, axis: 0)
    let lambda = configuration.alpha / value.detached().abs().mean()
    let cloningLoss = meanSquaredError(action, batch.action)
    return ["actor_loss": cloningLoss - lambda * value.mean(), "cloning_loss": cloningLoss, "lambda": lambda]
  }

  public func update(_ batch: Transitions) -> Metrics { td3.update(batch, actorLoss: actorLoss) }
}
