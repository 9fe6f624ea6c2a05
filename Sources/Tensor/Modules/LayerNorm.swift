/// Layer normalisation over the last dimension, with a gain (from 1) and a bias (from 0) for each feature.
public struct LayerNorm: Module {
  /// [features] or [members, features].
  public let weight: Tensor
  /// Of the weight's shape.
  public let bias: Tensor
  private let epsilon: Float

  /// A layer for `features` features; with `members`, one for each network of an ensemble.
  public init(_ features: Int, members: Int? = nil, epsilon: Float = 1e-5) {
    let shape = (members.map { [$0] } ?? []) + [features]
    weight = Tensor(repeating: 1, shape)
    bias = .zeros(shape)
    self.epsilon = epsilon
  }

  public var parameters: [(name: String, value: Tensor)] { [("weight", weight), ("bias", bias)] }

  /// The normalised input, of its shape.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    layerNorm(input, gain: weight, bias: bias, epsilon: epsilon)
  }
}

/// Group normalisation of sequences (Wu and He, arXiv 1803.08494): features are normalised within each group over the
/// whole sequence.
public struct GroupNorm: Module {
  private let groups: Int
  private let weight: Tensor
  private let bias: Tensor
  private let unitGain: Tensor
  private let noBias: Tensor
  private let epsilon: Float

  /// A layer for sequences of `length` steps of `features` features, of which `groups` groups are made.
  public init(groups: Int, features: Int, length: Int, epsilon: Float = 1e-5) {
    precondition(features % groups == 0, "\(features) features do not make \(groups) groups")
    self.groups = groups
    self.epsilon = epsilon
    weight = Tensor(repeating: 1, [features])
    bias = .zeros([features])
    unitGain = Tensor(repeating: 1, [length * features / groups])
    noBias = .zeros([length * features / groups])
  }

  public var parameters: [(name: String, value: Tensor)] { [("weight", weight), ("bias", bias)] }

  /// The normalised input [batch, length, features].
  public func callAsFunction(_ input: Tensor) -> Tensor {
    let (batch, length, features) = (input.shape[0], input.shape[1], input.shape[2])
    let size = features / groups
    let grouped = input.reshaped([batch, length, groups, size]).transposed([0, 2, 1, 3]).reshaped([batch, groups, -1])
    let normalised = layerNorm(grouped, gain: unitGain, bias: noBias, epsilon: epsilon)
    let restored = normalised.reshaped([batch, groups, length, size]).transposed([0, 2, 1, 3])
    return restored.reshaped(input.shape) * weight + bias
  }
}
