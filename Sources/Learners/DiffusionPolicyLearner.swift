import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// Diffusion Policy: imitation by denoising chunks of actions (Chi et al., "Diffusion Policy: Visuomotor Policy
/// Learning via Action Diffusion", arXiv 2303.04137), on low-dimensional observations. A network learns to tell the
/// clean chunk from a noisy one; its averaged weights act.
public final class DiffusionPolicyLearner: Learner {
  public typealias Minibatch = Windows

  public static let about = About(
    "diffusion-policy", "imitation by denoising chunks of actions", paper: "Chi et al., arXiv 2303.04137",
    needsDataset: true)

  /// Defaults that learn small tasks in minutes on one processor core. The paper has a U-Net of channels [256, 512,
  /// 1024], 256 numbers of embedding, predicts epsilon, acts by 100 steps (8 to 16 on robots), and has a step size of
  /// 1e-4.
  public struct Configuration: ChunkHyperParameters {
    public var chunk = ChunkSettings()
    public var network = ChunkNetworkSettings()
    public var optimisation = AveragingSettings()
    /// T, noise levels of training; at most 10,000.
    @Count public var diffusionSteps = 100
    /// "cosine" or "exponential".
    public var schedule = NoiseSchedule.Kind.cosine
    /// What the network predicts: "sample", "epsilon" or "velocity". Small networks learn precise chunks far sooner
    /// from the sample: they need not carry the noise from input to output.
    public var prediction = Prediction.sample
    /// Levels of DDIM when acting; all of them are DDPM.
    @Count public var samplingSteps = 10
    @Count public var batchSize = 256

    public init() {}

    public func validate() throws {
      try validateNetwork()
      try require(diffusionSteps <= 10_000, "diffusion_steps", diffusionSteps, expected: "1 to 10000")
      try require(
        samplingSteps <= diffusionSteps, "sampling_steps", samplingSteps,
        expected: "at most the \(diffusionSteps) of training")
      try require(
        [.epsilon, .sample, .velocity].contains(prediction), "prediction", prediction.rawValue,
        expected: "epsilon, sample or velocity")
    }
  }

  public static let savedNames = ["diffusion": "policy"]

  public let configuration: Configuration
  private let training: AveragedTraining
  private let diffusion: DiffusionPolicy
  private let noise: RandomStream

  public var policy: any Policy { diffusion }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    let model = configuration.makeModel(task, setup)
    let schedule = NoiseSchedule(configuration.schedule, steps: configuration.diffusionSteps)
    diffusion = DiffusionPolicy(
      model: model, schedule: schedule, prediction: configuration.prediction,
      sampler: configuration.samplingSteps == schedule.count
        ? .ddpm(schedule) : .ddim(schedule, steps: configuration.samplingSteps),
      generator: setup.generator)
    training = AveragedTraining(configuration.optimisation, of: model, setup)
    noise = setup.stream("noise")
  }

  public func begin(_ run: RunFacts) { training.begin(run) }

  /// E‖x_θ(√ᾱ_k·x₀ + √(1 − ᾱ_k)·ε, k, observations) − x₀‖² with k uniform, or the same of another prediction.
  private func loss(_ batch: Windows) -> Tensor {
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
      of: training.network, noisy, positions: table { diffusion.networkPosition(Double($0)) },
      condition: model.condition(batch.observation))
    let target =
      table { diffusion.prediction.factors(at: levels[$0]).sample } * clean
      + table { diffusion.prediction.factors(at: levels[$0]).noise } * epsilon
    return meanSquaredError(predicted, target)
  }

  public func update(_ batch: Windows) -> Metrics { training.update(batch, loss: loss) }
}
