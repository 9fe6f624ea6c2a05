import SinewTensor

/// Whole episodes, to learn from: in memory, or, where they are larger than half a gigabyte, in a file without a name of
/// which only what is drawn is read.
///
/// One row a step: observation, action in [−1, 1], reward, terminated. Each episode has one row more than it has steps,
/// which holds its final observation, so that a transition is one contiguous read: its row and the next row's
/// observation.
public final class Dataset: Sendable {
  /// What the dataset says about itself.
  public let info: DatasetInfo
  /// The episodes, in the order of their rows.
  public let episodes: [Episode]
  /// Moments of the observations, range of the returns.
  public let statistics: DatasetStatistics
  /// Action components that lay beyond the action space by more than rounding, and were set to its bound (as
  /// environments do with the actions they get).
  public let clippedActionCount: Int

  /// The rows, one after the other.
  let rows: DatasetRows
  /// Numbers in a row: observations + actions + 2.
  let rowLength: Int
  /// The first transition of each episode.
  private let firstTransitions: [Int]

  /// An episode of the dataset.
  public struct Episode: Sendable, Equatable {
    /// The row of its first step.
    public let firstRow: Int
    /// Steps.
    public let count: Int
    /// Whether the task ended it.
    public let terminated: Bool
    /// Whether it was cut off, by a time limit or by the end of the recording.
    public let truncated: Bool
    /// Undiscounted sum of its rewards.
    public let totalReward: Double
  }

  init(_ builder: Builder) throws {
    var builder = builder
    info = builder.info
    episodes = builder.episodes
    rows = try builder.rows.finish()
    rowLength = builder.rowLength
    clippedActionCount = builder.clippedActionCount
    var transitions = 0
    firstTransitions = episodes.map { episode in
      defer { transitions += episode.count }
      return transitions
    }
    count = transitions
    statistics = DatasetStatistics(
      rows: rows, rowLength: builder.rowLength, observationSize: builder.info.observationSize,
      episodes: builder.episodes)
  }

  /// Reads a whole source. Throws what the source throws, and ``DatasetError`` for episodes that cannot be.
  ///
  /// - Parameter memory: bytes beyond which the rows go to a file in `TMPDIR` (`/var/tmp` where there is none); nil for
  ///   half a gigabyte.
  public convenience init(_ source: some EpisodeSource, memory: Int? = nil) throws {
    var source = source
    var builder = Builder(source.info, memory: memory)
    while let episode = try source.next() { try builder.append(episode) }
    try builder.check()
    try self.init(builder)
  }

  /// The number of transitions.
  public let count: Int

  /// The row of the transition `index`, counted over all episodes: O(log episodes). Samplers don't need it.
  public func row(ofTransition index: Int) -> Int {
    precondition((0..<count).contains(index), "transition \(index) of \(count)")
    // The last episode that begins at or before it; each earlier one has a row more than it has transitions.
    var (low, high) = (0, episodes.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if firstTransitions[middle] <= index { low = middle } else { high = middle - 1 }
    }
    return index + low
  }

  /// The observation in a row.
  public func observation(inRow row: Int) -> ArraySlice<Float> {
    rows.numbers(row * rowLength..<row * rowLength + info.observationSize)
  }

  /// The action in a row, in [−1, 1]; zeros in the last row of an episode.
  public func action(inRow row: Int) -> ArraySlice<Float> {
    let start = row * rowLength + info.observationSize
    return rows.numbers(start..<start + info.actionSize)
  }

  /// The discounted sum of rewards from each row to the end of its episode, by row.
  func returnsToGo(discount: Float) -> [Float] {
    var sums = [Float](repeating: 0, count: rows.count / rowLength)
    for episode in episodes {
      for row in (episode.firstRow..<episode.firstRow + episode.count).reversed() {
        sums[row] = reward(inRow: row) + discount * sums[row + 1]
      }
    }
    return sums
  }

  /// The reward in a row; 0 in the last row of an episode.
  public func reward(inRow row: Int) -> Float {
    let place = row * rowLength + rowLength - 2
    return rows.withNumbers(from: place, atMost: 1) { $0[0] }
  }
}
