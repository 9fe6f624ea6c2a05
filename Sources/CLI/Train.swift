import ArgumentParser
import Foundation
import Sinew

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a policy.",
    discussion: """
      Online in an environment (--env), or from a dataset (--dataset). Keeps everything in a run folder: config.yaml, metrics.jsonl, checkpoints, the best policy and replay.html. \
      The same settings and seed give the same bits. Ctrl-C ends with a checkpoint; a run that was stopped or killed \
      continues with 'sinew resume'.
      """)

  @Argument(
    help: ArgumentHelp(
      "Algorithm: \(algorithmNames). May be left out where --config says it.", valueName: "algo"))
  var algorithm: String?

  @OptionGroup var options: ConfigurationOptions

  @Option(help: ArgumentHelp("Run folder (default: runs/ALGO-ENV-SEED).", valueName: "dir"))
  var out: String?

  @OptionGroup var output: OutputOptions

  func run() throws {
    let (configuration, algorithm) = try options.settings(for: .named(chosenAlgorithm()))
    let folder = try out.map { URL(filePath: $0) } ?? freeFolder(for: configuration)
    let trainer = try Trainer(
      algorithm: algorithm, configuration: configuration, folder: folder, loadDataset: loadDataset)
    if configuration.dataset != nil, configuration.mix == nil, algorithm.isOnline {
      ProgressLine().note(
        "\(algorithm.name) is made for learning online: from a dataset alone nothing keeps its policy near the data; "
          + "td3-bc, iql and bc are made for that")
    }
    try runToTheEnd(trainer, folder: folder, output: output)
  }

  /// The one that is named, or that the configuration file is of.
  private func chosenAlgorithm() throws -> String {
    if let algorithm { return algorithm }
    guard let file = options.file else { throw ValidationError("Missing expected argument '<algo>'") }
    return try ValueTree.text(under: "algorithm", inYAMLFile: URL(filePath: file))
  }

  /// `runs/sac-hopper-7` or `runs/bc-hopper-medium-7`, with a number behind it where that is taken.
  private func freeFolder(for configuration: RunConfiguration) throws -> URL {
    let source =
      try configuration.dataset.map { URL(filePath: $0).deletingPathExtension().lastPathComponent }
      ?? EnvironmentCatalogue.make(configuration.environment).name
    let base = "runs/\(configuration.algorithm)-\(source)-\(configuration.seed)"
    let names = [base] + (2...9_999).map { "\(base)-\($0)" }
    guard let free = names.first(where: { !FileManager.default.fileExists(atPath: $0) }) else {
      throw UsageError("too many runs called \(base): name a folder with --out")
    }
    return URL(filePath: free)
  }
}

/// The dataset of a run, with a note where it has to be made first, or is of one of Gymnasium's environments.
func loadDataset(_ configuration: RunConfiguration) throws -> Dataset {
  let dataset = try DatasetCatalogue.load(for: configuration, note: { ProgressLine().note($0) })
  if let recorded = dataset.info.environment, let twin = EnvironmentCatalogue.twin(ofGymnasium: recorded) {
    ProgressLine().note("the dataset is of Gymnasium's \(recorded), which is '\(twin)' here")
  }
  return dataset
}

private var algorithmNames: String {
  (try? Algorithm.all.map(\.name).joined(separator: ", ")) ?? ""
}

/// Trains with progress until the end or Ctrl-C, and prints what came of it.
func runToTheEnd(_ trainer: Trainer, folder: URL, output: OutputOptions) throws {
  let path = folder.relativePath
  let progress = ProgressLine()
  let configuration = trainer.configuration
  Interruption.install(
    announcing: "stopping after this step: a checkpoint is being written; a second Ctrl-C ends without it\n",
    protecting: folder.path)
  progress.note(
    "\(configuration.algorithm) on \(configuration.dataset ?? configuration.environment), seed \(configuration.seed), in \(path)"
      + (trainer.step > 0 ? ", from step \(trainer.step)" : ""))
  if trainer.step >= configuration.steps { progress.note("all \(trainer.step) steps are done; --steps trains longer") }
  let outcome = try trainer.run(progress: progress, stopWhen: { Interruption.isRequested })
  if outcome == .interrupted {
    let kept =
      trainer.lastCheckpoint == trainer.step
      ? "stopped with a checkpoint after \(trainer.step) steps"
      : "stopped within a long step; the last checkpoint is of \(trainer.lastCheckpoint.map { "step \($0)" } ?? "no step yet")"
    progress.note("\(kept); continue with: sinew resume \(path)")
  }
  let result = TrainingResult(trainer, outcome: outcome, folder: path)
  try output.print(result.text, json: ValueTree(encoding: result))
  // By the signal, so that a shell's loop or make does not go on.
  Interruption.endIfRequested()
}

/// What `train` and `resume` print at the end.
private struct TrainingResult: Encodable {
  var run: String
  var finished: Bool
  var steps: Int
  var seed: Int
  var bestStep: Int?
  var bestReturnMean: Double?
  var evaluationStep: Int?
  var evaluation: Evaluation.Summary?

  init(_ trainer: Trainer, outcome: Trainer.Outcome, folder: String) {
    run = folder
    finished = outcome == .finished
    steps = trainer.step
    seed = trainer.configuration.seed
    bestStep = trainer.best?.step
    bestReturnMean = trainer.best?.returnMean
    evaluation = trainer.lastEvaluation?.summary
    evaluationStep = trainer.lastEvaluationStep
  }

  var text: String {
    var lines: [String] = []
    if let evaluation {
      lines.append(
        "evaluation\(evaluationStep.map { " at step \($0)" } ?? ""): return \(figure(evaluation.returnMean)) ± \(figure(evaluation.returnStd)), "
          + (evaluation.normalizedScore.map { "normalised score \(figure($0)), " } ?? "")
          + "length \(figure(evaluation.lengthMean)), \(evaluation.episodes) episodes")
    }
    if let bestStep, let bestReturnMean {
      lines.append("best: return \(figure(bestReturnMean)) at step \(bestStep)")
    }
    lines.append("run: \(run)")
    return lines.joined(separator: "\n")
  }
}

/// A figure with one decimal, as the text output shows returns.
func figure(_ value: Double) -> String { String(format: "%.1f", value) }
