/// A network that is kept at constant scale: after each step of an optimiser its weights are given their norms again.
public protocol UnitWeightNetwork: Network {
  /// Gives the weights into every output of every layer Euclidean norm 1, and gains and biases of norms their own.
  func normaliseWeights()
}

/// A residual network of inverted blocks (FlashSAC, arXiv 2604.04539): an embedding W·norm(x), then blocks
/// x + relu(norm(W₂·relu(norm(W₁·x)))), W₁ `expansion` times as wide, then x/√mean(x²)·gain and a linear layer. With
/// `members`, an ensemble of them run as batched products.
public struct ResidualBatchNormMLP: UnitWeightNetwork {
  private let inputNorm: BatchNorm
  private let embedding: Linear
  private let blocks: [Block]
  private let gain: Tensor
  private let output: Linear

  private struct Block: Module {
    let expand, contract: Linear
    let innerNorm, outerNorm: BatchNorm

    private var modules: [(name: String, module: any Module)] {
      [
        ("expand", expand), ("inner_norm", innerNorm), ("contract", contract), ("outer_norm", outerNorm),
      ]
    }
    var parameters: [(name: String, value: Tensor)] { named(modules) { $0.parameters } }
    var savedParameters: [(name: String, value: Tensor)] { named(modules) { $0.savedParameters } }

    func callAsFunction(_ x: Tensor, _ pass: Pass) -> Tensor {
      let inside = innerNorm(expand(x), pass).relu()
      return x + outerNorm(contract(inside), pass).relu()
    }
  }

  /// A network with orthonormal weights drawn from `generator`.
  ///
  /// - Parameters:
  ///   - inputs: numbers in.
  ///   - outputs: numbers out.
  ///   - width: features between blocks.
  ///   - blocks: how many.
  ///   - expansion: how many times as wide a block is inside.
  ///   - members: how many independent networks; nil for one, without a leading dimension.
  ///   - generator: moves on by one draw for each number.
  public init(
    _ inputs: Int, _ outputs: Int, width: Int, blocks: Int, expansion: Int = 4, members: Int? = nil,
    using generator: inout RandomGenerator
  ) {
    func linear(_ inputs: Int, _ outputs: Int, hasBias: Bool = false) -> Linear {
      Linear(
        inputs, outputs, members: members, hasBias: hasBias, initialisation: .orthogonal(gain: 1), using: &generator)
    }
    func norm(_ features: Int) -> BatchNorm { BatchNorm(features, members: members, epsilon: 1e-5) }
    inputNorm = norm(inputs)
    embedding = linear(inputs, width)
    self.blocks = (0..<blocks).map { _ in
      Block(
        expand: linear(width, expansion * width), contract: linear(expansion * width, width),
        innerNorm: norm(expansion * width), outerNorm: norm(width))
    }
    gain = Tensor(repeating: 1, (members.map { [$0, 1] } ?? []) + [width])
    output = linear(width, outputs, hasBias: true)
  }

  private var modules: [(name: String, module: any Module)] {
    [("input_norm", inputNorm), ("embedding", embedding)]
      + blocks.enumerated().map { ("blocks.\($0.offset)", $0.element as any Module) } + [("output", output)]
  }
  public var parameters: [(name: String, value: Tensor)] { named(modules) { $0.parameters } + [("gain", gain)] }
  public var savedParameters: [(name: String, value: Tensor)] {
    named(modules) { $0.savedParameters } + [("gain", gain)]
  }

  public func callAsFunction(_ input: Tensor, _ pass: Pass) -> Tensor {
    let features = blocks.reduce(embedding(inputNorm(input, pass))) { $1($0, pass) }
    let size = (features.squared().mean(axis: -1, keepingDimension: true) + 1e-6).sqrt()
    return output(features / size * gain)
  }

  public func normaliseWeights() {
    for layer in [embedding, output] + blocks.flatMap({ [$0.expand, $0.contract] }) { layer.normaliseWeights() }
    for norm in [inputNorm] + blocks.flatMap({ [$0.innerNorm, $0.outerNorm] }) { norm.normaliseParameters() }
    let scale = (Float(gain.shape[gain.rank - 1]) / gain.squared().sum(axis: -1, keepingDimension: true)).sqrt()
    overwrite(gain, with: gain * scale)
  }
}

/// The tensors of modules under their names.
private func named(
  _ modules: [(name: String, module: any Module)], _ tensors: (any Module) -> [(name: String, value: Tensor)]
) -> [(name: String, value: Tensor)] {
  modules.flatMap { each in tensors(each.module).map { ("\(each.name).\($0.name)", $0.value) } }
}
