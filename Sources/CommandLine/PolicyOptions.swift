import ArgumentParser
import Foundation

/// Several policies, as one command takes them.
struct PolicyOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "Run folders, policy files, names of policies that ship, or random.", valueName: "policy"))
  var policies: [String]

  @Option(help: ArgumentHelp("best, last, or step-N of run folders.", valueName: "which"))
  var checkpoint: String?

  @Flag(help: "Every checkpoint that a run keeps, each as a policy.")
  var everyCheckpoint = false

  func validate() throws {
    if checkpoint != nil, everyCheckpoint { throw ValidationError("--checkpoint or --every-checkpoint, not both") }
  }

  /// The policies with what they are called, a run's with its checkpoint's step behind @; without what was saved for
  /// random actions.
  func load() throws -> [(name: String, saved: RunFolder.SavedLearner?)] {
    try policies.flatMap { name -> [(name: String, saved: RunFolder.SavedLearner?)] in
      if name == "random" { return [(name, nil)] }
      let url = URL(filePath: name)
      guard FileSystem.isDirectory(url) else {
        let saved = try RunFolder.SavedLearner.named(name)
        if everyCheckpoint { throw UsageError("\(name) is one policy: --every-checkpoint is for run folders") }
        return [(name, saved)]
      }
      let steps = everyCheckpoint ? try RunFolder(url).checkpointSteps() : []
      guard !steps.isEmpty else {
        let saved = try RunFolder.SavedLearner.named(name, checkpoint: checkpoint)
        return [("\(name)@\(saved.step)", saved)]
      }
      return try steps.map { ("\(name)@\($0)", try RunFolder.SavedLearner.named(name, checkpoint: "step-\($0)")) }
    }
  }
}
