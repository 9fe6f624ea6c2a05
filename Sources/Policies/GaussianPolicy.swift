import SinewTensor

/// A Gaussian squashed by tanh: the stochastic policy of soft actor-critic.
///
/// A network gives mean μ and raw log standard deviation of u; the action is tanh u. Its mode (for evaluation) is tanh μ.
public final class GaussianPolicy: Policy, Module {
  public let observationSize: Int
  public let actionSize: Int
  private let encoder: Encoder
  private let layers: any Network
  private let logStandardDeviation: LogStandardDeviation
  /// The generator of the acting noise.
  public let exploration: RandomStream
  private let acting = ActionPlan()

  /// A policy with fresh weights.
  ///
  /// - Parameters:
  ///   - task: what is observed and done.
  ///   - network: sizes.
  ///   - shared: the critics' encoder, which it reads without training it; nil for one of its own.
  ///   - activation: after each hidden layer.
  ///   - logStandardDeviation: how the raw output becomes log σ.
  ///   - batchNorm: how hidden layers are normalised, and after how many training passes renormalisation begins (nil: never); nil for
  ///     layers without.
  ///   - generator: draws the weights ("network") and the acting noise ("exploration"), from children of that name.
  public init(
    _ task: TaskShape, _ network: NetworkSettings = NetworkSettings(), sharing shared: Encoder? = nil,
    activation: Activation = .relu,
    logStandardDeviation: LogStandardDeviation = .clamped(-20...2),
    batchNorm: (place: BatchNormMLP.Place, renormalisesAfter: Int?)? = nil, generator: RandomGenerator
  ) {
    (observationSize, actionSize) = (task.observationSize, task.actionSize)
    self.logStandardDeviation = logStandardDeviation
    var weights = generator.split("network")
    encoder = Encoder(
      task.observation, network.encoder, seesPrivileged: false, sharing: shared, generator: generator)
    let sizes = [encoder.outputSize] + network.hiddenSizes + [2 * task.actionSize]
    layers =
      if let batchNorm {
        BatchNormMLP(
          sizes, place: batchNorm.place, renormalisesAfter: batchNorm.renormalisesAfter, activation: activation,
          using: &weights)
      } else {
        MLP(sizes, activation: activation, using: &weights)
      }
    exploration = RandomStream(generator.split("exploration"))
  }

  public var parameters: [(name: String, value: Tensor)] { encoder.parameters + layers.parameters }
  public var savedParameters: [(name: String, value: Tensor)] { encoder.savedParameters + layers.savedParameters }

  private func network(_ observation: Tensor, _ pass: Pass = .evaluation) -> Tensor {
    layers(encoder(observation), pass)
  }

  /// Reparameterised actions, sampled with a stream's noise, and their log-probabilities: see
  /// ``callAsFunction(_:noise:)``.
  public func sample(
    _ observation: Tensor, _ noise: RandomStream, _ pass: Pass = .evaluation
  ) -> (action: Tensor, logProbability: Tensor) {
    let draw = noise.normal([observation.shape[0], actionSize])
    return squashedGaussian(
      network(observation, pass), noise: draw, logStandardDeviation: logStandardDeviation)
  }

  /// Gives each output of each layer weights of norm 1, where layers are normalised: see ``BatchNormMLP/normaliseWeights()``.
  public func normaliseWeights() { (layers as? BatchNormMLP)?.normaliseWeights() }

  /// Reparameterised actions and their log-probabilities, for losses.
  ///
  /// - Parameters:
  ///   - observation: [rows, observations].
  ///   - noise: [rows, actions], standard normal.
  /// - Returns: actions in (−1, 1) [rows, actions] and log-probabilities [rows, 1].
  public func callAsFunction(_ observation: Tensor, noise: Tensor) -> (action: Tensor, logProbability: Tensor) {
    squashedGaussian(network(observation), noise: noise, logStandardDeviation: logStandardDeviation)
  }

  /// The most probable action before squashing, squashed: tanh μ.
  public func mode(_ observation: Tensor) -> Tensor {
    network(observation).slice(0..<actionSize, axis: -1).tanh()
  }

  public func restartExploration(seed: UInt64) {
    exploration.generator = RandomGenerator(seed: seed).split("exploration")
  }

  public func act(observations: Span<Float>, count: Int, deterministic: Bool, actions: inout MutableSpan<Float>) {
    acting.run(observations, rows: count, columns: observationSize, variant: deterministic ? 0 : 1, into: &actions) {
      observation in
      deterministic
        ? mode(observation) : self(observation, noise: exploration.normal([count, actionSize])).action
    }
  }
}
