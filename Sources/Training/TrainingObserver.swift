import SinewEvaluation

/// Someone who is told how a run gets on, and can end it. Every method does nothing where it is not written.
///
///     final class Plot: TrainingObserver {
///       func evaluated(_ evaluation: Evaluation, in trainer: Trainer) { print(trainer.step, evaluation.returnMean) }
///     }
///     try trainer.run(observers: [ProgressLine(), Plot()])
///
/// Called on the thread that trains, between steps.
public protocol TrainingObserver: AnyObject {
  /// A step is done, of every environment or with a dataset an update, and what was due after it.
  func stepped(_ trainer: Trainer)

  /// A line of metrics is due, every `report_every` steps.
  ///
  /// - Parameter metrics: the learner's figures since the last report and the episodes' returns and lengths, by the
  ///   names of `metrics.jsonl`; what is not known yet is left out.
  func reported(_ metrics: [(name: String, value: Double)], in trainer: Trainer)

  /// The policy has been evaluated.
  func evaluated(_ evaluation: Evaluation, in trainer: Trainer)

  /// A checkpoint has been written, at the trainer's step.
  func wroteCheckpoint(_ trainer: Trainer)

  /// Whether the run is to end, with a checkpoint where there is a run folder. Asked after every step, and within long
  /// ones.
  func wantsToStop(_ trainer: Trainer) -> Bool

  /// The call of `run` is over, by an error too.
  func ended(_ trainer: Trainer)
}

extension TrainingObserver {
  public func stepped(_ trainer: Trainer) {}
  public func reported(_ metrics: [(name: String, value: Double)], in trainer: Trainer) {}
  public func evaluated(_ evaluation: Evaluation, in trainer: Trainer) {}
  public func wroteCheckpoint(_ trainer: Trainer) {}
  public func wantsToStop(_ trainer: Trainer) -> Bool { false }
  public func ended(_ trainer: Trainer) {}
}

/// Progress on a terminal or a line a report, for whoever asks for it: `trainer.run(observers: [ProgressLine()])`.
extension ProgressLine: TrainingObserver {
  public func stepped(_ trainer: Trainer) { tick(report: { trainer.progressReport }) }
  public func reported(_ metrics: [(name: String, value: Double)], in trainer: Trainer) { show(trainer.progressReport) }
  public func ended(_ trainer: Trainer) { close() }
}
