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
  ///
  /// - Parameters:
  ///   - task: what is observed and done.
  ///   - network: sizes.
  ///   - members: how many critics.
  ///   - activation: after each hidden layer.
  ///   - dropout: the probability, less than 1, that a hidden feature is dropped in a training pass.
  ///   - layerNorm: whether hidden layers are normalised.
  ///   - generator: draws the weights.
  public init(
    _ task: TaskShape, _ network: NetworkSettings = NetworkSettings(), members: Int = 2,
    activation: Activation = .relu, dropout: Float = 0, layerNorm: Bool = false, generator: RandomGenerator
  ) {
    self.members = members
    self.network = CriticNetwork(task, network, generator: generator) { sizes, weights in
      MLP(
        sizes + [1], members: members, activation: activation, dropout: dropout, layerNorm: layerNorm, using: &weights)
    }
  }

  public var parameters: [(name: String, value: Tensor)] { network.parameters }

  public func callAsFunction(_ observation: Tensor, _ action: Tensor) -> Tensor { network(observation, action) }

  /// The estimates as they are learned from, with dropout where there is any: see ``callAsFunction(_:_:)``.
  public func callAsFunction(_ observation: Tensor, _ action: Tensor, _ pass: Pass) -> Tensor {
    network(observation, action, pass)
  }

  /// The smallest estimate of `count` members, which are drawn anew for every batch (REDQ, arXiv 2101.05982), in a
  /// training pass: [rows, 1].
  public func smallest(of count: Int, _ observation: Tensor, _ action: Tensor, _ noise: RandomStream) -> Tensor {
    let values = self(observation, action, .training(noise))
    guard count < members else { return values.minimum(axis: 0) }
    let isDrawn = noise.uniform([members]).isAmongGreatest(count).reshaped([-1, 1, 1])
    return select(isDrawn, values, Tensor(.infinity)).minimum(axis: 0)
  }

  /// The estimates [members, rows, 1], and their gradients by the action [members, rows, actions], which losses can
  /// have in them: ``MLP/withInputGradient(_:)``. Of critics with ReLU whose hidden layers are not regularised.
  public func withActionGradient(_ observation: Tensor, _ action: Tensor) -> (value: Tensor, gradient: Tensor) {
    guard let layers = network.layers as? MLP else { preconditionFailure("critics of plain layers") }
    let features = network.encoder(observation)
    let (value, gradient) = layers.withInputGradient(concatenated([features, action], axis: -1))
    let width = features.shape[1]
    return (value, gradient.slice(width..<(width + action.shape[1]), axis: -1))
  }
}

/// What every critic of actions is made of: an encoder, and an ensemble of networks of what it gives and the action.
struct CriticNetwork: Module {
  let encoder: Encoder
  let layers: any Network

  /// - Parameter makeLayers: the networks, from the widths of input and hidden layers and the generator of their
  ///   weights.
  init(
    _ task: TaskShape, _ network: NetworkSettings, generator: RandomGenerator,
    _ makeLayers: ([Int], inout RandomGenerator) -> any Network
  ) {
    var weights = generator
    encoder = Encoder(task.observation, network.encoder, seesPrivileged: true, generator: generator)
    layers = makeLayers([encoder.outputSize + task.actionSize] + network.hiddenSizes, &weights)
  }

  var parameters: [(name: String, value: Tensor)] { encoder.parameters + layers.parameters }
  var savedParameters: [(name: String, value: Tensor)] { encoder.savedParameters + layers.savedParameters }

  /// [members, rows, outputs].
  func callAsFunction(_ observation: Tensor, _ action: Tensor, _ pass: Pass = .evaluation) -> Tensor {
    layers(concatenated([encoder(observation), action], axis: -1), pass)
  }
}

/// A state-value function V(s).
public final class StateValue: Module {
  private let encoder: Encoder
  private let layers: MLP

  /// A value with fresh weights drawn from `generator`, with an encoder of its own or the critics', which it then does
  /// not train.
  public init(
    _ task: TaskShape, _ network: NetworkSettings = NetworkSettings(), sharing shared: Encoder? = nil,
    activation: Activation = .relu, initialisation: Initialisation = .uniformFanIn,
    outputInitialisation: Initialisation? = nil, generator: RandomGenerator
  ) {
    var weights = generator
    encoder = Encoder(
      task.observation, network.encoder, seesPrivileged: true, sharing: shared, generator: generator)
    layers = MLP(
      [encoder.outputSize] + network.hiddenSizes + [1], activation: activation, initialisation: initialisation,
      outputInitialisation: outputInitialisation, using: &weights)
  }

  public var parameters: [(name: String, value: Tensor)] { encoder.parameters + layers.parameters }
  public var savedParameters: [(name: String, value: Tensor)] { encoder.savedParameters + layers.parameters }

  /// [rows, observations] → [rows, 1].
  public func callAsFunction(_ observation: Tensor) -> Tensor { layers(encoder(observation)) }
}
