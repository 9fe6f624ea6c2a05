import SinewTensor

/// A minibatch of windows of episodes: what was seen up to a step, what was done around it, and what came of it. In
/// memory that is filled again for each update.
///
/// With To = `observations` and Tp = `actions` of the request, the window at step t has the observations t − To + 1 … t
/// and the actions t − To + 1 … t − To + Tp: the action taken at t has index To − 1 (as in Diffusion Policy, arXiv
/// 2303.04137). Where it reaches beyond its episode, the first or last step's is repeated.
public struct Windows: PooledExperience {
  /// What a learner asks for.
  public struct Request: Sendable, Equatable {
    /// Windows in a minibatch.
    public var size: Int
    /// Observations in a window, To; 1 or more.
    public var observations: Int
    /// Actions in a window, Tp; 1 or more, for outcomes To or more.
    public var actions: Int
    /// γ of ``Windows/Outcome``; nil leaves outcomes out.
    public var discount: Float?

    /// A request for `size` windows.
    public init(size: Int, observations: Int, actions: Int, discount: Float? = nil) {
      (self.size, self.observations, self.actions, self.discount) = (size, observations, actions, discount)
    }
  }

  /// What came of the actions from step t on, of which a window has h = Tp − To + 1.
  public struct Outcome {
    /// r_t + γ·r_{t+1} + …, over the h steps or to the episode's end: [size, 1].
    public let reward: Tensor
    /// What was seen after them, or what the episode ended on: [size, observations].
    public let nextObservation: Tensor
    /// What its value counts: γ to the power of the steps that were taken, or 0 where the task ended the episode:
    /// [size, 1].
    public let discount: Tensor
    /// 1 where a step lies in its episode, 0 where the last one is repeated: [size, h].
    public let isTaken: Tensor

    var tensors: [Tensor] { [reward, nextObservation, discount, isTaken] }
  }

  /// Oldest first: [size, To·observations].
  public let observation: Tensor
  /// In [−1, 1], first to be taken first: [size, Tp·actions].
  public let action: Tensor
  /// What came of it, where it was asked for.
  public let outcome: Outcome?
  public let tensors: [Tensor]
  /// Numbers in one observation.
  public let observationSize: Int
  /// Numbers in one action.
  public let actionSize: Int
  /// What was asked for.
  let request: Request

  public init(_ request: Request, observation: Columns, actionSize: Int) {
    self.init(request, observationSize: observation.count, actionSize: actionSize)
  }

  /// An empty minibatch.
  public init(_ request: Request, observationSize: Int, actionSize: Int) {
    let taken = request.actions - request.observations + 1
    precondition(
      request.observations >= 1 && request.actions >= 1 && (request.discount == nil || taken >= 1),
      "a window needs an observation and an action")
    self.request = request
    (self.observationSize, self.actionSize) = (observationSize, actionSize)
    observation = .zeros([request.size, request.observations * observationSize])
    action = .zeros([request.size, request.actions * actionSize])
    outcome =
      request.discount == nil
      ? nil
      : Outcome(
        reward: .zeros([request.size, 1]), nextObservation: .zeros([request.size, observationSize]),
        discount: .zeros([request.size, 1]), isTaken: .zeros([request.size, taken]))
    tensors = [observation, action] + (outcome?.tensors ?? [])
  }

  public var size: Int { request.size }
  /// Observations in a window, To.
  public var observationHorizon: Int { request.observations }
  /// Actions in a window, Tp.
  public var predictionHorizon: Int { request.actions }

  public func mapObservations(_ transform: (Tensor) -> Void) {
    transform(observation)
    if let outcome { transform(outcome.nextObservation) }
  }

  public static func source(
    _ dataset: Dataset, _ weighting: TrajectoryWeighting, _ request: Request
  ) -> any Source<Windows> {
    DatasetWindows(dataset, weighting)
  }
}
