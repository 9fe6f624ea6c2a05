import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// Behaviour cloning: regression from observations to the dataset's actions (Pomerleau, "ALVINN", NeurIPS 1988). Of the
/// best tenth of the trajectories alone (`--weighting top-10%`) it is the %BC of Chen et al., arXiv 2106.01345.
public final class BC: Learner {
  public static let about = About(
    "bc", "behaviour cloning of a dataset", paper: "Pomerleau, NeurIPS 1988", needsDataset: true)

  /// The defaults that TD3+BC's comparison uses.
  public struct Configuration: TransitionHyperParameters {
    /// Adam's step size.
    @Positive public var learningRate: Float = 3e-4
    public var normaliseObservations = true
    public var network = NetworkSettings()
    public var replay = ReplayBufferSettings()

    public init() {}
  }

  public let configuration: Configuration
  private let actor: DeterministicPolicy
  private let actorOptimiser: Adam
  private let exploration: RandomStream
  private let step: Recorded

  public var policy: any Policy { actor }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    actor = DeterministicPolicy(task, configuration.network, generator: setup.split("actor"))
    actorOptimiser = Adam(actor, learningRate: configuration.learningRate)
    exploration = actor.exploration
    step = setup.recorded()
  }

  /// E[(π(s) − a)²], a mean over the action's components too.
  public func update(_ batch: Transitions) -> Metrics {
    step(batch) {
      let loss = meanSquaredError(actor(batch.observation), batch.action)
      actorOptimiser.descend(loss)
      return ["actor_loss": loss]
    }
  }
}
