import ArgumentParser
import Foundation
import Sinew

struct Resume: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Continue a run that was stopped or killed, or train one for longer.",
    discussion: """
      Everything comes from the run itself. It reaches the same bits as a run that was never stopped; what came after \
      the last checkpoint is done again.
      """)

  @Argument(help: ArgumentHelp("Run folder.", valueName: "run"))
  var runFolder: String

  @Option(help: ArgumentHelp("A new total of steps.", valueName: "n"))
  var steps: Int?

  @OptionGroup var output: OutputOptions

  func run() throws {
    let folder = URL(filePath: runFolder)
    try runToTheEnd(Trainer(resuming: folder, steps: steps, loadDataset: loadDataset), folder: folder, output: output)
  }
}
