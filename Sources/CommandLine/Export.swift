import ArgumentParser
import Foundation

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the policy of a run alone into a safetensors file.",
    discussion: """
      'sinew evaluate' and 'sinew compose' take the file like a run. Weights of plain networks are layers.N.weight \
      [inputs, outputs] and layers.N.bias; the metadata say what the policy is.
      """)

  @Argument(help: ArgumentHelp("Run folder.", valueName: "run"))
  var runFolder: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file.safetensors"))
  var output: String

  @Option(help: ArgumentHelp("best, last, or step-N (default: best where there is one).", valueName: "which"))
  var checkpoint: String?

  func validate() throws {
    guard output.hasSuffix(".safetensors") else {
      throw ValidationError("--output writes .safetensors, not '\(output)'")
    }
  }

  func run() throws {
    try requireWritable([output])
    let folder = try RunFolder(URL(filePath: runFolder))
    let saved = try folder.loadLearner(folder.checkpoint(named: checkpoint))
    try saved.exportPolicy(of: folder, to: URL(filePath: output))
    try printLine("\(output): the policy of \(runFolder) after \(saved.step) steps")
  }
}
