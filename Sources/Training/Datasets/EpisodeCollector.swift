import SinewDatasets
import SinewEnvironments
import SinewEvaluation
import SinewPolicies
import SinewSettings
import SinewTensor

/// Collects whole episodes in an environment, as datasets keep them.
public struct EpisodeCollector {
  let environment: any Environment
  private let scaling: ActionScaling

  /// Collects in `environment`. Throws where the range of an action is not finite.
  public init(_ environment: any Environment) throws {
    self.environment = environment
    scaling = try ActionScaling(environment.actionSpace, environment: environment.name)
  }

  /// Chooses actions in [−1, 1], and is told when an episode begins.
  struct Actor {
    var begin: (RandomGenerator) -> Void
    var act: (_ observation: Span<Float>, _ action: inout MutableSpan<Float>) throws -> Void

    /// Uniform in [−1, 1].
    static func uniform() -> Actor {
      var generator = RandomGenerator(seed: 0)
      return Actor(begin: { generator = $0 }) { _, action in
        for index in action.indices { action[index] = Float(generator.uniform(-1...1)) }
      }
    }
  }

  /// A policy as an actor. Throws `UsageError` where it is of other sizes than the environment.
  func actor(_ policy: any Policy, deterministic: Bool) throws -> Actor {
    let (observations, actions) = (environment.observationSpace.count, environment.actionSpace.count)
    guard policy.observationSize == observations, policy.actionSize == actions else {
      throw UsageError(
        "the policy takes \(policy.observationSize) observations and gives \(policy.actionSize) actions, but "
          + "\(environment.name) has \(observations) and \(actions)")
    }
    return Actor(
      begin: { generator in
        var generator = generator
        policy.beginEpisode(seed: generator.next())
      },
      act: { observation, action in
        policy.act(observations: observation, count: 1, deterministic: deterministic, actions: &action)
      })
  }

  /// Hands episodes to `consume`, one after the other; each has a seed of its own, split from `seed` by its number.
  ///
  /// - Parameters:
  ///   - policy: who acts; nil for uniformly random actions.
  ///   - episodes: how many.
  ///   - seed: decides the episodes.
  ///   - deterministic: whether the policy's mode acts, or a sample of it.
  /// - Throws: `UsageError` for a policy of other sizes than the environment; what the environment, for an action
  ///   that is not finite too, and `consume` throw.
  public func run(
    _ policy: (any Policy)?, episodes: Int, seed: Int, deterministic: Bool, _ consume: (EpisodeData) throws -> Void
  ) throws {
    let actor = try policy.map { try self.actor($0, deterministic: deterministic) } ?? .uniform()
    let seeds = RandomGenerator(seed: UInt64(seed)).split("recorded")
    for episode in 0..<episodes { try consume(collect(actor, generator: seeds.split(UInt64(episode)))) }
  }

  /// One episode, cut off after `limit` steps.
  ///
  /// - Parameters:
  ///   - actor: who acts.
  ///   - noise: standard deviation of the noise on actions in [−1, 1].
  ///   - generator: decides the episode.
  func collect(
    _ actor: Actor, noise: Double = 0, generator: RandomGenerator, atMost limit: Int = .max
  ) throws -> EpisodeData {
    var seeds = generator.split("environment")
    var disturbance = generator.split("noise")
    var observation = try environment.reset(seed: seeds.next())
    actor.begin(generator.split("policy"))
    var data = EpisodeData(observations: observation, actions: [], rewards: [], terminated: false, truncated: false)
    var action = [Float](repeating: 0, count: environment.actionSpace.count)
    var scaled = action
    let limit = min(limit, environment.longestEpisode)
    while !data.terminated, !data.truncated {
      var actions = action.mutableSpan
      try actor.act(observation.span, &actions)
      if noise > 0 {
        for index in action.indices { action[index] += Float(noise * disturbance.normal()) }
      }
      for index in action.indices { action[index] = min(max(action[index], -1), 1) }
      scaling.scale(action, into: &scaled)
      var next = observation.mutableSpan
      let outcome = try environment.checkedStep(action: scaled.span, observation: &next)
      data.actions += scaled
      data.rewards.append(Float(outcome.reward))
      data.observations += observation
      data.terminated = outcome.terminated
      data.truncated = !outcome.terminated && (outcome.truncated || data.count == limit)
    }
    return data
  }
}
