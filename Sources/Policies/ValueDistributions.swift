import SinewTensor

/// An ensemble of critics that give a Gaussian distribution of the return from s, a instead of its mean alone, run as
/// one batched product.
///
/// Source: Duan et al., "Distributional Soft Actor-Critic", arXiv 2001.02811.
public final class ValueDistributions: Critic {
  /// What it sees of observations; its loss trains the convolutions.
  public var encoder: Encoder { network.encoder }
  public let members: Int
  private let network: CriticNetwork

  /// Critics with fresh weights drawn from `generator`.
  public init(
    _ task: TaskShape, _ network: NetworkSettings = NetworkSettings(), members: Int = 2,
    activation: Activation = .gelu, generator: RandomGenerator
  ) {
    self.members = members
    self.network = CriticNetwork(task, network, generator: generator) { sizes, weights in
      MLP(sizes + [2], members: members, activation: activation, using: &weights)
    }
  }

  public var parameters: [(name: String, value: Tensor)] { network.parameters }

  /// Mean and standard deviation (softplus of the second output) of the return: both [members, rows, 1].
  ///
  /// - Parameters:
  ///   - observation: [rows, observations].
  ///   - action: [rows, actions], in [−1, 1].
  public func distribution(_ observation: Tensor, _ action: Tensor) -> (mean: Tensor, deviation: Tensor) {
    let output = network(observation, action)
    return (output.slice(0..<1, axis: -1), output.slice(1..<2, axis: -1).softplus())
  }

  /// The distribution with the smaller mean, row by row: its mean, and a sample that lies within three deviations. Both
  /// [rows, 1]; of one member or two. Each member's sample has noise of its own.
  public func smaller(
    _ observation: Tensor, _ action: Tensor, _ noise: RandomStream
  ) -> (mean: Tensor, sample: Tensor) {
    precondition(members <= 2, "the smaller of more than two distributions")
    let (mean, deviation) = distribution(observation, action)
    let sample = mean + deviation * noise.normal(mean.shape).clamped(to: -3...3)
    guard members == 2 else { return (mean.minimum(axis: 0), sample.minimum(axis: 0)) }
    let (means, samples) = (mean.split([1, 1], axis: 0), sample.split([1, 1], axis: 0))
    let chosen = select(means[1].greaterOrEqual(to: means[0]), samples[0], samples[1])
    return (mean.minimum(axis: 0), chosen.minimum(axis: 0))
  }

  /// The means: [members, rows, 1].
  public func callAsFunction(_ observation: Tensor, _ action: Tensor) -> Tensor {
    distribution(observation, action).mean
  }
}
