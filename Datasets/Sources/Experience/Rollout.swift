import SinewTensor

/// T steps of each of N environments that the learner's behaviour has just made, in order.
///
/// Row t·N + e is step t of environment e. Between two rollouts of a run nothing is left out: the first observations of
/// the next are ``lastObservation``.
public struct Rollout: Experience {
  /// What a learner asks for.
  public struct Request: Sendable, Equatable {
    /// T, steps of each environment; 1 or more.
    public var steps: Int

    /// A request for `steps` steps of each environment.
    public init(steps: Int) { self.steps = steps }
  }

  /// T.
  public let steps: Int
  /// N.
  public let environments: Int
  /// What was seen: [T·N, observations].
  public let observation: Tensor
  /// What the behaviour did, as it said it (an environment gets it cut off at ±1): [T·N, actions].
  public let action: Tensor
  /// What it brought: [T·N, 1].
  public let reward: Tensor
  /// What each step led to, before any reset: at the end of an episode what it ended on. [T·N, observations].
  public let nextObservation: Tensor
  /// 1 where the task ended the episode, so that nothing of value follows: [T·N, 1].
  public let terminated: Tensor
  /// 1 where a time limit cut the episode off, so that the value of ``nextObservation`` still counts: [T·N, 1].
  public let truncated: Tensor
  /// What the environments show now: [N, observations].
  public let lastObservation: Tensor
  public let tensors: [Tensor]

  /// An empty rollout.
  public init(_ request: Request, environments: Int, observationSize: Int, actionSize: Int) {
    (steps, self.environments) = (request.steps, environments)
    let rows = request.steps * environments
    observation = .zeros([rows, observationSize])
    action = .zeros([rows, actionSize])
    reward = .zeros([rows, 1])
    nextObservation = .zeros([rows, observationSize])
    terminated = .zeros([rows, 1])
    truncated = .zeros([rows, 1])
    lastObservation = .zeros([environments, observationSize])
    tensors = [observation, action, reward, nextObservation, terminated, truncated, lastObservation]
  }
}

extension Rollout {
  /// Sums of what follows each step, discounted, and begun anew at each episode's end: Gₜ = rₜ + γ·Gₜ₊₁.
  ///
  /// - Parameters:
  ///   - discount: γ.
  ///   - nextValues: the value of each row's ``nextObservation``, [T·N] numbers: counted where a time limit cut the
  ///     episode off and after the last step.
  /// - Returns: [T·N] numbers.
  public func discountedReturns(discount: Float, nextValues: [Float]) -> [Float] {
    let (rewards, ends, cuts) = (reward.floats, terminated.floats, truncated.floats)
    var returns = rewards
    for step in (0..<steps).reversed() {
      for row in step * environments..<(step + 1) * environments where ends[row] == 0 {
        let follows = step == steps - 1 || cuts[row] != 0 ? nextValues[row] : returns[row + environments]
        returns[row] += discount * follows
      }
    }
    return returns
  }

  /// Generalised advantages (Schulman et al., arXiv 1506.02438): δₜ = rₜ + γ·V(sₜ₊₁) − V(sₜ), where nothing follows
  /// what ended, and Aₜ = δₜ + γλ·Aₜ₊₁ up to where an episode ends, is cut off, or the rollout stops.
  ///
  /// - Parameters:
  ///   - discount: γ.
  ///   - decay: λ; with 1, A + V are ``discountedReturns(discount:nextValues:)``.
  ///   - values: of each row's ``observation``, [T·N] numbers.
  ///   - nextValues: of each row's ``nextObservation``.
  /// - Returns: [T·N] numbers.
  public func advantages(discount: Float, decay: Float, values: [Float], nextValues: [Float]) -> [Float] {
    var advantages = reward.floats
    let (ends, cuts) = (terminated.floats, truncated.floats)
    for step in (0..<steps).reversed() {
      for row in step * environments..<(step + 1) * environments {
        advantages[row] += (ends[row] == 0 ? discount * nextValues[row] : 0) - values[row]
        if step + 1 < steps, ends[row] == 0, cuts[row] == 0 {
          advantages[row] += discount * decay * advantages[row + environments]
        }
      }
    }
    return advantages
  }
}
