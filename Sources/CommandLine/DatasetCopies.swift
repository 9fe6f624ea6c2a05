import ArgumentParser
import Foundation

/// Where a dataset that is made of another's episodes goes.
struct NewDatasetOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The folder to make, such as datasets/hopper-good-v0.", valueName: "dir"))
  var out: String

  @Flag(help: "Put it in the place of a dataset that is there; until then that one stays as it is.")
  var force = false

  @OptionGroup var output: OutputOptions
}

/// A dataset whose whole episodes are copied into others, in their order.
struct EpisodeCopies {
  let reference: String
  let episodeLength: Int?
  private let progress = ProgressLine()

  init(_ reference: String, _ cutting: EpisodeLengthOption) {
    (self.reference, episodeLength) = (reference, cutting.episodeLength)
  }

  private func open(_ note: (String) -> Void) throws -> any EpisodeSource {
    try DatasetCatalogue.open(reference, episodeLength: episodeLength, note: note)
  }

  /// What each episode is like: reads all of it, once it is known that datasets can be put at `places`.
  func outlines(before places: [String], force: Bool) throws -> [EpisodeOutline] {
    for place in places { try MinariWriter.requirePlace(URL(filePath: place), replacing: force) }
    var source = try open(progress.note)
    var outlines: [EpisodeOutline] = []
    while let episode = try source.next() {
      outlines.append(EpisodeOutline(episode))
      progress.tick { "looking at episode \(outlines.count)/\(source.episodeCount)" }
    }
    progress.close()
    return outlines
  }

  /// Writes datasets of the episodes of these numbers each, and puts all of them in their places once all are written.
  ///
  /// - Parameter parts: folder and ascending numbers of each.
  func write(_ parts: [(folder: String, episodes: [Int])], of total: Int, force: Bool) throws -> [DatasetWritten] {
    var source = try open { _ in }
    if let empty = parts.first(where: { $0.episodes.isEmpty }) {
      throw DatasetError(file: reference, "none of its \(total) episodes is kept: \(empty.folder) is not written")
    }
    let writers = try parts.map { part in
      let folder = URL(filePath: part.folder)
      let origin = "\(source.info.name): \(part.episodes.count) of its \(total) episodes"
      return try MinariWriter(
        creating: folder, info: source.info.derived(in: folder, origin: origin), replacing: force)
    }
    var destinations: [Int: Int] = [:]
    for (index, part) in parts.enumerated() { for episode in part.episodes { destinations[episode] = index } }
    var (written, number) = (parts.map { DatasetWritten(path: $0.folder) }, 0)
    while let episode = try source.next() {
      if let index = destinations[number] {
        try writers[index].append(episode)
        written[index].add(episode)
      }
      number += 1
      progress.tick { "episode \(number)/\(total)" }
    }
    guard number == total else { throw DatasetError(file: reference, "was changed while it was read") }
    for writer in writers { try writer.prepare() }
    for writer in writers { try writer.finish() }
    progress.close()
    return written
  }
}

extension DatasetCommand {
  struct Filter: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a dataset of the episodes that are as they are asked to be.",
      discussion: "Episodes that pass every condition are kept, whole and in their order.")

    @Argument(help: DatasetCommand.reference)
    var dataset: String

    @OptionGroup var cutting: EpisodeLengthOption

    @Option(help: ArgumentHelp("The least return.", valueName: "r"))
    var minReturn: Double?

    @Option(help: ArgumentHelp("The greatest return.", valueName: "r"))
    var maxReturn: Double?

    @Option(help: ArgumentHelp("The fewest steps.", valueName: "n"))
    var minLength: Int?

    @Option(help: ArgumentHelp("The most steps.", valueName: "n"))
    var maxLength: Int?

    @Flag(help: "Only episodes that the task ended.")
    var terminated = false

    @Flag(help: "Only episodes that a time limit or the end of the recording cut off.")
    var truncated = false

    @Option(help: ArgumentHelp("Of the rest, the share with the highest returns, above 0 to 1.", valueName: "share"))
    var best: Double?

    @OptionGroup var new: NewDatasetOptions

    func validate() throws {
      if terminated && truncated { throw ValidationError("no episode is both --terminated and --truncated") }
      if let best, !(best > 0 && best <= 1) {
        throw ValidationError("--best must be above 0 and at most 1, not \(best)")
      }
      for (name, value) in [("min-return", minReturn), ("max-return", maxReturn)] where value?.isFinite == false {
        throw ValidationError("--\(name) must be a number, not \(value ?? .nan)")
      }
      let conditions: [Any?] = [minReturn, maxReturn, minLength, maxLength, best]
      if !terminated, !truncated, conditions.allSatisfy({ $0 == nil }) {
        throw ValidationError("name a condition, such as --min-return or --best")
      }
    }

    func run() throws {
      var filter = EpisodeFilter()
      (filter.minimumReturn, filter.maximumReturn) = (minReturn, maxReturn)
      (filter.minimumLength, filter.maximumLength) = (minLength, maxLength)
      filter.terminated = terminated ? true : truncated ? false : nil
      filter.bestShare = best
      let copies = EpisodeCopies(dataset, cutting)
      let outlines = try copies.outlines(before: [new.out], force: new.force)
      let written = try copies.write([(new.out, filter.kept(outlines))], of: outlines.count, force: new.force)
      try new.output.print(written[0].text, json: ValueTree(encoding: written[0]))
    }
  }

  struct Subsample: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a dataset of some of the episodes, drawn at random.",
      discussion: "Whole episodes, in their order; the same seed draws the same ones.")

    @Argument(help: DatasetCommand.reference)
    var dataset: String

    @OptionGroup var cutting: EpisodeLengthOption

    @Option(help: ArgumentHelp("How many episodes.", valueName: "n"))
    var episodes: Int?

    @Option(help: ArgumentHelp("Which share of the episodes, above 0 to 1.", valueName: "share"))
    var share: Double?

    @Option(help: ArgumentHelp("As few episodes as have so many steps together.", valueName: "n"))
    var transitions: Int?

    @Option(help: ArgumentHelp("The seed that they are drawn with.", valueName: "s"))
    var seed = 0

    @OptionGroup var new: NewDatasetOptions

    func validate() throws {
      if [episodes != nil, share != nil, transitions != nil].count(where: { $0 }) != 1 {
        throw ValidationError("name one of --episodes, --share and --transitions")
      }
      if let episodes { try requireOption("episodes", episodes, in: 1...1_000_000_000) }
      if let transitions { try requireOption("transitions", transitions, in: 1...1_000_000_000_000) }
      if let share, !(share > 0 && share <= 1) {
        throw ValidationError("--share must be above 0 and at most 1, not \(share)")
      }
      if seed < 0 { throw ValidationError("--seed must be 0 or more, not \(seed)") }
    }

    func run() throws {
      let copies = EpisodeCopies(dataset, cutting)
      let outlines = try copies.outlines(before: [new.out], force: new.force)
      let draw = EpisodeDraw(episodes: outlines.count, seed: seed)
      let total = outlines.reduce(0) { $0 + $1.count }
      if let episodes, episodes > outlines.count {
        throw DatasetError(file: dataset, "has \(outlines.count) episodes, fewer than \(episodes)")
      }
      if let transitions, transitions > total {
        throw DatasetError(file: dataset, "has \(total) transitions, fewer than \(transitions)")
      }
      let kept =
        transitions.map { draw.first(steps: $0, of: outlines) }
        ?? draw.first(episodes ?? max(1, Int(((share ?? 1) * Double(outlines.count)).rounded())))
      let written = try copies.write([(new.out, kept)], of: outlines.count, force: new.force)
      try new.output.print(written[0].text, json: ValueTree(encoding: written[0]))
    }
  }
}
