/// A convolution over images [batch, height, width, channels], zeros beyond them; with an activation in the same pass.
///
/// - `weight`: [kernel, kernel, inputs, outputs]. PyTorch's Conv2d stores [outputs, inputs, kernel, kernel].
/// - `bias`: [outputs].
public struct Convolution2D: Module {
  /// The kernel's rows and columns, then channels in and out.
  public let weight: Tensor
  /// One for each output; nil for a layer without.
  public let bias: Tensor?
  /// Pixels between windows.
  public let stride: Int
  /// Zeros on each side.
  public let padding: Int
  /// What is applied to the sums.
  public let activation: Activation

  /// A layer with weights drawn from `generator`, and biases uniform in ±1/√(kernel²·inputs) for the default
  /// initialisation (as PyTorch), zero for the others.
  ///
  /// - Parameters:
  ///   - inputs: channels in.
  ///   - outputs: channels out.
  ///   - kernel: rows, and columns, of pixels that a window spans.
  ///   - stride: pixels between windows.
  ///   - padding: zeros on each side.
  ///   - activation: applied in the same pass.
  ///   - hasBias: whether each output has an offset.
  ///   - initialisation: of the weights, as a matrix of kernel²·inputs rows.
  ///   - generator: moves on by one draw for each number.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, activation: Activation = .identity,
    hasBias: Bool = true, initialisation: Initialisation = .uniformFanIn, using generator: inout RandomGenerator
  ) {
    precondition(kernel > 0 && stride > 0 && padding >= 0, "kernel \(kernel), stride \(stride), padding \(padding)")
    let layer = Linear(
      kernel * kernel * inputs, outputs, hasBias: hasBias, initialisation: initialisation, using: &generator)
    // Memory of its own, which optimisers may move.
    weight = Tensor(layer.weight.floats, shape: [kernel, kernel, inputs, outputs])
    bias = layer.bias
    (self.stride, self.padding, self.activation) = (stride, padding, activation)
  }

  public var parameters: [(name: String, value: Tensor)] {
    [("weight", weight)] + (bias.map { [("bias", $0)] } ?? [])
  }

  /// [batch, height, width, inputs] → [batch, height', width', outputs]; see ``length(_:kernel:stride:padding:)``.
  public func callAsFunction(_ images: Tensor) -> Tensor {
    convolution2D(images, weight, bias: bias, stride: stride, padding: padding, activation: activation)
  }

  /// How many windows fit into a length: (length + 2·padding − kernel)/stride + 1; 0 if none does.
  public static func length(_ length: Int, kernel: Int, stride: Int, padding: Int) -> Int {
    guard kernel > 0, stride > 0, padding >= 0, length + 2 * padding >= kernel else { return 0 }
    return (length + 2 * padding - kernel) / stride + 1
  }
}
