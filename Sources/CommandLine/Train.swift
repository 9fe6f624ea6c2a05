import ArgumentParser
import Foundation

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a policy.",
    discussion: """
      Online in an environment (--env), or from a dataset (--dataset). Keeps everything in a run folder: config.yaml, metrics.jsonl, checkpoints, the best policy and replay.html. \
      The same settings and seed give the same bits. Ctrl-C ends with a checkpoint; a run that was stopped or killed \
      continues with '\(Program.current.name) resume'.
      """)

  @Argument(
    help: ArgumentHelp(
      "Algorithm: \(algorithmNames). May be left out where --config says it.", valueName: "algo"))
  var algorithm: String?

  @OptionGroup var options: ConfigurationOptions

  @Option(
    help: ArgumentHelp(
      "Train once with each of these seeds, such as 1-5 or 1,3, each in a process of one thread, as many at once as there are processors.",
      valueName: "s-s"))
  var seeds: String?

  @Option(help: ArgumentHelp("Run folder (default: runs/ALGO-ENV-SEED).", valueName: "dir"))
  var out: String?

  @OptionGroup var output: OutputOptions

  func run() throws {
    let (configuration, algorithm) = try options.settings(for: .named(options.algorithm(named: algorithm)))
    if let seeds { return try train(seeds: seeds, configuration, algorithm) }
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

  private func train(seeds: String, _ configuration: RunConfiguration, _ algorithm: Algorithm) throws {
    if options.seed != nil { throw ValidationError("--seeds and --seed say the same in two ways: give one") }
    let name = "seeds-\(seeds)"
    let folder = try out.map { URL(filePath: $0) } ?? freeFolder(for: configuration, ending: name)
    try SeedRuns(
      creating: folder, seeds: SeedRuns.seeds(seeds), configuration: configuration, algorithm: algorithm,
      threads: options.threads ?? 1
    ).run(output: output)
  }

  /// A word for a folder.
  private func environmentName(_ reference: String) throws -> String {
    guard GymnasiumSettings.isReference(reference) else { return try EnvironmentCatalogue.make(reference).name }
    return String(reference.dropFirst(GymnasiumSettings.prefix.count).map { "/:".contains($0) ? "-" : $0 })
  }

  /// `runs/sac-hopper-7` or `runs/bc-hopper-medium-7`, with a number behind it where that is taken.
  private func freeFolder(for configuration: RunConfiguration, ending: String? = nil) throws -> URL {
    let source =
      try configuration.dataset.map { URL(filePath: $0).deletingPathExtension().lastPathComponent }
      ?? EnvironmentCatalogue.added(configuration.environment)?.name
      ?? environmentName(configuration.environment)
    let base = "runs/\(configuration.algorithm)-\(source)-\(ending ?? "\(configuration.seed)")"
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
