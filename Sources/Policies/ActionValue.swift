import SinewTensor

/// A critic as steering sees it: how good actions are, of raw observations and actions in [−1, 1].
public protocol ActionValue: AnyObject {
  /// Numbers in an observation.
  var observationSize: Int { get }
  /// Numbers in an action.
  var actionSize: Int { get }

  /// Values of `count` pairs: of an ensemble the smallest.
  ///
  /// - Parameters:
  ///   - observations: count × observationSize, row-major, raw.
  ///   - actions: count × actionSize, row-major, in [−1, 1].
  ///   - count: how many pairs.
  ///   - values: receives count numbers, in the units that the critic was trained in.
  func values(observations: Span<Float>, actions: Span<Float>, count: Int, into values: inout MutableSpan<Float>)
}

/// A critic that was trained on normalised observations, valuing raw ones.
public final class NormalisedValue: ActionValue {
  private let base: any ActionValue
  private let normaliser: Normaliser
  private var normalised: [Float] = []

  public var observationSize: Int { base.observationSize }
  public var actionSize: Int { base.actionSize }

  /// `base` behind `normaliser`; both stay shared with the learner.
  public init(_ base: any ActionValue, _ normaliser: Normaliser) {
    self.base = base
    self.normaliser = normaliser
  }

  public func values(
    observations: Span<Float>, actions: Span<Float>, count: Int, into values: inout MutableSpan<Float>
  ) {
    let needed = count * observationSize
    if normalised.count != needed { normalised = Array(repeating: 0, count: needed) }
    normaliser.apply(observations, count: count, into: &normalised)
    let input = normalised
    base.values(observations: input.span, actions: actions, count: count, into: &values)
  }
}

/// The smallest estimate of an ensemble of critics, or their mean.
public final class EnsembleValue: ActionValue {
  /// What is made of the estimates.
  public enum Reduction: Sendable {
    case smallest, mean
  }

  public let observationSize: Int
  public let actionSize: Int
  private let critics: any Critic
  private let reduction: Reduction
  private var pairs: [Float] = []
  private let evaluating = RecordedRows()

  /// The values that `critics` give; they stay shared with the learner.
  public init(_ critics: some Critic, for task: TaskShape, of reduction: Reduction = .smallest) {
    (self.critics, self.reduction) = (critics, reduction)
    (observationSize, actionSize) = (task.observationSize, task.actionSize)
  }

  public func values(
    observations: Span<Float>, actions: Span<Float>, count: Int, into values: inout MutableSpan<Float>
  ) {
    let width = observationSize + actionSize
    if pairs.count != count * width { pairs = Array(repeating: 0, count: count * width) }
    for row in 0..<count {
      for index in 0..<observationSize { pairs[row * width + index] = observations[row * observationSize + index] }
      for index in 0..<actionSize { pairs[row * width + observationSize + index] = actions[row * actionSize + index] }
    }
    let input = pairs
    evaluating.run(input.span, rows: count, columns: width, variant: 0, into: &values) { pairs in
      let values = critics(pairs.slice(0..<observationSize, axis: 1), pairs.slice(observationSize..<width, axis: 1))
      return reduction == .smallest ? values.minimum(axis: 0) : values.mean(axis: 0)
    }
  }
}
