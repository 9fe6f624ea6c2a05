/// A residual network with layer norm, as IDQL's and later diffusion actors use (arXiv 2304.10573):
/// x ← x + W₂·activation(W₁·layerNorm(x)), W₁ `expansion` times as wide, between an input and an output layer.
public struct ResidualMLP: Module {
  private let input: Linear
  private let blocks: [Block]
  private let output: Linear
  private let activation: Activation

  private struct Block: Module {
    let norm: LayerNorm
    let expand: Linear
    let contract: Linear

    var parameters: [(name: String, value: Tensor)] {
      prefixed("norm", norm) + prefixed("expand", expand) + prefixed("contract", contract)
    }

    func callAsFunction(_ x: Tensor) -> Tensor { x + contract(expand(norm(x))) }
  }

  /// A network from `inputs` to `outputs` numbers through `blocks` residual blocks of `width` features.
  public init(
    _ inputs: Int, _ outputs: Int, width: Int = 256, blocks: Int = 3, expansion: Int = 4,
    activation: Activation = .mish, using generator: inout RandomGenerator
  ) {
    input = Linear(inputs, width, using: &generator)
    var made: [Block] = []
    for _ in 0..<blocks {
      made.append(
        Block(
          norm: LayerNorm(width), expand: Linear(width, expansion * width, activation: activation, using: &generator),
          contract: Linear(expansion * width, width, using: &generator)))
    }
    self.blocks = made
    output = Linear(width, outputs, using: &generator)
    self.activation = activation
  }

  public var parameters: [(name: String, value: Tensor)] {
    prefixed("input", input) + blocks.enumerated().flatMap { prefixed("blocks.\($0.offset)", $0.element) }
      + prefixed("output", output)
  }

  /// [rows, inputs] → [rows, outputs].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    output(activation(blocks.reduce(input(x)) { $1($0) }))
  }
}
