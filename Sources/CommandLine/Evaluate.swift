import ArgumentParser
import Foundation

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a trained policy for whole episodes and report its return.",
    discussion: """
      Deterministic actions (policies that sample do so from the seed), no learning. The seed decides the episodes; they are never those that chose the best \
      policy during training.
      """)

  @Argument(help: ArgumentHelp("Run folder, exported policy, or name of one that ships.", valueName: "run"))
  var runFolder: String

  @Option(name: .customLong("env"), help: "Another environment than the run's.")
  var environment: String?

  @OptionGroup var gymnasium: GymnasiumOptions

  @OptionGroup var parameters: ParameterOptions

  @Option(
    help: ArgumentHelp(
      "Evaluate at several values of a parameter: friction=0.2:2:10 (low:high:count), or friction=0.5,1,2.",
      valueName: "name=values"))
  var sweep: String?

  @OptionGroup var family: FamilyOptions

  @Option(help: ArgumentHelp("Episodes.", valueName: "n"))
  var episodes = 20

  @Option(help: ArgumentHelp("The seed that the episodes are split from.", valueName: "s"))
  var seed = 0

  @Option(help: ArgumentHelp("best, last, or step-N (default: best where there is one).", valueName: "which"))
  var checkpoint: String?

  @Flag(help: "Also run uniform random actions, to compare with.")
  var random = false

  @OptionGroup var viewing: ViewingOptions

  @OptionGroup var steering: SteeringOptions

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if episodes < 1 { throw ValidationError("--episodes must be at least 1, not \(episodes)") }
    if seed < 0 { throw ValidationError("--seed must be 0 or more, not \(seed)") }
    if let sweep { _ = try ParameterSweep(sweep) }
    guard let table = sweep != nil ? "--sweep" : family.family != nil ? "--family" : nil else { return }
    if random || viewing.replay != nil || viewing.draws {
      throw ValidationError("\(table) prints a table: leave --random, --replay, --video and --picture out")
    }
    if family.family != nil, sweep != nil || !parameters.parameters.isEmpty {
      throw ValidationError("--family says what the parameters are: leave --sweep and --parameter out")
    }
    if !family.against.isEmpty, steering.isUsed {
      throw ValidationError("--against compares policies as they are: leave steering out")
    }
  }

  func run() throws {
    try requirePageName(viewing.replay)
    let saved = try RunFolder.SavedLearner.named(runFolder, checkpoint: checkpoint)
    let other = environment.map { environmentReference($0) }
    let reference = other ?? saved.environment
    if reference == RunConfiguration.noEnvironment {
      throw UsageError("\(runFolder) has no environment: name one with --env")
    }
    try viewing.requireWritableFiles()
    if other == nil { try noteChangedRobot(of: saved.run) }
    if let file = family.family {
      return try runFamily(file, policy: steering.policy(saved, of: runFolder, seed: seed), saved: saved)
    }
    let environment = try saved.makeEnvironment(
      other, parameters: parameters.assignments, renders: viewing.draws, adjusting: gymnasium.adjust)
    let (chosen, step) = (saved.checkpoint?.description ?? "exported", saved.step)
    let policy = try steering.policy(saved, of: runFolder, seed: seed)
    if let sweep { return try runSweep(ParameterSweep(sweep), policy: policy, in: environment, saved: saved) }

    let recording = viewing.recording(
      title: "\(environment.name) · \(saved.algorithm)",
      subtitle: (["\(chosen) of \(runFolder), after \(step) steps of training"] + [steering.text].compactMap { $0 })
        .joined(separator: "; "),
      page: viewing.replay != nil)
    let progress = ProgressLine()
    var evaluation = try Evaluation(
      of: policy, in: environment, episodes: episodes, seed: seed, observers: recording.observers,
      afterEpisode: { episode in progress.tick { "episode \(episode)/\(episodes)" } })
    progress.close()
    // What scores are normalised with holds for the environment of the dataset.
    if reference == saved.environment { evaluation.references = saved.task.referenceReturns }

    var randomEvaluation =
      random
      ? try Evaluation(
        of: UniformRandomPolicy(for: environment, seed: seed), in: environment, episodes: episodes, seed: seed) : nil
    randomEvaluation?.references = evaluation.references
    try recording.write(page: viewing.replay, picture: viewing.picture, of: environment)
    let result = Result(
      run: runFolder, checkpoint: chosen, step: step, policy: evaluation, random: randomEvaluation,
      steering: steering, planSteps: (policy as? any ChunkPolicy)?.horizons.action)
    try output.print(result.text, json: result.json)
  }
}

extension Evaluate {
  /// What was measured, for people and for programs.
  struct Result {
    var run: String
    var checkpoint: String
    var step: Int
    var policy: Evaluation
    var random: Evaluation?
    var steering: SteeringOptions
    /// Actions that a plan lasts for; nil for a policy that does not plan ahead.
    var planSteps: Int?

    private var showsLatency: Bool { planSteps != nil || steering.isUsed }

    var text: String {
      let table = aligned(
        [Self.header(policy), Self.row("policy", policy)] + (random.map { [Self.row("random", $0)] } ?? []))
      let heading =
        "\(run) (\(checkpoint.hasPrefix("step-") ? "" : "\(checkpoint), ")step \(step)) in \(policy.environment), "
        + "\(policy.returns.count) episodes, seed \(policy.seed)"
      let latency =
        showsLatency
        ? [
          "\(figure(policy.latency.median)) µs at the median for an action that has to be planned, "
            + "\(figure(policy.latency.mean)) µs a control step on average"
        ] : []
      let parameters =
        policy.parameters.isEmpty ? nil : "parameters: \(policy.parameters.map(\.description).joined(separator: ", "))"
      return ([heading] + [steering.text, parameters].compactMap { $0 } + table + latency).joined(separator: "\n")
    }

    /// What the columns of ``row(_:_:)`` are.
    static func header(_ evaluation: Evaluation?) -> [String] {
      ["", "return", "std", "95 % interval", "iqm", "length"]
        + (evaluation?.references == nil ? [] : ["normalised score"])
        + (evaluation?.successRate == nil ? [] : ["success", "95 % interval"])
    }

    static func row(_ name: String, _ evaluation: Evaluation) -> [String] {
      let interval = evaluation.returnInterval
      return [
        name, figure(evaluation.returnMean), figure(evaluation.returnDeviation),
        "\(figure(interval.lowerBound)) to \(figure(interval.upperBound))",
        figure(evaluation.returnInterquartileMean), figure(evaluation.lengthMean),
      ] + (evaluation.normalizedScore.map { [figure($0)] } ?? []) + success(evaluation)
    }

    private static func success(_ evaluation: Evaluation) -> [String] {
      guard let rate = evaluation.successRate, let interval = evaluation.successInterval else { return [] }
      return [
        "\(figure(100 * rate)) %", "\(figure(100 * interval.lowerBound)) to \(figure(100 * interval.upperBound)) %",
      ]
    }

    /// The run and its checkpoint, then the figures of the policy, then those of random actions.
    var json: ValueTree {
      get throws {
        let heading = [
          ValueTree.Entry("run", .text(run)), ValueTree.Entry("checkpoint", .text(checkpoint)),
          ValueTree.Entry("step", .integer(step)),
        ]
        let figures = try ValueTree(encoding: policy.summary).entries
        let latency = showsLatency ? policy.latency.entries : []
        let comparison = try random.map { [ValueTree.Entry("random", try ValueTree(encoding: $0.summary))] } ?? []
        return .table(try heading + steering.entries + figures + latency + comparison)
      }
    }
  }
}
