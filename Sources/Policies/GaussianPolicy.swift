import SinewTensor

/// A Gaussian squashed by tanh: the stochastic policy of soft actor-critic.
///
/// A network gives mean μ and raw log standard deviation of u; the action is tanh u. Its mode (for evaluation) is tanh
/// μ.
public final class GaussianPolicy: GaussianActor, Module {
  public let observationSize: Int
  public let actionSize: Int
  private let encoder: Encoder
  private let layers: any Network
  private let logStandardDeviation: LogStandardDeviation
  /// Whether it is all that a file of a plain policy says: an MLP with ReLU, log σ limited to −20…2.
  public let isPlain: Bool
  /// The generator of the acting noise.
  public let exploration: RandomStream
  private let acting = RecordedRows()

  /// A policy with fresh weights.
  ///
  /// - Parameters:
  ///   - task: what is observed and done.
  ///   - network: sizes.
  ///   - shared: the critics' encoder, which it reads without training it; nil for one of its own.
  ///   - activation: after each hidden layer.
  ///   - logStandardDeviation: how the raw output becomes log σ.
  ///   - generator: draws the weights ("network") and the acting noise ("exploration"), from children of that name.
  ///   - makeLayers: the network, from its widths and the generator of its weights, in place of an MLP.
  public init(
    _ task: TaskShape, _ network: NetworkSettings = NetworkSettings(), sharing shared: Encoder? = nil,
    activation: Activation = .relu,
    logStandardDeviation: LogStandardDeviation = .clamped(-20...2),
    generator: RandomGenerator, makeLayers: (([Int], inout RandomGenerator) -> any Network)? = nil
  ) {
    (observationSize, actionSize) = (task.observationSize, task.actionSize)
    self.logStandardDeviation = logStandardDeviation
    isPlain = makeLayers == nil && activation == .relu && logStandardDeviation == .clamped(-20...2)
    var weights = generator.split("network")
    encoder = Encoder(
      task.observation, network.encoder, seesPrivileged: false, sharing: shared, generator: generator)
    let sizes = [encoder.outputSize] + network.hiddenSizes + [2 * task.actionSize]
    layers = makeLayers?(sizes, &weights) ?? MLP(sizes, activation: activation, using: &weights)
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

  /// Gives the weights their norms again, where the network has them: see ``UnitWeightNetwork``.
  public func normaliseWeights() { (layers as? any UnitWeightNetwork)?.normaliseWeights() }

  /// Actions that given noise makes.
  ///
  /// - Parameters:
  ///   - acting: of the caller, for this alone.
  ///   - pairs: count × (observations, noise): observations as in ``act(observations:count:deterministic:actions:)``,
  ///     noise one number for each number in an action, standard normal.
  func act(_ acting: RecordedRows, pairs: Span<Float>, count: Int, actions: inout MutableSpan<Float>) {
    let width = observationSize + actionSize
    acting.run(pairs, rows: count, columns: width, variant: 0, into: &actions) { pairs in
      self(pairs.slice(0..<observationSize, axis: 1), noise: pairs.slice(observationSize..<width, axis: 1)).action
    }
  }

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

  public var isSquashed: Bool { true }

  /// The Gaussian of u, whose tanh is the action.
  public func gaussian(_ observation: Tensor) -> DiagonalGaussian {
    let output = network(observation)
    return DiagonalGaussian(
      mean: output.slice(0..<actionSize, axis: -1),
      logStandardDeviation: logStandardDeviation(output.slice(actionSize..<2 * actionSize, axis: -1)))
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
