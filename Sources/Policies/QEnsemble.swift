import SinewTensor

/// Independent estimates of the value of an action.
public protocol Critic: Module {
  /// How many estimates there are.
  var members: Int { get }

  /// The estimates: [members, rows, 1].
  ///
  /// - Parameters:
  ///   - observation: [rows, observations].
  ///   - action: [rows, actions], in [−1, 1].
  func callAsFunction(_ observation: Tensor, _ action: Tensor) -> Tensor
}

/// An ensemble of action-value functions Q(s, a), run as one batched product.
public final class QEnsemble: Critic {
  /// What it sees of observations; its loss trains the convolutions.
  public var encoder: Encoder { network.encoder }
  public let members: Int
  private let network: CriticNetwork

  /// Critics with fresh weights drawn from `generator`.
  public init(
    _ task: TaskShape, _ network: NetworkSettings = NetworkSettings(), members: Int = 2,
    activation: Activation = .relu, generator: RandomGenerator
  ) {
    self.members = members
    self.network = CriticNetwork(
      task, network, members: members, outputs: 1, activation: activation, generator: generator)
  }

  public var parameters: [(name: String, value: Tensor)] { network.parameters }

  public func callAsFunction(_ observation: Tensor, _ action: Tensor) -> Tensor { network(observation, action) }
}

/// What every critic of actions is made of: an encoder, and an ensemble of networks of what it gives and the action.
struct CriticNetwork: Module {
  let encoder: Encoder
  private let layers: MLP

  init(
    _ task: TaskShape, _ network: NetworkSettings, members: Int, outputs: Int, activation: Activation,
    generator: RandomGenerator
  ) {
    var weights = generator
    encoder = Encoder(task.observation, network.encoder, seesPrivileged: true, generator: generator)
    layers = MLP(
      [encoder.outputSize + task.actionSize] + network.hiddenSizes + [outputs], members: members,
      activation: activation, using: &weights)
  }

  var parameters: [(name: String, value: Tensor)] { encoder.parameters + layers.parameters }

  /// [members, rows, outputs].
  func callAsFunction(_ observation: Tensor, _ action: Tensor) -> Tensor {
    layers(concatenated([encoder(observation), action], axis: -1))
  }
}

/// A state-value function V(s).
public final class StateValue: Module {
  private let encoder: Encoder
  private let layers: MLP

  /// A value with fresh weights drawn from `generator`, with an encoder of its own or the critics', which it then does not train.
  public init(
    _ task: TaskShape, _ network: NetworkSettings = NetworkSettings(), sharing shared: Encoder? = nil,
    activation: Activation = .relu, generator: RandomGenerator
  ) {
    var weights = generator
    encoder = Encoder(
      task.observation, network.encoder, seesPrivileged: true, sharing: shared, generator: generator)
    layers = MLP([encoder.outputSize] + network.hiddenSizes + [1], activation: activation, using: &weights)
  }

  public var parameters: [(name: String, value: Tensor)] { encoder.parameters + layers.parameters }
  public var savedParameters: [(name: String, value: Tensor)] { encoder.savedParameters + layers.parameters }

  /// [rows, observations] → [rows, 1].
  public func callAsFunction(_ observation: Tensor) -> Tensor { layers(encoder(observation)) }
}
