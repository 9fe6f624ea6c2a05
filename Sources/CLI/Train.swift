import ArgumentParser
import Foundation
import Sinew

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a policy.",
    discussion: """
      Online in an environment (--env), or from a dataset (--dataset). Keeps everything in a run folder: config.yaml, metrics.jsonl, checkpoints, the best policy and replay.html. \
      The same settings and seed give the same bits. Ctrl-C ends with a checkpoint; a run that was stopped or killed \
      continues with 'sinew resume'.
      """)

  @Argument(
    help: ArgumentHelp(
      "Algorithm: \(algorithmNames). May be left out where --config says it.", valueName: "algo"))
  var algorithm: String?

  @OptionGroup var options: ConfigurationOptions

  @Option(help: ArgumentHelp("Run folder (default: runs/ALGO-ENV-SEED).", valueName: "dir"))
  var out: String?

  @OptionGroup var output: OutputOptions

  func run() throws {
    let (configuration, algorithm) = try options.settings(for: .named(chosenAlgorithm()))
    let folder = try out.map { URL(filePath: $0) } ?? freeFolder(for: configuration)
    let trainer = try Trainer(
      algorithm: algorithm, configuration: configuration, folder: folder, loadDataset: loadDataset)
    if configuration.dataset != nil, configuration.mix == nil, algorithm.isOnline {
      ProgressLine().note(
        "\(algorithm.name) is made for learning online: from a dataset alone nothing keeps its policy near the data; "
          + "td3-bc, iql and bc are made for that")
    }
    try runToTheEnd(trainer, folder: folder, output: output)
  }

  /// The one that is named, or that the configuration file is of.
  private func chosenAlgorithm() throws -> String {
    if let algorithm { return algorithm }
    guard let file = options.file else { throw ValidationError("Missing expected argument '<algo>'") }
    return try ValueTree.text(under: "algorithm", inYAMLFile: URL(filePath: file))
  }

  /// `runs/sac-hopper-7` or `runs/bc-hopper-medium-7`, with a number behind it where that is taken.
  private func freeFolder(for configuration: RunConfiguration) throws -> URL {
    let source =
      try configuration.dataset.map { URL(filePath: $0).deletingPathExtension().lastPathComponent }
      ?? EnvironmentCatalogue.make(configuration.environment).name
    let base = "runs/\(configuration.algorithm)-\(source)-\(configuration.seed)"
    let names = [base] + (2...9_999).map { "\(base)-\($0)" }
    guard let free = names.first(where: { !FileManager.default.fileExists(atPath: $0) }) else {
      throw UsageError("too many runs called \(base): name a folder with --out")
    }
    return URL(filePath: free)
  }
}

private var algorithmNames: String {
  (try? Algorithm.all.map(\.name).joined(separator: ", ")) ?? ""
}
