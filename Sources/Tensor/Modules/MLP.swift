/// A multilayer perceptron: linear layers with an activation after each but the last; with `members`, an ensemble of
/// them run as batched products. Hidden layers may be regularised: linear, dropout, layer norm, activation.
public struct MLP: Network {
  /// The layers, first to last.
  public let layers: [Linear]
  /// One for each hidden layer, or none.
  private let norms: [LayerNorm]
  /// The probability that a hidden feature is dropped in a training pass.
  private let dropout: Float
  /// What regularised layers leave to be applied after them.
  private let laterActivation: Activation

  /// A network with weights drawn from `generator`.
  ///
  /// - Parameters:
  ///   - sizes: the widths from input to output, for example [11, 256, 256, 3].
  ///   - members: how many independent networks; nil for one, without a leading dimension.
  ///   - activation: after each layer but the last.
  ///   - dropout: the probability, less than 1, that a hidden feature is dropped in a training pass.
  ///   - layerNorm: whether hidden layers are normalised.
  ///   - initialisation: of every layer's weights.
  ///   - outputInitialisation: of the last layer's, where they begin otherwise.
  ///   - generator: moves on by one draw for each number.
  public init(
    _ sizes: [Int], members: Int? = nil, activation: Activation = .relu, dropout: Float = 0, layerNorm: Bool = false,
    initialisation: Initialisation = .uniformFanIn, outputInitialisation: Initialisation? = nil,
    using generator: inout RandomGenerator
  ) {
    precondition(sizes.count >= 2, "an MLP needs an input and an output size")
    let isRegularised = dropout > 0 || layerNorm
    var layers: [Linear] = []
    for index in 1..<sizes.count {
      let isLast = index == sizes.count - 1
      layers.append(
        Linear(
          sizes[index - 1], sizes[index], members: members,
          activation: isRegularised || isLast ? .identity : activation,
          initialisation: isLast ? outputInitialisation ?? initialisation : initialisation, using: &generator))
    }
    self.layers = layers
    norms = layerNorm ? sizes.dropFirst().dropLast().map { LayerNorm($0, members: members) } : []
    self.dropout = dropout
    laterActivation = isRegularised ? activation : .identity
  }

  public var parameters: [(name: String, value: Tensor)] {
    layers.enumerated().flatMap { prefixed("layers.\($0.offset)", $0.element) }
      + norms.enumerated().flatMap { prefixed("norms.\($0.offset)", $0.element) }
  }

  /// The network's output: [rows, outputs], or [members, rows, outputs].
  public func callAsFunction(_ input: Tensor) -> Tensor { self(input, .evaluation) }

  public func callAsFunction(_ input: Tensor, _ pass: Pass) -> Tensor {
    var x = input
    for (index, layer) in layers.enumerated() {
      x = layer(x)
      guard index < layers.count - 1 else { break }
      if dropout > 0, case .training(let noise) = pass {
        x = x * noise.uniform(x.shape).greaterOrEqual(to: Tensor(dropout)) / (1 - dropout)
      }
      if !norms.isEmpty { x = norms[index](x) }
      x = laterActivation(x)
    }
    return x
  }

  /// The output of a network with one output and ReLU, and its gradient by the input, which is of the input's width and
  /// is made of the weights by plain products: losses can have it in them. ReLU has no curvature, so nothing is lost.
  ///
  /// - Parameter input: [rows, inputs] or [members, rows, inputs].
  public func withInputGradient(_ input: Tensor) -> (output: Tensor, gradient: Tensor) {
    precondition(
      norms.isEmpty && dropout == 0 && layers.dropLast().allSatisfy { $0.activation == .relu },
      "the gradient by the input is that of plain layers with ReLU")
    var hidden = [input]
    for layer in layers { hidden.append(layer(hidden[hidden.count - 1])) }
    var gradient = layers[layers.count - 1].weight.transposed()
    for (layer, output) in zip(layers, hidden.dropFirst()).dropLast().reversed() {
      gradient = matmul(gradient * output.detached().greater(than: Tensor(0)), layer.weight, transposeRight: true)
    }
    return (hidden[hidden.count - 1], gradient)
  }
}
