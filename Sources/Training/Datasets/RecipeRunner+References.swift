import SinewDatasets
import SinewEnvironments
import SinewFiles
import SinewGymnasium
import SinewTensor

extension RecipeRunner {
  /// Measures what a recipe's scores are normalised with: mean returns over whole episodes of uniformly random actions,
  /// and of the mode of the environment's expert policy (`ENVIRONMENT-expert.safetensors`, or its demonstrator where
  /// there is none). For one of Gymnasium's it is the expert of ours that is the same robot.
  public static func measureReferences(for recipe: Recipe, episodes: Int = 100) throws -> ReferenceReturns {
    func mean(_ policy: String) throws -> Double {
      var single = recipe
      single.seed = 1_000_000
      single.parts = [.init(policy: policy, actions: .mode, length: .episodes(episodes))]
      var total = 0.0
      try RecipeRunner(single).run { total += $0.rewards.reduce(0) { $0 + Double($1) } }
      return total / Double(episodes)
    }
    let id = recipe.environment.dropFirst(
      GymnasiumSettings.isReference(recipe.environment) ? GymnasiumSettings.prefix.count : 0)
    let file = "\(EnvironmentCatalogue.twin(ofGymnasium: String(id)) ?? String(id))-expert.safetensors"
    let expert = FileSystem.exists(recipe.policies.appending(path: file)) ? file : "demonstrator"
    return ReferenceReturns(random: try mean("random"), expert: try mean(expert))
  }
}
