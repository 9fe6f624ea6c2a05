/// activation(x·W + b); with `members`, an ensemble of such layers run as one batched product.
///
/// - `weight`: [inputs, outputs], or [members, inputs, outputs]. PyTorch stores the transpose.
/// - `bias`: [outputs], or [members, outputs].
public struct Linear: Module {
  /// The matrix.
  public let weight: Tensor
  /// The offset; nil for a layer without.
  public let bias: Tensor?
  /// What is applied to the sum, in the same pass.
  public let activation: Activation

  /// A layer with weights drawn from `generator`, and biases uniform in ±1/√inputs for the default initialisation (as
  /// PyTorch), zero for the others.
  public init(
    _ inputs: Int, _ outputs: Int, members: Int? = nil, activation: Activation = .identity, hasBias: Bool = true,
    initialisation: Initialisation = .uniformFanIn, using generator: inout RandomGenerator
  ) {
    var weights: [Float] = []
    var biases: [Float] = []
    for _ in 0..<(members ?? 1) {
      weights += initialisation.weights(inputs: inputs, outputs: outputs, using: &generator)
      let bound = initialisation == .uniformFanIn ? 1 / Double(max(inputs, 1)).squareRoot() : 0
      biases += (0..<outputs).map { _ in bound == 0 ? 0 : Float(generator.uniform(-bound...bound)) }
    }
    let leading = members.map { [$0] } ?? []
    weight = Tensor(weights, shape: leading + [inputs, outputs])
    bias = hasBias ? Tensor(biases, shape: leading + [outputs]) : nil
    self.activation = activation
  }

  public var parameters: [(name: String, value: Tensor)] {
    [("weight", weight)] + (bias.map { [("bias", $0)] } ?? [])
  }

  /// The layer's output: [rows, outputs] or [members, rows, outputs].
  ///
  /// - Parameter input: [rows, inputs] or [members, rows, inputs]; an input without members is given to every member.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    linear(input, weight, bias: bias, activation: activation)
  }
}
