import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// Flow-matching behaviour cloning: imitation by carrying random chunks of actions along a learned velocity field. The
/// flow policy of Park, Li and Levine, "Flow Q-Learning", arXiv 2502.02538 (flow matching: Lipman et al., arXiv
/// 2210.02747), over chunks of actions as Diffusion Policy has them (arXiv 2303.04137). The averaged weights act.
public final class FlowPolicyLearner: Learner {
  public typealias Minibatch = Windows

  public static let about = About(
    "flow-policy", "imitation by flow matching of chunks of actions", paper: "Park et al., arXiv 2502.02538",
    needsDataset: true)

  /// Defaults that learn small tasks in minutes on one processor core. FQL has four plain layers of 512, the time
  /// itself for an embedding, predicts the velocity, and has a constant step size of 3e-4 without decay.
  public struct Configuration: ChunkHyperParameters {
    public var chunk = ChunkSettings()
    public var network = ChunkNetworkSettings()
    public var optimisation = AveragingSettings()
    /// What the network predicts: "sample" or "flow-velocity".
    ///
    /// The squared error of the clean chunk is the velocity's times (1 − t)². Small networks learn precise chunks far
    /// sooner so: they need not carry the noise from input to output.
    public var prediction = Prediction.sample
    /// Euler steps when acting.
    @Count public var samplingSteps = 10
    @Count public var batchSize = 256

    public init() {}

    public func validate() throws {
      try validateNetwork()
      try require(samplingSteps <= 10_000, "sampling_steps", samplingSteps, expected: "1 to 10000")
      try require(
        [.sample, .flowVelocity].contains(prediction), "prediction", prediction.rawValue,
        expected: "sample or flow-velocity")
    }
  }

  public static let savedNames = ["flow": "policy"]

  public let configuration: Configuration
  private let training: AveragedTraining
  private let flow: FlowPolicy
  private let noise: RandomStream

  public var policy: any Policy { flow }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    let model = configuration.makeModel(task, setup)
    flow = FlowPolicy(
      model: model, prediction: configuration.prediction, sampler: .euler(steps: configuration.samplingSteps),
      generator: setup.generator)
    training = AveragedTraining(configuration.optimisation, of: model, setup)
    noise = setup.stream("noise")
  }

  public func begin(_ run: RunFacts) { training.begin(run) }

  /// E‖x_θ(t·x₀ + (1 − t)·ε, t, observations) − x₀‖² with t uniform in [0, 1), or the same of the velocity x₀ − ε.
  private func loss(_ batch: Windows) -> Tensor {
    let model = flow.model
    let time = noise.uniform([batch.size, 1])
    let clean = model.actionNormalisation.chunk(batch.action, steps: batch.predictionHorizon)
    let epsilon = noise.normal(clean.shape)
    let predicted = model.prediction(
      of: training.network, time * clean + (1 - time) * epsilon, positions: time * Float(FlowPolicy.networkPosition(1)),
      condition: model.condition(batch.observation))
    return meanSquaredError(predicted, configuration.prediction == .sample ? clean : clean - epsilon)
  }

  public func update(_ batch: Windows) -> Metrics { training.update(batch, loss: loss) }
}
