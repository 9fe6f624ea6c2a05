import SinewDatasets
import SinewPolicies
import SinewTensor

/// Diffusion Policy: imitation by denoising chunks of actions.
///
/// Chi et al., "Diffusion Policy: Visuomotor Policy Learning via Action Diffusion", arXiv 2303.04137, on low-dimensional
/// observations. A network learns to tell the clean chunk from a noisy one; its averaged weights act.
public final class DiffusionPolicyLearner: ChunkLearner, MadeOfParts {
  public static let name = "diffusion-policy"

  // MARK: Hyper-parameters

  /// Hyper-parameters with defaults that learn small tasks in minutes on one processor core; the paper's are in brackets.
  public struct Configuration: ChunkPolicyConfiguration {
    /// Tₒ, observations that a plan depends on.
    public var observationHorizon = 2
    /// Tₚ, actions in a chunk.
    public var predictionHorizon = 16
    /// Tₐ, actions carried out before the next plan.
    public var actionHorizon = 8
    /// The places of the observation that the policy sees; empty for all.
    public var observed: [Int] = []
    /// "mlp" or "unet" [unet].
    public var backbone = ChunkNetworkSettings.Backbone.mlp
    /// Features of the residual network, its blocks, and how much wider they are inside.
    public var width = 256
    public var blocks = 3
    public var expansion = 1
    /// Channels of the U-Net, finest resolution first [256, 512, 1024].
    public var channels = [32, 64]
    /// Numbers that a noise level is embedded in [256].
    public var embeddingSize = 32
    /// T, noise levels of training.
    public var diffusionSteps = 100
    /// "cosine" or "exponential".
    public var schedule = NoiseSchedule.Kind.cosine
    /// What the network predicts: "sample", "epsilon" or "velocity" [epsilon]. Small networks learn precise chunks far sooner from the
    /// sample: they need not carry the noise from input to output.
    public var prediction = Prediction.sample
    /// Levels of DDIM when acting; all of them are DDPM [100, and 8 to 16 on robots].
    public var samplingSteps = 10
    /// AdamW's step size [1e-4], and the updates in which it rises from 0; then it falls to 0 along half a cosine.
    public var learningRate: Float = 1e-3
    public var learningRateWarmUp = 500
    /// AdamW's decoupled decay.
    public var weightDecay: Float = 1e-6
    /// The averaged weights follow by (1 + update)^−power, but no slower than 1 − the greatest decay.
    public var averagingPower = 0.75
    public var maximumAveragingDecay = 0.9999
    public var batchSize = 256

    public init() {}

    public func validate() throws {
      try validateChunks()
      try require((1...10_000).contains(diffusionSteps), "diffusion_steps", diffusionSteps, expected: "1 to 10000")
      try require(
        samplingSteps <= diffusionSteps, "sampling_steps", samplingSteps,
        expected: "at most the \(diffusionSteps) of training")
      try require(
        [.epsilon, .sample, .velocity].contains(prediction), "prediction", prediction.rawValue,
        expected: "epsilon, sample or velocity")
    }
  }

  // MARK: Networks

  /// The network that is trained; `diffusion` has its average.
  private let network: any ChunkNetwork
  private let diffusion: DiffusionPolicy

  private let configuration: Configuration
  private let optimiser: Adam
  private let noise: RandomStream
  private let step: Recorded
  private let updates = Counter()
  private var learningRateSchedule = LearningRateSchedule.constant
  private var figures: [Tensor] = []

  public var policy: any Policy { diffusion }

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
    let schedule = NoiseSchedule(configuration.schedule, steps: configuration.diffusionSteps)
    diffusion = DiffusionPolicy(
      model: model, schedule: schedule, prediction: configuration.prediction,
      sampler: configuration.samplingSteps == schedule.count
        ? .ddpm(schedule) : .ddim(schedule, steps: configuration.samplingSteps),
      generator: generator)
    network = model.makeNetwork(generator: generator)
    optimiser = Adam(
      network, learningRate: configuration.learningRate, beta1: 0.95, weightDecay: configuration.weightDecay)
    noise = RandomStream(generator.split("noise"))
    step = Recorded(precision: precision)
  }

  public func prepare(for statistics: DatasetStatistics, updates: Int) {
    learningRateSchedule = .cosine(steps: updates, warmUp: configuration.learningRateWarmUp)
    diffusion.model.observationNormalisation.spread(statistics)
  }

  // MARK: Loss

  /// E‖x_θ(√ᾱ_k·x₀ + √(1 − ᾱ_k)·ε, k, observations) − x₀‖² with k uniform, or the same of another prediction.
  private func loss(_ batch: ChunkBatch) -> Tensor {
    let (model, schedule) = (diffusion.model, diffusion.schedule)
    let levels = (0..<schedule.count).map(schedule.level)
    // Rows of tables are looked up at the whole part.
    let draw = noise.uniform([batch.size]) * Float(schedule.count)
    func table(_ value: (Int) -> Double) -> Tensor {
      Tensor(levels.indices.map { Float(value($0)) }, shape: [levels.count, 1]).rows(at: draw)
    }
    let clean = model.actionNormalisation.chunk(batch.action, steps: batch.predictionHorizon)
    let epsilon = noise.normal(clean.shape)
    let noisy = table { levels[$0].signal } * clean + table { levels[$0].noise } * epsilon
    let predicted = model.prediction(
      of: network, noisy, positions: table { diffusion.networkPosition(Double($0)) },
      condition: model.condition(batch.observation))
    let target =
      table { diffusion.prediction.factors(at: levels[$0]).sample } * clean
      + table { diffusion.prediction.factors(at: levels[$0]).noise } * epsilon
    return meanSquaredError(predicted, target)
  }

  // MARK: Update

  public func update(_ batch: ChunkBatch) {
    optimiser.learningRate = configuration.learningRate * learningRateSchedule.factor(at: Int(updates.count))
    figures = step(batch.tensors) {
      let (loss, gradients) = valueAndGradient(of: network) { self.loss(batch) }
      optimiser.update(gradients)
      return [loss]
    }
    average(diffusion.model.network, toward: network, rate: configuration.averagingRate(at: updates.count))
    updates.count += 1
  }

  public var metrics: [(name: String, value: Double)] { figures.map { ("loss", Double($0.item())) } }

  // MARK: State

  var modules: [(prefix: String, module: any Module)] { [("network.", network), ("policy.", diffusion)] }

  var otherParts: [(prefix: String, part: any Stateful)] {
    [("optimiser.", optimiser), ("noise.", noise), ("updates.", updates)]
  }
}
