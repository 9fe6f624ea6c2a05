import SinewFiles

/// Streams the episodes of a file in D4RL's layout: flat arrays over all steps.
///
/// `observations`, `actions`, `rewards`, `terminals` and `timeouts` are read, and `next_observations` where the file
/// has it; everything else (`infos`, `metadata`) is not. An episode ends where `terminals` or `timeouts` says so.
///
/// Without `timeouts` (D4RL's first files, and many of people's own) an episode ends where `terminals` says so or after
/// a number of steps that the caller knows. Where observations jump in the midst of an episode then, ``notes`` say so.
///
/// The layout keeps no final observations. Where `next_observations` is missing too, an episode that a time limit or
/// the end of the file cut off loses its last step, whose next observation is nowhere; after a termination what is seen
/// has no value, and the last observation stands in for it.
///
/// Root attributes `env` (text), `action_low` and `action_high` (numbers), which D4RL's own files don't have, are taken
/// where present; actions are in [−1, 1] else.
///
/// Source: Fu et al., "D4RL: Datasets for Deep Data-Driven Reinforcement Learning", arXiv 2004.07219.
public struct D4RLSource: EpisodeSource {
  public let info: DatasetInfo
  public let episodeCount: Int
  public let transitionCount: Int

  private let fields: EpisodeFields
  private let hasNextObservations: Bool
  private var boundaries: D4RLBoundaries
  /// Whether the file has `timeouts`.
  public let hasTimeouts: Bool
  public private(set) var notes: [String] = []

  /// Opens a file. Throws ``DatasetError`` for a missing field, lengths that differ, and damage.
  ///
  /// - Parameter episodeLength: steps after which an episode is cut, 1 or more, of a file that has no `timeouts`; nil
  ///   for none.
  public init(path: String, episodeLength: Int? = nil) throws {
    try self.init(HDF5File(path), episodeLength: episodeLength)
  }

  init(_ file: HDF5File, episodeLength: Int? = nil) throws {
    let fields = EpisodeFields(file)
    let observations = try fields.extent("observations")
    let actions = try fields.extent("actions")
    hasTimeouts = try fields.has("timeouts")
    for field in ["actions", "rewards", "terminals"] + (hasTimeouts ? ["timeouts"] : []) {
      try fields.require(field, rows: observations.rows)
    }
    if hasTimeouts, episodeLength != nil {
      throw fields.error("timeouts", "say where episodes end: an episode length is for files without them")
    }
    hasNextObservations = try fields.has("next_observations")
    if hasNextObservations { try fields.require("next_observations", rows: observations.rows) }
    info = DatasetInfo(
      name: String(file.path.split(separator: "/").last?.split(separator: ".").first ?? "dataset"),
      environment: try Self.text("env", file), observationSize: observations.columns,
      actionLow: try Self.bounds("action_low", file, -1, count: actions.columns),
      actionHigh: try Self.bounds("action_high", file, 1, count: actions.columns))
    do { try info.validate() } catch let error as DatasetError {
      throw fields.error(error.field ?? "actions", error.problem)
    }
    self.fields = fields
    boundaries = D4RLBoundaries(
      fields, rowCount: observations.rows, keepsLastSteps: hasNextObservations, hasTimeouts: hasTimeouts,
      episodeLength: episodeLength)
    var (scan, episodes, transitions) = (boundaries, 0, 0)
    while let (steps, _) = try scan.next() {
      episodes += 1
      transitions += steps.count
    }
    (episodeCount, transitionCount) = (episodes, transitions)
    if !hasTimeouts { notes = try D4RLJumps(fields, info, hasNextObservations, boundaries).notes }
  }

  private static func text(_ name: String, _ file: HDF5File) throws -> String? {
    guard case .text(let text)? = try file.attribute(name) else { return nil }
    return String(text.prefix(256)).printable()
  }

  private static func bounds(_ name: String, _ file: HDF5File, _ usual: Float, count: Int) throws -> [Float] {
    guard case .numbers(let numbers)? = try file.attribute(name) else { return Array(repeating: usual, count: count) }
    guard numbers.count == count else {
      throw DatasetError(
        file: file.path, field: "attribute \(name)", "has \(numbers.count) numbers, actions have \(count)")
    }
    return numbers
  }

  public mutating func next() throws -> EpisodeData? {
    guard let (steps, terminated) = try boundaries.next() else { return nil }
    let last = steps.upperBound - 1
    var observations = try fields.read("observations", columns: info.observationSize, rows: steps)
    if hasNextObservations {
      observations += try fields.read("next_observations", columns: info.observationSize, rows: last..<last + 1)
    } else if terminated {
      observations += observations.suffix(info.observationSize)
    } else {
      observations += try fields.read("observations", columns: info.observationSize, rows: last + 1..<last + 2)
    }
    return EpisodeData(
      observations: observations, actions: try fields.read("actions", columns: info.actionSize, rows: steps),
      rewards: try fields.read("rewards", columns: 1, rows: steps), terminated: terminated, truncated: !terminated)
  }
}

/// Finds where episodes begin and end in D4RL's flat arrays.
struct D4RLBoundaries {
  private let fields: EpisodeFields
  private let rowCount: Int
  private let keepsLastSteps: Bool
  private let hasTimeouts: Bool
  private let episodeLength: Int
  /// The row that the next episode begins at.
  private var position = 0
  /// Truth values from a row on: more than one row is read at a time.
  private var block: (firstRow: Int, terminals: [Bool], timeouts: [Bool]) = (0, [], [])
  private static let blockLength = 1 << 16

  init(_ fields: EpisodeFields, rowCount: Int, keepsLastSteps: Bool, hasTimeouts: Bool, episodeLength: Int?) {
    (self.fields, self.rowCount, self.keepsLastSteps) = (fields, rowCount, keepsLastSteps)
    (self.hasTimeouts, self.episodeLength) = (hasTimeouts, episodeLength ?? .max)
  }

  /// The rows of the next episode's steps, and whether the task ended it; nil after the last.
  mutating func next() throws -> (steps: Range<Int>, terminated: Bool)? {
    while position < rowCount {
      let first = position
      var (terminated, ended) = (false, false)
      while position < rowCount, !ended {
        (terminated, ended) = try flags(at: position)
        position += 1
        ended = ended || position - first >= episodeLength
      }
      let steps = first..<(terminated || keepsLastSteps ? position : position - 1)
      if !steps.isEmpty { return (steps, terminated) }
    }
    return nil
  }

  private mutating func flags(at row: Int) throws -> (terminated: Bool, ended: Bool) {
    if !(block.firstRow..<block.firstRow + block.terminals.count).contains(row) {
      let rows = row..<min(row + Self.blockLength, rowCount)
      let timeouts =
        hasTimeouts ? try fields.readFlags("timeouts", rows: rows) : Array(repeating: false, count: rows.count)
      block = (row, try fields.readFlags("terminals", rows: rows), timeouts)
    }
    let terminated = block.terminals[row - block.firstRow]
    return (terminated, terminated || block.timeouts[row - block.firstRow])
  }
}
