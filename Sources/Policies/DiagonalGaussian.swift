import Foundation
import SinewTensor

/// Gaussian distributions of actions whose components are independent.
public struct DiagonalGaussian {
  /// Means: [rows, actions].
  public let mean: Tensor
  /// log σ: [actions], or [rows, actions].
  public let logStandardDeviation: Tensor

  /// Distributions of these means and deviations.
  public init(mean: Tensor, logStandardDeviation: Tensor) {
    (self.mean, self.logStandardDeviation) = (mean, logStandardDeviation)
  }

  /// log π(action): [rows, 1].
  public func logProbability(of action: Tensor) -> Tensor {
    -gaussianNegativeLogLikelihood(mean, logStandardDeviation: logStandardDeviation, action, .none)
      .sum(axis: -1, keepingDimension: true)
  }

  /// −E log π, the mean over rows: a scalar.
  public var entropy: Tensor {
    let actions = Float(mean.shape[1])
    return logStandardDeviation.mean() * actions + 0.5 * actions * (1 + Float(log(2 * Double.pi)))
  }

  /// KL(other‖self), what is lost where actions of `other` are taken for those of this one: [rows, 1].
  public func divergence(from other: DiagonalGaussian) -> Tensor {
    let scale = (-logStandardDeviation).exp()
    let shift = ((other.mean - mean) * scale).squared()
    let ratio = ((other.logStandardDeviation - logStandardDeviation) * 2).exp()
    return (logStandardDeviation - other.logStandardDeviation + (ratio + shift - 1) * 0.5)
      .sum(axis: -1, keepingDimension: true)
  }
}
