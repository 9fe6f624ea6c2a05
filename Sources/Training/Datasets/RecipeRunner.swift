import Foundation
import SinewDatasets
import SinewEnvironments
import SinewGymnasium
import SinewPolicies
import SinewSettings
import SinewTensor

/// Records the episodes that a recipe describes: the same bits each time.
///
/// Every episode has a seed of its own, split from the recipe's by the part's and the episode's number; from it the
/// environment, the policy's sampling and the noise draw.
public struct RecipeRunner {
  /// What the dataset says about itself.
  public let info: DatasetInfo
  private let recipe: Recipe
  private let collector: EpisodeCollector

  /// Prepares to follow a recipe. Throws where its environment is unknown, or is Gymnasium's and cannot be hosted.
  public init(_ recipe: Recipe) throws {
    self.recipe = recipe
    let environment = try recipe.makeEnvironment()
    collector = try EpisodeCollector(environment)
    info = DatasetInfo(
      name: recipe.name, environment: recipe.environment, observationSize: environment.observationSpace.count,
      actionLow: environment.actionSpace.low, actionHigh: environment.actionSpace.high,
      referenceReturns: recipe.referenceReturns,
      metadata: [
        "description": recipe.description, "algorithm_name": recipe.parts.map(\.policy).joined(separator: ", "),
        "recipe": try recipe.digest(),
        // Python makes the environment again from it.
        "env_spec": (environment as? GymnasiumEnvironment)?.specification,
      ].compactMapValues(\.self))
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
        let data = try collector.collect(
          actor, noise: part.noise, generator: seeds.split(UInt64(episode)), atMost: limit)
        try consume(data)
        episode += 1
        transitions += data.count
      }
    }
  }

  private func actor(_ part: Recipe.Part) throws -> EpisodeCollector.Actor {
    if part.policy == "demonstrator" {
      let demonstrator = try EnvironmentCatalogue.demonstrator(for: recipe.environment)
      return EpisodeCollector.Actor(begin: demonstrator.beginEpisode) {
        [environment = collector.environment] _, action in
        try demonstrator.act(in: environment, action: &action)
      }
    }
    if part.policy == "random" { return .uniform() }
    let policy = try PolicyFile.read(recipe.policies.appending(path: part.policy))
    do { return try collector.actor(policy, deterministic: part.actions == .mode) } catch {
      throw UsageError("\(recipe.name): \(part.policy): \(error)")
    }
  }
}
