import ArgumentParser
import Foundation
import Sinew

extension EnvironmentCommand {
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a model as it is understood, and whether it can be simulated.",
      discussion: """
        Reads MJCF, URDF or a task.yaml. Prints the tree of bodies with masses, joints and shapes, the motors, what was left \
        out and where, and what came of two hundred timesteps. Documentation/models.md says what becomes of what.
        """)

    @Argument(help: "A model file (MJCF or URDF), or a task.yaml.")
    var file: String

    @Flag(help: "Let the root of a URDF float instead of fixing it to the world.")
    var freeBase = false

    @OptionGroup var output: OutputOptions

    func run() throws {
      let url = URL(filePath: file)
      let isTask = ["yaml", "yml"].contains(url.pathExtension.lowercased())
      let model = isTask ? try TaskDefinition(contentsOf: url).model : try Model(contentsOf: url, freeBase: freeBase)
      let report = ModelReport(model, trial: ModelTrial(model))
      try output.print(report.text, json: ValueTree(encoding: report))
      if report.trial?.problem != nil { throw ExitCode.failure }
    }
  }
}
