import SinewTensor

/// An ensemble of critics that give quantiles of the return from s, a, run as one batched product (Dabney et al., arXiv
/// 1710.10044).
public final class QuantileCritics: Critic {
  /// What it sees of observations; its loss trains the convolutions.
  public var encoder: Encoder { network.encoder }
  public let members: Int
  private let network: CriticNetwork

  /// Critics with fresh weights drawn from `generator`, which give quantiles at (m + ½)/quantiles.
  public init(
    _ task: TaskShape, _ network: NetworkSettings = NetworkSettings(), members: Int, quantiles: Int,
    activation: Activation = .relu, generator: RandomGenerator
  ) {
    self.members = members
    self.network = CriticNetwork(task, network, generator: generator) { sizes, weights in
      MLP(sizes + [quantiles], members: members, activation: activation, using: &weights)
    }
  }

  public var parameters: [(name: String, value: Tensor)] { network.parameters }

  /// The quantiles of every critic: [members, rows, quantiles].
  public func quantiles(_ observation: Tensor, _ action: Tensor) -> Tensor { network(observation, action) }

  /// The quantiles of all critics, row by row: [rows, members·quantiles].
  public func pooled(_ observation: Tensor, _ action: Tensor) -> Tensor {
    let quantiles = quantiles(observation, action)
    return quantiles.transposed([1, 0, 2]).reshaped([quantiles.shape[1], -1])
  }

  /// The means: [members, rows, 1].
  public func callAsFunction(_ observation: Tensor, _ action: Tensor) -> Tensor {
    quantiles(observation, action).mean(axis: -1, keepingDimension: true)
  }
}
