import ArgumentParser
import Foundation

struct Select: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "See how many episodes it takes to find the best of several trained policies.",
    discussion: """
      Each policy runs a number of episodes once. From these a bandit draws: it pulls policies, a pull being an episode, \
      and after each the policy with the greatest mean so far is the best found. Many orders of pulls give its score and \
      spread over the number of pulls.
      """)

  @OptionGroup var policies: PolicyOptions

  @Option(name: .customLong("env"), help: "Where they act (default: the environment of the first).")
  var environment: String?

  @Option(help: ArgumentHelp("Pulls of the bandit.", valueName: "n"))
  var pulls = 50

  @Option(help: ArgumentHelp("Episodes of each policy, which pulls are drawn from.", valueName: "n"))
  var episodes = 20

  @Option(help: ArgumentHelp("Orders of pulls.", valueName: "n"))
  var orders = 1000

  @Option(help: ArgumentHelp("The seed of episodes and orders.", valueName: "s"))
  var seed = 0

  @Option(help: ArgumentHelp("Write a page.", valueName: "file.html"))
  var out: String?

  @OptionGroup var gymnasium: GymnasiumOptions

  @OptionGroup var output: OutputOptions

  func validate() throws {
    try requireOption("pulls", pulls, in: 1...100_000)
    try requireOption("episodes", episodes, in: 1...100_000)
    try requireOption("orders", orders, in: 1...1_000_000)
    if pulls * orders > 50_000_000 {
      throw ValidationError("--pulls times --orders may be 50000000 at most, not \(pulls * orders)")
    }
    if seed < 0 { throw ValidationError("--seed must be 0 or more, not \(seed)") }
  }

  func run() throws {
    try requirePageName(out)
    let entrants = try policies.load()
    guard entrants.count >= 2 else { throw UsageError("a choice takes two policies at least") }
    let reference = environment.map { environmentReference($0) } ?? entrants.compactMap(\.saved?.environment).first
    guard let reference, reference != RunConfiguration.noEnvironment else {
      throw UsageError("\(entrants[0].name) has no environment: name one with --env")
    }
    try requireWritable([out])
    // What cannot act there is said before anything runs.
    let ready = try entrants.map { name, saved in
      let made =
        try saved?.makeEnvironment(reference == saved?.environment ? nil : reference, adjusting: gymnasium.adjust)
        ?? (GymnasiumSettings.isReference(reference)
          ? gymnasium.makeEnvironment(reference) : EnvironmentCatalogue.make(reference))
      let policy = saved?.policy ?? UniformRandomPolicy(for: made, seed: seed)
      do { _ = try EpisodeRunner(policy: policy, environment: made) } catch { throw UsageError("\(name): \(error)") }
      return (name: name, policy: policy, environment: made)
    }
    Interruption.install()
    let progress = ProgressLine()
    defer { progress.close() }
    do {
      let returns = try ready.map { name, policy, environment in
        try Evaluation(
          of: policy, in: environment, episodes: episodes, seed: seed, stream: "evaluation",
          afterEpisode: { episode in progress.tick { "\(name): episode \(episode)/\(episodes)" } },
          stopWhen: { Interruption.isRequested }
        ).returns
      }
      let selection = try PolicySelection(
        returns: returns, pulls: pulls, orders: orders,
        generator: RandomGenerator(seed: UInt64(seed)).split("selection"))
      let figures = Figures(
        environment: reference, episodes: episodes, orders: orders, seed: seed, names: ready.map(\.name),
        selection: selection)
      if let out {
        try selection.page(title: "The best of \(ready.count) policies", notes: figures.notes, names: figures.names)
          .write(toFile: out)
      }
      progress.close()
      try output.print(
        figures.text + (out.map { "\nwritten: \($0)" } ?? ""), json: figures.json)
    } catch is InterruptedStep {
      Interruption.endIfRequested()
      throw TrainingError("stopped")
    }
  }

  /// What was found, for people and for programs.
  private struct Figures {
    let environment: String
    let episodes, orders, seed: Int
    let names: [String]
    let selection: PolicySelection

    var notes: [String] {
      [
        "\(names.count) policies in \(environment), \(episodes) episodes of each, \(grouped(orders)) orders, seed \(seed)"
      ]
    }

    var text: String {
      let (curve, policies) = (selection.table, selection.policyTable(names))
      return (notes + aligned([curve.header] + curve.rows) + [""] + aligned([policies.header] + policies.rows))
        .joined(separator: "\n")
    }

    private struct Policy: Encodable {
      let policy: String
      let returnMean, chosen: Double
    }

    private struct Contents: Encodable {
      let environment: String
      let episodes, orders, seed: Int
      let unaided: Double
      let policies: [Policy]
      let ucb, turns: [PolicySelection.Point]
    }

    var json: ValueTree {
      get throws {
        try ValueTree(
          encoding: Contents(
            environment: environment, episodes: episodes, orders: orders, seed: seed, unaided: selection.unaided,
            policies: names.indices.map {
              Policy(policy: names[$0], returnMean: selection.means[$0], chosen: selection.chosen[$0])
            }, ucb: selection.curves[.ucb] ?? [], turns: selection.curves[.turns] ?? []))
      }
    }
  }
}
