/// A residual network whose features and weights have norm 1 (SimbaV2, arXiv 2502.15280).
///
/// The input with a constant behind it is given norm 1, embedded and normalised again; each block turns its features x
/// towards y = ‖W₂·relu(W₁·x·scale)‖ by a learned share of each: x ← ‖x + share·(y − x)‖, where ‖·‖ divides by the
/// Euclidean norm and W₁ is `expansion` times as wide. Every head is W₄·(W₃·x·scale) + b. With `members`, an ensemble
/// of them run as batched products.
public struct HypersphericalMLP: UnitWeightNetwork {
  private let embedding: Linear
  private let embeddingScale: Tensor
  private let blocks: [Block]
  private let heads: [Head]
  /// Behind every input, so that its length is not lost.
  private static let constant: Float = 3

  private struct Block {
    let expand, contract: Linear
    /// The share begins at 1/(blocks + 1); it is stored as a number that begins at 1/√width.
    let scale, share: Tensor
    let shareFactor: Float

    func callAsFunction(_ x: Tensor) -> Tensor {
      // Never all zero, which has no direction.
      let y = unit(contract((expand(x) * scale).relu() + 1e-8))
      return unit(x + share * shareFactor * (y - x))
    }
  }

  private struct Head {
    let inner, outer: Linear
    let scale: Tensor
    func callAsFunction(_ x: Tensor) -> Tensor { outer(inner(x) * scale) }
  }

  /// A network with orthonormal weights drawn from `generator`.
  ///
  /// - Parameters:
  ///   - inputs: numbers in.
  ///   - outputs: numbers that each head gives; they come one behind the other.
  ///   - width: features between blocks.
  ///   - blocks: how many.
  ///   - expansion: how many times as wide a block is inside.
  ///   - members: how many independent networks; nil for one, without a leading dimension.
  ///   - generator: moves on by one draw for each number.
  public init(
    _ inputs: Int, _ outputs: [Int], width: Int, blocks: Int, expansion: Int = 4, members: Int? = nil,
    using generator: inout RandomGenerator
  ) {
    func linear(_ inputs: Int, _ outputs: Int, hasBias: Bool = false) -> Linear {
      Linear(
        inputs, outputs, members: members, hasBias: hasBias, initialisation: .orthogonal(gain: 1), using: &generator)
    }
    func vector(_ value: Float, _ features: Int) -> Tensor {
      Tensor(repeating: value, (members.map { [$0, 1] } ?? []) + [features])
    }
    let scale = (2 / Float(width)).squareRoot()
    embedding = linear(inputs + 1, width)
    embeddingScale = vector(scale, width)
    self.blocks = (0..<blocks).map { _ in
      Block(
        expand: linear(width, expansion * width), contract: linear(expansion * width, width),
        scale: vector(scale / Float(expansion).squareRoot(), expansion * width),
        share: vector(1 / Float(width).squareRoot(), width),
        shareFactor: Float(width).squareRoot() / Float(blocks + 1))
    }
    heads = outputs.map {
      Head(inner: linear(width, width), outer: linear(width, $0, hasBias: true), scale: vector(1, width))
    }
  }

  public var parameters: [(name: String, value: Tensor)] {
    var result = prefixed("embedding", embedding) + [("embedding.scale", embeddingScale)]
    for (index, block) in blocks.enumerated() {
      result += prefixed("blocks.\(index).expand", block.expand) + prefixed("blocks.\(index).contract", block.contract)
      result += [("blocks.\(index).scale", block.scale), ("blocks.\(index).share", block.share)]
    }
    for (index, head) in heads.enumerated() {
      result += prefixed("heads.\(index).inner", head.inner) + prefixed("heads.\(index).outer", head.outer)
      result += [("heads.\(index).scale", head.scale)]
    }
    return result
  }

  public func callAsFunction(_ input: Tensor, _ pass: Pass) -> Tensor {
    let constant = Tensor(repeating: Self.constant, Array(input.shape.dropLast()) + [1])
    let embedded = unit(embedding(unit(concatenated([input, constant], axis: -1))) * embeddingScale)
    let features = blocks.reduce(embedded) { $1($0) }
    return concatenated(heads.map { $0(features) }, axis: -1)
  }

  public func normaliseWeights() {
    for layer in [embedding] + blocks.flatMap({ [$0.expand, $0.contract] }) + heads.flatMap({ [$0.inner, $0.outer] }) {
      layer.normaliseWeights()
    }
  }
}

/// x divided by its Euclidean norm along the last axis.
private func unit(_ x: Tensor) -> Tensor { x / x.squared().sum(axis: -1, keepingDimension: true).sqrt() }
