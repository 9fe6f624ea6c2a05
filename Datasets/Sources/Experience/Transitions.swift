import SinewTensor

/// A minibatch of transitions, in memory that is filled again for each update.
///
/// With `steps` = n in the request, a transition spans up to n steps: its reward is r₁ + γ·r₂ + … + γᵐ⁻¹·rₘ and what
/// was seen next is what the last of its m ≤ n steps led to; m is less than n where the episode ended first, or where
/// no more was recorded yet.
public struct Transitions: PooledExperience {
  /// What a learner asks for.
  public struct Request: Sendable {
    /// Minibatches, and how transitions are gathered.
    public var replay: ReplayBufferSettings
    /// γ, how much the next step's value counts; in [0, 1].
    public var discount: Float
    /// Whether ``Transitions/nextAction`` is wanted.
    public var nextAction: Bool
    /// Whether ``Transitions/returnToGo`` is wanted.
    public var returnToGo: Bool

    /// A request for transitions of these settings.
    public init(
      _ replay: ReplayBufferSettings, discount: Float, nextAction: Bool = false, returnToGo: Bool = false
    ) {
      (self.replay, self.discount, self.nextAction, self.returnToGo) = (replay, discount, nextAction, returnToGo)
    }

    /// A request for `size` transitions of `steps` steps.
    public init(
      size: Int, discount: Float = 1, steps: Int = 1, nextAction: Bool = false, returnToGo: Bool = false
    ) {
      var replay = ReplayBufferSettings()
      (replay.batchSize, replay.nSteps) = (size, steps)
      self.init(replay, discount: discount, nextAction: nextAction, returnToGo: returnToGo)
    }

    var size: Int { replay.batchSize }
    var steps: Int { replay.nSteps }
  }

  /// What was seen: [size, observations].
  public let observation: Tensor
  /// What was done, in [−1, 1]: [size, actions].
  public let action: Tensor
  /// What it brought: [size, 1].
  public let reward: Tensor
  /// What was seen next; at the end of an episode what it ended on, never the next episode's first observation:
  /// [size, observations].
  public let nextObservation: Tensor
  /// What the value of the next observation counts: γᵐ, or 0 where the task ended the episode. A time limit is no
  /// such end. [size, 1].
  public let discount: Tensor
  /// What was done next, in [−1, 1], where it was asked for; where an episode was cut off and nothing was done next,
  /// what was done last: [size, actions].
  public let nextAction: Tensor?
  /// What followed, where it was asked for: the sum of γᵗ times the rewards from this step to the episode's end; −∞
  /// where the episode still goes on. A time limit is an end here: what would have come after it is not known.
  /// [size, 1].
  public let returnToGo: Tensor?
  public let tensors: [Tensor]

  /// What was asked for.
  let request: Request

  public init(_ request: Request, observation: Columns, actionSize: Int) {
    self.init(request, observationSize: observation.count, actionSize: actionSize)
  }

  /// An empty minibatch.
  public init(_ request: Request, observationSize: Int, actionSize: Int) {
    self.request = request
    observation = .zeros([request.size, observationSize])
    action = .zeros([request.size, actionSize])
    reward = .zeros([request.size, 1])
    nextObservation = .zeros([request.size, observationSize])
    discount = .zeros([request.size, 1])
    nextAction = request.nextAction ? .zeros([request.size, actionSize]) : nil
    returnToGo = request.returnToGo ? .zeros([request.size, 1]) : nil
    tensors =
      [observation, action, reward, nextObservation, discount] + [nextAction, returnToGo].compactMap { $0 }
  }

  public var size: Int { request.size }

  public func mapObservations(_ transform: (Tensor) -> Void) {
    transform(observation)
    transform(nextObservation)
  }

  public static func source(
    _ dataset: Dataset, _ weighting: TrajectoryWeighting, _ request: Request
  ) -> any Source<Transitions> {
    DatasetTransitions(dataset, weighting, returnDiscount: request.returnToGo ? request.discount : nil)
  }

  public static func source(_ buffer: ReplayBuffer, _ request: Request) -> (any Source<Transitions>)? {
    ShiftedPictures(buffer, observation: buffer.observation, upTo: request.replay.randomShift) ?? buffer
  }

  /// Lets `body` write the rows without a copy.
  func withRows(_ body: (Rows) -> Void) {
    observation.withMutableFloats { observation in
      action.withMutableFloats { action in
        reward.withMutableFloats { reward in
          nextObservation.withMutableFloats { nextObservation in
            discount.withMutableFloats { discount in
              withMutableFloats(nextAction) { nextAction in
                withMutableFloats(returnToGo) { returnToGo in
                  body(
                    Rows(
                      observation: observation, action: action, reward: reward, nextObservation: nextObservation,
                      discount: discount, nextAction: nextAction, returnToGo: returnToGo))
                }
              }
            }
          }
        }
      }
    }
  }

  private func withMutableFloats(_ tensor: Tensor?, _ body: (UnsafeMutableBufferPointer<Float>?) -> Void) {
    guard let tensor else { return body(nil) }
    tensor.withMutableFloats(body)
  }

  /// The memory of a minibatch.
  struct Rows {
    var observation, action, reward, nextObservation, discount: UnsafeMutableBufferPointer<Float>
    var nextAction, returnToGo: UnsafeMutableBufferPointer<Float>?
  }
}
