import ArgumentParser
import Foundation

struct Resume: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Continue a run that was stopped or killed, or train one for longer.",
    discussion: """
      Everything comes from the run itself. It reaches the same bits as a run that was never stopped; what came after \
      the last checkpoint is done again.
      """)

  @Argument(help: ArgumentHelp("Run folder, or the folder that --seeds or tune made.", valueName: "run"))
  var runFolder: String

  @Option(help: ArgumentHelp("A new total of steps.", valueName: "n"))
  var steps: Int?

  @OptionGroup var output: OutputOptions

  func run() throws {
    let folder = URL(filePath: runFolder)
    if TuningStudy.isStudy(folder) {
      if steps != nil {
        throw UsageError("--steps is for runs: the trials of a search have the steps that it was begun with")
      }
      return try TuningRuns(TuningStudy(resuming: folder)).run(output: output)
    }
    if let seeds = SeedRuns(in: folder) {
      return try seeds.run(steps: steps, output: output)
    }
    try noteChangedRobot(of: RunFolder(folder))
    let trainer = try Trainer(resuming: folder, steps: steps, loadDataset: loadDataset)
    if trainer.configuration.actsInGymnasium, trainer.step > 0 {
      ProgressLine().note(
        "\(trainer.configuration.environment) has no exact state: new episodes begin; everything else goes on exactly")
    }
    try runToTheEnd(trainer, folder: folder, output: output)
  }
}

/// Says that a run's robot is no longer what its files say: it goes on with the one that it keeps.
func noteChangedRobot(of run: RunFolder?) throws {
  guard let run else { return }
  let changed = try run.changedRobotFiles
  guard let first = changed.first else { return }
  let more = changed.count > 1 ? " and \(changed.count - 1) more have" : " has"
  ProgressLine().note(
    "\(first)\(more) changed since the run was started: its robot is the one in \(run.url.relativePath)/robot; "
      + "evaluate --env takes the files as they are now")
}
