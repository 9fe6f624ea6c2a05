import Foundation

/// A = L·Lᵀ of a symmetric positive definite matrix, in double precision: the tensor core computes in single.
struct Cholesky: Sendable {
  /// The lower triangle of L, row by row, n × n with zeros above.
  private let factor: [Double]
  let size: Int

  /// Nil where the matrix (row by row, of which the lower triangle is read) is not positive definite.
  init?(_ matrix: [Double], size: Int) {
    var l = [Double](repeating: 0, count: size * size)
    for row in 0..<size {
      for column in 0...row {
        var sum = matrix[row * size + column]
        for k in 0..<column { sum -= l[row * size + k] * l[column * size + k] }
        if row == column {
          guard sum > 0, sum.isFinite else { return nil }
          l[row * size + row] = sum.squareRoot()
        } else {
          l[row * size + column] = sum / l[column * size + column]
        }
      }
    }
    (factor, self.size) = (l, size)
  }

  /// log |A|.
  var logDeterminant: Double { (0..<size).reduce(0) { $0 + 2 * log(factor[$1 * size + $1]) } }

  /// L⁻¹·b.
  func forward(_ b: [Double]) -> [Double] {
    var x = b
    for row in 0..<size {
      for k in 0..<row { x[row] -= factor[row * size + k] * x[k] }
      x[row] /= factor[row * size + row]
    }
    return x
  }

  /// A⁻¹·b.
  func solve(_ b: [Double]) -> [Double] {
    var x = forward(b)
    for row in (0..<size).reversed() {
      x[row] /= factor[row * size + row]
      for k in 0..<row { x[k] -= factor[row * size + k] * x[row] }
    }
    return x
  }

  /// A⁻¹, row by row.
  var inverse: [Double] {
    (0..<size).flatMap { row in solve((0..<size).map { $0 == row ? 1 : 0 }) }
  }
}
