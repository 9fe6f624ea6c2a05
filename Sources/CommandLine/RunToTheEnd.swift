import Foundation

/// The dataset of a run, with a note where it has to be made first, or is of one of Gymnasium's environments.
func loadDataset(_ configuration: RunConfiguration) throws -> Dataset {
  let dataset = try DatasetCatalogue.load(for: configuration, note: { ProgressLine().note($0) })
  if let recorded = dataset.info.environment, let twin = EnvironmentCatalogue.twin(ofGymnasium: recorded) {
    ProgressLine().note("the dataset is of Gymnasium's \(recorded), which is '\(twin)' here")
  }
  return dataset
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
  let outcome = try trainer.run(observers: [progress], stopWhen: { Interruption.isRequested })
  if outcome == .interrupted {
    let kept =
      trainer.lastCheckpoint == trainer.step
      ? "stopped with a checkpoint after \(trainer.step) steps"
      : "stopped within a long step; the last checkpoint is of \(trainer.lastCheckpoint.map { "step \($0)" } ?? "no step yet")"
    progress.note("\(kept); continue with: \(Program.current.name) resume \(path)")
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
