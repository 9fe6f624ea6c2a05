import Foundation

/// The noise levels k = 0 … T − 1 that a diffusion policy is trained at: ᾱ_k = Π_{j ≤ k} (1 − β_j), falling from almost
/// 1 to almost 0.
public struct NoiseSchedule: Sendable, Equatable {
  /// The shapes of schedules.
  public enum Kind: String, Codable, Sendable, CaseIterable {
    /// ᾱ(u) = cos²(((u + 0.008)/1.008)·π/2) with β at most 0.999 (Nichol and Dhariwal, arXiv 2102.09672;
    /// "squaredcos_cap_v2").
    case cosine
    /// 1 − β_k = exp(−b₀/T − ½(b₁ − b₀)(2k + 1)/T²), b₀ = 0.1, b₁ = 10: reaches noise in few steps (Diffusion-QL, arXiv
    /// 2208.06193).
    case exponential
  }

  /// ᾱ_k, falling.
  public let cumulativeSignals: [Double]

  /// A schedule of `steps` levels, at least 1.
  public init(_ kind: Kind = .cosine, steps: Int) {
    precondition(steps >= 1, "a schedule has at least one step")
    let count = Double(steps)
    func remaining(_ u: Double) -> Double { pow(cos((u + 0.008) / 1.008 * .pi / 2), 2) }
    var product = 1.0
    cumulativeSignals = (0..<steps).map { step in
      let k = Double(step)
      switch kind {
      case .cosine: product *= 1 - min(1 - remaining((k + 1) / count) / remaining(k / count), 0.999)
      case .exponential: product *= exp(-0.1 / count - 0.5 * 9.9 * (2 * k + 1) / (count * count))
      }
      return product
    }
  }

  /// How many levels there are: T.
  public var count: Int { cumulativeSignals.count }

  /// Level k.
  public func level(_ step: Int) -> NoiseLevel { .variancePreserving(cumulativeSignals[step]) }

  /// The level, or the schedule's noisiest where it has less signal than that.
  public func atMostFullNoise(_ level: NoiseLevel) -> NoiseLevel {
    let noisiest = self.level(count - 1)
    return level.logSignalToNoise < noisiest.logSignalToNoise ? noisiest : level
  }

  /// The step, between 0 and T − 1 and not always whole, whose ratio of signal to noise is nearest a level's: between
  /// two steps log(α/σ) is taken for linear.
  public func position(of level: NoiseLevel) -> Double {
    let wanted = level.logSignalToNoise
    // The ratio falls with the step.
    guard let after = (0..<count).first(where: { self.level($0).logSignalToNoise <= wanted }) else {
      return Double(count - 1)
    }
    guard after > 0 else { return 0 }
    let (high, low) = (self.level(after - 1).logSignalToNoise, self.level(after).logSignalToNoise)
    let position = Double(after) - (wanted - low) / (high - low)
    // A level that is a step's own must not miss it by rounding.
    return abs(position - position.rounded()) < 1e-6 ? position.rounded() : position
  }
}
