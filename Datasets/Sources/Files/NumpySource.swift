import Foundation

/// Streams the episodes of an archive of NumPy arrays (`.npz`) in OGBench's layout: flat arrays over all steps.
///
/// `observations`, `actions` and `terminals` are read, and `rewards`, `next_observations`, `masks` and `timeouts` where
/// there are any; everything else (`qpos`, `qvel`, `button_states`) is not.
///
/// `terminals` is 1 in the last row of each trajectory, which says that it ends there and not that the task ended it. In
/// OGBench's own files that row holds what the trajectory ended on and an action that had no effect, so that a trajectory
/// of N rows has N − 1 steps. With `next_observations` each row is a step. Where `masks` is 0 the task ended (nothing
/// after it has a value), and where a recording goes on afterwards it does so as another episode. With `timeouts` the
/// arrays mean what D4RL's do: `terminals` says where the task ended.
///
/// Without `rewards`, which OGBench computes for a task when it loads a file, each is 0. Actions are in [−1, 1].
///
/// Source: Park et al., "OGBench: Benchmarking Offline Goal-Conditioned RL", arXiv 2410.20092; ogbench 1.2.
public struct NumpySource: EpisodeSource {
  public let info: DatasetInfo
  public let episodeCount: Int
  public let transitionCount: Int
  public private(set) var notes: [String] = []

  private var reader: NumpyEpisodes

  /// Opens an archive. Throws ``DatasetError`` for a missing field, lengths that differ, and damage.
  public init(path: String) throws {
    let file = try ZipFile(path)
    let fields = try NumpyFields(file)
    info = DatasetInfo(
      name: String(path.split(separator: "/").last?.split(separator: ".").first ?? "dataset"),
      observationSize: fields.observations.columns,
      actionLow: Array(repeating: -1, count: fields.actions.columns),
      actionHigh: Array(repeating: 1, count: fields.actions.columns))
    if fields.rewards == nil { notes = ["\(path) has no rewards: each is 0"] }
    // The ends alone first, for how many episodes there are.
    var (scan, episodes, transitions) = (try NumpyEnds(file, try NumpyFields(file)), 0, 0)
    while let episode = try scan.next() {
      episodes += episode.steps > 0 ? 1 : 0
      transitions += episode.steps
    }
    (episodeCount, transitionCount) = (episodes, transitions)
    reader = NumpyEpisodes(file, fields, try NumpyEnds(file, fields))
  }

  public mutating func next() throws -> EpisodeData? { try reader.next() }
}

/// The arrays of an archive that episodes are read from, each from its first row on.
struct NumpyFields {
  let file: ZipFile
  let observations, actions, terminals: NumpyArray
  let rewards, nextObservations, masks, timeouts: NumpyArray?

  init(_ file: ZipFile) throws {
    func array(_ field: String) throws -> NumpyArray? {
      do { return try file.stream(field + ".npy").map(NumpyArray.init) } catch let error as DatasetError {
        throw DatasetError(file: file.path, field: field, error.problem)
      }
    }
    func problem(_ field: String, _ problem: String) -> DatasetError {
      DatasetError(file: file.path, field: field, problem)
    }
    func required(_ field: String) throws -> NumpyArray {
      guard let array = try array(field) else { throw problem(field, "missing") }
      return array
    }
    self.file = file
    (observations, actions) = try (required("observations"), required("actions"))
    terminals = try required("terminals")
    (rewards, nextObservations) = try (array("rewards"), array("next_observations"))
    (masks, timeouts) = try (array("masks"), array("timeouts"))
    let flat = [("terminals", terminals), ("rewards", rewards), ("masks", masks), ("timeouts", timeouts)]
    for (field, array) in flat + [("actions", actions), ("next_observations", nextObservations)] {
      guard let array else { continue }
      guard array.rows == observations.rows else {
        throw problem(field, "has \(array.rows) rows, observations have \(observations.rows)")
      }
    }
    for (field, array) in flat where array.map({ $0.columns != 1 }) == true {
      throw problem(field, "has rows of \(array?.columns ?? 0) numbers, expected 1")
    }
    if let next = nextObservations, next.columns != observations.columns {
      throw problem("next_observations", "has rows of \(next.columns) numbers, expected \(observations.columns)")
    }
    guard observations.rows > 0 else { throw problem("observations", "has no row") }
  }

  /// The next rows of an array, all of them finite.
  func read(_ field: String, _ array: NumpyArray, _ count: Int) throws -> [Float] {
    let first = array.position
    let numbers: [Float]
    do { numbers = try array.read(count) } catch let error as DatasetError {
      throw DatasetError(file: file.path, field: field, error.problem)
    }
    if let place = numbers.firstIndex(where: { !$0.isFinite }) {
      let component = array.columns > 1 ? "component \(place % array.columns) " : ""
      throw DatasetError(
        file: file.path, field: field, row: first + place / array.columns,
        "\(component)is \(numbers[place]), expected a finite number")
    }
    return numbers
  }

  /// The next rows of truth values.
  func flags(_ field: String, _ array: NumpyArray?, _ count: Int) throws -> [Bool]? {
    guard let array else { return nil }
    let first = array.position
    let numbers = try read(field, array, count)
    if let place = numbers.firstIndex(where: { $0 != 0 && $0 != 1 }) {
      throw DatasetError(
        file: file.path, field: field, row: first + place, "is \(numbers[place]), expected true or false")
    }
    return numbers.map { $0 == 1 }
  }
}

/// Finds where episodes begin and end.
struct NumpyEnds {
  private let fields: NumpyFields
  private let rowCount: Int
  private var position = 0
  private var block: (firstRow: Int, terminals: [Bool], masks: [Bool]?, timeouts: [Bool]?) = (0, [], nil, nil)
  private static let blockLength = 1 << 16

  /// Rows that belong together, of which the first so many are steps.
  struct Episode {
    var rows: Int
    var steps: Int
    var terminated: Bool
  }

  /// Uses the arrays of ends of `fields` from their first row on.
  init(_ file: ZipFile, _ fields: NumpyFields) throws {
    self.fields = fields
    rowCount = fields.observations.rows
  }

  /// The next rows; nil after the last.
  mutating func next() throws -> Episode? {
    guard position < rowCount else { return nil }
    let first = position
    var (terminated, ended) = (false, false)
    while position < rowCount, !ended {
      (terminated, ended) = try flags(at: position)
      position += 1
    }
    let rows = position - first
    return Episode(
      rows: rows, steps: terminated || fields.nextObservations != nil ? rows : rows - 1, terminated: terminated)
  }

  private mutating func flags(at row: Int) throws -> (terminated: Bool, ended: Bool) {
    if row - block.firstRow >= block.terminals.count {
      let count = min(Self.blockLength, rowCount - row)
      let terminals = try fields.flags("terminals", fields.terminals, count) ?? []
      block = (
        row, terminals, try fields.flags("masks", fields.masks, count),
        try fields.flags("timeouts", fields.timeouts, count)
      )
    }
    let index = row - block.firstRow
    if let timeouts = block.timeouts {
      return (block.terminals[index], block.terminals[index] || timeouts[index])
    }
    let terminated = block.masks.map { !$0[index] } ?? false
    return (terminated, terminated || block.terminals[index])
  }
}

/// Reads the episodes one after the other.
struct NumpyEpisodes {
  private let fields: NumpyFields
  private var ends: NumpyEnds
  /// Bytes of one episode: four times the file's size, and a constant for small ones.
  private let budget: Int

  init(_ file: ZipFile, _ fields: NumpyFields, _ ends: NumpyEnds) {
    (self.fields, self.ends) = (fields, ends)
    budget = 4 * file.size + 64 << 20
  }

  mutating func next() throws -> EpisodeData? {
    while let episode = try ends.next() {
      let size = fields.observations.columns
      let (bytes, overflow) = episode.rows.multipliedReportingOverflow(by: 4 * (2 * size + fields.actions.columns + 1))
      guard !overflow, bytes <= budget else {
        throw DatasetError(
          file: fields.file.path, field: "observations", row: fields.observations.position,
          "an episode of \(episode.rows) steps, more than a file of \(fields.file.size) bytes can hold")
      }
      var observations = try fields.read("observations", fields.observations, episode.rows)
      var actions = try fields.read("actions", fields.actions, episode.rows)
      var rewards =
        try fields.rewards.map { try fields.read("rewards", $0, episode.rows) }
        ?? [Float](repeating: 0, count: episode.rows)
      if let next = fields.nextObservations {
        observations += try fields.read("next_observations", next, episode.rows).suffix(size)
      } else if episode.terminated {
        // What is seen after a termination has no value: the last observation stands in for it.
        observations += observations.suffix(size)
      } else {
        actions.removeLast(fields.actions.columns)
        rewards.removeLast()
      }
      if episode.steps > 0 {
        return EpisodeData(
          observations: observations, actions: actions, rewards: rewards, terminated: episode.terminated,
          truncated: !episode.terminated)
      }
    }
    return nil
  }
}
