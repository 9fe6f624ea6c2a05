/// A block of the 1-D temporal U-Net of diffusion policies (arXiv 2303.04137): two convolutions with group norm and
/// Mish, the condition modulating features between them, and a residual connection.
public struct TemporalBlock: Module {
  private let first, second: Convolution1D
  private let firstNorm, secondNorm: GroupNorm
  private let modulation: FiLM
  private let residual: Convolution1D?

  /// A block from `inputs` to `outputs` channels for sequences of `length` steps under a condition of `condition`
  /// numbers.
  public init(
    _ inputs: Int, _ outputs: Int, length: Int, condition: Int, kernel: Int = 5, groups: Int = 8,
    using generator: inout RandomGenerator
  ) {
    first = Convolution1D(inputs, outputs, kernel: kernel, using: &generator)
    second = Convolution1D(outputs, outputs, kernel: kernel, using: &generator)
    firstNorm = GroupNorm(groups: groups, features: outputs, length: length)
    secondNorm = GroupNorm(groups: groups, features: outputs, length: length)
    modulation = FiLM(condition: condition, features: outputs, using: &generator)
    residual = inputs == outputs ? nil : Convolution1D(inputs, outputs, kernel: 1, using: &generator)
  }

  public var parameters: [(name: String, value: Tensor)] {
    prefixed("first", first) + prefixed("first_norm", firstNorm) + prefixed("second", second)
      + prefixed("second_norm", secondNorm) + prefixed("modulation", modulation)
      + (residual.map { prefixed("residual", $0) } ?? [])
  }

  /// - Parameters:
  ///   - input: [batch, length, inputs].
  ///   - condition: [batch, condition]; Mish is applied to it first.
  /// - Returns: [batch, length, outputs].
  public func callAsFunction(_ input: Tensor, _ condition: Tensor) -> Tensor {
    let hidden = modulation(firstNorm(first(input)).mish(), condition.mish())
    return secondNorm(second(hidden)).mish() + (residual?(input) ?? input)
  }
}
