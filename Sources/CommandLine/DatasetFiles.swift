import ArgumentParser
import Foundation

extension DatasetCommand {
  struct Validate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check every number of a dataset.",
      discussion: "The first thing that is wrong is named with its file, field and row, and the exit code is 1.")

    @Argument(help: DatasetCommand.reference)
    var dataset: String

    @OptionGroup var cutting: EpisodeLengthOption

    @OptionGroup var output: OutputOptions

    private struct Result: Encodable {
      var valid = true
      var episodes: Int
      var transitions: Int
    }

    func run() throws {
      let progress = ProgressLine()
      let source = try DatasetCatalogue.open(
        dataset, episodeLength: cutting.episodeLength, note: progress.note)
      let summary = try DatasetSummary(source) { _, count in
        progress.tick { "\(count)/\(source.transitionCount) steps" }
      }
      progress.close()
      let result = Result(episodes: summary.episodes, transitions: summary.transitions)
      try output.print(
        "valid: \(result.episodes) episodes, \(result.transitions) transitions", json: ValueTree(encoding: result))
    }
  }

  struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a dataset as Minari keeps it, an episode at a time.",
      discussion: """
        Python reads the result: MINARI_DATASETS_PATH=FOLDER python -c 'import minari; minari.load_dataset("NAME-v0")' \
        where --out was FOLDER/NAME-v0.
        """)

    @Argument(help: DatasetCommand.reference)
    var dataset: String

    @OptionGroup var cutting: EpisodeLengthOption

    @Option(help: ArgumentHelp("The folder to make, such as datasets/hopper-mine-v0.", valueName: "dir"))
    var out: String?

    /// Where the folder was named before there was --out.
    @Argument(help: .hidden)
    var folder: String?

    @Option(
      name: .customLong("env"),
      help: "The environment it was recorded in, where the file does not say, or says another name.")
    var environment: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
      guard (out == nil) != (folder == nil) else {
        throw ValidationError("name the folder to make once: --out datasets/hopper-mine-v0")
      }
    }

    func run() throws {
      let folder = out ?? folder ?? ""
      let progress = ProgressLine()
      var source = try DatasetCatalogue.open(
        dataset, episodeLength: cutting.episodeLength, environment: environment, note: progress.note)
      var info = source.info
      if let environment { info.environment = environment }
      let writer = try MinariWriter(creating: URL(filePath: folder), info: info)
      var written = DatasetWritten(path: folder)
      while let episode = try source.next() {
        try writer.append(episode)
        written.add(episode)
        progress.tick { "\(written.transitions)/\(source.transitionCount) steps" }
      }
      try writer.finish()
      progress.close()
      try output.print(written.text, json: ValueTree(encoding: written))
    }
  }

  struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a dataset from its recipe: the same bits each time.")

    @Argument(help: ArgumentHelp("A name from 'sinew dataset list', or the path of a recipe.", valueName: "recipe"))
    var name: String

    @Option(help: ArgumentHelp("The folder to make (default: where --dataset finds it).", valueName: "dir"))
    var out: String?

    @Flag(help: "Make it again where it exists.")
    var force = false

    @OptionGroup var output: OutputOptions

    func run() throws {
      let recipe = try DatasetCatalogue.recipe(name)
      let folder = out.map { URL(filePath: $0) } ?? DatasetCatalogue.folder(of: recipe)
      var written = DatasetWritten(path: folder.relativePath)
      let progress = ProgressLine()
      try DatasetCatalogue.generate(recipe, to: folder, replacing: force) { episode in
        written.add(episode)
        progress.tick { "\(written.transitions) steps" }
      }
      progress.close()
      try output.print(written.text, json: ValueTree(encoding: written))
    }
  }
}

/// What came of writing a dataset.
struct DatasetWritten: Encodable {
  var path: String
  var episodes = 0
  var transitions = 0

  init(path: String) { self.path = path }

  mutating func add(_ episode: EpisodeData) {
    episodes += 1
    transitions += episode.count
  }

  var text: String { "\(path): \(episodes) episodes, \(transitions) transitions" }
}
