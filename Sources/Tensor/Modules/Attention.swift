/// Multi-head attention (Vaswani et al., arXiv 1706.03762): softmax(QKᵀ/√d)·V in each of `heads` subspaces.
public struct MultiHeadAttention: Module {
  private let query, key, value, output: Linear
  private let heads: Int

  /// Attention over sequences of `features` numbers a step, which `heads` divides.
  public init(features: Int, heads: Int, using generator: inout RandomGenerator) {
    precondition(features % heads == 0, "\(heads) heads do not divide \(features) features")
    self.heads = heads
    query = Linear(features, features, initialisation: .xavierUniform, using: &generator)
    key = Linear(features, features, initialisation: .xavierUniform, using: &generator)
    value = Linear(features, features, initialisation: .xavierUniform, using: &generator)
    output = Linear(features, features, initialisation: .xavierUniform, using: &generator)
  }

  public var parameters: [(name: String, value: Tensor)] {
    prefixed("query", query) + prefixed("key", key) + prefixed("value", value) + prefixed("output", output)
  }

  /// - Parameters:
  ///   - input: [batch, steps, features], from which queries are made.
  ///   - context: [batch, other steps, features], from which keys and values are made; nil for the input itself.
  ///   - isCausal: whether a step sees itself and earlier ones only.
  /// - Returns: [batch, steps, features].
  public func callAsFunction(_ input: Tensor, context: Tensor? = nil, isCausal: Bool = false) -> Tensor {
    let context = context ?? input
    let (batch, steps, features) = (input.shape[0], input.shape[1], input.shape[2])
    let size = features / heads
    func perHead(_ x: Tensor) -> Tensor {
      x.reshaped([batch, -1, heads, size]).transposed([0, 2, 1, 3]).reshaped([batch * heads, -1, size])
    }
    var scores = matmul(perHead(query(input)), perHead(key(context)), transposeRight: true) / Float(size).squareRoot()
    if isCausal { scores = scores + Self.causalMask(steps, context.shape[1]) }
    let mixed = matmul(scores.softmax(), perHead(value(context)))
    return output(mixed.reshaped([batch, heads, steps, size]).transposed([0, 2, 1, 3]).reshaped(input.shape))
  }

  private static func causalMask(_ steps: Int, _ others: Int) -> Tensor {
    // Large enough to vanish in the softmax, small enough to stay finite.
    Tensor((0..<(steps * others)).map { $0 % others > $0 / others ? -1e9 : 0 }, shape: [steps, others])
  }
}
