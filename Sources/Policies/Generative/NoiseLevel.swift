import Foundation

/// How much of a noisy action chunk is signal and how much is noise: x = α·x₀ + σ·ε, with the clean chunk x₀ and
/// standard normal ε.
///
/// Diffusion's variance-preserving levels have α² + σ² = 1, flow matching's straight path has α + σ = 1. One is the
/// other scaled: a chunk at level (α, σ) divided by √(α² + σ²) lies on diffusion's path, divided by α + σ on flow's. So
/// any policy can be asked at any level.
public struct NoiseLevel: Sendable, Equatable {
  /// α, the factor of the clean chunk; 0 or more.
  public let signal: Double
  /// σ, the factor of the noise; 0 or more, and not 0 together with α.
  public let noise: Double

  public init(signal: Double, noise: Double) {
    precondition(signal >= 0 && noise >= 0 && signal + noise > 0, "no level has signal \(signal) and noise \(noise)")
    (self.signal, self.noise) = (signal, noise)
  }

  /// Diffusion's level with ᾱ = α², in [0, 1] (Ho et al., arXiv 2006.11239).
  public static func variancePreserving(_ cumulativeSignal: Double) -> NoiseLevel {
    NoiseLevel(signal: cumulativeSignal.squareRoot(), noise: (1 - cumulativeSignal).squareRoot())
  }

  /// The straight path's level x = t·x₀ + (1 − t)·ε at time t in [0, 1].
  public static func straight(time: Double) -> NoiseLevel { NoiseLevel(signal: time, noise: 1 - time) }

  /// No noise left.
  public static let clean = NoiseLevel(signal: 1, noise: 0)

  /// The time t at which the straight path has this ratio of signal to noise: α/(α + σ).
  public var straightTime: Double { signal / (signal + noise) }

  /// log(α/σ); −∞ without signal, ∞ without noise.
  public var logSignalToNoise: Double { log(signal / noise) }

  /// The same ratio of signal to noise with α² + σ² = 1.
  public var variancePreserving: NoiseLevel { scaled(by: 1 / (signal * signal + noise * noise).squareRoot()) }

  /// The same ratio of signal to noise with α + σ = 1.
  public var straight: NoiseLevel { scaled(by: 1 / (signal + noise)) }

  private func scaled(by factor: Double) -> NoiseLevel { NoiseLevel(signal: factor * signal, noise: factor * noise) }
}
