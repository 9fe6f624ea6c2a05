import SinewTensor

/// What a network says about a noisy chunk x = α·x₀ + σ·ε. Each is a sum a·x₀ + b·ε, so that x and any one of them give
/// every other exactly.
public enum Prediction: String, Codable, Sendable, CaseIterable {
  /// The noise ε.
  case epsilon
  /// The clean chunk x₀.
  case sample
  /// Diffusion's velocity v = α·ε − σ·x₀ (Salimans and Ho, arXiv 2202.00512).
  case velocity
  /// The straight path's velocity u = x₀ − ε (Lipman et al., arXiv 2210.02747).
  case flowVelocity = "flow-velocity"
  /// The score ∇ log p(x) = −ε/σ.
  case score

  /// The factors a of x₀ and b of ε at a level.
  public func factors(at level: NoiseLevel) -> (sample: Double, noise: Double) {
    switch self {
    case .epsilon: (0, 1)
    case .sample: (1, 0)
    case .velocity: (-level.noise, level.signal)
    case .flowVelocity: (1, -1)
    case .score: (0, -1 / level.noise)
    }
  }
}

/// The exact change from one prediction p about a noisy chunk x to another: q = A·x + B·p.
public struct PredictionConversion: Sendable, Equatable {
  /// A, the factor of the noisy chunk.
  public let onNoisy: Double
  /// B, the factor of the prediction.
  public let onPrediction: Double

  /// The change at a level.
  ///
  /// - Parameters:
  ///   - source: what the prediction is.
  ///   - sourceLevel: the level for which it was made, if another of the same ratio of signal to noise than `level`.
  ///   - target: what is wanted.
  ///   - level: of the noisy chunk.
  ///
  /// The noise says nothing about the sample where there is no signal, nor the sample about the noise where there is no
  /// noise: asking for that is a programming error.
  public init(
    from source: Prediction, madeAt sourceLevel: NoiseLevel? = nil, to target: Prediction, at level: NoiseLevel
  ) {
    let given = source.factors(at: sourceLevel ?? level)
    let wanted = target.factors(at: level)
    if given == wanted {
      (onNoisy, onPrediction) = (0, 1)
      return
    }
    // Cramer's rule for x₀ and ε from x = α·x₀ + σ·ε and p = a·x₀ + b·ε.
    let determinant = level.signal * given.noise - level.noise * given.sample
    precondition(determinant != 0, "\(source.rawValue) does not determine \(target.rawValue) at \(level)")
    onNoisy = (wanted.sample * given.noise - wanted.noise * given.sample) / determinant
    onPrediction = (wanted.noise * level.signal - wanted.sample * level.noise) / determinant
  }

  /// The wanted prediction.
  public func callAsFunction(_ prediction: Tensor, noisy: Tensor) -> Tensor {
    if onNoisy == 0 { return onPrediction == 1 ? prediction : Float(onPrediction) * prediction }
    return Float(onNoisy) * noisy + Float(onPrediction) * prediction
  }

  /// The wanted prediction of one number.
  public func callAsFunction(_ prediction: Double, noisy: Double) -> Double {
    onNoisy * noisy + onPrediction * prediction
  }
}
