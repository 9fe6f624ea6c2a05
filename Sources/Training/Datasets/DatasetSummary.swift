import SinewDatasets

/// What a dataset holds, in figures: found in one pass over its episodes, of which one is in memory at a time.
public struct DatasetSummary: Codable, Sendable, Equatable {
  /// Its name.
  public var name: String
  /// The environment it says it was recorded in.
  public var environment: String?
  /// Whole episodes.
  public var episodes = 0
  /// Steps of all of them.
  public var transitions = 0
  /// Numbers in an observation.
  public var observationSize: Int
  /// Numbers in an action.
  public var actionSize: Int
  /// The bounds of each action component.
  public var actionLow: [Float], actionHigh: [Float]
  /// Episodes that the task ended.
  public var terminated = 0
  /// Episodes that a time limit or the end of the recording cut off.
  public var truncated = 0
  /// Undiscounted returns of the episodes.
  public var returnMean = 0.0, returnStd = 0.0, returnMin = Double.infinity, returnMax = -Double.infinity
  /// Steps of an episode.
  public var lengthMean = 0.0, lengthMin = Int.max, lengthMax = 0
  /// Share of action components beyond their bounds by more than rounding; they are clipped when loaded.
  public var clippedActions = 0.0
  /// Mean of the normalised returns; nil without references.
  public var normalizedScore: Double?
  /// The references.
  public var referenceReturns: ReferenceReturns?
  /// What else it says of itself.
  public var metadata: [String: String]

  /// Reads all of a source. Throws what is wrong with its first bad episode.
  ///
  /// - Parameter afterEpisode: sees each episode, and how many steps there were up to its end.
  public init(
    _ source: any EpisodeSource, afterEpisode: (_ episode: EpisodeData, _ steps: Int) throws -> Void = { _, _ in }
  ) throws {
    var source = source
    let info = source.info
    (name, environment, observationSize) = (info.name, info.environment, info.observationSize)
    (actionSize, actionLow, actionHigh) = (info.actionSize, info.actionLow, info.actionHigh)
    (referenceReturns, metadata) = (info.referenceReturns, info.metadata)
    let tolerances = zip(info.actionLow, info.actionHigh).map { 0.5e-4 * ($1 - $0) }
    // Welford's recursion.
    var (squares, clipped) = (0.0, 0)
    while let episode = try source.next() {
      let total = episode.rewards.reduce(0) { $0 + Double($1) }
      episodes += 1
      transitions += episode.count
      if episode.terminated { terminated += 1 } else { truncated += 1 }
      let difference = total - returnMean
      returnMean += difference / Double(episodes)
      squares += difference * (total - returnMean)
      (returnMin, returnMax) = (min(returnMin, total), max(returnMax, total))
      (lengthMin, lengthMax) = (min(lengthMin, episode.count), max(lengthMax, episode.count))
      for (index, action) in episode.actions.enumerated() {
        let component = index % actionSize
        let tolerance = tolerances[component]
        if action < actionLow[component] - tolerance || action > actionHigh[component] + tolerance { clipped += 1 }
      }
      try afterEpisode(episode, transitions)
    }
    guard episodes > 0 else { throw DatasetError("the dataset '\(name)' has no episode") }
    returnStd = (squares / Double(episodes)).squareRoot()
    lengthMean = Double(transitions) / Double(episodes)
    clippedActions = Double(clipped) / Double(transitions * actionSize)
    normalizedScore = referenceReturns?.normalizedScore(returnMean)
  }
}
