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
