import Foundation
import SinewFiles
import SinewTensor

/// Writes a dataset in Minari's layout, an episode at a time: `FOLDER/data/main_data.hdf5` and `metadata.json`.
///
/// Everything is written beside `FOLDER` and renamed into place by ``finish()``; without it nothing stays. Numbers are
/// float32, compressed with gzip in chunks; arrays of at most 4 kB lie uncompressed in their headers. The same episodes
/// give the same bytes.
///
/// The dataset's Minari id is the folder's name where that ends in a version ("hopper-medium-v0"), else the dataset's
/// name with "-v0". Python finds it as `minari.load_dataset("hopper-medium-v0")` with `MINARI_DATASETS_PATH` set to the
/// folder that FOLDER is in.
public final class MinariWriter {
  private let info: DatasetInfo
  private let folder: URL
  private let partial: URL
  private let replaces: Bool
  /// Says to others that the folder is still being written.
  private var lock: Int32 = -1
  private var file: HDF5Writer?
  private var episodeCount = 0
  private var transitionCount = 0
  private var finished = false

  /// Begins to write a dataset that will be at `folder`. Throws ``DatasetError``.
  ///
  /// - Parameter replacing: whether a dataset may be there, which ``finish()`` puts the new one in the place of;
  ///   until then it stays as it is. Without, nothing may be there.
  public init(creating folder: URL, info: DatasetInfo, replacing: Bool = false) throws {
    try info.validate()
    self.info = info
    self.folder = folder
    replaces = replacing
    partial = PartialFile.url(beside: folder)
    PartialFile.removeLeftovers(beside: folder)
    try Self.requirePlace(folder, replacing: replacing)
    try? FileManager.default.removeItem(at: partial)
    let data = partial.appending(path: "data")
    do {
      try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
    } catch {
      throw DatasetError(file: folder.relativePath, "cannot be written: \(systemReason(error))")
    }
    lock = open(partial.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if lock >= 0 { PartialFile.lock(lock) }
    file = try HDF5Writer(creating: data.appending(path: "main_data.hdf5").path)
  }

  /// Throws ``DatasetError`` where a dataset cannot be put at `folder`: something is there that is not to be replaced.
  public static func requirePlace(_ folder: URL, replacing: Bool) throws {
    var status = stat()
    guard lstat(folder.path, &status) == 0 else { return }
    guard replacing else {
      throw DatasetError(file: folder.relativePath, "exists; name another folder, or remove it first")
    }
    let isDataset = access(folder.appending(path: "data/metadata.json").path, F_OK) == 0
    guard status.st_mode & S_IFMT == S_IFDIR, isDataset else {
      throw DatasetError(file: folder.relativePath, "is no dataset: not replaced")
    }
  }

  deinit {
    file = nil
    if lock >= 0 { close(lock) }
    if !finished { try? FileManager.default.removeItem(at: partial) }
  }

  /// Writes one episode. Throws ``DatasetError`` where its lengths contradict each other, and with the system's reason
  /// where it cannot be written.
  public func append(_ episode: EpisodeData) throws {
    guard let file else { throw DatasetError(file: folder.relativePath, "is finished already") }
    guard episode.count >= 1, episode.observations.count == (episode.count + 1) * info.observationSize,
      episode.actions.count == episode.count * info.actionSize
    else {
      throw DatasetError(
        file: folder.relativePath, episode: episodeCount,
        "has \(episode.observations.count) numbers of observations and \(episode.actions.count) of actions in "
          + "\(episode.count) steps")
    }
    do {
      let group = try file.makeGroup("episode_\(episodeCount)")
      try file.setAttribute("id", episodeCount, of: group)
      try file.setAttribute("total_steps", episode.count, of: group)
      try file.write("observations", episode.observations, columns: info.observationSize, in: group)
      try file.write("actions", episode.actions, columns: info.actionSize, in: group)
      try file.write("rewards", episode.rewards, in: group)
      try file.write("terminations", flags(episode.count, last: episode.terminated), in: group)
      try file.write("truncations", flags(episode.count, last: episode.truncated), in: group)
      try file.makeEmptyGroup("infos", in: group)
    } catch let error as DatasetError {
      throw place(error)
    }
    episodeCount += 1
    transitionCount += episode.count
  }

  private func flags(_ count: Int, last: Bool) -> [Bool] {
    var flags = [Bool](repeating: false, count: count)
    if count > 0 { flags[count - 1] = last }
    return flags
  }

  /// Names the dataset that a user asked for, not the file beside it.
  private func place(_ error: DatasetError) -> DatasetError {
    DatasetError(file: folder.relativePath, error.problem)
  }

  /// Writes what is left and puts the dataset in its place.
  public func finish() throws {
    try prepare()
    guard !finished else { return }
    try placed {
      if replaces {
        try Self.requirePlace(folder, replacing: true)
        try replaceFolder(at: folder, with: partial)
      } else if rename(partial.path, folder.path) != 0 {
        throw DatasetError("cannot be written: \(String(cString: strerror(errno)))")
      }
      finished = true
      KillPoint.pass()
      try synchronize(folder.deletingLastPathComponent())
    }
  }

  /// Writes what is left beside the dataset's place, so that little can go wrong with ``finish()``: where several
  /// datasets are to come into being together.
  public func prepare() throws {
    guard let file else { return }
    try placed {
      try file.close()
      self.file = nil
      let data = partial.appending(path: "data")
      try metadata(data).writeDurably(to: data.appending(path: "metadata.json"))
      for url in [data.appending(path: "main_data.hdf5"), data, partial] { try synchronize(url) }
      KillPoint.pass()
    }
  }

  /// Does something whose errors name the dataset that a user asked for.
  private func placed(_ body: () throws -> Void) throws {
    do { try body() } catch let error as DatasetError {
      throw place(error)
    } catch let error as FileError {
      throw error
    } catch {
      throw DatasetError(file: folder.relativePath, "cannot be written: \(systemReason(error))")
    }
  }

  private func synchronize(_ url: URL) throws {
    let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw DatasetError("cannot be written: \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    // Some file systems cannot synchronise a folder and say so with EINVAL.
    if fsync(descriptor) != 0, errno != EINVAL {
      throw DatasetError("cannot be written: \(String(cString: strerror(errno)))")
    }
  }

  private func metadata(_ data: URL) throws -> Data {
    let name = folder.lastPathComponent
    let isID = name.range(of: #"^[-_\w]+-v\d+$"#, options: .regularExpression) != nil
    let attributes = try FileManager.default.attributesOfItem(atPath: data.appending(path: "main_data.hdf5").path)
    let size = (attributes[.size] as? NSNumber)?.doubleValue ?? 0
    var fields = info.metadata
    // Minari wants a list of each, and a text.
    let lists = Dictionary(
      uniqueKeysWithValues: ["author", "author_email"].map { ($0, fields.removeValue(forKey: $0)) })
    var table: [String: Any] = fields
    for (key, text) in lists { table[key] = text.map { [$0] } }
    table["total_episodes"] = episodeCount
    table["total_steps"] = transitionCount
    table["data_format"] = "hdf5"
    table["jpeg_encoding"] = false
    table["observation_space"] = try box(
      low: Array(repeating: "-Infinity", count: info.observationSize),
      high: Array(repeating: "Infinity", count: info.observationSize))
    table["action_space"] = try box(low: info.actionLow.map(\.description), high: info.actionHigh.map(\.description))
    table["dataset_id"] = isID ? name : "\(info.name)-v0"
    table["minari_version"] = "0.5.4"
    table["dataset_size"] = (size / 1e5).rounded() / 10
    table["environment"] = info.environment
    table["observation_parts"] = info.observationNames.flatMap { _ in
      info.observationParts?.map { ["name": $0.name, "size": $0.size] as [String: Any] }
    }
    table["ref_min_score"] = info.referenceReturns?.random
    table["ref_max_score"] = info.referenceReturns?.expert
    return try JSONSerialization.data(
      withJSONObject: table, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
  }

  /// A Box space in Minari's words. Python's JSON has infinities.
  private func box(low: [String], high: [String]) throws -> String {
    let (low, high) = (low.joined(separator: ", "), high.joined(separator: ", "))
    let size = low.split(separator: ",").count
    return #"{"type": "Box", "dtype": "float32", "shape": [\#(size)], "low": [\#(low)], "high": [\#(high)]}"#
  }
}
