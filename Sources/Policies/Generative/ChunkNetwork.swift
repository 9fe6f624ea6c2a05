import SinewSettings
import SinewTensor

/// A network that is given a noisy chunk, its noise level and what was observed, and says something about the chunk.
public protocol ChunkNetwork: Module {
  /// - Parameters:
  ///   - noisy: [rows, prediction horizon · actions].
  ///   - position: how noisy it is, on a scale of 0 to ``ChunkNetworkSettings/positions``: embedded, [rows or 1,
  ///     embedding].
  ///   - condition: normalised observations, [rows, condition].
  /// - Returns: of the noisy chunk's shape.
  func callAsFunction(_ noisy: Tensor, position: Tensor, condition: Tensor) -> Tensor
}

/// Which network a chunk policy has, and its sizes.
public struct ChunkNetworkSettings: SettingsGroup, Equatable {
  /// Kinds of networks.
  public enum Backbone: String, Codable, Sendable, CaseIterable {
    /// Residual layers over the chunk as one vector.
    case mlp
    /// 1-D temporal U-Net over the chunk's steps.
    case unet
  }

  /// "mlp" or "unet".
  public var backbone = Backbone.mlp
  /// Features of the residual network, its blocks, and how much wider they are inside.
  @Count public var width = 256
  @Count public var blocks = 3
  @Count public var expansion = 1
  /// Channels of the U-Net at each resolution, finest first; each level but the last halves the sequence.
  @Widths public var channels = [32, 64]
  /// Numbers that the noise level is embedded in; even, 4 or more.
  @Count public var embeddingSize = 32

  public init() {}

  /// A network of these sizes.
  public init(
    backbone: Backbone = .mlp, width: Int = 256, blocks: Int = 3, expansion: Int = 1, channels: [Int] = [32, 64],
    embeddingSize: Int = 32
  ) {
    (self.backbone, self.width, self.blocks, self.expansion) = (backbone, width, blocks, expansion)
    (self.channels, self.embeddingSize) = (channels, embeddingSize)
  }

  public func validate() throws {
    try require(
      embeddingSize >= 4 && embeddingSize.isMultiple(of: 2), "embedding_size", embeddingSize,
      expected: "an even number from 4")
    try require(blocks <= MemoryDemand.mostLayers, "blocks", blocks, expected: "at most \(MemoryDemand.mostLayers)")
    try require(channels.count <= 16, "channels", channels, expected: "at most 16 levels")
  }

  /// The scale of noise positions, on which embeddings tell levels apart: a diffusion policy's 100 training steps.
  public static let positions = 100.0

  /// The sinusoidal embedding of noise positions.
  var embedding: SinusoidalEmbedding { SinusoidalEmbedding(size: embeddingSize) }

  /// A network with fresh weights.
  func makeNetwork(
    steps: Int, actionSize: Int, condition: Int, generator: RandomGenerator
  ) -> any ChunkNetwork {
    switch backbone {
    case .mlp:
      ResidualChunkNetwork(self, chunk: steps * actionSize, condition: condition, generator: generator)
    case .unet:
      TemporalUNet(self, steps: steps, actionSize: actionSize, condition: condition, generator: generator)
    }
  }
}

/// What is learned of the embedded noise level before a network uses it: Linear, Mish, Linear.
struct LevelEncoder: Module {
  private let layers: MLP

  init(_ size: Int, using generator: inout RandomGenerator) {
    layers = MLP([size, 4 * size, size], activation: .mish, using: &generator)
  }

  var parameters: [(name: String, value: Tensor)] { layers.parameters }

  /// [rows or 1, size] → [rows, size].
  func callAsFunction(_ position: Tensor, rows: Int) -> Tensor {
    let encoded = layers(position)
    return encoded.broadcast(to: [rows, encoded.shape[1]])
  }
}

/// The chunk, its level and the observations as one vector through residual layers (IDQL's network, arXiv 2304.10573).
public struct ResidualChunkNetwork: ChunkNetwork {
  private let level: LevelEncoder
  private let layers: ResidualMLP

  init(_ settings: ChunkNetworkSettings, chunk: Int, condition: Int, generator: RandomGenerator) {
    var weights = generator
    level = LevelEncoder(settings.embeddingSize, using: &weights)
    layers = ResidualMLP(
      chunk + settings.embeddingSize + condition, chunk, width: settings.width, blocks: settings.blocks,
      expansion: settings.expansion, using: &weights)
  }

  public var parameters: [(name: String, value: Tensor)] { prefixed("level", level) + prefixed("layers", layers) }

  public func callAsFunction(_ noisy: Tensor, position: Tensor, condition: Tensor) -> Tensor {
    layers(concatenated([noisy, level(position, rows: noisy.shape[0]), condition], axis: -1))
  }
}
