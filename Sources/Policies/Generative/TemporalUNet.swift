import SinewTensor

/// The 1-D temporal U-Net of Diffusion Policy (arXiv 2303.04137) over a chunk's steps: two blocks at each resolution,
/// downwards and upwards, joined by skip connections; level and observations modulate the features of every block
/// (FiLM).
public struct TemporalUNet: ChunkNetwork {
  private let steps, actionSize: Int
  private let level: LevelEncoder
  private let down: [Stage]
  private let middle: [TemporalBlock]
  private let up: [Stage]
  private let last: Convolution1D
  private let lastNorm: GroupNorm
  private let output: Convolution1D

  /// Two blocks at one resolution, and the way to the next.
  private struct Stage: Module {
    let first, second: TemporalBlock
    var shorten: Convolution1D?
    var lengthen: TransposedConvolution1D?

    var parameters: [(name: String, value: Tensor)] {
      prefixed("first", first) + prefixed("second", second) + (shorten.map { prefixed("shorten", $0) } ?? [])
        + (lengthen.map { prefixed("lengthen", $0) } ?? [])
    }

    func callAsFunction(_ input: Tensor, _ condition: Tensor) -> Tensor { second(first(input, condition), condition) }
  }

  /// What the steps of a chunk must be a multiple of: each level but the last halves them.
  public static func stepMultiple(levels: Int) -> Int { 1 << (levels - 1) }

  init(
    _ settings: ChunkNetworkSettings, steps: Int, actionSize: Int, condition: Int, generator: RandomGenerator
  ) {
    let channels = settings.channels
    precondition(
      steps.isMultiple(of: Self.stepMultiple(levels: channels.count)),
      "a U-Net of \(channels.count) levels does not fit \(steps) steps")
    (self.steps, self.actionSize) = (steps, actionSize)
    var weights = generator
    let size = settings.embeddingSize + condition
    func block(_ inputs: Int, _ outputs: Int, _ length: Int) -> TemporalBlock {
      // Eight groups, as in the paper, where there are channels enough.
      TemporalBlock(
        inputs, outputs, length: length, condition: size, groups: outputs % 8 == 0 ? 8 : 1, using: &weights)
    }
    level = LevelEncoder(settings.embeddingSize, using: &weights)
    var down: [Stage] = []
    for (index, width) in channels.enumerated() {
      let length = steps >> index
      var stage = Stage(
        first: block(index == 0 ? actionSize : channels[index - 1], width, length), second: block(width, width, length))
      if index < channels.count - 1 {
        stage.shorten = Convolution1D(width, width, kernel: 3, stride: 2, padding: 1, using: &weights)
      }
      down.append(stage)
    }
    let (deepest, shortest) = (channels[channels.count - 1], steps >> (channels.count - 1))
    middle = [block(deepest, deepest, shortest), block(deepest, deepest, shortest)]
    var up: [Stage] = []
    for index in (1..<max(channels.count, 1)).reversed() {
      let (length, width) = (steps >> index, channels[index - 1])
      var stage = Stage(first: block(2 * channels[index], width, length), second: block(width, width, length))
      stage.lengthen = TransposedConvolution1D(width, width, kernel: 4, stride: 2, padding: 1, using: &weights)
      up.append(stage)
    }
    (self.down, self.up) = (down, up)
    last = Convolution1D(channels[0], channels[0], kernel: 5, using: &weights)
    lastNorm = GroupNorm(groups: channels[0] % 8 == 0 ? 8 : 1, features: channels[0], length: steps)
    output = Convolution1D(channels[0], actionSize, kernel: 1, using: &weights)
  }

  public var parameters: [(name: String, value: Tensor)] {
    func all(_ name: String, _ modules: [some Module]) -> [(name: String, value: Tensor)] {
      modules.enumerated().flatMap { prefixed("\(name).\($0.offset)", $0.element) }
    }
    return prefixed("level", level) + all("down", down) + all("middle", middle) + all("up", up)
      + prefixed("last", last) + prefixed("last_norm", lastNorm) + prefixed("output", output)
  }

  public func callAsFunction(_ noisy: Tensor, position: Tensor, condition: Tensor) -> Tensor {
    let rows = noisy.shape[0]
    let condition = concatenated([level(position, rows: rows), condition], axis: -1)
    var x = noisy.reshaped([rows, steps, actionSize])
    var skips: [Tensor] = []
    for stage in down {
      x = stage(x, condition)
      skips.append(x)
      x = stage.shorten?(x) ?? x
    }
    for block in middle { x = block(x, condition) }
    for stage in up {
      x = stage(concatenated([x, skips.removeLast()], axis: -1), condition)
      x = stage.lengthen?(x) ?? x
    }
    return output(lastNorm(last(x)).mish()).reshaped(noisy.shape)
  }
}
