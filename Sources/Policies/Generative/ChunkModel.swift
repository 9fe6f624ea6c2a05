import SinewTensor

/// What diffusion and flow policies are made of: a network over chunks, and what lies between it and the environment's
/// numbers.
public final class ChunkModel: Module {
  /// Numbers in a raw observation.
  public let observationSize: Int
  /// Numbers in an action.
  public let actionSize: Int
  /// How far the model looks back and plans ahead.
  public let horizons: ChunkHorizons
  /// The network.
  public let network: any ChunkNetwork
  /// From raw observations to the network's.
  public let observationNormalisation: Normaliser
  /// From the network's chunks to actions.
  public let actionNormalisation: ActionNormalisation
  /// The ranges of a raw observation that the network sees.
  private let seen: [Range<Int>]
  private let settings: ChunkNetworkSettings

  /// A model with fresh weights, and no normalisation yet.
  ///
  /// - Parameters:
  ///   - observationSize: numbers in a raw observation.
  ///   - actionSize: numbers in an action.
  ///   - horizons: how far it looks back and plans ahead.
  ///   - observed: the places of a raw observation that the network sees, ascending; empty for all of them.
  ///   - settings: kind and sizes of the network.
  ///   - generator: draws the weights ("network").
  public init(
    observationSize: Int, actionSize: Int, horizons: ChunkHorizons, observed: [Int] = [],
    settings: ChunkNetworkSettings, generator: RandomGenerator
  ) {
    precondition(observed.allSatisfy { (0..<observationSize).contains($0) }, "an observation has no such numbers")
    (self.observationSize, self.actionSize, self.horizons) = (observationSize, actionSize, horizons)
    self.settings = settings
    seen = Self.ranges(observed.isEmpty ? Array(0..<observationSize) : observed)
    network = settings.makeNetwork(
      steps: horizons.prediction, actionSize: actionSize,
      condition: horizons.observation * seen.reduce(0) { $0 + $1.count }, generator: generator.split("network"))
    observationNormalisation = Normaliser(size: observationSize)
    actionNormalisation = ActionNormalisation(actionSize: actionSize)
  }

  private static func ranges(_ places: [Int]) -> [Range<Int>] {
    places.reduce(into: []) { ranges, place in
      if let last = ranges.last, last.upperBound == place {
        ranges[ranges.count - 1] = last.lowerBound..<place + 1
      } else {
        ranges.append(place..<place + 1)
      }
    }
  }

  /// What the network is told of raw histories [rows, observation horizon · observations].
  public func condition(_ history: Tensor) -> Tensor {
    let rows = history.shape[0]
    let normalised = observationNormalisation(
      history.reshaped([rows, horizons.observation, observationSize]))
    return concatenated(seen.map { normalised.slice($0, axis: 2) }, axis: 2).reshaped([rows, -1])
  }

  /// What the network says about chunks that are all equally noisy.
  ///
  /// - Parameters:
  ///   - noisy: [rows, prediction horizon · actions].
  ///   - position: of their level.
  ///   - condition: from ``condition(_:)``.
  public func callAsFunction(_ noisy: Tensor, position: Double, condition: Tensor) -> Tensor {
    network(noisy, position: settings.embedding.constant(position), condition: condition)
  }

  /// What another network of this shape says about chunks of different levels: for training.
  ///
  /// - Parameters:
  ///   - network: made by ``makeNetwork(generator:)``.
  ///   - noisy: [rows, prediction horizon · actions].
  ///   - positions: [rows, 1].
  ///   - condition: from ``condition(_:)``.
  public func prediction(
    of network: any ChunkNetwork, _ noisy: Tensor, positions: Tensor, condition: Tensor
  ) -> Tensor {
    network(noisy, position: settings.embedding(positions), condition: condition)
  }

  /// Another network of the same shape and with the same weights as this one's when it was fresh.
  public func makeNetwork(generator: RandomGenerator) -> any ChunkNetwork {
    settings.makeNetwork(
      steps: horizons.prediction, actionSize: actionSize,
      condition: horizons.observation * seen.reduce(0) { $0 + $1.count }, generator: generator.split("network"))
  }

  public var parameters: [(name: String, value: Tensor)] {
    network.parameters + prefixed("observation_normalisation", observationNormalisation)
      + prefixed("action_normalisation", actionNormalisation)
  }
}
