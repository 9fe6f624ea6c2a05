import Foundation

/// How a weight matrix begins. `fanIn` is its number of inputs, `fanOut` of outputs.
public enum Initialisation: Sendable, Equatable {
  /// Uniform in ±1/√fanIn: PyTorch's default for Linear.
  case uniformFanIn
  /// Uniform in ±bound.
  case uniform(Float)
  /// He et al., arXiv 1502.01852: normal with variance 2/fanIn.
  case kaimingNormal
  /// Uniform with variance 2/fanIn.
  case kaimingUniform
  /// Glorot and Bengio 2010: uniform with variance 2/(fanIn + fanOut).
  case xavierUniform
  /// Normal with variance 2/(fanIn + fanOut).
  case xavierNormal
  /// LeCun et al. 1998: normal with variance 1/fanIn.
  case lecunNormal
  /// Saxe et al., arXiv 1312.6120: orthonormal rows or columns times a gain.
  case orthogonal(gain: Float)
  /// All zero.
  case zero

  /// Numbers for a matrix of `inputs` rows and `outputs` columns, row-major.
  public func weights(inputs: Int, outputs: Int, using generator: inout RandomGenerator) -> [Float] {
    let (fanIn, fanOut) = (Double(max(inputs, 1)), Double(max(outputs, 1)))
    switch self {
    case .uniformFanIn: return uniform(1 / fanIn.squareRoot(), inputs * outputs, &generator)
    case .uniform(let bound): return uniform(Double(bound), inputs * outputs, &generator)
    case .kaimingUniform: return uniform((6 / fanIn).squareRoot(), inputs * outputs, &generator)
    case .xavierUniform: return uniform((6 / (fanIn + fanOut)).squareRoot(), inputs * outputs, &generator)
    case .kaimingNormal: return normal((2 / fanIn).squareRoot(), inputs * outputs, &generator)
    case .xavierNormal: return normal((2 / (fanIn + fanOut)).squareRoot(), inputs * outputs, &generator)
    case .lecunNormal: return normal((1 / fanIn).squareRoot(), inputs * outputs, &generator)
    case .orthogonal(let gain): return orthogonal(inputs, outputs, gain, &generator)
    case .zero: return [Float](repeating: 0, count: inputs * outputs)
    }
  }

  private func uniform(_ bound: Double, _ count: Int, _ generator: inout RandomGenerator) -> [Float] {
    (0..<count).map { _ in Float(generator.uniform(-bound...bound)) }
  }

  private func normal(_ deviation: Double, _ count: Int, _ generator: inout RandomGenerator) -> [Float] {
    (0..<count).map { _ in Float(deviation * generator.normal()) }
  }

  /// Gram–Schmidt, twice for accuracy, on the shorter side's vectors.
  private func orthogonal(_ inputs: Int, _ outputs: Int, _ gain: Float, _ generator: inout RandomGenerator) -> [Float] {
    let (vectors, length) = (min(inputs, outputs), max(inputs, outputs))
    var basis: [[Double]] = []
    for _ in 0..<vectors {
      var vector = (0..<length).map { _ in generator.normal() }
      for _ in 0..<2 {
        for other in basis {
          let overlap = zip(vector, other).reduce(0) { $0 + $1.0 * $1.1 }
          for index in vector.indices { vector[index] -= overlap * other[index] }
        }
      }
      let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      basis.append(vector.map { $0 / norm })
    }
    var weights = [Float](repeating: 0, count: inputs * outputs)
    for (index, vector) in basis.enumerated() {
      for (place, value) in vector.enumerated() {
        weights[inputs <= outputs ? index * outputs + place : place * outputs + index] = gain * Float(value)
      }
    }
    return weights
  }
}
