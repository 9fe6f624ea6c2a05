import SinewTensor

/// One action for each observation: tanh of a network, with Gaussian noise around it for exploration.
public final class DeterministicPolicy: Policy, Module {
  public let observationSize: Int
  public let actionSize: Int
  private let encoder: Encoder
  private let layers: MLP
  private let explorationNoise: Float
  /// The generator of the exploration noise.
  public let exploration: RandomStream
  private let acting = RecordedRows()

  /// A policy with fresh weights.
  ///
  /// - Parameters:
  ///   - task: what is observed and done.
  ///   - network: sizes.
  ///   - shared: the critics' encoder, which it reads without training it; nil for one of its own.
  ///   - outputInitialisation: of the last layer's weights, where they begin otherwise than the others.
  ///   - explorationNoise: standard deviation of the noise that exploring actions get, for actions in [−1, 1].
  ///   - generator: draws the weights ("network") and the noise ("exploration"), from children of that name.
  public init(
    _ task: TaskShape, _ network: NetworkSettings = NetworkSettings(), sharing shared: Encoder? = nil,
    outputInitialisation: Initialisation? = nil, explorationNoise: Float = 0.1,
    generator: RandomGenerator
  ) {
    (observationSize, actionSize) = (task.observationSize, task.actionSize)
    self.explorationNoise = explorationNoise
    var weights = generator.split("network")
    encoder = Encoder(
      task.observation, network.encoder, seesPrivileged: false, sharing: shared, generator: generator)
    layers = MLP(
      [encoder.outputSize] + network.hiddenSizes + [task.actionSize], outputInitialisation: outputInitialisation,
      using: &weights)
    exploration = RandomStream(generator.split("exploration"))
  }

  public var parameters: [(name: String, value: Tensor)] { encoder.parameters + layers.parameters }
  public var savedParameters: [(name: String, value: Tensor)] { encoder.savedParameters + layers.parameters }

  /// Actions in (−1, 1): [rows, actions].
  public func callAsFunction(_ observation: Tensor) -> Tensor {
    layers(encoder(observation)).tanh()
  }

  public func restartExploration(seed: UInt64) {
    exploration.generator = RandomGenerator(seed: seed).split("exploration")
  }

  public func act(observations: Span<Float>, count: Int, deterministic: Bool, actions: inout MutableSpan<Float>) {
    acting.run(observations, rows: count, columns: observationSize, variant: deterministic ? 0 : 1, into: &actions) {
      observation in
      let action = self(observation)
      if deterministic { return action }
      return (action + exploration.normal([count, actionSize]) * explorationNoise).clamped(to: -1...1)
    }
  }
}
