import SinewTensor

/// An ensemble of action-value functions with batch normalisation, run as one batched product.
public final class BatchNormCritics: Critic {
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
  ///   - place: where hidden layers are normalised.
  ///   - renormalisesAfter: training passes before renormalisation begins; nil for plain batch normalisation.
  ///   - generator: draws the weights.
  public init(
    _ task: TaskShape, _ network: NetworkSettings, members: Int = 2, place: BatchNormMLP.Place,
    renormalisesAfter warmUp: Int? = nil, generator: RandomGenerator
  ) {
    self.members = members
    self.network = CriticNetwork(task, network, generator: generator) { sizes, weights in
      BatchNormMLP(sizes + [1], members: members, place: place, renormalisesAfter: warmUp, using: &weights)
    }
  }

  public var parameters: [(name: String, value: Tensor)] { network.parameters }
  public var savedParameters: [(name: String, value: Tensor)] { network.savedParameters }

  public func callAsFunction(_ observation: Tensor, _ action: Tensor) -> Tensor { network(observation, action) }

  /// The estimates of two batches as they are learned from, in one pass that normalises both by the statistics of both:
  /// those of recorded actions alone do not fit the policy's. Each [members, rows, 1].
  public func joint(
    _ first: (observation: Tensor, action: Tensor), _ second: (observation: Tensor, action: Tensor), _ pass: Pass
  ) -> (Tensor, Tensor) {
    network.joint(first, second, pass)
  }
}

/// An ensemble of critics that give probabilities of evenly spaced returns, the atoms; run as one batched product
/// (Bellemare et al., arXiv 1707.06887).
public final class CategoricalCritics: Critic {
  /// What it sees of observations; its loss trains the convolutions.
  public var encoder: Encoder { network.encoder }
  public let members: Int
  /// G: the first atom lies at −G, the last at G.
  public let greatestReturn: Float
  /// The atoms' returns: [atoms].
  public let atoms: Tensor
  private let network: CriticNetwork

  /// Critics with fresh weights.
  ///
  /// - Parameters:
  ///   - task: what is observed and done.
  ///   - network: sizes.
  ///   - members: how many critics.
  ///   - atoms: how many returns, two or more.
  ///   - greatestReturn: G, above 0: the first lies at −G, the last at G.
  ///   - generator: draws the weights.
  ///   - makeLayers: the networks, from their widths and the generator of their weights.
  public init(
    _ task: TaskShape, _ network: NetworkSettings, members: Int = 2, atoms: Int, greatestReturn: Float,
    generator: RandomGenerator, makeLayers: ([Int], inout RandomGenerator) -> any Network
  ) {
    precondition(atoms >= 2, "a distribution over \(atoms) atoms")
    self.members = members
    self.greatestReturn = greatestReturn
    let step = 2 * greatestReturn / Float(atoms - 1)
    self.atoms = Tensor((0..<atoms).map { -greatestReturn + step * Float($0) })
    self.network = CriticNetwork(task, network, generator: generator) { sizes, weights in
      makeLayers(sizes + [atoms], &weights)
    }
  }

  public var parameters: [(name: String, value: Tensor)] { network.parameters }
  public var savedParameters: [(name: String, value: Tensor)] { network.savedParameters }

  /// Logarithms of unnormalised probabilities: [members, rows, atoms].
  public func logits(_ observation: Tensor, _ action: Tensor) -> Tensor { network(observation, action) }

  /// Logarithms of unnormalised probabilities of two batches in one training pass: see
  /// ``BatchNormCritics/joint(_:_:_:)``. Each [members, rows, atoms].
  public func joint(
    _ first: (observation: Tensor, action: Tensor), _ second: (observation: Tensor, action: Tensor), _ pass: Pass
  ) -> (Tensor, Tensor) {
    network.joint(first, second, pass)
  }

  /// The means of distributions: [members, rows, 1].
  ///
  /// - Parameter probability: [members, rows, atoms].
  public func mean(_ probability: Tensor) -> Tensor {
    (probability * atoms).sum(axis: -1, keepingDimension: true)
  }

  /// The distribution of the critic with the smallest mean, row by row: [rows, atoms]; of one critic or two.
  ///
  /// - Parameter probability: [members, rows, atoms].
  public func smaller(_ probability: Tensor) -> Tensor {
    precondition(members <= 2, "the smaller of more than two distributions")
    let shape = Array(probability.shape.dropFirst())
    guard members == 2 else { return probability.reshaped(shape) }
    let means = mean(probability).split([1, 1], axis: 0)
    let each = probability.split([1, 1], axis: 0)
    return select(means[1].greaterOrEqual(to: means[0]), each[0], each[1]).reshaped(shape)
  }

  /// Takes a step down the cross entropy −Σᵢ mean Σⱼ mⱼ log pᵢⱼ, where log p = logits − log Σ exp(logits), and gives
  /// the weights their norms again, where the networks have them: see ``UnitWeightNetwork``.
  ///
  /// - Parameters:
  ///   - logits: [members, rows, atoms].
  ///   - target: m, probabilities of the atoms: [rows, atoms] for all members, or [members, rows, atoms]; and the share
  ///     that lay beyond them.
  ///   - optimiser: of these critics.
  /// - Returns: `critic_loss`, `value_mean` and `clipped_share`.
  public func descend(
    _ logits: Tensor, _ target: (probability: Tensor, clipped: Tensor), _ optimiser: Adam
  ) -> Metrics {
    let loss = Float(members) * (logits.logSumExp() - (target.probability * logits).sum(axis: -1)).mean()
    optimiser.descend(loss)
    normaliseWeights()
    return ["critic_loss": loss, "value_mean": mean(logits.softmax()).mean(), "clipped_share": target.clipped]
  }

  /// Probabilities of the atoms where each of them has gone to another return; and the share that lies beyond them.
  ///
  /// - Parameters:
  ///   - probability: of the atoms before: [rows, atoms].
  ///   - place: where each has gone: [rows, atoms].
  public func moved(_ probability: Tensor, to place: Tensor) -> (probability: Tensor, clipped: Tensor) {
    let isBeyond = place.abs().greater(than: Tensor(greatestReturn))
    return (
      categoricalProjection(probability, at: place, onto: -greatestReturn...greatestReturn),
      (probability * isBeyond).sum(axis: 1).mean()
    )
  }

  /// The means: [members, rows, 1].
  public func callAsFunction(_ observation: Tensor, _ action: Tensor) -> Tensor {
    mean(network(observation, action).softmax())
  }

  /// Gives the weights their norms again, where the networks have them: see ``UnitWeightNetwork``.
  public func normaliseWeights() { (network.layers as? any UnitWeightNetwork)?.normaliseWeights() }
}

extension CriticNetwork {
  /// What two batches give in one pass.
  fileprivate func joint(
    _ first: (observation: Tensor, action: Tensor), _ second: (observation: Tensor, action: Tensor), _ pass: Pass
  ) -> (Tensor, Tensor) {
    let output = self(
      concatenated([first.observation, second.observation], axis: 0),
      concatenated([first.action, second.action], axis: 0), pass)
    let parts = output.split([first.action.shape[0], second.action.shape[0]], axis: 1)
    return (parts[0], parts[1])
  }
}
