import Foundation
import SinewEvaluation
import SinewSettings
import SinewTensor

extension Trainer {
  /// Writes the exact state of the run; nothing where there is no run folder.
  ///
  /// Wall-clock times are left out, so that equal runs leave equal files.
  func writeCheckpoint() throws {
    guard let folder else { return }
    try requireFolder()
    var files = loop.states.map { file, part in
      var state = StateDictionary()
      part.saveState(to: &state, prefix: "")
      return (name: file, state: state)
    }
    for index in files.indices where files[index].name == "learner" {
      try refuseNonFinite(files[index].state)
      describe(&files[index].state)
    }
    files.append(("trainer", trainerState()))
    do {
      try logger?.synchronize()
      try checkpoints?.write(step: step, files: files, replacing: unfinishedCheckpoint == step)
      (lastCheckpoint, unfinishedCheckpoint) = (step, unfinished == nil ? nil : step)
    } catch {
      try requireFolder()
      let last = try folder.checkpointSteps().last
      let kept = last.map { "; the last checkpoint is \(folder.folder(of: .step($0)).relativePath)" } ?? ""
      throw TrainingError("\(firstLine("\(error)"))\(kept)")
    }
  }

  /// Throws where the run's folder is no longer where it was: what is written now would be lost, or make a run without
  /// settings.
  func requireFolder() throws {
    guard let folder, let lock, !lock.isInPlace else { return }
    let path = folder.url.relativePath
    guard let place = lock.place else {
      let last = lastCheckpoint.map { "; its last checkpoint was \(folder.folder(of: .step($0)).relativePath)" } ?? ""
      throw TrainingError("stopped at step \(step): the run folder \(path) has been removed\(last)")
    }
    let last = lastCheckpoint.map {
      "; the last checkpoint is \(place.appending(path: "checkpoints/step-\($0)").path): continue with 'sinew resume \(place.path)'"
    }
    throw TrainingError(
      "stopped at step \(step): the run folder \(path) has been moved to \(place.path)" + (last ?? ""))
  }

  /// The learner with what is needed to build it again.
  func learnerState() -> StateDictionary {
    var state = StateDictionary()
    for (file, part) in loop.states where file == "learner" { part.saveState(to: &state, prefix: "") }
    describe(&state)
    return state
  }

  private func describe(_ state: inout StateDictionary) {
    state.metadata["algorithm"] = algorithm.name
    state.metadata["environment"] = configuration.environment
    state.metadata["step"] = String(step)
    task.describe(&state.metadata)
  }

  /// A checkpoint must be good: what the last update spoilt shows only in the next loss.
  private func refuseNonFinite(_ learner: StateDictionary) throws {
    for name in learner.names {
      if let value = learner[floats: name]?.first(where: { !$0.isFinite }) {
        throw stopped(by: TrainingError("\(name) of the learner holds \(nonFinite(value))"), at: step)
      }
    }
  }

  private func trainerState() -> StateDictionary {
    var state = StateDictionary()
    state[words: "step"] = [UInt64(step)]
    state[words: "best_step"] = best.map { [UInt64($0.step)] }
    state[doubles: "best_return"] = best.map { [$0.returnMean] }
    state[words: "unfinished_since"] = unfinished.map { [UInt64($0)] }
    return state
  }

  static func cannotContinue(
    _ folder: RunFolder, _ checkpoint: RunFolder.Checkpoint, _ error: any Error
  ) -> TrainingError {
    TrainingError(
      "cannot continue from \(folder.folder(of: checkpoint).relativePath): \(firstLine("\(error)"))"
        + "; remove that folder to continue from the checkpoint before it")
  }

  /// Puts the run back to where it was when the checkpoint was written.
  func load(_ checkpoint: RunFolder.Checkpoint, of folder: RunFolder) throws {
    do {
      for (file, part) in loop.states { try part.loadState(from: folder.read(file, of: checkpoint), prefix: "") }
      let state = try folder.read("trainer", of: checkpoint)
      step = try state.count("step")
      if state["best_step"] != nil {
        best = (try state.count("best_step"), try state.doubles("best_return", count: 1)[0])
      }
      if state["unfinished_since"] != nil {
        unfinished = try state.count("unfinished_since")
        unfinishedCheckpoint = step
      }
      lastCheckpoint = step
    } catch {
      throw Self.cannotContinue(folder, checkpoint, error)
    }
    logger = try MetricsLogger(folder.url, keepingUpTo: step, settings: settings)
  }
}
