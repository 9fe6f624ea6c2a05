import Foundation

package func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
  SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
}

package func dot(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double { a.x * b.x + a.y * b.y + a.z * b.z }

package func length(_ a: SIMD3<Double>) -> Double { dot(a, a).squareRoot() }

/// The unit vector along `a`, or nil where `a` is too short to have a direction.
package func direction(_ a: SIMD3<Double>) -> SIMD3<Double>? {
  let norm = length(a)
  return norm > 1e-10 ? a / norm : nil
}

/// Two unit vectors that complete a unit `normal` to a right-handed frame (first, second, normal).
package func tangents(_ normal: SIMD3<Double>) -> (SIMD3<Double>, SIMD3<Double>) {
  let helper: SIMD3<Double> = abs(normal.z) < 0.7 ? SIMD3(0, 0, 1) : SIMD3(1, 0, 0)
  let first = direction(cross(helper, normal)) ?? SIMD3(1, 0, 0)
  return (first, cross(normal, first))
}

package func sine(_ angle: Double) -> Double { sin(angle) }

package func cosine(_ angle: Double) -> Double { cos(angle) }

package func raise(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
