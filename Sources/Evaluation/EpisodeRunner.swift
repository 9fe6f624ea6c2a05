import SinewEnvironments
import SinewPolicies
import SinewSettings
import SinewTensor

/// Runs episodes of a policy in an environment.
package struct EpisodeRunner {
  private let policy: any Policy
  private let environment: any Environment
  private let scaling: ActionScaling
  private let stepLimit: Int
  /// Steps from one plan of the policy to the next.
  private let planLength: Int

  /// Throws `UsageError` where the policy has other sizes than the environment.
  package init(policy: any Policy, environment: any Environment) throws {
    guard
      policy.observationSize == environment.observationSpace.count, policy.actionSize == environment.actionSpace.count
    else {
      throw UsageError(
        "the policy takes \(policy.observationSize) observations and gives \(policy.actionSize) actions, but "
          + "\(environment.name) has \(environment.observationSpace.count) and \(environment.actionSpace.count)")
    }
    self.policy = policy
    self.environment = environment
    scaling = try ActionScaling(environment.actionSpace, environment: environment.name)
    planLength = (policy as? any ChunkPolicy)?.horizons.action ?? 1
    stepLimit = environment.longestEpisode
  }

  /// What came of an episode.
  struct Episode {
    /// Undiscounted sum of the rewards.
    var total = 0.0
    /// Steps.
    var length = 0
    /// Whether the task ended it, not the time limit.
    var terminated = false
    /// Whether the task was solved; nil where it has no notion of success.
    var isSuccess: Bool?
  }

  private func requireFinite(_ observation: [Float], at step: Int) throws {
    guard let index = observation.firstIndex(where: { !$0.isFinite }) else { return }
    throw TrainingError(
      "observation \(index) is \(nonFinite(observation[index])) at step \(step) of an evaluation episode in "
        + "\(environment.name)")
  }

  /// Runs one episode, of which the observers see every step.
  func run(
    seed: UInt64, deterministic: Bool, observers: [any EpisodeObserver], latency: inout ActionLatency,
    stopWhen isStopRequested: () -> Bool = { false }
  ) throws -> Episode {
    var observation = [Float](repeating: 0, count: policy.observationSize)
    var action = [Float](repeating: 0, count: policy.actionSize)
    var scaledAction = action
    var episode = Episode()
    var first = observation.mutableSpan
    try environment.checkedReset(seed: seed, observation: &first)
    // A stream of its own: the environment draws from the seed itself.
    var sampling = RandomGenerator(seed: seed).split("policy")
    policy.beginEpisode(seed: sampling.next())
    for observer in observers { try observer.episodeBegan(in: environment) }
    let clock = ContinuousClock()
    try requireFinite(observation, at: 0)
    while episode.length < stepLimit, !episode.terminated {
      if isStopRequested() { throw InterruptedStep() }
      var actions = action.mutableSpan
      let begin = clock.now
      policy.act(observations: observation.span, count: 1, deterministic: deterministic, actions: &actions)
      latency.add(clock.now - begin, plans: episode.length.isMultiple(of: planLength))
      if let index = action.firstIndex(where: { !$0.isFinite }) {
        throw TrainingError(
          "action \(index) is \(nonFinite(action[index])) at step \(episode.length) of an evaluation episode")
      }
      scaling.scale(action, into: &scaledAction)
      var next = observation.mutableSpan
      let outcome = try environment.checkedStep(action: scaledAction.span, observation: &next)
      episode.total += outcome.reward
      episode.length += 1
      episode.terminated = outcome.terminated
      guard outcome.reward.isFinite else {
        throw TrainingError(
          "the reward is \(nonFinite(outcome.reward)) at step \(episode.length) of an evaluation episode in "
            + "\(environment.name)")
      }
      try requireFinite(observation, at: episode.length)
      for observer in observers { try observer.episodeStepped(in: environment, outcome: outcome) }
      if outcome.truncated { break }
    }
    episode.isSuccess = environment.isSuccess
    for observer in observers {
      try observer.episodeEnded(
        in: environment, total: episode.total, length: episode.length, terminated: episode.terminated)
    }
    return episode
  }
}
