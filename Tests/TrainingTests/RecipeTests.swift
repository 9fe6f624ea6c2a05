import Foundation
import SinewDatasets
import SinewEnvironments
import SinewEvaluation
import SinewFiles
import SinewPolicies
import SinewTensor
import SinewTestSupport
import Testing

@testable import SinewTraining

@Suite struct RecipeTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func recipe(_ text: String) throws -> Recipe {
    try Recipe(contentsOf: URL(filePath: folder.write(text, to: "Recipes/tiny.yaml")))
  }

  private func episodes(_ recipe: Recipe) throws -> [EpisodeData] {
    var episodes: [EpisodeData] = []
    try RecipeRunner(recipe).run { episodes.append($0) }
    return episodes
  }

  /// What the shipped recipes say their references are, measured anew over fewer episodes.
  @Test func theStoredReferencesAreWhatIsMeasured() throws {
    let hopper = try DatasetCatalogue.recipes.filter { $0.environment == "hopper" }
    #expect(hopper.count == 8)
    let stored = try #require(hopper.first?.referenceReturns)
    #expect(hopper.allSatisfy { $0.referenceReturns == stored })
    let measured = try RecipeRunner.measureReferences(for: DatasetCatalogue.recipe("hopper-random"), episodes: 20)
    #expect(abs(measured.expert - stored.expert) < 15)
    #expect(abs(measured.random - stored.random) < 15)
  }

  /// Policies are those of the robot, MuJoCo's being ours; every level of one robot has the same references.
  @Test func recipesNamePoliciesThatFit() throws {
    let recipes = try DatasetCatalogue.recipes
    for recipe in recipes where !recipe.name.hasSuffix("-demos") {
      let isGymnasiums = recipe.environment.hasPrefix("gym:")
      let name = isGymnasiums ? EnvironmentCatalogue.twin(ofGymnasium: String(recipe.environment.dropFirst(4))) : nil
      let environment = try EnvironmentCatalogue.make(name ?? recipe.environment)
      for part in recipe.parts where part.policy != "random" {
        let policy = try PolicyFile.read(recipe.policies.appending(path: part.policy))
        #expect(policy.observationSize == environment.observationSpace.count, "\(recipe.name): \(part.policy)")
        #expect(policy.actionSize == environment.actionSpace.count, "\(recipe.name): \(part.policy)")
      }
      let transitions = recipe.parts.reduce(0) { sum, part in
        if case .transitions(let count) = part.length { sum + count } else { sum }
      }
      #expect(transitions == 200_000, "\(recipe.name)")
      let references = try #require(recipe.referenceReturns, "\(recipe.name)")
      #expect(references.expert > references.random)
      #expect(
        recipes.allSatisfy { $0.environment != recipe.environment || $0.referenceReturns == references },
        "\(recipe.name)")
    }
  }

  @Test func partsLastAsLongAsTheySay() throws {
    let recipe = try recipe(
      """
      environment: hopper
      seed: 3
      parts:
        - {policy: random, transitions: 100}
        - {policy: random, episodes: 4}
      """)
    let made = try episodes(recipe)
    #expect(try episodes(recipe) == made)
    let lengths = made.map(\.count)
    #expect(lengths.dropLast(4).reduce(0, +) == 100)
    #expect(made.dropLast(5).allSatisfy { $0.terminated && !$0.truncated })
    #expect(made.suffix(4).allSatisfy { $0.terminated })
    #expect(made.allSatisfy { $0.actions.allSatisfy { (-1...1).contains($0) } })
    // Another seed, other episodes.
    var other = recipe
    other.seed = 4
    #expect(try episodes(other) != made)
    #expect(try other.digest() != recipe.digest())
  }

  @Test func policiesOfFilesAct() throws {
    let policy = DeterministicPolicy(
      TaskShape(observationSize: 11, actionSize: 3), NetworkSettings(hiddenSizes: [8]),
      generator: RandomGenerator(seed: 1))
    try FileManager.default.createDirectory(
      at: folder.url.appending(path: "policies"), withIntermediateDirectories: true)
    try PolicyFile.write(policy, to: folder.url.appending(path: "policies/mine.safetensors"))
    let made = try episodes(
      recipe(
        """
        environment: hopper
        parts: [{policy: mine.safetensors, actions: mode, episodes: 1}]
        """))
    var expected = [Float](repeating: 0, count: 3)
    var actions = expected.mutableSpan
    policy.act(
      observations: Array(made[0].observations.prefix(11)).span, count: 1, deterministic: true, actions: &actions)
    #expect(Array(made[0].actions.prefix(3)) == expected)
  }

  @Test func policyFilesGiveThePolicyBack() throws {
    let policy = GaussianPolicy(
      TaskShape(observationSize: 4, actionSize: 2), NetworkSettings(hiddenSizes: [8, 5]),
      generator: RandomGenerator(seed: 1))
    let file = folder.url.appending(path: "policy.safetensors")
    try PolicyFile.write(policy, to: file)
    let read = try PolicyFile.read(file)
    #expect(read.observationSize == 4 && read.actionSize == 2)
    for (one, other) in zip(policy.parameters, try #require(read as? GaussianPolicy).parameters) {
      #expect(one.value.floats == other.value.floats)
    }
    var state = try StateDictionary(contentsOf: file)
    state.metadata["policy"] = "wizard"
    try state.write(to: file)
    #expect(throws: FileError.self) { try PolicyFile.read(file) }
    state.metadata["policy"] = "gaussian"
    state.set("layers.1.weight", floats: [Float](repeating: 0, count: 15), shape: [3, 5])
    try state.write(to: file)
    #expect(throws: FileError.self) { try PolicyFile.read(file) }
  }

  @Test(arguments: [
    ("parts: []\nenvironment: hopper", "parts must be a list of at least one policy"),
    ("parts: [{policy: random, episodes: 1}]", "the key 'environment' is missing"),
    (
      "environment: hopper\nparts: [{policy: random}]",
      "parts, number 1: needs either transitions or episodes, at least 1"
    ),
    (
      "environment: hopper\nparts: [{policy: random, episodes: 1, actions: best}]",
      "parts, number 1: actions must be sampled or mode, not 'best'"
    ),
    (
      "environment: hopper\nparts: [{policy: random, episodes: -1}]",
      "parts, number 1: episodes must be 0 or more, not -1"
    ),
    ("environment: [hopper]\nparts: 1", "environment must be a text"),
    ("a: [", "not valid YAML"),
    ("- a", "expected keys and values"),
  ])
  func brokenRecipesAreNamed(text: String, problem: String) throws {
    #expect {
      try recipe(text)
    } throws: { error in
      "\(error)".contains("tiny.yaml: ") && "\(error)".contains(problem)
    }
  }
}
