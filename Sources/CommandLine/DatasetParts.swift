import ArgumentParser
import Foundation

extension DatasetCommand {
  struct Split: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write two datasets that share the episodes among them, at random.",
      discussion: """
        Whole episodes, in their order, each in one of the two; the same seed draws the same ones. Neither is put in its \
        place before both are written.
        """)

    @Argument(help: DatasetCommand.reference)
    var dataset: String

    @OptionGroup var cutting: EpisodeLengthOption

    @Option(help: ArgumentHelp("Which share of the episodes goes to --out, between 0 and 1.", valueName: "share"))
    var share = 0.9

    @Option(help: ArgumentHelp("The seed that they are drawn with.", valueName: "s"))
    var seed = 0

    @OptionGroup var new: NewDatasetOptions

    @Option(
      help: ArgumentHelp("The folder to make of the rest, such as datasets/hopper-held-out-v0.", valueName: "dir"))
    var rest: String

    func validate() throws {
      guard share > 0, share < 1 else { throw ValidationError("--share must be between 0 and 1, not \(share)") }
      if seed < 0 { throw ValidationError("--seed must be 0 or more, not \(seed)") }
      let places = [new.out, rest].map { URL(filePath: $0).standardizedFileURL.path }
      if places[0] == places[1] { throw ValidationError("--out and --rest name the same folder") }
    }

    func run() throws {
      let copies = EpisodeCopies(dataset, cutting)
      let outlines = try copies.outlines(before: [new.out, rest], force: new.force)
      guard outlines.count >= 2 else {
        throw DatasetError(file: dataset, "has \(outlines.count) episode; two or more can be split")
      }
      let count = min(max(Int((share * Double(outlines.count)).rounded()), 1), outlines.count - 1)
      let first = EpisodeDraw(episodes: outlines.count, seed: seed).first(count)
      let chosen = Set(first)
      let written = try copies.write(
        [(new.out, first), (rest, outlines.indices.filter { !chosen.contains($0) })], of: outlines.count,
        force: new.force)
      try new.output.print(written.map(\.text).joined(separator: "\n"), json: ValueTree(encoding: written))
    }
  }

  struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write one dataset of the episodes of several, one after the other.",
      discussion: """
        Observations and actions must agree in number, actions in their ranges. Environment, reference returns and metadata \
        are kept where the datasets agree.
        """)

    @Argument(help: DatasetCommand.reference)
    var datasets: [String]

    @OptionGroup var cutting: EpisodeLengthOption

    @OptionGroup var new: NewDatasetOptions

    func validate() throws {
      if datasets.count < 2 { throw ValidationError("name two datasets or more") }
    }

    func run() throws {
      let progress = ProgressLine()
      // Each is opened by itself: a thousand of them would be a thousand open files.
      func open(_ reference: String, _ note: (String) -> Void) throws -> any EpisodeSource {
        try DatasetCatalogue.open(reference, episodeLength: cutting.episodeLength, note: note)
      }
      let infos = try datasets.map { (label: $0, info: try open($0, progress.note).info) }
      var (info, notes) = try DatasetInfo.merged(infos)
      notes.forEach(progress.note)
      let folder = URL(filePath: new.out)
      info.metadata["made_from"] = nil
      let writer = try MinariWriter(
        creating: folder, info: info.derived(in: folder, origin: infos.map(\.info.name).joined(separator: ", ")),
        replacing: new.force)
      var written = DatasetWritten(path: new.out)
      for reference in datasets {
        var source = try open(reference) { _ in }
        while let episode = try source.next() {
          try writer.append(episode)
          written.add(episode)
          progress.tick { "\(reference): \(written.transitions) steps" }
        }
      }
      try writer.finish()
      progress.close()
      try new.output.print(written.text, json: ValueTree(encoding: written))
    }
  }
}
