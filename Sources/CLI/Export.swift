import ArgumentParser
import Foundation
import Sinew

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the policy of a run alone into a safetensors file.",
    discussion: "Its weights are layers.N.weight [inputs, outputs] and layers.N.bias; the metadata say what it is.")

  @Argument(help: ArgumentHelp("Run folder.", valueName: "run"))
  var runFolder: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file.safetensors"))
  var output: String

  @Option(help: ArgumentHelp("best, last, or step-N (default: best where there is one).", valueName: "which"))
  var checkpoint: String?

  func run() throws {
    let folder = try RunFolder(URL(filePath: runFolder))
    let (configuration, algorithm) = try folder.settings()
    let (policy, _, step) = try folder.loadPolicy(folder.checkpoint(named: checkpoint))
    let metadata = ["algorithm": algorithm.name, "environment": configuration.environment, "step": "\(step)"]
    try PolicyFile.write(policy, metadata: metadata, to: URL(filePath: output))
    try printLine("\(output): the policy of \(runFolder) after \(step) steps")
  }
}
