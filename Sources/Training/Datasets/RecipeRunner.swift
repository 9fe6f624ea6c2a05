import Foundation
import SinewDatasets
import SinewEnvironments
import SinewEvaluation
import SinewPolicies
import SinewSettings
import SinewTensor

/// Records the episodes that a recipe describes: the same bits each time.
///
/// Every episode has a seed of its own, split from the recipe's by the part's and the episode's number; from it the environment,
/// the policy's sampling and the noise draw.
public struct RecipeRunner {
  /// What the dataset says about itself.
  public let info: DatasetInfo
  private let recipe: Recipe
  private let environment: any Environment
  private let scaling: ActionScaling

  /// Prepares to follow a recipe. Throws where its environment is unknown.
  public init(_ recipe: Recipe) throws {
    self.recipe = recipe
    environment = try EnvironmentCatalogue.make(recipe.environment)
    scaling = try ActionScaling(environment.actionSpace, environment: environment.name)
    info = DatasetInfo(
      name: recipe.name, environment: recipe.environment, observationSize: environment.observationSpace.count,
      actionLow: environment.actionSpace.low, actionHigh: environment.actionSpace.high,
      referenceReturns: recipe.referenceReturns,
      metadata: [
        "description": recipe.description, "algorithm_name": recipe.parts.map(\.policy).joined(separator: ", "),
        "recipe": try recipe.digest(),
      ])
  }

  /// Records every episode, one after the other, and hands each to `consume`.
  public func run(_ consume: (EpisodeData) throws -> Void) throws {
    for (index, part) in recipe.parts.enumerated() {
      let actor = try actor(part)
      let seeds = RandomGenerator(seed: UInt64(recipe.seed)).split("recipe").split(UInt64(index))
      var (episode, transitions) = (0, 0)
      while true {
        let limit: Int
        switch part.length {
        case .transitions(let count): limit = count - transitions
        case .episodes(let count): limit = episode < count ? Int.max : 0
        }
        if limit == 0 { break }
        let data = try record(actor, noise: part.noise, generator: seeds.split(UInt64(episode)), atMost: limit)
        try consume(data)
        episode += 1
        transitions += data.count
      }
    }
  }

  /// Chooses actions in [−1, 1], and is told when an episode begins.
  private struct Actor {
    var begin: (RandomGenerator) -> Void
    var act: (_ observation: Span<Float>, _ action: inout MutableSpan<Float>) throws -> Void
  }

  private func actor(_ part: Recipe.Part) throws -> Actor {
    if part.policy == "demonstrator" {
      let demonstrator = try EnvironmentCatalogue.demonstrator(for: recipe.environment)
      return Actor(begin: demonstrator.beginEpisode) { [environment] _, action in
        try demonstrator.act(in: environment, action: &action)
      }
    }
    if part.policy == "random" {
      let actions = UniformActions()
      return Actor(begin: { actions.generator = $0 }) { _, action in actions.draw(&action) }
    }
    let policy = try PolicyFile.read(recipe.policies.appending(path: part.policy))
    guard policy.observationSize == info.observationSize, policy.actionSize == info.actionSize else {
      throw UsageError(
        "\(recipe.name): \(part.policy) takes \(policy.observationSize) observations and gives \(policy.actionSize) "
          + "actions, but \(environment.name) has \(info.observationSize) and \(info.actionSize)")
    }
    return Actor(
      begin: { generator in
        var generator = generator
        policy.beginEpisode(seed: generator.next())
      },
      act: { observation, action in
        policy.act(observations: observation, count: 1, deterministic: part.actions == .mode, actions: &action)
      })
  }

  private final class UniformActions {
    var generator = RandomGenerator(seed: 0)

    func draw(_ action: inout MutableSpan<Float>) {
      for index in action.indices { action[index] = Float(generator.uniform(-1...1)) }
    }
  }

  private func record(
    _ actor: Actor, noise: Double, generator: RandomGenerator, atMost limit: Int
  ) throws -> EpisodeData {
    var seeds = generator.split("environment")
    var disturbance = generator.split("noise")
    var observation = try environment.reset(seed: seeds.next())
    actor.begin(generator.split("policy"))
    var data = EpisodeData(observations: observation, actions: [], rewards: [], terminated: false, truncated: false)
    var action = [Float](repeating: 0, count: info.actionSize)
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
      let outcome = try environment.step(action: scaled.span, observation: &next)
      data.actions += scaled
      data.rewards.append(Float(outcome.reward))
      data.observations += observation
      data.terminated = outcome.terminated
      data.truncated = !outcome.terminated && (outcome.truncated || data.count == limit)
    }
    return data
  }
}
