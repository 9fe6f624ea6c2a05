import ArgumentParser
import Foundation

struct DatasetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dataset", abstract: "The datasets there are: make, look at, check and convert them.",
    subcommands: [
      List.self, Info.self, Stats.self, Validate.self, Convert.self, Filter.self, Subsample.self, Split.self,
      Merge.self, Generate.self, Record.self,
    ])

  /// What a dataset is named by.
  static let reference: ArgumentHelp =
    "A name from 'sinew dataset list', or the path of a Minari folder, a D4RL or robomimic HDF5 file or an OGBench npz."
}

extension DatasetCommand {
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the datasets that --dataset can name.")

    @OptionGroup var output: OutputOptions

    private struct Entry: Encodable {
      var name: String
      var environment: String
      var description: String
      var generated: Bool
      var path: String
    }

    func run() throws {
      let entries = try DatasetCatalogue.recipes.map { recipe in
        let folder = DatasetCatalogue.folder(of: recipe)
        return Entry(
          name: recipe.name, environment: recipe.environment, description: recipe.description,
          generated: FileManager.default.fileExists(atPath: folder.path), path: folder.path)
      }
      let width = entries.map(\.name.count).max() ?? 0
      let lines = entries.map { entry in
        entry.name.padding(toLength: width, withPad: " ", startingAt: 0)
          + "  \(entry.generated ? "made    " : "not made")  \(entry.description)"
      }
      try output.print(
        (lines + ["kept in \(DatasetCatalogue.cache.path)"]).joined(separator: "\n"),
        json: .list(entries.map { try ValueTree(encoding: $0) }))
    }
  }

  struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Read a whole dataset, in parts, and describe it.",
      discussion: "A dataset of a recipe is made first where it never was.")

    @Argument(help: DatasetCommand.reference)
    var dataset: String

    @OptionGroup var cutting: EpisodeLengthOption

    @Option(
      help: ArgumentHelp(
        "Of a recipe: measure the mean returns of random actions and of the expert's mode anew, over so many episodes.",
        valueName: "n"))
    var measureReferences: Int?

    @OptionGroup var output: OutputOptions

    func validate() throws {
      if let measureReferences { try requireOption("measure-references", measureReferences, in: 1...1_000_000) }
    }

    func run() throws {
      if let episodes = measureReferences {
        let returns = try RecipeRunner.measureReferences(for: DatasetCatalogue.recipe(dataset), episodes: episodes)
        try output.print(
          "random \(figure(returns.random)), expert \(figure(returns.expert)), \(episodes) episodes of each",
          json: ValueTree(encoding: returns))
        return
      }
      let progress = ProgressLine()
      let source = try DatasetCatalogue.open(
        dataset, episodeLength: cutting.episodeLength, note: progress.note)
      let summary = try DatasetSummary(source) { _, count in
        progress.tick { "\(count)/\(source.transitionCount) steps" }
      }
      progress.close()
      try output.print(summary.text, json: ValueTree(encoding: summary))
    }
  }
}
