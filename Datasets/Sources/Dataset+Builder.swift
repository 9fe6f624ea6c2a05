extension Dataset {
  /// Collects episodes, checking each, into a dataset.
  public struct Builder {
    /// What the dataset will say about itself.
    public let info: DatasetInfo
    private(set) var episodes: [Episode] = []
    var rows: DatasetRows.Writer
    private(set) var clippedActionCount = 0
    let rowLength: Int
    private let middle: [Float]
    private let halfRange: [Float]

    /// An empty collection. Whether `info` can be is checked with the first episode.
    ///
    /// - Parameters:
    ///   - info: what the dataset says about itself.
    ///   - memory: bytes beyond which the rows go to a file in `TMPDIR` (`/var/tmp` where there is none); nil for half a
    ///     gigabyte.
    public init(_ info: DatasetInfo, memory: Int? = nil) {
      self.info = info
      rows = DatasetRows.Writer(memory: memory ?? DatasetRows.memory)
      rowLength = info.observationSize + info.actionSize + 2
      middle = zip(info.actionLow, info.actionHigh).map { $0 / 2 + $1 / 2 }
      halfRange = zip(info.actionLow, info.actionHigh).map { $1 / 2 - $0 / 2 }
    }

    /// Adds an episode, its actions scaled from the environment's own units to [−1, 1].
    ///
    /// Throws ``DatasetError`` naming field and row for a wrong length or a number that is not finite, the collection
    /// then staying as it was; and where a file of rows finds no room.
    public mutating func append(_ episode: EpisodeData) throws {
      if episodes.isEmpty { try info.validate() }
      try check(episode)
      let (observationSize, actionSize) = (info.observationSize, info.actionSize)
      let firstRow = rows.count / rowLength
      var added: [Float] = []
      added.reserveCapacity((episode.count + 1) * rowLength)
      for step in 0..<episode.count {
        added.append(contentsOf: episode.observations[step * observationSize..<(step + 1) * observationSize])
        for index in 0..<actionSize {
          let action = (episode.actions[step * actionSize + index] - middle[index]) / halfRange[index]
          if abs(action) > 1 + 1e-4 { clippedActionCount += 1 }
          added.append(min(max(action, -1), 1))
        }
        added.append(episode.rewards[step])
        added.append(episode.terminated && step == episode.count - 1 ? 1 : 0)
      }
      added.append(contentsOf: episode.observations[(episode.count * observationSize)...])
      added.append(contentsOf: repeatElement(0, count: actionSize + 2))
      try rows.append(added)
      episodes.append(
        Episode(
          firstRow: firstRow, count: episode.count, terminated: episode.terminated, truncated: episode.truncated,
          totalReward: episode.rewards.reduce(0) { $0 + Double($1) }))
    }

    /// The dataset. Throws ``DatasetError`` where there is no episode.
    public func build() throws -> Dataset {
      try check()
      return try Dataset(self)
    }

    func check() throws {
      try info.validate()
      guard !episodes.isEmpty else { throw DatasetError("the dataset '\(info.name)' has no episode") }
    }

    private func check(_ episode: EpisodeData) throws {
      let index = episodes.count
      let steps = episode.rewards.count
      guard steps >= 1 else { throw DatasetError(field: "rewards", episode: index, "has no step") }
      func check(_ field: String, _ values: [Float], rows: Int, width: Int) throws {
        guard values.count == rows * width else {
          throw DatasetError(
            field: field, episode: index, "has \(values.count) numbers, expected \(rows) rows of \(width)")
        }
        if let place = values.firstIndex(where: { !$0.isFinite }) {
          let component = width > 1 ? "component \(place % width) " : ""
          throw DatasetError(
            field: field, episode: index, row: place / width,
            "\(component)is \(values[place]), expected a finite number")
        }
      }
      try check("rewards", episode.rewards, rows: steps, width: 1)
      try check("observations", episode.observations, rows: steps + 1, width: info.observationSize)
      try check("actions", episode.actions, rows: steps, width: info.actionSize)
    }
  }
}
