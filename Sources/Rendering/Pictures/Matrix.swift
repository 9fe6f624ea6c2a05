import SinewPhysics

/// The unit vector along `a`; zero stays zero.
func unit(_ a: SIMD3<Double>) -> SIMD3<Double> {
  let norm = length(a)
  return norm > 0 ? a / norm : a
}

extension SIMD3<Double> {
  var floats: SIMD3<Float> { SIMD3<Float>(self) }
}

/// A 4 × 4 matrix by columns, as OpenGL takes it.
struct Matrix {
  var columns: [SIMD4<Double>]

  /// A view from the origin with these axes: right and up on the screen, and back towards the eye.
  init(right: SIMD3<Double>, above: SIMD3<Double>, back: SIMD3<Double>, from origin: SIMD3<Double> = .zero) {
    columns = (0..<3).map { SIMD4(right[$0], above[$0], back[$0], 0) }
    columns.append(SIMD4(-dot(right, origin), -dot(above, origin), -dot(back, origin), 1))
  }

  /// Perspective with the tangents of half the angles across and up.
  init(tangents: SIMD2<Double>, near: Double, far: Double) {
    columns = [
      SIMD4(1 / tangents.x, 0, 0, 0), SIMD4(0, 1 / tangents.y, 0, 0),
      SIMD4(0, 0, (far + near) / (near - far), -1), SIMD4(0, 0, 2 * far * near / (near - far), 0),
    ]
  }

  /// Parallel projection of a box: these bounds across and up, and as far before the origin as behind it.
  init(low: SIMD2<Double>, high: SIMD2<Double>, halfDepth: Double) {
    let (size, sum) = (high - low, high + low)
    columns = [
      SIMD4(2 / size.x, 0, 0, 0), SIMD4(0, 2 / size.y, 0, 0), SIMD4(0, 0, -1 / halfDepth, 0),
      SIMD4(-sum.x / size.x, -sum.y / size.y, 0, 1),
    ]
  }

  static func * (left: Matrix, right: Matrix) -> Matrix {
    var product = right
    product.columns = right.columns.map { column in
      left.columns[0] * column.x + left.columns[1] * column.y + left.columns[2] * column.z + left.columns[3] * column.w
    }
    return product
  }

  var floats: [Float] { columns.flatMap { column in (0..<4).map { Float(column[$0]) } } }
}
