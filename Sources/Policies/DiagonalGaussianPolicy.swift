import SinewTensor

/// A Gaussian around tanh of a network, with a standard deviation that is the same in every state: the policy of implicit
/// Q-learning (Kostrikov et al., arXiv 2110.06169).
///
/// The action itself is Gaussian, not its inverse tanh, so its density is that of the Gaussian. Sampled actions are cut off at ±1,
/// or left to the training loop to cut off, so that on-policy learners see the action whose density they ask for.
public final class DiagonalGaussianPolicy: Policy, Module {
  public let observationSize: Int
  public let actionSize: Int
  private let encoder: Encoder
  private let layers: MLP
  private let logStandardDeviation: Tensor
  private let cutsOff: Bool
  /// The generator of the acting noise.
  public let exploration: RandomStream
  private let acting = ActionPlan()

  /// What log σ is limited to.
  private static let range: ClosedRange<Float> = -5...2

  /// A policy with fresh weights and log σ = 0.
  ///
  /// - Parameters:
  ///   - task: what is observed and done.
  ///   - network: sizes.
  ///   - shared: the critics' encoder, which it reads without training it; nil for one of its own.
  ///   - cutsOff: whether sampled actions are cut off at ±1.
  ///   - generator: draws the weights ("network") and the acting noise ("exploration"), from children of that name.
  public init(
    _ task: TaskShape, _ network: NetworkSettings = NetworkSettings(), sharing shared: Encoder? = nil,
    cutsOff: Bool = true,
    generator: RandomGenerator
  ) {
    self.cutsOff = cutsOff
    (observationSize, actionSize) = (task.observationSize, task.actionSize)
    var weights = generator.split("network")
    encoder = Encoder(
      task.observation, network.encoder, seesPrivileged: false, sharing: shared, generator: generator)
    layers = MLP([encoder.outputSize] + network.hiddenSizes + [task.actionSize], using: &weights)
    logStandardDeviation = .zeros([actionSize])
    exploration = RandomStream(generator.split("exploration"))
  }

  public var parameters: [(name: String, value: Tensor)] { encoder.parameters + ownParameters }
  public var savedParameters: [(name: String, value: Tensor)] { encoder.savedParameters + ownParameters }
  private var ownParameters: [(name: String, value: Tensor)] {
    layers.parameters + [("log_standard_deviation", logStandardDeviation)]
  }

  /// The mean action, in (−1, 1): [rows, actions].
  public func mean(_ observation: Tensor) -> Tensor { layers(encoder(observation)).tanh() }

  /// log σ of each action component, limited to [−5, 2]: [actions].
  public var limitedLogStandardDeviation: Tensor { logStandardDeviation.clamped(to: Self.range) }

  /// log π(action|observation): [rows, 1].
  public func logProbability(_ action: Tensor, _ observation: Tensor) -> Tensor {
    -gaussianNegativeLogLikelihood(
      mean(observation), logStandardDeviation: limitedLogStandardDeviation, action, .none
    ).sum(axis: -1, keepingDimension: true)
  }

  public func restartExploration(seed: UInt64) {
    exploration.generator = RandomGenerator(seed: seed).split("exploration")
  }

  public func act(observations: Span<Float>, count: Int, deterministic: Bool, actions: inout MutableSpan<Float>) {
    acting.run(observations, rows: count, columns: observationSize, variant: deterministic ? 0 : 1, into: &actions) {
      observation in
      let mean = mean(observation)
      if deterministic { return mean }
      let noise = exploration.normal([count, actionSize]) * limitedLogStandardDeviation.exp()
      return cutsOff ? (mean + noise).clamped(to: -1...1) : mean + noise
    }
  }
}
