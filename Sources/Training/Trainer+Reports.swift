import Foundation
import SinewEnvironments
import SinewEvaluation
import SinewFiles
import SinewSettings
import SinewTensor

extension Trainer {
  /// Writes a line of training metrics and clears the tally.
  func report(to observers: [any TrainingObserver]) throws {
    speed.mark(step: step, updates: loop.tally.updates)
    try requireFolder()
    let figures = loop.tally.figures
    try logger?.log(
      step: step,
      times + [
        ("steps_per_second", .number(rounded(speed.stepsPerSecond))),
        ("updates_per_second", .number(rounded(speed.updatesPerSecond))),
      ] + loop.tally.report)
    speed.episodeReturn = loop.tally.returnMean ?? speed.episodeReturn
    loop.tally = loop.tally.cleared
    for observer in observers { observer.reported(figures, in: self) }
  }

  /// Evaluates the policy, logs it, and keeps the learner where it is the best so far. False where it was interrupted:
  /// nothing has come of it then.
  func evaluate(stopWhen isStopRequested: () -> Bool) throws -> Bool {
    let environment = try evaluationEnvironment ?? makeEnvironment()
    evaluationEnvironment = environment
    var evaluation: Evaluation
    do {
      evaluation = try Evaluation(
        of: policy, in: environment, episodes: configuration.evaluation.episodes, seed: configuration.seed,
        stream: "evaluation during training", stopWhen: isStopRequested)
    } catch is InterruptedStep { return false } catch {
      throw error is any OutsideFailure ? error : stopped(by: error, at: step)
    }
    try requireFolder()
    evaluation.references = task.referenceReturns
    (lastEvaluation, lastEvaluationStep) = (evaluation, step)
    try logger?.log(
      step: step,
      times + [
        ("evaluation_return_mean", .number(evaluation.returnMean)),
        ("evaluation_return_std", .number(evaluation.returnDeviation)),
        ("evaluation_length_mean", .number(evaluation.lengthMean)),
        ("evaluation_episodes", .integer(evaluation.returns.count)),
      ] + (evaluation.normalizedScore.map { [("evaluation_normalized_score", .number($0))] } ?? []))
    if evaluation.returnMean > best?.returnMean ?? -.infinity {
      best = (step, evaluation.returnMean)
      try writing { try folder?.writeBest(learnerState()) }
      KillPoint.pass()
    }
    return true
  }

  /// Writes into the run's folder. Where that fails because the folder went away meanwhile, that is what is said.
  private func writing(_ body: () throws -> Void) throws {
    do { try body() } catch {
      try requireFolder()
      throw error
    }
  }

  /// Every setting of the run as one tree.
  var settings: ValueTree { get throws { try RunFolder.document(configuration, algorithm) } }

  private var times: [(name: String, value: ValueTree)] {
    [
      ("seconds", .number(rounded((logger?.secondsBefore ?? 0) + speed.seconds))),
      ("processor_seconds", .number(rounded((logger?.processorSecondsBefore ?? 0) + speed.processorSeconds))),
    ]
  }

  /// How the run is getting on.
  public var progressReport: ProgressReport {
    ProgressReport(
      step: step, totalSteps: configuration.steps, stepsPerSecond: speed.stepsPerSecond,
      updatesPerSecond: speed.updatesPerSecond, episodeReturn: speed.episodeReturn,
      evaluationReturn: lastEvaluation?.returnMean, evaluationStep: lastEvaluationStep,
      secondsLeft: speed.secondsLeft(for: configuration.steps - step))
  }

  /// Writes `replay.html`: an episode of the best policy.
  func writeReplay() throws {
    guard let folder else { return }
    try requireFolder()
    guard !FileSystem.exists(folder.replayFile) else { return }
    let policy = try folder.loadPolicy(among: [algorithm]).policy
    let recorder = EpisodeRecorder(
      title: "\(configuration.environment) · \(algorithm.name)",
      subtitle: "after \(grouped(best?.step ?? step)) steps of training, seed \(configuration.seed)", episodes: 1)
    let environment = try evaluationEnvironment ?? makeEnvironment()
    guard environment.simulation != nil else { return }
    _ = try Evaluation(
      of: policy, in: environment, episodes: 1, seed: configuration.seed,
      observers: [recorder])
    guard let replay = recorder.replay else { return }
    let page = try replay.html()
    try writing { try FileSystem.write(page, to: folder.replayFile) }
    try logger?.link(step: step, "replay", to: folder.replayFile)
  }
}

/// Three decimals are enough for a clock.
private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
