import Sinew

/// Deep deterministic policy gradient (Lillicrap et al., "Continuous control with deep reinforcement learning", arXiv
/// 1509.02971): a critic learns what actions are worth, a deterministic actor climbs it.
final class DDPG: Learner {
  static let about = About(
    "ddpg", "deep deterministic policy gradient", paper: "Lillicrap et al., arXiv 1509.02971")

  struct Configuration: TransitionHyperParameters {
    /// γ, how much the next step's value counts.
    @Fraction var discount: Float = 0.99
    /// τ, the fraction by which targets follow.
    @PositiveFraction var averagingRate: Float = 0.005
    /// Adam's step sizes.
    @Positive var actorLearningRate: Float = 1e-3
    @Positive var criticLearningRate: Float = 1e-3
    /// Standard deviation of the noise on exploring actions, for actions in [−1, 1].
    @NotNegative var explorationNoise: Float = 0.2
    var normaliseObservations = false
    var network = NetworkSettings()
    var replay = ReplayBufferSettings(warmUpSteps: 1_000)
  }

  let configuration: Configuration
  private let actor, targetActor: DeterministicPolicy
  private let critics, targetCritics: QEnsemble
  private let actorOptimiser, criticOptimiser: Adam
  private let exploration: RandomStream
  private let step: Recorded

  var policy: any Policy { actor }

  init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup) {
    self.configuration = configuration
    (actor, targetActor) = withTarget {
      DeterministicPolicy(
        task, configuration.network, explorationNoise: configuration.explorationNoise, generator: setup.split("actor"))
    }
    (critics, targetCritics) = withTarget {
      QEnsemble(task, configuration.network, generator: setup.split("critic"))
    }
    actorOptimiser = Adam(actor, learningRate: configuration.actorLearningRate)
    criticOptimiser = Adam(critics, learningRate: configuration.criticLearningRate)
    exploration = actor.exploration
    step = setup.recorded()
  }

  /// y = r + γ(1 − d) Q′(s′, π′(s′)).
  private func target(_ batch: Transitions) -> Tensor {
    let next = targetActor(batch.nextObservation)
    return batch.reward + batch.discount * targetCritics(batch.nextObservation, next).minimum(axis: 0)
  }

  func update(_ batch: Transitions) -> Metrics {
    step(batch) {
      let value = critics(batch.observation, batch.action)
      let criticLoss = meanSquaredError(value, target(batch))
      criticOptimiser.descend(criticLoss)

      let actorLoss = -critics(batch.observation, actor(batch.observation)).mean()
      actorOptimiser.descend(actorLoss)

      targetActor.follow(actor, rate: configuration.averagingRate)
      targetCritics.follow(critics, rate: configuration.averagingRate)
      return ["critic_loss": criticLoss, "actor_loss": actorLoss, "value_mean": value.mean()]
    }
  }
}
