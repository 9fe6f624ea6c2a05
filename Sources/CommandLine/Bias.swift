import ArgumentParser
import Foundation

struct Bias: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare what a run's critic predicts with what follows.",
    discussion: """
      Predicted minus Monte-Carlo value, at pairs of observation and action that the critic's policy visits; above 0 \
      the critic promises too much.
      """)

  @Argument(help: ArgumentHelp("Run folder.", valueName: "run"))
  var runFolder: String

  @Option(help: ArgumentHelp("Episodes that pairs are taken from.", valueName: "n"))
  var episodes = 20

  @Option(help: ArgumentHelp("Pairs of an episode at most.", valueName: "n"))
  var pairs = 20

  @Option(help: ArgumentHelp("Rollouts from each pair.", valueName: "n"))
  var rollouts = 4

  @Option(help: ArgumentHelp("The seed that all of it is split from.", valueName: "s"))
  var seed = 0

  @Option(help: ArgumentHelp("best, last, or step-N (default: last).", valueName: "which"))
  var checkpoint: String?

  @Flag(help: "A row for each checkpoint that the run keeps.")
  var everyCheckpoint = false

  @Option(help: ArgumentHelp("Write a page with every pair.", valueName: "file.html"))
  var out: String?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    for (name, value) in [("episodes", episodes), ("pairs", pairs), ("rollouts", rollouts)]
    where !(1...100_000).contains(value) {
      throw ValidationError("--\(name) must be 1 to 100000, not \(value)")
    }
    if seed < 0 { throw ValidationError("--seed must be 0 or more, not \(seed)") }
    if everyCheckpoint, checkpoint != nil || out != nil {
      throw ValidationError("--every-checkpoint prints a table: leave --checkpoint and --out out")
    }
  }

  func run() throws {
    try requirePageName(out)
    let folder = try RunFolder(URL(filePath: runFolder))
    try requireWritable([out])
    let (configuration, _) = try folder.settings()
    if configuration.environment == RunConfiguration.noEnvironment {
      throw UsageError("\(runFolder) has no environment to act in")
    }
    let chosen: [RunFolder.Checkpoint] =
      try everyCheckpoint
      ? folder.checkpointSteps().map { .step($0) }
      : [folder.checkpoint(named: checkpoint) ?? folder.checkpointSteps().last.map { .step($0) } ?? .best]
    // Before a dataset is read for it.
    _ = try folder.loadCritic(chosen.first)
    let statistics = try configuration.dataset == nil ? nil : loadDataset(configuration).statistics
    Interruption.install()
    let measured = try chosen.map { try measure($0, of: folder, statistics) }
    if let out, let first = measured.first {
      try first.bias.page(title: "Bias of the critic of \(runFolder)", notes: notes(first)).write(toFile: out)
    }
    try output.print(text(measured) + (out.map { "\nwritten: \($0)" } ?? ""), json: json(measured))
  }

  private struct Measured {
    let saved: RunFolder.SavedLearner
    let prediction: ValuePrediction
    let bias: ValueBias
  }

  private func measure(
    _ checkpoint: RunFolder.Checkpoint, of folder: RunFolder, _ statistics: DatasetStatistics?
  ) throws -> Measured {
    let saved = try folder.loadLearner(checkpoint, statistics: statistics)
    guard let prediction = saved.prediction else {
      throw UsageError("\(runFolder): \(saved.algorithm) does not say what its critic predicts")
    }
    var settings = ValueBias.Settings()
    (settings.episodes, settings.pairs, settings.rollouts, settings.seed) = (episodes, pairs, rollouts, seed)
    let progress = ProgressLine()
    defer { progress.close() }
    do {
      let bias = try ValueBias.measure(
        prediction, settings, in: { try saved.makeEnvironment() },
        progress: { share in progress.tick { "\(checkpoint): \(Int(100 * share)) %" } },
        stopWhen: { Interruption.isRequested })
      return Measured(saved: saved, prediction: prediction, bias: bias)
    } catch is InterruptedStep {
      Interruption.endIfRequested()
      throw TrainingError("stopped")
    }
  }

  private func notes(_ measured: Measured) -> [String] {
    let bias = measured.bias
    let way =
      bias.rollouts == 1 && !measured.prediction.policy.isDeterministic
      ? "one sum for each pair, along its episode" : "rollouts from each pair: \(bias.rollouts)"
    return [
      "\(runFolder) (\(measured.saved.checkpoint?.description ?? "")), \(measured.saved.algorithm) in \(measured.saved.environment)",
      "predicted: \(measured.prediction.summary)",
      "\(bias.samples.count) pairs of \(episodes) episodes, discount \(measured.prediction.discount), sums of at most \(bias.horizon) steps, \(way), seed \(seed)",
    ]
  }

  private func text(_ measured: [Measured]) -> String {
    guard let first = measured.first else { return "\(runFolder) keeps no checkpoint" }
    guard everyCheckpoint else {
      return (notes(first) + aligned([first.bias.table.header] + first.bias.table.rows)).joined(separator: "\n")
    }
    let rows = measured.flatMap { entry in entry.bias.table.rows.map { ["\(entry.saved.step)"] + $0 } }
    return (Array(notes(first).dropFirst()) + aligned([["step"] + first.bias.table.header] + rows))
      .joined(separator: "\n")
  }

  private struct Figures: Encodable {
    let checkpoint: String
    let step, pairs: Int
    let mean, smallest: ValueBias.Summary
  }

  private func json(_ measured: [Measured]) throws -> ValueTree {
    try ValueTree(
      encoding: [
        "checkpoints": measured.map { entry in
          Figures(
            checkpoint: entry.saved.checkpoint?.description ?? "", step: entry.saved.step,
            pairs: entry.bias.samples.count, mean: entry.bias.summary(.mean), smallest: entry.bias.summary(.smallest))
        }
      ])
  }
}
