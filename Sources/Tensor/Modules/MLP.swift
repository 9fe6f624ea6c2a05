/// A multilayer perceptron: linear layers with an activation after each but the last; with `members`, an ensemble of them run
/// as batched products.
public struct MLP: Module {
  /// The layers, first to last.
  public let layers: [Linear]

  /// A network with weights drawn from `generator`.
  ///
  /// - Parameters:
  ///   - sizes: the widths from input to output, for example [11, 256, 256, 3].
  ///   - members: how many independent networks; nil for one, without a leading dimension.
  ///   - activation: after each layer but the last.
  ///   - initialisation: of every layer's weights.
  ///   - generator: moves on by one draw for each number.
  public init(
    _ sizes: [Int], members: Int? = nil, activation: Activation = .relu, initialisation: Initialisation = .uniformFanIn,
    using generator: inout RandomGenerator
  ) {
    precondition(sizes.count >= 2, "an MLP needs an input and an output size")
    var layers: [Linear] = []
    for index in 1..<sizes.count {
      layers.append(
        Linear(
          sizes[index - 1], sizes[index], members: members,
          activation: index == sizes.count - 1 ? .identity : activation,
          initialisation: initialisation, using: &generator))
    }
    self.layers = layers
  }

  public var parameters: [(name: String, value: Tensor)] {
    layers.enumerated().flatMap { prefixed("layers.\($0.offset)", $0.element) }
  }

  /// The network's output: [rows, outputs], or [members, rows, outputs].
  public func callAsFunction(_ input: Tensor) -> Tensor {
    layers.reduce(input) { $1($0) }
  }
}
