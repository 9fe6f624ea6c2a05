import SinewTensor

/// A Gaussian around tanh of a network, with a standard deviation that is the same in every state: the policy of implicit
/// Q-learning (Kostrikov et al., arXiv 2110.06169).
///
/// The action itself is Gaussian, not its inverse tanh, so its density is that of the Gaussian. Sampled actions are cut off at ±1.
public final class DiagonalGaussianPolicy: Policy, Module {
  public let observationSize: Int
  public let actionSize: Int
  private let network: MLP
  private let logStandardDeviation: Tensor
  /// The generator of the acting noise.
  public let exploration: RandomStream
  private let acting = ActionPlan()

  /// What log σ is limited to.
  private static let range: ClosedRange<Float> = -5...2

  /// A policy with fresh weights and log σ = 0.
  ///
  /// - Parameters:
  ///   - observationSize: numbers in an observation.
  ///   - actionSize: numbers in an action.
  ///   - hiddenSizes: widths of the hidden layers.
  ///   - generator: draws the weights ("network") and the acting noise ("exploration"), from children of that name.
  public init(observationSize: Int, actionSize: Int, hiddenSizes: [Int], generator: RandomGenerator) {
    self.observationSize = observationSize
    self.actionSize = actionSize
    var weights = generator.split("network")
    network = MLP([observationSize] + hiddenSizes + [actionSize], using: &weights)
    logStandardDeviation = .zeros([actionSize])
    exploration = RandomStream(generator.split("exploration"))
  }

  public var parameters: [(name: String, value: Tensor)] {
    network.parameters + [("log_standard_deviation", logStandardDeviation)]
  }

  /// The mean action, in (−1, 1): [rows, actions].
  public func mean(_ observation: Tensor) -> Tensor { network(observation).tanh() }

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
      return (mean + noise).clamped(to: -1...1)
    }
  }
}
