import SinewDatasets
import SinewPolicies
import SinewTensor

/// Flow-matching behaviour cloning: imitation by carrying random chunks of actions along a learned velocity field.
///
/// The flow policy of Park, Li and Levine, "Flow Q-Learning", arXiv 2502.02538 (flow matching: Lipman et al., arXiv 2210.02747), over
/// chunks of actions as Diffusion Policy has them (arXiv 2303.04137). The averaged weights act.
public final class FlowPolicyLearner: ChunkLearner, MadeOfParts {
  public static let name = "flow-policy"

  // MARK: Hyper-parameters

  /// Hyper-parameters with defaults that learn small tasks in minutes on one processor core; FQL's are in brackets.
  public struct Configuration: ChunkPolicyConfiguration {
    /// Tₒ, observations that a plan depends on.
    public var observationHorizon = 2
    /// Tₚ, actions in a chunk.
    public var predictionHorizon = 16
    /// Tₐ, actions carried out before the next plan.
    public var actionHorizon = 8
    /// The places of the observation that the policy sees; empty for all.
    public var observed: [Int] = []
    /// "mlp" or "unet" [mlp].
    public var backbone = ChunkNetworkSettings.Backbone.mlp
    /// Features of the residual network, its blocks, and how much wider they are inside [four plain layers of 512].
    public var width = 256
    public var blocks = 3
    public var expansion = 1
    /// Channels of the U-Net, finest resolution first.
    public var channels = [32, 64]
    /// Numbers that a noise level is embedded in [the time itself].
    public var embeddingSize = 32
    /// What the network predicts: "sample" or "flow-velocity" [flow-velocity].
    ///
    /// The squared error of the clean chunk is the velocity's times (1 − t)². Small networks learn precise chunks far sooner so: they
    /// need not carry the noise from input to output.
    public var prediction = Prediction.sample
    /// Euler steps when acting [10].
    public var samplingSteps = 10
    /// AdamW's step size [3e-4, constant], and the updates in which it rises from 0; then it falls to 0 along half a cosine.
    public var learningRate: Float = 1e-3
    public var learningRateWarmUp = 500
    /// AdamW's decoupled decay [0].
    public var weightDecay: Float = 1e-6
    /// The averaged weights follow by (1 + update)^−power, but no slower than 1 − the greatest decay.
    public var averagingPower = 0.75
    public var maximumAveragingDecay = 0.9999
    public var batchSize = 256

    public init() {}

    public func validate() throws {
      try validateChunks()
      try require(
        [.sample, .flowVelocity].contains(prediction), "prediction", prediction.rawValue,
        expected: "sample or flow-velocity")
    }
  }

  // MARK: Networks

  /// The network that is trained; `flow` has its average.
  private let network: any ChunkNetwork
  private let flow: FlowPolicy

  private let configuration: Configuration
  private let optimiser: Adam
  private let noise: RandomStream
  private let step: Recorded
  private let updates = Counter()
  private var learningRateSchedule = LearningRateSchedule.constant
  private var figures: [Tensor] = []

  public var policy: any Policy { flow }

  public init(
    configuration: Configuration, observationSize: Int, actionSize: Int, precision: Precision = .float32,
    generator: RandomGenerator
  ) throws {
    try configuration.validate()
    try configuration.validate(observationSize: observationSize)
    self.configuration = configuration
    let model = ChunkModel(
      observationSize: observationSize, actionSize: actionSize, horizons: configuration.horizons,
      observed: configuration.observed, settings: configuration.network, generator: generator)
    flow = FlowPolicy(
      model: model, prediction: configuration.prediction, sampler: .euler(steps: configuration.samplingSteps),
      generator: generator)
    network = model.makeNetwork(generator: generator)
    optimiser = Adam(
      network, learningRate: configuration.learningRate, beta1: 0.95, weightDecay: configuration.weightDecay)
    noise = RandomStream(generator.split("noise"))
    step = Recorded(precision: precision)
  }

  public func prepare(for statistics: DatasetStatistics, updates: Int) {
    learningRateSchedule = .cosine(steps: updates, warmUp: configuration.learningRateWarmUp)
    flow.model.observationNormalisation.spread(statistics)
  }

  // MARK: Loss

  /// E‖x_θ(t·x₀ + (1 − t)·ε, t, observations) − x₀‖² with t uniform in [0, 1), or the same of the velocity x₀ − ε.
  private func loss(_ batch: ChunkBatch) -> Tensor {
    let model = flow.model
    let time = noise.uniform([batch.size, 1])
    let clean = model.actionNormalisation.chunk(batch.action, steps: batch.predictionHorizon)
    let epsilon = noise.normal(clean.shape)
    let predicted = model.prediction(
      of: network, time * clean + (1 - time) * epsilon, positions: time * Float(FlowPolicy.networkPosition(1)),
      condition: model.condition(batch.observation))
    return meanSquaredError(predicted, configuration.prediction == .sample ? clean : clean - epsilon)
  }

  // MARK: Update

  public func update(_ batch: ChunkBatch) {
    optimiser.learningRate = configuration.learningRate * learningRateSchedule.factor(at: Int(updates.count))
    figures = step(batch.tensors) {
      let (loss, gradients) = valueAndGradient(of: network) { self.loss(batch) }
      optimiser.update(gradients)
      return [loss]
    }
    average(flow.model.network, toward: network, rate: configuration.averagingRate(at: updates.count))
    updates.count += 1
  }

  public var metrics: [(name: String, value: Double)] { figures.map { ("loss", Double($0.item())) } }

  // MARK: State

  var modules: [(prefix: String, module: any Module)] { [("network.", network), ("policy.", flow)] }

  var otherParts: [(prefix: String, part: any Stateful)] {
    [("optimiser.", optimiser), ("noise.", noise), ("updates.", updates)]
  }
}
