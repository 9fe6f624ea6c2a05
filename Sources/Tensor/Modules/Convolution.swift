/// A convolution over sequences [batch, length, channels], zeros beyond the ends.
///
/// `weight`: [kernel·inputs, outputs], the kernel's steps outermost. PyTorch's Conv1d stores [outputs, inputs, kernel].
public struct Convolution1D: Module {
  private let weight: Tensor
  private let bias: Tensor
  private let kernel, stride, padding: Int
  private let activation: Activation

  /// A convolution with weights and biases uniform in ±1/√(kernel·inputs), as PyTorch's.
  ///
  /// - Parameters:
  ///   - inputs: channels in.
  ///   - outputs: channels out.
  ///   - kernel: steps that a window spans.
  ///   - stride: steps between windows.
  ///   - padding: zeros at each end; nil means (kernel − 1)/2, which keeps the length when the stride is 1.
  ///   - activation: applied in the same pass.
  ///   - generator: draws the weights.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int? = nil,
    activation: Activation = .identity,
    using generator: inout RandomGenerator
  ) {
    let layer = Linear(kernel * inputs, outputs, using: &generator)
    weight = layer.weight
    bias = layer.bias ?? .zeros([outputs])
    (self.kernel, self.stride, self.padding) = (kernel, stride, padding ?? (kernel - 1) / 2)
    self.activation = activation
  }

  public var parameters: [(name: String, value: Tensor)] { [("weight", weight), ("bias", bias)] }

  /// [batch, length, inputs] → [batch, (length + 2·padding − kernel)/stride + 1, outputs].
  public func callAsFunction(_ input: Tensor) -> Tensor {
    linear(
      input.windows(kernel: kernel, stride: stride, padding: padding), weight, bias: bias, activation: activation)
  }
}

/// The transposed convolution, which lengthens a sequence: (length − 1)·stride + kernel − 2·padding.
public struct TransposedConvolution1D: Module {
  private let weight: Tensor
  private let bias: Tensor
  private let outputs, kernel, stride, padding: Int

  /// A transposed convolution; weights uniform in ±1/√(kernel·outputs).
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int, padding: Int, using generator: inout RandomGenerator
  ) {
    let bound = 1 / Double(kernel * outputs).squareRoot()
    weight = Tensor(
      (0..<(inputs * kernel * outputs)).map { _ in Float(generator.uniform(-bound...bound)) },
      shape: [inputs, kernel * outputs])
    bias = Tensor((0..<outputs).map { _ in Float(generator.uniform(-bound...bound)) })
    (self.outputs, self.kernel, self.stride, self.padding) = (outputs, kernel, stride, padding)
  }

  public var parameters: [(name: String, value: Tensor)] { [("weight", weight), ("bias", bias)] }

  /// [batch, length, inputs] → [batch, longer, outputs].
  public func callAsFunction(_ input: Tensor) -> Tensor {
    let (batch, length) = (input.shape[0], input.shape[1])
    let longer = (length - 1) * stride + kernel - 2 * padding
    let columns = matmul(input, weight)
    return columns.summedWindows(
      to: [batch, longer, outputs], [batch, longer, outputs, kernel, stride, padding, length]) + bias
  }
}
