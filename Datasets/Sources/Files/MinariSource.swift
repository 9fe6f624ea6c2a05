import Foundation

/// Streams the episodes of a Minari dataset: a folder `data` with `metadata.json` and `main_data.hdf5`.
///
/// Observations of Box spaces of one axis, Discrete ones, and Dict and Tuple spaces of these, flattened as Gymnasium does
/// and with their names kept; actions of Box spaces. `infos` are not read. An episode whose last step is neither a termination nor a truncation was cut off by the end
/// of its recording, which is a truncation.
///
/// Source: the Minari documentation, "Dataset standards", and minari 0.5.4.
public struct MinariSource: EpisodeSource {
  public let info: DatasetInfo
  public let episodeCount: Int
  public let transitionCount: Int

  private let fields: EpisodeFields
  private let leaves: [MinariSpace.Leaf]
  private var episode = 0
  private var transitions = 0

  /// Opens the dataset whose `metadata.json` is in `folder`. Throws ``DatasetError`` naming file and field.
  public init(folder: URL) throws {
    let metadata = try MinariMetadata(folder: folder)
    (info, episodeCount, transitionCount) = (metadata.info, metadata.episodeCount, metadata.transitionCount)
    leaves = metadata.observationLeaves
    fields = EpisodeFields(try HDF5File(folder.appending(path: "main_data.hdf5").relativePath))
  }

  public mutating func next() throws -> EpisodeData? {
    guard episode < episodeCount else {
      guard transitions == transitionCount else {
        throw DatasetError(
          file: fields.file.path, "has \(transitions) steps, metadata.json says \(transitionCount) (total_steps)")
      }
      return nil
    }
    let group = "episode_\(episode)/"
    let rewards = try fields.read("rewards", in: group, episode: episode, columns: 1)
    let steps = rewards.count
    guard steps >= 1 else { throw fields.error("rewards", episode: episode, "has no step") }
    func rows(_ field: String, _ columns: Int, _ count: Int, _ expectation: String) throws -> [Float] {
      let numbers = try fields.read(field, in: group, episode: episode, columns: columns)
      guard numbers.count == count * columns else {
        throw fields.error(
          field, episode: episode, "has \(numbers.count / columns) rows, expected \(count) (\(expectation))")
      }
      return numbers
    }
    let observations = try EpisodeFields.rows(
      of: leaves.map { leaf in
        let field = "observations" + leaf.path
        let numbers = try rows(field, leaf.firstValue == nil ? leaf.size : 1, steps + 1, "one more than rewards")
        return try leaf.firstValue.map { try chosen(numbers, $0, leaf.size, field) } ?? numbers
      }, sizes: leaves.map(\.size), count: steps + 1)
    let actions = try rows("actions", info.actionSize, steps, "as many as rewards")
    let terminated = try ending("terminations", group, steps)
    let truncated = try ending("truncations", group, steps)
    episode += 1
    transitions += steps
    return EpisodeData(
      observations: observations, actions: actions, rewards: rewards, terminated: terminated,
      truncated: truncated || !terminated)
  }

  /// For each value one number for every value there can be, of which its own is 1.
  private func chosen(_ values: [Float], _ first: Int, _ count: Int, _ field: String) throws -> [Float] {
    var numbers = [Float](repeating: 0, count: values.count * count)
    for (row, value) in values.enumerated() {
      guard let choice = Int(exactly: Double(value) - Double(first)), (0..<count).contains(choice) else {
        throw fields.error(field, episode: episode, row: row, "is \(value), expected one of \(count) from \(first) on")
      }
      numbers[row * count + choice] = 1
    }
    return numbers
  }

  /// Whether the last of an episode's truth values is true, as only the last may be.
  private func ending(_ field: String, _ group: String, _ steps: Int) throws -> Bool {
    let flags = try fields.readFlags(field, in: group, episode: episode)
    guard flags.count == steps else {
      throw fields.error(field, episode: episode, "has \(flags.count) rows, expected \(steps) (as many as rewards)")
    }
    if let row = flags.dropLast().firstIndex(of: true) {
      throw fields.error(field, episode: episode, row: row, "is true before the episode's last row, \(steps - 1)")
    }
    return flags.last ?? false
  }
}
