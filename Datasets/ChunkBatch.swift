import SinewTensor

/// A minibatch of windows of episodes: what was seen up to a step, and what was done around it. In memory that is filled again for
/// each update.
///
/// With To = ``observationHorizon`` and Tp = ``predictionHorizon``, the window at step t has the observations t − To + 1 … t and the
/// actions t − To + 1 … t − To + Tp: the action taken at t has index To − 1 (as in Diffusion Policy, arXiv 2303.04137). Where it
/// reaches beyond its episode, the first or last step's is repeated.
public struct ChunkBatch {
  /// Oldest first: [size, To·observations].
  public let observation: Tensor
  /// In [−1, 1], first to be taken first: [size, Tp·actions].
  public let action: Tensor
  /// All tensors, in a fixed order: the inputs of a recorded update.
  public let tensors: [Tensor]
  /// Numbers in one observation.
  public let observationSize: Int
  /// Numbers in one action.
  public let actionSize: Int
  /// Observations in a window, To.
  public let observationHorizon: Int
  /// Actions in a window, Tp.
  public let predictionHorizon: Int

  /// An empty minibatch.
  public init(size: Int, observationSize: Int, actionSize: Int, observationHorizon: Int, predictionHorizon: Int) {
    precondition(observationHorizon >= 1 && predictionHorizon >= 1, "a window needs an observation and an action")
    self.observationSize = observationSize
    self.actionSize = actionSize
    self.observationHorizon = observationHorizon
    self.predictionHorizon = predictionHorizon
    observation = .zeros([size, observationHorizon * observationSize])
    action = .zeros([size, predictionHorizon * actionSize])
    tensors = [observation, action]
  }

  /// The number of windows.
  public var size: Int { observation.shape[0] }
}
