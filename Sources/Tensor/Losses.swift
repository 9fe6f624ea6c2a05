import Foundation

// Losses, each element by element and then reduced. `target` may be a prediction too: gradients flow to whatever the
// module asked about contributes.

/// How the elements of a loss become one number.
public enum Reduction: Sendable {
  case mean, sum, none

  /// The reduced loss.
  public func callAsFunction(_ loss: Tensor) -> Tensor {
    switch self {
    case .mean: loss.mean()
    case .sum: loss.sum()
    case .none: loss
    }
  }
}

/// (prediction − target)².
public func meanSquaredError(_ prediction: Tensor, _ target: Tensor, _ reduction: Reduction = .mean) -> Tensor {
  reduction((prediction - target).squared())
}

/// ½e² where |e| ≤ δ, else δ(|e| − ½δ), with e = prediction − target (Huber 1964; PyTorch's `huber_loss`).
public func huberLoss(
  _ prediction: Tensor, _ target: Tensor, delta: Float = 1, _ reduction: Reduction = .mean
) -> Tensor {
  let error = (prediction - target).abs()
  // With c = min(|e|, δ), both branches are c·(|e| − ½c).
  let limited = error.clamped(to: 0...delta)
  return reduction(limited * (error - limited * 0.5))
}

/// −log N(target; mean, e^{logStandardDeviation}), the constant ½ log 2π included.
public func gaussianNegativeLogLikelihood(
  _ mean: Tensor, logStandardDeviation: Tensor, _ target: Tensor, _ reduction: Reduction = .mean
) -> Tensor {
  let error = (target - mean) * (-logStandardDeviation).exp()
  return reduction(error.squared() * 0.5 + logStandardDeviation + 0.5 * log(2 * Float.pi))
}

/// |κ − 1(e < 0)|·e² with e = target − prediction: its minimum is the κ-expectile (IQL, arXiv 2110.06169, equation 4).
public func expectileLoss(
  _ prediction: Tensor, _ target: Tensor, level: Float, _ reduction: Reduction = .mean
) -> Tensor {
  let error = target - prediction
  let isNegative = Tensor(0).greater(than: error)
  return reduction((level + isNegative * (1 - 2 * level)) * error.squared())
}

/// Logistic regression's loss from logits x and labels y in [0, 1]: softplus(x) − x·y.
public func logisticLoss(_ logits: Tensor, _ labels: Tensor, _ reduction: Reduction = .mean) -> Tensor {
  reduction(logits.softplus() - logits * labels)
}
