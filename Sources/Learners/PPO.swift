import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// Proximal policy optimisation (Schulman et al., arXiv 1707.06347) with generalised advantages (arXiv 1506.02438):
/// several passes of minibatches over each rollout, kept near the policy that made it by a surrogate of one's choice.
public final class PPO: Learner {
  public static let about = About(
    "ppo", "proximal policy optimisation, with a choice of surrogates", paper: "Schulman et al., arXiv 1707.06347")

  /// Defaults are CleanRL's for one environment.
  public struct Configuration: HyperParameters {
    /// γ, how much the next step's reward counts.
    @Fraction public var discount: Float = 0.99
    /// λ of generalised advantages.
    @Fraction public var advantageDecay: Float = 0.95
    /// Steps of each environment in a rollout.
    @Count public var rolloutSteps = 2048
    /// Passes over a rollout, and the minibatches of each.
    @CountWithin<1, 1_000> public var epochs = 10
    @CountWithin<1, 1_000> public var minibatches = 32
    /// Adam's step size.
    @Positive public var learningRate: Float = 3e-4
    /// Whether the step size falls to 0 in a straight line over the run.
    public var annealsLearningRate = true
    /// KL(π_old‖π) that the step size is steered to, within 1e-5 and 1e-2, in place of annealing; 0 leaves it (rsl_rl's
    /// is 0.01).
    @NotNegative public var targetDivergence: Float = 0
    /// Whether advantages are brought to mean 0 and deviation 1 in each minibatch; those of bpo never are.
    public var normaliseAdvantages = true
    /// Whether the value's step is clipped to ±ε too.
    public var clipsValues = true
    /// What the value's loss and the entropy count.
    @NotNegative public var valueWeight: Float = 0.5
    @NotNegative public var entropyWeight: Float = 0
    /// Gradients are scaled down to this norm.
    @Positive public var maximumGradientNorm: Float = 0.5
    /// What log σ of the policy begins with; at least −5 and at most 2.
    public var initialLogDeviation: Float = 0
    public var surrogate = SurrogateSettings()
    public var normaliseObservations = true
    public var normaliseRewards = true
    public var network = NetworkSettings(hiddenSizes: [64, 64])

    public init() {}

    public func validate() throws {
      try require(
        (-5...2).contains(initialLogDeviation), "initial_log_deviation", initialLogDeviation, expected: "from -5 to 2")
    }
  }

  public typealias Minibatch = Rollout
  public let configuration: Configuration
  private let actor: DiagonalGaussianPolicy
  private let value: StateValue
  /// U(s), the median of returns, for bpo.
  private let median: StateValue?
  private let optimiser: Adam
  private let shuffling, exploration: RandomStream
  private let updates = Counter()
  private let evaluation, step: Recorded
  @NotSaved private var plannedUpdates = 0

  public var policy: any Policy { actor }
  public var request: Rollout.Request { Rollout.Request(steps: configuration.rolloutSteps) }

  public init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    let hidden = Initialisation.orthogonal(gain: Float(2).squareRoot())
    actor = DiagonalGaussianPolicy(
      task, configuration.network, cutsOff: false, squashesMean: false, activation: .tanh, initialisation: hidden,
      outputInitialisation: .orthogonal(gain: 0.01), logStandardDeviation: configuration.initialLogDeviation,
      generator: setup.split("actor"))
    func makeValue(_ name: String) -> StateValue {
      StateValue(
        task, configuration.network, activation: .tanh, initialisation: hidden,
        outputInitialisation: .orthogonal(gain: 1), generator: setup.split(name))
    }
    value = makeValue("value")
    median = configuration.surrogate.kind == .bpo ? makeValue("median") : nil
    optimiser = Adam(
      Modules([("actor", actor), ("value", value)] + (median.map { [("median", $0)] } ?? [])),
      learningRate: configuration.learningRate, epsilon: 1e-5, maximumGradientNorm: configuration.maximumGradientNorm)
    exploration = actor.exploration
    shuffling = setup.stream("shuffling")
    (evaluation, step) = (setup.recorded(), setup.recorded())
  }

  public func begin(_ run: RunFacts) { plannedUpdates = run.updates }

  public func update(_ rollout: Rollout) -> Metrics {
    let progress = plannedUpdates > 0 ? min(Float(updates.count) / Float(plannedUpdates), 1) : 0
    if configuration.annealsLearningRate && configuration.targetDivergence == 0 {
      optimiser.learningRate = configuration.learningRate * (1 - progress)
    }
    let batch = OnPolicyBatch(rollout, weight: 1 / max(1 - progress, 1e-3), evaluate(rollout), configuration)
    var metrics: Metrics = [:]
    for _ in 0..<configuration.epochs {
      for rows in batch.shuffled(shuffling, into: configuration.minibatches) {
        metrics = step(batch.tensors + [rows]) { descend(batch.rows(at: rows)) }
        optimiser.steer(metrics["divergence"] ?? 0, to: configuration.targetDivergence)
      }
    }
    updates.count += 1
    return metrics
  }

  /// V(s), V(s′), and the mean action and log σ of the policy that acted.
  private func evaluate(_ rollout: Rollout) -> [Tensor] {
    evaluation([rollout.observation, rollout.nextObservation]) {
      let old = actor.distribution(rollout.observation)
      return [value(rollout.observation), value(rollout.nextObservation), old.mean, old.logStandardDeviation]
    }
  }

  private func descend(_ batch: OnPolicyBatch.Rows) -> Metrics {
    let new = actor.distribution(batch.observation)
    let ratio = (new.logProbability(of: batch.action) - batch.old.logProbability(of: batch.action)).exp()
    let values = value(batch.observation)
    let range = configuration.surrogate.clipRange
    let medianError = median.map { batch.returns - $0(batch.observation) }
    let surrogate = configuration.surrogate.loss(
      SurrogateInput(
        ratio: ratio, advantage: median == nil ? batch.advantage : (batch.returns - values).detached(),
        medianAdvantage: medianError?.detached(), divergence: batch.old.divergence(from: new),
        divergenceWeight: batch.divergenceWeight))
    // E softplus(e) − e/2 of e = R − U, a smooth |e|/2.
    let medianLoss = medianError.map { ($0.softplus() - $0 * 0.5).mean() } ?? .zeros([1])
    let valueLoss = batch.valueErrors(values, clippedTo: configuration.clipsValues ? range : nil).mean() * 0.5
    optimiser.descend(
      surrogate + (valueLoss + medianLoss) * configuration.valueWeight - new.entropy * configuration.entropyWeight)
    return [
      "actor_loss": surrogate, "critic_loss": valueLoss, "entropy": new.entropy,
      "divergence": new.divergence(from: batch.old).mean(),
    ] + configuration.surrogate.figures(ratio)
  }
}
