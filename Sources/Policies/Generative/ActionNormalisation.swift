import SinewTensor

/// From the numbers of a chunk, in ±1, to actions, in [−1, 1]: the identity, or each action's range in the data spread
/// over all of ±1. Saved with a policy's parameters.
public struct ActionNormalisation: Module {
  /// The action that −1 stands for: [actions].
  public let low: Tensor
  /// The action that 1 stands for: [actions].
  public let high: Tensor

  /// The identity.
  public init(actionSize: Int) {
    low = Tensor(repeating: -1, [actionSize])
    high = Tensor(repeating: 1, [actionSize])
  }

  public var parameters: [(name: String, value: Tensor)] { [("low", low), ("high", high)] }

  /// Takes each action's range; one that does not vary keeps a little width, so that it can be divided by.
  public func fit(low: [Float], high: [Float]) {
    let widths = zip(low, high).map { max($1 - $0, 1e-3) }
    self.low.assign(zip(zip(low, high), widths).map { ($0.0 + $0.1 - $1) / 2 })
    self.high.assign(zip(zip(low, high), widths).map { ($0.0 + $0.1 + $1) / 2 })
  }

  /// Whether a chunk's numbers mean the same actions under another normalisation, to rounding.
  public func isSame(as other: ActionNormalisation) -> Bool {
    zip(low.floats + high.floats, other.low.floats + other.high.floats).allSatisfy { abs($0 - $1) < 1e-5 }
  }

  /// Actions from chunks: [rows, steps · actions], of the same shape.
  public func actions(_ chunk: Tensor, steps: Int) -> Tensor {
    let stepwise = chunk.reshaped([chunk.shape[0], steps, low.count])
    return ((low + high) * 0.5 + stepwise * ((high - low) * 0.5)).clamped(to: -1...1).reshaped(chunk.shape)
  }

  /// Chunks from actions: the inverse of ``actions(_:steps:)``.
  public func chunk(_ actions: Tensor, steps: Int) -> Tensor {
    let stepwise = actions.reshaped([actions.shape[0], steps, low.count])
    return ((stepwise * 2 - (low + high)) / (high - low)).reshaped(actions.shape)
  }
}
