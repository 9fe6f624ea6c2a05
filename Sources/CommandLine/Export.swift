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

  @Option(
    name: [.customLong("out"), .customShort("o"), .customLong("output")],
    help: ArgumentHelp("The file to write.", valueName: "file.safetensors"))
  var out: String

  @Option(help: ArgumentHelp("best, last, or step-N (default: best where there is one).", valueName: "which"))
  var checkpoint: String?

  func validate() throws {
    guard out.hasSuffix(".safetensors") else {
      throw ValidationError("--out writes .safetensors, not '\(out)'")
    }
  }

  func run() throws {
    try requireWritable([out])
    let folder = try RunFolder(URL(filePath: runFolder))
    let saved = try folder.loadLearner(folder.checkpoint(named: checkpoint))
    try saved.exportPolicy(of: folder, to: URL(filePath: out))
    try printLine("\(out): the policy of \(runFolder) after \(saved.step) steps")
  }
}
