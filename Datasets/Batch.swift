import SinewTensor

/// A minibatch of transitions, in memory that is filled again for each update.
public struct Batch {
  /// What was seen: [size, observations].
  public let observation: Tensor
  /// What was done, in [−1, 1]: [size, actions].
  public let action: Tensor
  /// [size, 1].
  public let reward: Tensor
  /// What was seen next; at the end of an episode what it ended on, never the next episode's first observation: [size, observations].
  public let nextObservation: Tensor
  /// 1 where the task ended the episode, 0 elsewhere: a time limit is no termination. [size, 1].
  public let terminated: Tensor
  /// All tensors, in a fixed order: the inputs of a recorded update.
  public let tensors: [Tensor]

  /// An empty minibatch.
  public init(size: Int, observationSize: Int, actionSize: Int) {
    observation = .zeros([size, observationSize])
    action = .zeros([size, actionSize])
    reward = .zeros([size, 1])
    nextObservation = .zeros([size, observationSize])
    terminated = .zeros([size, 1])
    tensors = [observation, action, reward, nextObservation, terminated]
  }

  private init(_ tensors: [Tensor]) {
    (observation, action, reward, nextObservation, terminated) = (
      tensors[0], tensors[1], tensors[2], tensors[3], tensors[4]
    )
    self.tensors = tensors
  }

  /// The same transitions with both observations replaced by a function of them, such as their normalisation.
  public func mapObservations(_ transform: (Tensor) -> Tensor) -> Batch {
    Batch([transform(observation), action, reward, transform(nextObservation), terminated])
  }

  /// The number of transitions.
  public var size: Int { observation.shape[0] }
}
