import ArgumentParser
import Foundation

extension DatasetCommand {
  struct Record: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Record episodes of a policy as a dataset of Minari's.",
      discussion: """
        Any policy in any environment that fits it: ours, or Gymnasium's with --env gym:ID. The same seed gives the same episodes, \
        as far as the environment does.
        """)

    @Argument(
      help: ArgumentHelp(
        "Run folder, exported policy, name of one that ships, or 'random' for uniform actions.", valueName: "run"))
    var policy: String

    @Option(name: .customLong("env"), help: "The environment (default: the run's).")
    var environment: String?

    @OptionGroup var gymnasium: GymnasiumOptions

    @OptionGroup var parameters: ParameterOptions

    @Option(help: ArgumentHelp("Episodes.", valueName: "n"))
    var episodes = 100

    @Option(help: ArgumentHelp("The seed that the episodes are split from.", valueName: "s"))
    var seed = 0

    @Option(help: ArgumentHelp("best, last, or step-N (default: best where there is one).", valueName: "which"))
    var checkpoint: String?

    @Flag(help: "Sample actions, instead of taking the policy's mode.")
    var sampled = false

    @Option(help: ArgumentHelp("The folder to make, such as datasets/hopper-mine-v0.", valueName: "dir"))
    var out: String

    @OptionGroup var output: OutputOptions

    func validate() throws {
      try requireOption("episodes", episodes, in: 1...1_000_000_000)
      if seed < 0 { throw ValidationError("--seed must be 0 or more, not \(seed)") }
      if policy == "random", environment == nil { throw ValidationError("random actions need an environment: --env") }
    }

    func run() throws {
      let reference = environment.map { environmentReference($0) }
      let saved = policy == "random" ? nil : try RunFolder.SavedLearner.named(policy, checkpoint: checkpoint)
      guard let name = reference ?? saved?.environment, name != RunConfiguration.noEnvironment else {
        throw UsageError("\(policy) has no environment: name one with --env")
      }
      let made = try makeEnvironment(saved, reference, name)
      let folder = URL(filePath: out)
      let writer = try MinariWriter(creating: folder, info: info(made, name, saved))
      var written = DatasetWritten(path: out)
      let progress = ProgressLine()
      Interruption.install()
      try EpisodeCollector(made).run(
        saved?.policy, episodes: episodes, seed: seed, deterministic: !sampled
      ) { episode in
        try writer.append(episode)
        written.add(episode)
        progress.tick { "episode \(written.episodes)/\(episodes)" }
        if Interruption.isRequested { throw TrainingError("interrupted: \(out) is not written") }
      }
      try writer.finish()
      progress.close()
      try output.print(written.text, json: ValueTree(encoding: written))
    }

    private func makeEnvironment(
      _ saved: RunFolder.SavedLearner?, _ reference: String?, _ name: String
    ) throws -> any SinewEnvironments.Environment {
      if let saved {
        return try saved.makeEnvironment(reference, parameters: parameters.assignments, adjusting: gymnasium.adjust)
      }
      let environment: any SinewEnvironments.Environment =
        try GymnasiumSettings.isReference(name) ? gymnasium.makeEnvironment(name) : EnvironmentCatalogue.make(name)
      try environment.setParameters(parameters.assignments)
      return environment
    }

    private func info(
      _ environment: any SinewEnvironments.Environment, _ name: String, _ saved: RunFolder.SavedLearner?
    ) -> DatasetInfo {
      var metadata = ["algorithm_name": saved?.algorithm ?? "random"]
      // Python makes the environment again from it.
      metadata["env_spec"] = (environment.innermost as? GymnasiumEnvironment)?.specification
      return DatasetInfo(
        name: URL(filePath: out).lastPathComponent, environment: name,
        observationSize: environment.observationSpace.count, actionLow: environment.actionSpace.low,
        actionHigh: environment.actionSpace.high, metadata: metadata)
    }
  }
}

extension SinewEnvironments.Environment {
  /// The environment inside all wrappers.
  fileprivate var innermost: any SinewEnvironments.Environment {
    (self as? any EnvironmentWrapper)?.base.innermost ?? self
  }
}
