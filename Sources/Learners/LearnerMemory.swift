import SinewPolicies
import SinewTensor

/// What a learner's settings ask for, before it is made.
extension LearnerConfiguration {
  /// Throws `SizeError` naming the setting where networks, minibatch and replay buffer would not fit into memory, or where a size
  /// is beyond what `MemoryDemand` documents.
  ///
  /// - Parameters:
  ///   - observationSize: numbers in an observation.
  ///   - actionSize: numbers in an action.
  ///   - transitions: how many a run will store at most; 0 for a learner that stores none.
  public func requireMemory(observationSize: Int, actionSize: Int, transitions: Int) throws {
    let (observation, action) = (Double(observationSize), Double(actionSize))
    let row = 2 * observation + action + 2
    var demand = MemoryDemand()
    let networks = try networks(observation, action)
    for network in networks {
      guard network.parameters <= MemoryDemand.mostParameters else {
        throw SizeError(
          "\(network.setting) is \(network.value), which makes a network of \(count(network.parameters)) parameters; at most "
            + "\(count(MemoryDemand.mostParameters)) are allowed")
      }
      demand.add(network.setting, network.value, numbers: network.parameters * network.copies)
    }
    // What a minibatch holds, and what every layer makes of it, forwards and backwards.
    let activations = networks.reduce(0) { $0 + $1.features * $1.passes }
    demand.add("batch_size", batchSize, numbers: Double(batchSize) * (row + activations))
    if let online = self as? any OnlineConfiguration, transitions > 0 {
      let kept = min(online.bufferCapacity, transitions)
      demand.add("buffer_capacity", online.bufferCapacity, numbers: Double(kept) * row)
    }
    try demand.check()
  }

  /// Throws `SizeError` where the policy that these settings claim has more numbers than a file holds: then it is not this file's.
  public func requireFit(observationSize: Int, actionSize: Int, numbersInFile: Int) throws {
    let networks = try networks(Double(observationSize), Double(actionSize))
    guard let policy = networks.first, policy.parameters > Double(numbersInFile) else { return }
    throw SizeError(
      "\(policy.setting) is \(policy.value), which makes a policy of \(count(policy.parameters)) numbers, but the file holds "
        + "\(numbersInFile)")
  }

  private func networks(_ observation: Double, _ action: Double) throws(SizeError) -> [NetworkDemand] {
    if let layered = self as? any LayeredConfiguration { return try layered.layeredNetworks(observation, action) }
    if let chunked = self as? any ChunkPolicyConfiguration { return [chunked.chunkNetwork(observation, action)] }
    return []
  }
}

/// A count as people read it.
private func count(_ value: Double) -> String { value < 1e15 ? "\(Int(value))" : "\(value)" }

/// One kind of network of a learner, and how often the learner has it.
struct NetworkDemand {
  var setting: String
  var value: String
  var parameters: Double
  /// Sum of the widths of its layers.
  var features: Double
  /// The network, its averages, its gradients and the optimiser's two moments.
  var copies: Double
  /// How often an update runs it, forwards and backwards.
  var passes: Double
}

/// A learner whose networks are layers of `hidden_sizes`. The policy comes first.
protocol LayeredConfiguration: LearnerConfiguration {
  var hiddenSizes: [Int] { get }
  static var hasCritics: Bool { get }
}

extension LayeredConfiguration {
  static var hasCritics: Bool { true }

  fileprivate func layeredNetworks(_ observation: Double, _ action: Double) throws(SizeError) -> [NetworkDemand] {
    guard hiddenSizes.count <= MemoryDemand.mostLayers else {
      throw SizeError("hidden_sizes has \(hiddenSizes.count) layers, expected at most \(MemoryDemand.mostLayers)")
    }
    let hidden = hiddenSizes.map(Double.init)
    func network(_ input: Double, _ output: Double, copies: Double, passes: Double) -> NetworkDemand {
      let sizes = [input] + hidden + [output]
      return NetworkDemand(
        setting: "hidden_sizes", value: "\(hiddenSizes)", parameters: MemoryDemand.parameters(ofLayers: sizes),
        features: sizes.reduce(0, +), copies: copies, passes: passes)
    }
    let policy = network(observation, action, copies: Self.hasCritics ? 5 : 4, passes: 4)
    // Two of them, and their targets.
    return Self.hasCritics ? [policy, network(observation + action, 1, copies: 10, passes: 12)] : [policy]
  }
}

extension SAC.Configuration: LayeredConfiguration {}
extension TD3.Configuration: LayeredConfiguration {}
extension TD3BC.Configuration: LayeredConfiguration {}
extension IQL.Configuration: LayeredConfiguration {}
extension BC.Configuration: LayeredConfiguration { static var hasCritics: Bool { false } }

extension ChunkPolicyConfiguration {
  fileprivate func chunkNetwork(_ observation: Double, _ action: Double) -> NetworkDemand {
    let (steps, embedding) = (Double(predictionHorizon), Double(embeddingSize))
    let seen = observed.isEmpty ? observation : Double(observed.count)
    let condition = Double(observationHorizon) * seen
    let level = MemoryDemand.parameters(ofLayers: [embedding, 4 * embedding, embedding])
    let chunk = steps * action
    switch backbone {
    case .mlp:
      let (width, blocks, inside) = (Double(width), Double(blocks), Double(expansion) * Double(width))
      let block = 2 * width + MemoryDemand.parameters(ofLayers: [width, inside, width])
      let ends = MemoryDemand.parameters(ofLayers: [chunk + embedding + condition, width, chunk])
      let layers = [
        ("width", self.width, width * width), ("blocks", self.blocks, blocks * 1e3),
        ("expansion", self.expansion, inside), ("embedding_size", embeddingSize, 8 * embedding * embedding),
        ("prediction_horizon", predictionHorizon, chunk * width),
        ("observation_horizon", observationHorizon, condition * width),
      ]
      let largest = layers.max { $0.2 < $1.2 } ?? layers[0]
      return NetworkDemand(
        setting: largest.0, value: "\(largest.1)", parameters: level + ends + blocks * block,
        features: chunk + condition + 6 * embedding + blocks * (3 * width + 2 * inside), copies: 5, passes: 2)
    case .unet:
      var (parameters, features) = (level, 0.0)
      func add(_ inputs: Double, _ outputs: Double, _ length: Double) {
        parameters +=
          5 * (inputs + outputs) * outputs + 2 * (embedding + condition) * outputs
          + (inputs == outputs ? 0 : inputs * outputs)
        // Windows of five steps are laid out for the products.
        features += length * (5 * (inputs + outputs) + 6 * outputs)
      }
      let widths = channels.map(Double.init)
      for (index, width) in widths.enumerated() {
        let length = steps / Double(1 << min(index, 30))
        add(index == 0 ? action : widths[index - 1], width, length)
        add(width, width, length)
        if index > 0 {
          add(2 * width, widths[index - 1], length)
          add(widths[index - 1], widths[index - 1], length)
        }
      }
      let deepest = widths.last ?? 0
      for _ in 0..<2 { add(deepest, deepest, steps / Double(1 << min(widths.count - 1, 30))) }
      let layers = [
        ("channels", "\(channels)", (widths.max() ?? 0) * (widths.max() ?? 0)),
        ("embedding_size", "\(embeddingSize)", embedding * embedding),
        ("prediction_horizon", "\(predictionHorizon)", steps),
        ("observation_horizon", "\(observationHorizon)", condition * deepest),
      ]
      let largest = layers.max { $0.2 < $1.2 } ?? layers[0]
      return NetworkDemand(
        setting: largest.0, value: largest.1, parameters: parameters, features: features, copies: 5, passes: 2)
    }
  }
}
