import Foundation
import SinewTensor

/// The entropy temperature α of maximum-entropy learners, kept positive as e^{log α} and tuned so that the policy's
/// entropy stays at a target (Haarnoja et al., arXiv 1812.05905, section 5).
public final class Temperature: Module {
  private let logarithm: Tensor
  private let targetEntropy: Float

  /// A temperature that starts at `initial` and aims at `targetEntropy` nats.
  public init(initial: Float, targetEntropy: Float) {
    logarithm = Tensor(log(initial))
    self.targetEntropy = targetEntropy
  }

  /// A temperature that starts at `initial` and aims at `targetEntropy` nats; where that is nil, at −1 nat for each
  /// number in an action.
  public convenience init(_ initial: Float, targetEntropy: Float?, for task: TaskShape) {
    self.init(initial: initial, targetEntropy: targetEntropy ?? -Float(task.actionSize))
  }

  public var parameters: [(name: String, value: Tensor)] { [("logarithm", logarithm)] }

  /// α.
  public func callAsFunction() -> Tensor { logarithm.exp() }

  /// log α·(entropy − target): falls when α rises while the entropy is too low. No gradient flows to the entropy.
  public func loss(entropy: Tensor) -> Tensor {
    logarithm * (entropy.detached() - targetEntropy)
  }
}
