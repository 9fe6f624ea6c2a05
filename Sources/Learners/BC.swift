import SinewDatasets
import SinewPolicies
import SinewTensor

/// Behaviour cloning: regression from observations to the dataset's actions.
///
/// Pomerleau, "ALVINN: An Autonomous Land Vehicle in a Neural Network", NeurIPS 1988. Of the best tenth of the trajectories alone
/// (`--weighting top-10%`) it is the %BC of Chen et al., arXiv 2106.01345.
public final class BC: TransitionLearner, MadeOfParts {
  public static let name = "bc"

  // MARK: Hyper-parameters

  /// Hyper-parameters with the defaults that TD3+BC's comparison uses.
  public struct Configuration: LearnerConfiguration {
    /// Adam's step size.
    public var learningRate: Float = 3e-4
    /// Whether the network sees (s − mean)/(deviation + 10⁻³), with the dataset's mean and deviation.
    public var normalizeObservations = true
    /// Widths of the hidden layers.
    public var hiddenSizes = [256, 256]
    public var batchSize = 256

    public init() {}

    public func validate() throws {
      try require(learningRate > 0, "learning_rate", learningRate, expected: "above 0")
      try validate(hiddenSizes: hiddenSizes)
      try require(batchSize > 0, "batch_size", batchSize, expected: "1 or more")
    }
  }

  // MARK: Networks

  private let actor: DeterministicPolicy
  private let normalisation: ObservationNormalisation?

  private let optimiser: Adam
  private let step: Recorded
  private var figures: [Tensor] = []

  public let policy: any Policy

  public init(
    configuration: Configuration, observationSize: Int, actionSize: Int, precision: Precision = .float32,
    generator: RandomGenerator
  ) throws {
    try configuration.validate()
    actor = DeterministicPolicy(
      observationSize: observationSize, actionSize: actionSize, hiddenSizes: configuration.hiddenSizes,
      generator: generator.split("actor"))
    normalisation =
      configuration.normalizeObservations ? ObservationNormalisation(observationSize: observationSize) : nil
    policy = actor.seeing(normalisation)
    optimiser = Adam(actor, learningRate: configuration.learningRate)
    step = Recorded(precision: precision)
  }

  public func prepare(for statistics: DatasetStatistics, updates: Int) { normalisation?.set(statistics) }

  // MARK: Losses

  /// E[(π(s) − a)²], a mean over the action's components too.
  private func loss(_ batch: Batch) -> Tensor {
    meanSquaredError(actor(batch.observation), batch.action)
  }

  // MARK: Update

  public func update(_ batch: Batch) {
    figures = step(batch.tensors) {
      let batch = batch.normalised(by: normalisation)
      let (loss, gradients) = valueAndGradient(of: actor) { self.loss(batch) }
      optimiser.update(gradients)
      return [loss]
    }
  }

  public var metrics: [(name: String, value: Double)] {
    zip(["actor_loss"], figures).map { ($0, Double($1.item())) }
  }

  // MARK: State

  var modules: [(prefix: String, module: any Module)] { [("actor.", actor)] + normalisation.parts }

  var otherParts: [(prefix: String, part: any Stateful)] {
    [("actor_optimiser.", optimiser), ("exploration.", actor.exploration)]
  }
}
