import Foundation

/// log EI, the logarithm of how much better than `best` a normally distributed value is expected to be, 0 counting for
/// worse ones.
///
///     EI = s·h(z),   h(z) = φ(z) + z·Φ(z),   z = (μ − best) / s
///
/// As its logarithm it tells places apart whose improvement is below the smallest number. Source: Ament et al.,
/// Unexpected Improvements to Expected Improvement for Bayesian Optimization, 2023.
///
/// - Returns: −∞ where nothing can be gained: no deviation and no better mean.
public func logExpectedImprovement(mean: Double, deviation: Double, over best: Double) -> Double {
  guard deviation > 0 else { return log(max(mean - best, 0)) }
  return log(deviation) + logImprovement((mean - best) / deviation)
}

/// log h(z).
private func logImprovement(_ z: Double) -> Double {
  let logDensity = -0.5 * z * z - 0.5 * log(2 * .pi)
  if z > -1 { return log(exp(logDensity) + z * 0.5 * erfc(-z / 2.0.squareRoot())) }
  // Far below, h(z) = φ(z)·(1/z² − 3/z⁴ + 15/z⁶ − …).
  if z < -25 { return logDensity - 2 * log(-z) + log1p(-3 / (z * z) + 15 / (z * z * z * z)) }
  // Φ(z) = φ(z)·√(π/2)·erfcx(−z/√2), which leaves φ(z) out of the difference.
  let x = -z / 2.0.squareRoot()
  return logDensity + log1p(z * (Double.pi / 2).squareRoot() * exp(x * x) * erfc(x))
}
