import ArgumentParser
import Foundation

struct Compose: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Let two trained policies act as one, and find the weight that is best.",
    discussion: """
      Diffusion and flow policies, in any mixture. For each weight the same episodes; 'sinew evaluate A --compose B:W' \
      then acts with one of them.
      """)

  @Argument(
    help: ArgumentHelp("Run folder or policy file of the first policy, or its name where it ships.", valueName: "run-a")
  )
  var first: String

  @Argument(help: ArgumentHelp("The same of the second policy, whose weight is searched.", valueName: "run-b"))
  var second: String

  @Option(name: .customLong("env"), help: "Another environment than the first run's.")
  var environment: String?

  @OptionGroup var gymnasium: GymnasiumOptions

  @Flag(help: "Try the weights 0, 0.1 … 1.")
  var search = false

  @Option(help: ArgumentHelp("Try these weights of the second policy, such as 0,0.25,0.5.", valueName: "w,w…"))
  var weights: String?

  @Option(help: ArgumentHelp("Episodes for each weight.", valueName: "n"))
  var episodes = 50

  @Option(help: ArgumentHelp("The seed that the episodes are split from.", valueName: "s"))
  var seed = 0

  @Option(
    name: [.customLong("out"), .customLong("page")],
    help: ArgumentHelp("Write a page with the curve and the table.", valueName: "file.html"))
  var out: String?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if episodes < 1 { throw ValidationError("--episodes must be at least 1, not \(episodes)") }
    if seed < 0 { throw ValidationError("--seed must be 0 or more, not \(seed)") }
    guard search != (weights != nil) else { throw ValidationError("say which weights to try: --search or --weights") }
    _ = try chosenWeights()
  }

  private func chosenWeights() throws -> [Double] {
    guard let weights else { return CompositionSearch.grid }
    return try weights.split(separator: ",", omittingEmptySubsequences: false).map { text in
      guard let weight = Double(text), (0...1).contains(weight) else {
        throw ValidationError("--weights \(weights): '\(text)' is no weight from 0 to 1")
      }
      return weight
    }
  }

  func run() throws {
    try requirePageName(out)
    let saved = try (RunFolder.SavedLearner.named(first), RunFolder.SavedLearner.named(second))
    let other = environment.map { environmentReference($0) }
    if (other ?? saved.0.environment) == RunConfiguration.noEnvironment {
      throw UsageError("\(first) has no environment: name one with --env")
    }
    try requireWritable([out])
    if other == nil { try noteChangedRobot(of: saved.0.run) }
    let environment = try saved.0.makeEnvironment(other, adjusting: gymnasium.adjust)
    let weights = try chosenWeights()
    let progress = ProgressLine()
    let search = try CompositionSearch(
      (first, saved.0), (second, saved.1), weights: weights, in: environment, episodes: episodes, seed: seed,
      afterEpisode: { episode in progress.tick { "episode \(episode)/\(episodes * weights.count)" } })
    progress.close()
    let subtitle = "\(environment.name), \(episodes) episodes for each weight, seed \(seed)"
    if let out {
      try search.page(title: "\(first) with \(second)", subtitle: subtitle).write(toFile: out)
    }
    let heading = "\(first) with \(second) in \(subtitle)"
    try output.print(
      ([heading] + aligned([search.header] + search.cells) + [search.conclusion]).joined(separator: "\n"),
      json: .table(
        [
          ValueTree.Entry("environment", .text(environment.name)), ValueTree.Entry("episodes", .integer(episodes)),
          ValueTree.Entry("seed", .integer(seed)),
        ] + search.tree.entries))
  }
}
