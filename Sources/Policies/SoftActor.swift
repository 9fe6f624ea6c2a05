import SinewTensor

/// The actor of maximum-entropy learners and what trains it: a squashed Gaussian that is to have great values and much
/// entropy, the temperature α that weighs the two and holds the entropy at a target, and the optimisers of both
/// (Haarnoja et al., arXiv 1812.05905).
public final class SoftActor: StateGroup {
  private let actor: GaussianPolicy
  /// α.
  public let temperature: Temperature
  private let actorOptimiser, temperatureOptimiser: Adam
  private let exploration: any Stateful
  @NotSaved private var hasUnitWeights: Bool

  /// π.
  public var policy: GaussianPolicy { actor }

  /// An actor with fresh optimisers.
  ///
  /// - Parameters:
  ///   - policy: π.
  ///   - temperature: α.
  ///   - learningRates: Adam's step sizes for the policy and the logarithm of the temperature.
  ///   - beta1: decay of the gradient's running mean; `beta2` of its square.
  ///   - weightDecay: AdamW's decay of the policy's weights.
  ///   - hasUnitWeights: whether the policy's weights get their norms again after each step: see ``UnitWeightNetwork``.
  ///   - exploration: what acting draws from, where that is not the policy's own stream.
  public init(
    _ policy: GaussianPolicy, _ temperature: Temperature, learningRates: (actor: Float, temperature: Float),
    beta1: Float = 0.9, beta2: Float = 0.999, weightDecay: Float = 0, hasUnitWeights: Bool = false,
    exploration: (any Stateful)? = nil
  ) {
    self.hasUnitWeights = hasUnitWeights
    (actor, self.temperature, self.exploration) = (policy, temperature, exploration ?? policy.exploration)
    actorOptimiser = Adam(
      policy, learningRate: learningRates.actor, beta1: beta1, beta2: beta2, weightDecay: weightDecay)
    temperatureOptimiser = Adam(temperature, learningRate: learningRates.temperature, beta1: beta1, beta2: beta2)
  }

  /// Actions of the policy and their log-probabilities: see ``GaussianPolicy/sample(_:_:_:)``.
  public func sample(
    _ observation: Tensor, _ noise: RandomStream, _ pass: Pass = .evaluation
  ) -> (action: Tensor, logProbability: Tensor) {
    actor.sample(observation, noise, pass)
  }

  /// Takes a step of the policy down a loss, such as E[α log π(ã|s) − Q(s, ã)], and a step of the temperature that
  /// brings the entropy −E log π(ã|s) nearer to its target.
  ///
  /// - Parameters:
  ///   - loss: of the policy.
  ///   - logProbability: log π(ã|s): [rows, 1].
  ///   - alpha: α, as the loss uses it.
  /// - Returns: `actor_loss`, `entropy` (nats) and `temperature`.
  public func descend(_ loss: Tensor, _ logProbability: Tensor, _ alpha: Tensor) -> Metrics {
    actorOptimiser.descend(loss)
    if hasUnitWeights { actor.normaliseWeights() }
    let entropy = -logProbability.mean()
    temperatureOptimiser.descend(temperature.loss(entropy: entropy))
    return ["actor_loss": loss, "entropy": entropy, "temperature": alpha]
  }

  /// Makes both step sizes those of the beginning times a schedule's factor.
  public func scaleLearningRates(by factor: Float) {
    for optimiser in [actorOptimiser, temperatureOptimiser] { optimiser.scaleLearningRate(by: factor) }
  }

  /// What critics of this actor predict: see ``ValuePrediction/soft(_:of:_:discount:)``.
  public func prediction(of critics: some Critic, discount: Float) -> ValuePrediction {
    .soft(critics, of: actor, temperature, discount: discount)
  }
}
