import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// REINFORCE with a learned baseline (Williams, "Simple Statistical Gradient-Following Algorithms for Connectionist
/// Reinforcement Learning", Machine Learning 8, 1992): the smallest on-policy learner. After each rollout the policy
/// takes one step up E[log π(a|s)·(G − b(s))], and the baseline b a few towards the returns G.
public final class Reinforce: Learner {
  public static let about = About(
    "reinforce", "policy gradient with a learned baseline", paper: "Williams, Machine Learning 8, 1992")

  /// Defaults that learn small tasks with 16 environments.
  public struct Configuration: HyperParameters {
    /// γ, how much the next step's reward counts.
    @Fraction public var discount: Float = 0.99
    /// Steps of each environment in a rollout.
    @Count public var rolloutSteps = 32
    /// Adam's step sizes for the policy and the baseline.
    @Positive public var actorLearningRate: Float = 3e-3
    @Positive public var baselineLearningRate: Float = 1e-3
    /// Steps of the baseline after each rollout.
    @CountWithin<1, 1_000> public var baselineUpdates = 20
    public var normaliseObservations = true
    public var network = NetworkSettings(hiddenSizes: [64, 64])

    public init() {}
  }

  public typealias Minibatch = Rollout
  public let configuration: Configuration
  private let actor: DiagonalGaussianPolicy
  private let baseline: StateValue
  private let actorOptimiser, baselineOptimiser: Adam
  private let exploration: RandomStream
  private let evaluation, actorStep, baselineStep: Recorded

  public var policy: any Policy { actor }
  public var request: Rollout.Request { Rollout.Request(steps: configuration.rolloutSteps) }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    actor = DiagonalGaussianPolicy(task, configuration.network, cutsOff: false, generator: setup.split("actor"))
    baseline = StateValue(task, configuration.network, generator: setup.split("baseline"))
    actorOptimiser = Adam(actor, learningRate: configuration.actorLearningRate)
    baselineOptimiser = Adam(baseline, learningRate: configuration.baselineLearningRate)
    exploration = actor.exploration
    (evaluation, actorStep, baselineStep) = (setup.recorded(), setup.recorded(), setup.recorded())
  }

  /// G: discounted sums to the episode's end, or to the baseline's value of what follows where the rollout or a time
  /// limit cuts it off.
  private func returns(_ rollout: Rollout) -> Tensor {
    let nextValues = evaluation([rollout.nextObservation]) { [baseline(rollout.nextObservation)] }[0].floats
    let returns = rollout.discountedReturns(discount: configuration.discount, nextValues: nextValues)
    return Tensor(returns, shape: [returns.count, 1])
  }

  public func update(_ rollout: Rollout) -> Metrics {
    let returns = returns(rollout)
    let figures = actorStep([rollout.observation, rollout.action, returns]) {
      let advantage = returns - baseline(rollout.observation)
      let centred = (advantage - advantage.mean()).detached()
      let weight = centred / (centred.squared().mean().sqrt() + 1e-8)
      let loss = -(weight * actor.logProbability(rollout.action, rollout.observation)).mean()
      actorOptimiser.descend(loss)
      return [
        "actor_loss": loss, "return_estimate": returns.mean(), "advantage_deviation": centred.squared().mean().sqrt(),
      ]
    }
    var baselineFigures: Metrics = [:]
    for _ in 0..<configuration.baselineUpdates {
      baselineFigures = baselineStep([rollout.observation, returns]) {
        let loss = meanSquaredError(baseline(rollout.observation), returns)
        baselineOptimiser.descend(loss)
        return ["baseline_loss": loss]
      }
    }
    return figures + baselineFigures
  }
}
