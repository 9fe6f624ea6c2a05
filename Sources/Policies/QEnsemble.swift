import SinewTensor

/// An ensemble of action-value functions Q(s, a), run as one batched product.
public final class QEnsemble: Module {
  private let network: MLP
  /// How many independent estimates it gives.
  public let members: Int

  /// Critics with fresh weights drawn from `generator`.
  public init(
    observationSize: Int, actionSize: Int, hiddenSizes: [Int], members: Int = 2, activation: Activation = .relu,
    generator: RandomGenerator
  ) {
    var weights = generator
    self.members = members
    network = MLP(
      [observationSize + actionSize] + hiddenSizes + [1], members: members, activation: activation, using: &weights)
  }

  public var parameters: [(name: String, value: Tensor)] { network.parameters }

  /// The estimates: [members, rows, 1].
  ///
  /// - Parameters:
  ///   - observation: [rows, observations].
  ///   - action: [rows, actions], in [−1, 1].
  public func callAsFunction(_ observation: Tensor, _ action: Tensor) -> Tensor {
    network(concatenated([observation, action], axis: -1))
  }
}
