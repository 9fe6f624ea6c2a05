import SinewTensor

/// A policy that learns by regression to actions, each weighted by its advantage, and its optimiser (Peng et al., arXiv
/// 1910.00177).
public final class AdvantageWeightedActor: StateGroup {
  private let actor: DiagonalGaussianPolicy
  private let actorOptimiser: Adam
  private let exploration: RandomStream
  @NotSaved private var inverseTemperature: Float
  @NotSaved private var greatestWeight: Float

  /// π.
  public var policy: DiagonalGaussianPolicy { actor }

  /// An actor with a fresh optimiser.
  ///
  /// - Parameters:
  ///   - policy: π.
  ///   - learningRate: Adam's step size.
  ///   - inverseTemperature: β, 0 or more; 0 weighs every action the same.
  ///   - greatestWeight: the most that an action can weigh.
  public init(
    _ policy: DiagonalGaussianPolicy, learningRate: Float, inverseTemperature: Float, greatestWeight: Float
  ) {
    (self.inverseTemperature, self.greatestWeight) = (inverseTemperature, greatestWeight)
    (actor, exploration) = (policy, policy.exploration)
    actorOptimiser = Adam(policy, learningRate: learningRate)
  }

  /// Takes a step down −E[min(e^{βA}, greatest)·log π(a|s)].
  ///
  /// - Parameters:
  ///   - observation: s: [rows, observations].
  ///   - action: a: [rows, actions].
  ///   - advantage: A, which carries no gradient: [rows, 1].
  /// - Returns: `actor_loss` and `advantage_mean`.
  public func descend(_ observation: Tensor, _ action: Tensor, _ advantage: Tensor) -> Metrics {
    let exponent = (inverseTemperature * advantage).clamped(to: -80...80)  // exp could overflow.
    let weight = minimum(exponent.exp(), Tensor(greatestWeight))
    let loss = -(weight * actor.logProbability(action, observation)).mean()
    actorOptimiser.descend(loss)
    return ["actor_loss": loss, "advantage_mean": advantage.mean()]
  }

  /// Makes the step size that of the beginning times a schedule's factor.
  public func scaleLearningRate(by factor: Float) { actorOptimiser.scaleLearningRate(by: factor) }
}
