import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// What a learner's settings ask for, reckoned before it is made from the groups of settings that everybody uses:
/// networks, minibatches, replay buffers.
public struct LearnerDemand {
  private var networks: [NetworkDemand] = []
  private var batch: (key: String, size: Int)?
  private var buffer: (key: String, capacity: Int)?
  /// Numbers of a transition in a minibatch.
  private let row: Double
  /// Of a step in a replay buffer, which keeps its observation once, pixels as bytes.
  private let storedRow: Double

  /// What these settings ask for in this task.
  public init(_ configuration: some HyperParameters, _ task: TaskShape) {
    row = Double(2 * task.observationSize + task.actionSize + 2)
    let pixels = task.observation.ranges(keptAs: .byte).reduce(0) { $0 + $1.count }
    storedRow = Double(task.observationSize - pixels + task.actionSize + 2) + Double(pixels) / 4
    add(
      configuration, path: "", task, chunk: Self.find(ChunkSettings.self, in: configuration),
      critics: CriticSizes(configuration))
  }

  /// Throws `SizeError` naming the setting where networks, minibatch and replay buffer would not fit into memory, or
  /// where a size is beyond what `MemoryDemand` documents.
  ///
  /// - Parameter transitions: how many a run will store at most; 0 for a run that stores none.
  public func requireMemory(transitions: Int) throws {
    var demand = MemoryDemand()
    for network in networks {
      guard network.parameters <= MemoryDemand.mostParameters else {
        throw SizeError(
          "\(network.setting) is \(network.value), which makes a network of \(text(network.parameters)) "
            + "parameters; at most \(text(MemoryDemand.mostParameters)) are allowed")
      }
      demand.add(network.setting, network.value, numbers: network.parameters * network.copies)
    }
    // What a minibatch holds, and what every layer makes of it, forwards and backwards.
    let activations = networks.reduce(0) { $0 + $1.features * $1.passes }
    if let batch { demand.add(batch.key, batch.size, numbers: Double(batch.size) * (row + activations)) }
    if let buffer, transitions > 0 {
      demand.add(buffer.key, buffer.capacity, numbers: Double(min(buffer.capacity, transitions)) * storedRow)
    }
    try demand.check()
  }

  /// Throws `SizeError` where the policy that the settings claim has more numbers than a file holds: then it is not
  /// this file's.
  public func requireFit(numbersInFile: Int) throws {
    guard let policy = networks.first(where: { $0.isOfPolicy && $0.parameters > Double(numbersInFile) }) else { return }
    throw SizeError(
      "\(policy.setting) is \(policy.value), which makes a policy of \(text(policy.parameters)) numbers, but the "
        + "file holds \(numbersInFile)")
  }

  private mutating func add(
    _ group: some SettingsGroup, path: String, _ task: TaskShape, chunk: ChunkSettings?, critics: CriticSizes
  ) {
    let (observation, action) = (Double(task.observationSize), Double(task.actionSize))
    for child in Mirror(reflecting: group).children {
      let label = child.label ?? ""
      let key = path + snakeCase(label.hasPrefix("_") ? String(label.dropFirst()) : label)
      switch child.value {
      case let network as NetworkSettings: add(network, key + ".", task, critics)
      case let network as ChunkNetworkSettings:
        networks.append(network.demand(chunk ?? ChunkSettings(), observation, action))
      case let replay as ReplayBufferSettings:
        batch = (key + ".batch_size", replay.batchSize)
        buffer = (key + ".buffer_capacity", replay.bufferCapacity)
      case let group as any SettingsGroup: add(group, path: key + ".", task, chunk: chunk, critics: critics)
      case let count as any RangedSetting<Int> where label == "_batchSize": batch = (key, count.wrappedValue)
      default: break
      }
    }
  }

  private mutating func add(_ network: NetworkSettings, _ key: String, _ task: TaskShape, _ critics: CriticSizes) {
    let images = task.observation.parts.filter(\.isImage)
    let vectors = task.observationSize - images.reduce(0) { $0 + $1.count }
    let (input, action) = (Double(vectors) + Double(images.count * network.encoder.features), Double(task.actionSize))
    func demand(
      _ key: String, _ hidden: [Int], _ input: Double, _ output: Double, copies: Double, passes: Double
    ) -> NetworkDemand {
      let inside = hidden.flatMap { width in
        [Double(width)] + (critics.expansion.map { [Double(width) * Double($0)] } ?? [])
      }
      let sizes = [input] + inside + [output]
      return NetworkDemand(
        setting: key, value: "\(hidden)",
        parameters: MemoryDemand.parameters(ofLayers: sizes), features: sizes.reduce(0, +), copies: copies,
        passes: passes)
    }
    networks += images.map { network.encoder.demand($0, key + "encoder.") }
    // An actor, the critics, and their targets.
    var actor = demand(key + "hidden_sizes", network.hiddenSizes, input, action, copies: 5, passes: 4)
    actor.isOfPolicy = true
    networks.append(actor)
    networks.append(
      demand(
        critics.hiddenSizes == nil ? key + "hidden_sizes" : "critic_hidden_sizes",
        critics.hiddenSizes ?? network.hiddenSizes, input + action, critics.outputs, copies: 5 * critics.count,
        passes: 6 * critics.count * critics.rows))
    if let widths = critics.proposalHiddenSizes {
      // To and from a latent of twice as many numbers as an action.
      networks += [demand("proposal_hidden_sizes", widths, input + 2 * action, 4 * action, copies: 8, passes: 6)]
    }
  }

  /// How many critics a learner has, where it says so, and of what sizes.
  private struct CriticSizes {
    var count = 2.0
    var outputs = 1.0
    /// How many actions they judge for each transition.
    var rows = 1.0
    var hiddenSizes: [Int]?
    /// Of an autoencoder of actions.
    var proposalHiddenSizes: [Int]?
    /// How many times as wide blocks of layers are inside.
    var expansion: Int?

    init(_ configuration: some HyperParameters) {
      for child in Mirror(reflecting: configuration).children {
        if let widths = child.value as? Widths {
          if child.label == "_criticHiddenSizes" { hiddenSizes = widths.wrappedValue }
          if child.label == "_proposalHiddenSizes" { proposalHiddenSizes = widths.wrappedValue }
        }
        guard let value = (child.value as? any RangedSetting<Int>)?.wrappedValue else { continue }
        switch child.label {
        case "_criticCount": count = Double(value)
        case "_quantileCount", "_atomCount": outputs = Double(value)
        case "_sampledActions": rows = 1 + 3 * Double(value)
        case "_expansion": expansion = value
        default: break
        }
      }
    }
  }

  private static func find<Group>(_: Group.Type, in group: Any) -> Group? {
    for child in Mirror(reflecting: group).children {
      if let found = child.value as? Group { return found }
      if child.value is any SettingsGroup, let found = find(Group.self, in: child.value) { return found }
    }
    return nil
  }
}

/// A count as people read it.
private func text(_ value: Double) -> String { value < 1e15 ? "\(Int(value))" : "\(value)" }

/// One kind of network of a learner, and how often the learner has it.
private struct NetworkDemand {
  var setting: String
  var value: String
  var parameters: Double
  /// Sum of the widths of its layers.
  var features: Double
  /// The network, its averages, its gradients and the optimiser's two moments.
  var copies: Double
  /// How often an update runs it, forwards and backwards.
  var passes: Double
  /// Whether a file that holds a policy alone has it.
  var isOfPolicy = false
}

extension EncoderSettings {
  /// What the encoder of a picture asks for.
  fileprivate func demand(_ picture: Column, _ key: String) -> NetworkDemand {
    var (height, width, channels) = (picture.shape[0], picture.shape[1], Double(picture.shape[2]))
    var (convolutions, outputs) = (0.0, 0.0)
    for layer in layers {
      (height, width) = (layer.length(height), layer.length(width))
      convolutions += (Double(layer.kernel) * Double(layer.kernel) * channels + 1) * Double(layer.channels)
      channels = Double(layer.channels)
      outputs += Double(height) * Double(width) * channels
    }
    let linear = Double(height) * Double(width) * channels * Double(features)
    let largest = convolutions > linear ? ("channels", "\(self.channels)") : ("features", "\(features)")
    // The critics' and its target's.
    return NetworkDemand(
      setting: key + largest.0, value: largest.1, parameters: convolutions + linear + 3 * Double(features),
      features: Double(picture.count) + outputs + 3 * Double(features), copies: 5, passes: 5, isOfPolicy: true)
  }
}

extension ChunkNetworkSettings {
  /// What the network of a chunk policy asks for.
  fileprivate func demand(_ chunk: ChunkSettings, _ observation: Double, _ action: Double) -> NetworkDemand {
    let (predictionHorizon, observationHorizon) = (chunk.predictionHorizon, chunk.observationHorizon)
    let (steps, embedding) = (Double(predictionHorizon), Double(embeddingSize))
    let seen = chunk.observed.isEmpty ? observation : Double(chunk.observed.count)
    let condition = Double(observationHorizon) * seen
    let level = MemoryDemand.parameters(ofLayers: [embedding, 4 * embedding, embedding])
    let numbers = steps * action
    switch backbone {
    case .mlp:
      let (width, blocks, inside) = (Double(width), Double(blocks), Double(expansion) * Double(width))
      let block = 2 * width + MemoryDemand.parameters(ofLayers: [width, inside, width])
      let ends = MemoryDemand.parameters(ofLayers: [numbers + embedding + condition, width, numbers])
      let layers = [
        ("network.width", self.width, width * width), ("network.blocks", self.blocks, blocks * 1e3),
        ("network.expansion", self.expansion, inside),
        ("network.embedding_size", embeddingSize, 8 * embedding * embedding),
        ("chunk.prediction_horizon", predictionHorizon, numbers * width),
        ("chunk.observation_horizon", observationHorizon, condition * width),
      ]
      let largest = layers.max { $0.2 < $1.2 } ?? layers[0]
      return NetworkDemand(
        setting: largest.0, value: "\(largest.1)", parameters: level + ends + blocks * block,
        features: numbers + condition + 6 * embedding + blocks * (3 * width + 2 * inside), copies: 5, passes: 2,
        isOfPolicy: true)
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
        ("network.channels", "\(channels)", (widths.max() ?? 0) * (widths.max() ?? 0)),
        ("network.embedding_size", "\(embeddingSize)", embedding * embedding),
        ("chunk.prediction_horizon", "\(predictionHorizon)", steps),
        ("chunk.observation_horizon", "\(observationHorizon)", condition * deepest),
      ]
      let largest = layers.max { $0.2 < $1.2 } ?? layers[0]
      return NetworkDemand(
        setting: largest.0, value: largest.1, parameters: parameters, features: features, copies: 5, passes: 2,
        isOfPolicy: true)
    }
  }
}
