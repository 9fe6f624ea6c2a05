/// One episode as files hold it, with actions in the environment's own units.
///
/// It has one observation more than it has steps: the last is what the episode ended on.
public struct EpisodeData: Sendable, Equatable {
  /// What was seen: (steps + 1) × observations, row-major.
  public var observations: [Float]
  /// What was done: steps × actions, row-major, in the environment's own units.
  public var actions: [Float]
  /// What each step brought.
  public var rewards: [Float]
  /// Whether the task ended the episode at its last step.
  public var terminated: Bool
  /// Whether a time limit, or the end of the recording, cut it off there. No termination: what follows has a value.
  public var truncated: Bool

  /// The number of steps.
  public var count: Int { rewards.count }

  /// An episode of these rows.
  public init(observations: [Float], actions: [Float], rewards: [Float], terminated: Bool, truncated: Bool) {
    self.observations = observations
    self.actions = actions
    self.rewards = rewards
    self.terminated = terminated
    self.truncated = truncated
  }
}

/// A stream of episodes, so that files larger than memory are read and converted in parts.
public protocol EpisodeSource {
  /// What the dataset says about itself.
  var info: DatasetInfo { get }
  /// How many episodes the stream gives in all.
  var episodeCount: Int { get }
  /// How many steps they have in all.
  var transitionCount: Int { get }
  /// What whoever reads it should be told, a line each.
  var notes: [String] { get }
  /// The next episode; nil after the last. Throws ``DatasetError`` for what is wrong with it.
  mutating func next() throws -> EpisodeData?
}

extension EpisodeSource {
  public var notes: [String] { [] }
}
