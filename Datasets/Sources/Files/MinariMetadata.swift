import Foundation
import SinewFiles
import SinewTensor

/// What `metadata.json` of a Minari dataset says.
///
/// Keys beyond Minari's own: `observation_parts` (names of flattened parts), `environment` (Sinew's name of it, where `env_spec`, from which Python would make the
/// environment, cannot say it). Texts of any other key are kept in ``DatasetInfo/metadata``.
///
/// Source: minari 0.5.4, `minari/dataset/minari_storage.py`, `minari_dataset.py`, `serialization.py`.
struct MinariMetadata {
  var info: DatasetInfo
  /// Where an episode's observations lie.
  var observationLeaves: [MinariSpace.Leaf]
  var episodeCount: Int
  var transitionCount: Int

  /// What a stranger's file may take: far more than Minari writes.
  private static let largestFile = 1 << 20
  /// Keys with a place of their own, or none worth keeping.
  private static let ownKeys: Set = [
    "total_episodes", "total_steps", "data_format", "jpeg_encoding", "observation_space", "action_space",
    "eval_env_spec", "dataset_id", "minari_version", "dataset_size", "environment", "ref_min_score", "ref_max_score",
  ]

  /// Reads `metadata.json` in `folder`. Throws ``DatasetError`` naming the file and the key.
  init(folder: URL) throws {
    let file = folder.appending(path: "metadata.json")
    let table = try Self.table(file)
    func problem(_ key: String, _ problem: String) -> DatasetError {
      DatasetError(file: file.relativePath, field: key, problem)
    }
    func text(_ key: String) throws -> String? {
      guard let value = table[key], !(value is NSNull) else { return nil }
      guard let text = value as? String else { throw problem(key, "is no text") }
      return text
    }
    func count(_ key: String) throws -> Int {
      guard let value = table[key] else { throw problem(key, "missing") }
      guard let number = value as? NSNumber, let count = Int(exactly: number.doubleValue), count >= 0 else {
        throw problem(key, "is no count")
      }
      return count
    }
    let format = try text("data_format") ?? "hdf5"
    guard format == "hdf5" else {
      throw problem("data_format", "is '\(format)'; only hdf5 is read (minari.create_dataset…(data_format=\"hdf5\"))")
    }
    guard let id = try text("dataset_id") else { throw problem("dataset_id", "missing") }
    func space(_ key: String) throws -> MinariSpace {
      guard let text = try text(key) else { throw problem(key, "missing") }
      do { return try MinariSpace(text) } catch let error as DatasetError { throw problem(key, error.problem) }
    }
    let actions = try space("action_space")
    guard actions.parts == nil, actions.leaves.count == 1, actions.leaves[0].firstValue == nil else {
      throw problem("action_space", "is a space of several parts or of choices; Box spaces of one axis are read")
    }
    guard let low = actions.leaves[0].low, let high = actions.leaves[0].high else {
      throw problem("action_space", "has bounds that are not finite")
    }
    let observations = try space("observation_space")
    observationLeaves = observations.leaves
    info = DatasetInfo(
      name: Self.name(ofID: id),
      environment: try text("environment") ?? Self.environment(inSpecification: text("env_spec")),
      observationSize: observations.size,
      observationParts: observations.parts ?? Self.parts(table["observation_parts"], size: observations.size),
      actionLow: low, actionHigh: high)
    do { try info.validate() } catch let error as DatasetError { throw problem("action_space", error.problem) }
    episodeCount = try count("total_episodes")
    transitionCount = try count("total_steps")
    if let random = table["ref_min_score"] as? NSNumber, let expert = table["ref_max_score"] as? NSNumber {
      info.referenceReturns = ReferenceReturns(random: random.doubleValue, expert: expert.doubleValue)
    }
    for (key, value) in table where !Self.ownKeys.contains(key) {
      if let text = value as? String { info.metadata[key] = text }
      if let list = value as? [String] { info.metadata[key] = list.joined(separator: ", ") }
    }
  }

  /// The names of parts whose numbers the dataset has side by side; nil where they do not fit.
  private static func parts(_ value: Any?, size: Int) -> [ObservationPart]? {
    guard let list = value as? [[String: Any]], !list.isEmpty, list.count <= size else { return nil }
    let parts = list.compactMap { entry -> ObservationPart? in
      guard let name = entry["name"] as? String, let number = entry["size"] as? NSNumber,
        let count = Int(exactly: number.doubleValue), (1...size).contains(count)
      else { return nil }
      return ObservationPart(name: name, size: count)
    }
    return parts.count == list.count && parts.reduce(0, { $0 + $1.size }) == size ? parts : nil
  }

  private static func table(_ file: URL) throws -> [String: Any] {
    if let problem = RegularFile.problemOfReading(file.path) {
      throw DatasetError(file: file.relativePath, problem)
    }
    guard let handle = FileHandle(forReadingAtPath: file.path) else {
      throw DatasetError(file: file.relativePath, String(cString: strerror(errno)))
    }
    guard let data = try? handle.read(upToCount: largestFile + 1) else {
      throw DatasetError(file: file.relativePath, "cannot be read")
    }
    guard data.count <= largestFile else { throw DatasetError(file: file.relativePath, "larger than 1 MB") }
    guard let table = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] else {
      throw DatasetError(file: file.relativePath, "not a JSON object")
    }
    return table
  }

  /// "mujoco/hopper/medium-v0" → "mujoco/hopper/medium".
  static func name(ofID id: String) -> String {
    guard let range = id.range(of: #"-v\d+$"#, options: .regularExpression) else { return id }
    return String(id[..<range.lowerBound])
  }

  /// The `id` of Gymnasium's environment specification.
  private static func environment(inSpecification text: String?) -> String? {
    guard let text, let table = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] else {
      return nil
    }
    return table["id"] as? String
  }
}
