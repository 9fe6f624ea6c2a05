import Foundation

/// The transformer's sinusoidal embedding of a number, for example a diffusion step (Vaswani et al., arXiv 1706.03762).
public struct SinusoidalEmbedding: Sendable {
  /// Numbers in an embedding; even.
  public let size: Int
  /// The longest wavelength over 2π.
  public let longestPeriod: Float

  /// An embedding of `size` numbers: sines, then cosines.
  public init(size: Int, longestPeriod: Float = 10_000) {
    precondition(size >= 4 && size % 2 == 0, "an embedding has an even size of at least 4")
    self.size = size
    self.longestPeriod = longestPeriod
  }

  /// [rows, 1] → [rows, size].
  public func callAsFunction(_ position: Tensor) -> Tensor {
    let angle = position * Tensor(frequencies, shape: [1, frequencies.count])
    return concatenated([angle.sin(), angle.cos()], axis: -1)
  }

  /// The embedding of a known number, [1, size]: computed at once, also while recording.
  public func constant(_ position: Double) -> Tensor {
    let angles = frequencies.map { Double($0) * position }
    return Tensor(angles.map { Float(sin($0)) } + angles.map { Float(cos($0)) }, shape: [1, size])
  }

  private var frequencies: [Float] {
    let half = size / 2
    return (0..<half).map { exp(-log(longestPeriod) * Float($0) / Float(half - 1)) }
  }
}

/// Feature-wise linear modulation: x·(1 + scale) + shift with scale and shift computed from a condition (Perez et al.,
/// arXiv 1709.07871).
public struct FiLM: Module {
  private let projection: Linear
  private let features: Int

  /// A modulation of `features` features by a condition of `condition` numbers.
  public init(condition: Int, features: Int, using generator: inout RandomGenerator) {
    self.features = features
    projection = Linear(condition, 2 * features, using: &generator)
  }

  public var parameters: [(name: String, value: Tensor)] { prefixed("projection", projection) }

  /// - Parameters:
  ///   - input: [rows, features], or [rows, length, features].
  ///   - condition: [rows, condition].
  public func callAsFunction(_ input: Tensor, _ condition: Tensor) -> Tensor {
    let parts = projection(condition).split([features, features], axis: -1)
    let shape = input.rank == 3 ? [input.shape[0], 1, features] : [input.shape[0], features]
    return input * (1 + parts[0].reshaped(shape)) + parts[1].reshaped(shape)
  }
}
