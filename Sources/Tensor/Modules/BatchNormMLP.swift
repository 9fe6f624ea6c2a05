/// A multilayer perceptron with batch normalisation of its input and of every hidden layer; with `members`, an ensemble
/// of them run as batched products.
public struct BatchNormMLP: UnitWeightNetwork {
  /// Where a hidden layer is normalised.
  public enum Place: Sendable {
    /// activation(norm(x·W)): CrossQ's successor XQC (arXiv 2509.25174); such layers have no bias of their own.
    case beforeActivation
    /// norm(activation(x·W + b)): CrossQ (arXiv 1902.05605).
    case afterActivation
  }

  private let layers: [Linear]
  private let norms: [BatchNorm]
  private let place: Place
  private let activation: Activation

  /// A network with weights drawn from `generator`.
  ///
  /// - Parameters:
  ///   - sizes: the widths from input to output.
  ///   - members: how many independent networks; nil for one, without a leading dimension.
  ///   - place: where hidden layers are normalised.
  ///   - renormalisesAfter: training passes before renormalisation begins; nil for plain batch normalisation.
  ///   - activation: after each layer but the last.
  ///   - initialisation: of every layer's weights.
  ///   - generator: moves on by one draw for each number.
  public init(
    _ sizes: [Int], members: Int? = nil, place: Place, renormalisesAfter warmUp: Int? = nil,
    activation: Activation = .relu, initialisation: Initialisation = .uniformFanIn,
    using generator: inout RandomGenerator
  ) {
    precondition(sizes.count >= 2, "a network needs an input and an output size")
    var layers: [Linear] = []
    for index in 1..<sizes.count {
      let isLast = index == sizes.count - 1
      layers.append(
        Linear(
          sizes[index - 1], sizes[index], members: members,
          activation: isLast || place == .beforeActivation ? .identity : activation,
          hasBias: isLast || place == .afterActivation, initialisation: initialisation, using: &generator))
    }
    self.layers = layers
    // A bias in front of a linear layer that is normalised would change nothing: its gradient is noise, which Adam
    // makes steps of.
    norms = sizes.dropLast().enumerated().map { index, size in
      BatchNorm(
        size, members: members, hasBias: place == .afterActivation || index > 0, renormalisesAfter: warmUp)
    }
    (self.place, self.activation) = (place, activation)
  }

  public var parameters: [(name: String, value: Tensor)] {
    layers.enumerated().flatMap { prefixed("layers.\($0.offset)", $0.element) }
      + norms.enumerated().flatMap { prefixed("norms.\($0.offset)", $0.element) }
  }

  public var savedParameters: [(name: String, value: Tensor)] {
    layers.enumerated().flatMap { prefixed("layers.\($0.offset)", $0.element) }
      + norms.enumerated().flatMap { norm in
        norm.element.savedParameters.map { ("norms.\(norm.offset).\($0.name)", $0.value) }
      }
  }

  public func callAsFunction(_ input: Tensor, _ pass: Pass) -> Tensor {
    var x = norms[0](input, pass)
    for (layer, norm) in zip(layers, norms.dropFirst()) {
      x = norm(layer(x), pass)
      if place == .beforeActivation { x = activation(x) }
    }
    return layers[layers.count - 1](x)
  }

  /// Divides the weights into each output of each layer by their Euclidean norm: with norms behind them only their
  /// directions matter, and a step of an optimiser turns them by the same angle however long training has gone on.
  public func normaliseWeights() {
    for layer in layers { layer.normaliseWeights() }
  }
}

extension Linear {
  /// Divides the weights into each output by their Euclidean norm.
  func normaliseWeights() {
    overwrite(weight, with: weight / weight.squared().sum(axis: -2, keepingDimension: true).sqrt())
  }
}
