import SinewTensor

/// What a critic claims, so that it can be compared with what really follows: the discounted sum of rewards, and of
/// what its learner counts beside them, from an observation and an action on, when a policy acts from then on.
public struct ValuePrediction {
  /// The mean of the critic's estimates, and the smallest.
  public var mean, smallest: any ActionValue
  /// γ of the sum.
  public var discount: Float
  /// What rewards are multiplied by before they are summed.
  public var rewardScale: Float
  /// The policy that the critic assumes.
  public var policy: any FollowedPolicy
  /// What it predicts, in a line.
  public var summary: String

  /// What a critic predicts of `policy`.
  public init(
    mean: any ActionValue, smallest: any ActionValue, discount: Float, rewardScale: Float = 1,
    policy: any FollowedPolicy, summary: String
  ) {
    (self.mean, self.smallest) = (mean, smallest)
    (self.discount, self.rewardScale, self.policy, self.summary) = (discount, rewardScale, policy, summary)
  }

  /// What `critics` predict of `policy`.
  public init(
    _ critics: some Critic, discount: Float, rewardScale: Float = 1, policy: any FollowedPolicy, summary: String
  ) {
    let task = TaskShape(observationSize: policy.observationSize, actionSize: policy.actionSize)
    self.init(
      mean: EnsembleValue(critics, for: task, of: .mean), smallest: EnsembleValue(critics, for: task),
      discount: discount, rewardScale: rewardScale, policy: policy, summary: summary)
  }

  /// What critics of maximum-entropy learners predict: Q(s, a) = r + γ(Q(s′, a′) − α log π(a′|s′)), a′ ~ π(·|s′).
  public static func soft(
    _ critics: some Critic, of actor: GaussianPolicy, _ temperature: Temperature, discount: Float
  ) -> ValuePrediction {
    let policy = ComputedPolicy(like: actor) { observation, noise in
      let (action, logProbability) = actor.sample(observation, noise)
      return (action, -(temperature() * logProbability))
    }
    return ValuePrediction(
      critics, discount: discount, policy: policy,
      summary: "rewards, and −α log π of every later action, of the policy that samples")
  }

  /// What a learner whose observations are normalised predicts of raw ones.
  public func normalised(by normaliser: Normaliser) -> ValuePrediction {
    var raw = self
    raw.mean = NormalisedValue(mean, normaliser)
    raw.smallest = NormalisedValue(smallest, normaliser)
    raw.policy = NormalisedFollowedPolicy(policy, normaliser)
    return raw
  }
}

/// A policy as a critic's targets assume it: its actions, and what each of them counts beside the reward.
public protocol FollowedPolicy: AnyObject {
  /// Numbers in an observation.
  var observationSize: Int { get }
  /// Numbers in an action.
  var actionSize: Int { get }
  /// Whether it always does the same in the same place.
  var isDeterministic: Bool { get }

  /// Restarts what it draws actions from.
  func restart(seed: UInt64)

  /// Chooses actions for a batch of observations.
  ///
  /// - Parameters:
  ///   - observations: count × observationSize, row-major, raw.
  ///   - count: how many observations.
  ///   - actions: receives count × actionSize numbers in [−1, 1], row-major.
  ///   - bonuses: receives count numbers: what the action counts beside the reward, such as −α log π.
  func act(
    observations: Span<Float>, count: Int, actions: inout MutableSpan<Float>, bonuses: inout MutableSpan<Float>)
}

/// A policy as a computation: see ``FollowedPolicy``.
public final class ComputedPolicy: FollowedPolicy {
  public let observationSize: Int
  public let actionSize: Int
  public let isDeterministic: Bool
  private let noise: RandomStream
  private let body: (_ observation: Tensor, _ noise: RandomStream) -> (action: Tensor, bonus: Tensor?)
  private let acting = RecordedRows()
  private var output: [Float] = []

  /// A policy.
  ///
  /// - Parameters:
  ///   - policy: has the same sizes.
  ///   - isDeterministic: whether `body` draws nothing.
  ///   - body: from observations [rows, observations] to actions [rows, actions], and what they count [rows, 1]; nil
  ///     for nothing.
  public init(
    like policy: any Policy, isDeterministic: Bool = false,
    _ body: @escaping (_ observation: Tensor, _ noise: RandomStream) -> (action: Tensor, bonus: Tensor?)
  ) {
    (observationSize, actionSize) = (policy.observationSize, policy.actionSize)
    (self.isDeterministic, self.body) = (isDeterministic, body)
    noise = RandomStream(RandomGenerator(seed: 0))
  }

  /// A Gaussian policy that samples.
  public convenience init(samplesOf policy: DiagonalGaussianPolicy) {
    self.init(like: policy) { observation, noise in (policy.sample(observation, noise), nil) }
  }

  /// A Gaussian policy's mean.
  public convenience init(meanOf policy: DiagonalGaussianPolicy) {
    self.init(like: policy, isDeterministic: true) { observation, _ in (policy.mean(observation), nil) }
  }

  public func restart(seed: UInt64) { noise.generator = RandomGenerator(seed: seed).split("followed policy") }

  public func act(
    observations: Span<Float>, count: Int, actions: inout MutableSpan<Float>, bonuses: inout MutableSpan<Float>
  ) {
    let width = actionSize + 1
    if output.count != count * width { output = Array(repeating: 0, count: count * width) }
    var span = output.mutableSpan
    acting.run(observations, rows: count, columns: observationSize, variant: 0, into: &span) { observation in
      let (action, bonus) = body(observation, noise)
      return concatenated([action, bonus ?? .zeros([count, 1])], axis: -1)
    }
    for row in 0..<count {
      for index in 0..<actionSize { actions[row * actionSize + index] = output[row * width + index] }
      bonuses[row] = output[row * width + actionSize]
    }
  }
}

/// A followed policy that was trained on normalised observations, acting on raw ones.
final class NormalisedFollowedPolicy: FollowedPolicy {
  private let base: any FollowedPolicy
  private let normaliser: Normaliser
  private var normalised: [Float] = []

  var observationSize: Int { base.observationSize }
  var actionSize: Int { base.actionSize }
  var isDeterministic: Bool { base.isDeterministic }

  init(_ base: any FollowedPolicy, _ normaliser: Normaliser) { (self.base, self.normaliser) = (base, normaliser) }

  func restart(seed: UInt64) { base.restart(seed: seed) }

  func act(
    observations: Span<Float>, count: Int, actions: inout MutableSpan<Float>, bonuses: inout MutableSpan<Float>
  ) {
    let needed = count * observationSize
    if normalised.count != needed { normalised = Array(repeating: 0, count: needed) }
    normaliser.apply(observations, count: count, into: &normalised)
    let input = normalised
    base.act(observations: input.span, count: count, actions: &actions, bonuses: &bonuses)
  }
}
