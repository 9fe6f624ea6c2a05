import Foundation
import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// Distributional soft actor-critic with three refinements, DSAC-T (Duan et al., arXiv 2310.05858). Critics give a
/// Gaussian of the soft return; its mean learns from means (expected value substitution), both critics from the one
/// with the smaller mean (twin value distributions), and the running deviation scales gradients and limits outliers
/// (variance-based gradient).
public final class DSACT: Learner {
  public static let about = About(
    "dsac-t", "distributional soft actor-critic with three refinements", paper: "Duan et al., arXiv 2310.05858")

  /// The defaults of the authors' code, except that every environment step brings an update (theirs: every twentieth).
  public struct Configuration: TransitionHyperParameters {
    /// γ, how much the next step's value counts.
    @Fraction public var discount: Float = 0.99
    /// τ and τ_b, the fractions by which target networks and the running deviation of each critic follow.
    @PositiveFraction public var averagingRate: Float = 0.005
    @PositiveFraction public var deviationRate: Float = 0.005
    /// Adam's step sizes for the actor, the critics, and the logarithm of the temperature.
    @Positive public var actorLearningRate: Float = 1e-4
    @Positive public var criticLearningRate: Float = 1e-4
    @NotNegative public var temperatureLearningRate: Float = 3e-4
    /// α at the start, log α = 1, and the entropy that it aims at, in nats, for actions in [−1, 1]; null: −(number of
    /// actions).
    @Positive public var initialTemperature: Float = Float(M_E)
    public var targetEntropy: Float?
    /// The actor, the temperature and all targets move every so many updates.
    @Count public var policyDelay = 2
    /// The mean learns from the target's mean instead of a sample; two critics, the smaller giving the target of both,
    /// instead of one.
    public var expectedValueSubstitution = true
    public var twinValueDistributions = true
    /// Gradients are scaled by the running deviation, and samples limited to ξ of it around the mean; else they are not
    /// scaled, and limited to a fixed distance, in units of the return.
    public var varianceBasedGradient = true
    @Positive public var deviations: Float = 3
    @Positive public var fixedLimit: Float = 20
    public var normaliseObservations = false
    public var network = NetworkSettings(hiddenSizes: [256, 256, 256])
    public var replay = ReplayBufferSettings(warmUpSteps: 10_000)

    public init() {}
  }

  public let configuration: Configuration
  private let actor: SoftActor
  private let targetActor: GaussianPolicy
  private let critics, targetCritics: ValueDistributions
  private let criticOptimiser: Adam
  private let runningDeviation: RunningAverage
  private let noise: RandomStream
  private let step: Recorded
  private let updates = Counter()

  public var policy: any Policy { actor.policy }
  public var prediction: ValuePrediction? { actor.prediction(of: critics, discount: configuration.discount) }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    (critics, targetCritics) = withTarget {
      ValueDistributions(
        task, configuration.network, members: configuration.twinValueDistributions ? 2 : 1,
        generator: setup.split("critics"))
    }
    criticOptimiser = Adam(critics, learningRate: configuration.criticLearningRate)
    runningDeviation = RunningAverage([critics.members, 1, 1])
    func makeActor(_ critics: ValueDistributions) -> GaussianPolicy {
      GaussianPolicy(
        task, configuration.network, sharing: critics.encoder, activation: .gelu,
        logStandardDeviation: .clamped(-20...0.5), generator: setup.split("actor"))
    }
    actor = SoftActor(
      makeActor(critics),
      Temperature(configuration.initialTemperature, targetEntropy: configuration.targetEntropy, for: task),
      learningRates: (configuration.actorLearningRate, configuration.temperatureLearningRate))
    targetActor = makeActor(targetCritics)
    (noise, step) = (setup.stream("noise"), setup.recorded())
  }

  /// y_q = r + γ(1 − d)(Q′ₖ(s′, a′) − α log π′(a′|s′)) and y_z, the same with Q′ₖ + σ′ₖz in place of Q′ₖ: z ~ N(0, 1)
  /// within ±3, k the critic with the smaller mean, a′ ~ π′(·|s′).
  private func targets(_ batch: Transitions, _ alpha: Tensor) -> (mean: Tensor, sample: Tensor) {
    let next = targetActor.sample(batch.nextObservation, noise)
    let chosen = targetCritics.smaller(batch.nextObservation, next.action, noise)
    func soft(_ value: Tensor) -> Tensor { batch.reward + batch.discount * (value - alpha * next.logProbability) }
    return (soft(chosen.mean), soft(chosen.sample))
  }

  /// Σᵢ mean ρᵢ(huber(Qᵢ, y_q) + σᵢ·(σᵢ² − huber(Qᵢ, Cᵢ))/(σᵢ + ε)), where only Qᵢ of the first term and the leading σᵢ
  /// carry gradients; Cᵢ = Qᵢ + clip(y_z − Qᵢ, ±ξσ̄ᵢ), ρᵢ = clip(σ̄ᵢ²/(σᵢ² + ε), 0.1, 10), ε = 0.1.
  private func updateCritics(_ batch: Transitions, _ alpha: Tensor, isFirst: Bool) -> Metrics {
    let target = targets(batch, alpha)
    let (mean, deviation) = critics.distribution(batch.observation, batch.action)
    let running = runningDeviation.add(
      deviation.mean(axis: 1, keepingDimension: true), rate: isFirst ? 1 : configuration.deviationRate)
    let (still, variance) = (mean.detached(), deviation.detached().squared())
    let limit =
      configuration.varianceBasedGradient ? running * configuration.deviations : Tensor(configuration.fixedLimit)
    let limited = still + minimum(maximum(target.sample - still, -limit), limit)
    let valueLoss = huberLoss(
      mean, configuration.expectedValueSubstitution ? target.mean : target.sample, delta: 50, .none)
    let surplus = variance - huberLoss(still, limited, delta: 50, .none)
    let deviationLoss = deviation * surplus / (deviation.detached() + 0.1)
    let scale =
      configuration.varianceBasedGradient
      ? (running.squared() / (variance + 0.1)).clamped(to: 0.1...10) : (variance + 0.1).reciprocal()
    let loss = Float(critics.members) * (scale * (valueLoss + deviationLoss)).mean()
    criticOptimiser.descend(loss)
    return ["critic_loss": loss, "value_mean": mean.mean(), "value_deviation": deviation.mean()]
  }

  /// E[α log π(ã|s) − minᵢ Qᵢ(s, ã)], of means.
  private func updateActor(_ batch: Transitions, _ alpha: Tensor) -> Metrics {
    let (action, logProbability) = actor.sample(batch.observation, noise)
    let loss = (alpha * logProbability - critics(batch.observation, action).minimum(axis: 0)).mean()
    return actor.descend(loss, logProbability, alpha)
  }

  public func update(_ batch: Transitions) -> Metrics {
    updates.count += 1
    let isFirst = updates.count == 1
    let movesAll = updates.count.isMultiple(of: UInt64(configuration.policyDelay))
    return step(batch, variant: isFirst ? 2 : movesAll ? 1 : 0) {
      // The actor, which reads the critics, goes first: every gradient is of networks that have not moved yet.
      let alpha = actor.temperature()
      guard movesAll else { return updateCritics(batch, alpha, isFirst: isFirst) }
      let actorFigures = updateActor(batch, alpha)
      let criticFigures = updateCritics(batch, alpha, isFirst: isFirst)
      targetActor.follow(actor.policy, rate: configuration.averagingRate)
      targetCritics.follow(critics, rate: configuration.averagingRate)
      return criticFigures + actorFigures
    }
  }
}
