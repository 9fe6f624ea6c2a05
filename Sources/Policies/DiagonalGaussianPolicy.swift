import SinewTensor

/// A Gaussian around a network, or around tanh of it, with a standard deviation that is the same in every state: the
/// policy of implicit Q-learning (Kostrikov et al., arXiv 2110.06169) and of on-policy learners.
///
/// The action itself is Gaussian, not its inverse tanh, so its density is that of the Gaussian. Sampled actions are cut
/// off at ±1, or left to the training loop to cut off, so that on-policy learners see the action whose density they ask
/// for.
public final class DiagonalGaussianPolicy: GaussianActor, Module {
  public let observationSize: Int
  public let actionSize: Int
  private let encoder: Encoder
  private let layers: MLP
  private let logStandardDeviation: Tensor
  private let cutsOff, squashesMean: Bool
  /// Whether it is all that a file of a plain policy says: ReLU, tanh of the mean, samples cut off at ±1.
  public let isPlain: Bool
  /// The generator of the acting noise.
  public let exploration: RandomStream
  private let acting = RecordedRows()

  /// What log σ is limited to.
  private static let range: ClosedRange<Float> = -5...2

  /// A policy with fresh weights.
  ///
  /// - Parameters:
  ///   - task: what is observed and done.
  ///   - network: sizes.
  ///   - shared: the critics' encoder, which it reads without training it; nil for one of its own.
  ///   - cutsOff: whether sampled actions are cut off at ±1.
  ///   - squashesMean: whether the mean is tanh of the network's output; without it, deterministic actions are cut
  ///     off at ±1.
  ///   - activation: after each hidden layer.
  ///   - initialisation: of the weights; `outputInitialisation` those of the last layer.
  ///   - logStandardDeviation: what log σ begins with.
  ///   - generator: draws the weights ("network") and the acting noise ("exploration"), from children of that name.
  public init(
    _ task: TaskShape, _ network: NetworkSettings = NetworkSettings(), sharing shared: Encoder? = nil,
    cutsOff: Bool = true, squashesMean: Bool = true, activation: Activation = .relu,
    initialisation: Initialisation = .uniformFanIn, outputInitialisation: Initialisation? = nil,
    logStandardDeviation: Float = 0, generator: RandomGenerator
  ) {
    (self.cutsOff, self.squashesMean) = (cutsOff, squashesMean)
    isPlain = cutsOff && squashesMean && activation == .relu
    (observationSize, actionSize) = (task.observationSize, task.actionSize)
    var weights = generator.split("network")
    encoder = Encoder(
      task.observation, network.encoder, seesPrivileged: false, sharing: shared, generator: generator)
    layers = MLP(
      [encoder.outputSize] + network.hiddenSizes + [task.actionSize], activation: activation,
      initialisation: initialisation, outputInitialisation: outputInitialisation, using: &weights)
    self.logStandardDeviation = Tensor(repeating: logStandardDeviation, [actionSize])
    exploration = RandomStream(generator.split("exploration"))
  }

  public var parameters: [(name: String, value: Tensor)] { encoder.parameters + ownParameters }
  public var savedParameters: [(name: String, value: Tensor)] { encoder.savedParameters + ownParameters }
  private var ownParameters: [(name: String, value: Tensor)] {
    layers.parameters + [("log_standard_deviation", logStandardDeviation)]
  }

  /// The mean action: [rows, actions].
  public func mean(_ observation: Tensor) -> Tensor {
    let output = layers(encoder(observation))
    return squashesMean ? output.tanh() : output
  }

  /// log σ of each action component, limited to [−5, 2]: [actions].
  public var limitedLogStandardDeviation: Tensor { logStandardDeviation.clamped(to: Self.range) }

  /// π(·|observation).
  public func distribution(_ observation: Tensor) -> DiagonalGaussian {
    DiagonalGaussian(mean: mean(observation), logStandardDeviation: limitedLogStandardDeviation)
  }

  public var isSquashed: Bool { false }

  public func gaussian(_ observation: Tensor) -> DiagonalGaussian { distribution(observation) }

  /// Actions drawn with a stream's noise, cut off where the policy's are: [rows, actions].
  public func sample(_ observation: Tensor, _ noise: RandomStream) -> Tensor {
    let drawn =
      mean(observation) + noise.normal([observation.shape[0], actionSize]) * limitedLogStandardDeviation.exp()
    return cutsOff ? drawn.clamped(to: -1...1) : drawn
  }

  /// log π(action|observation): [rows, 1].
  public func logProbability(_ action: Tensor, _ observation: Tensor) -> Tensor {
    distribution(observation).logProbability(of: action)
  }

  public func restartExploration(seed: UInt64) {
    exploration.generator = RandomGenerator(seed: seed).split("exploration")
  }

  public func act(observations: Span<Float>, count: Int, deterministic: Bool, actions: inout MutableSpan<Float>) {
    acting.run(observations, rows: count, columns: observationSize, variant: deterministic ? 0 : 1, into: &actions) {
      observation in
      guard deterministic else { return sample(observation, exploration) }
      let mean = mean(observation)
      return squashesMean ? mean : mean.clamped(to: -1...1)
    }
  }
}
