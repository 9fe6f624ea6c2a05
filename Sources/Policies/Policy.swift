import SinewTensor

/// What acts: from observations to actions.
public protocol Policy: AnyObject {
  /// Numbers in an observation.
  var observationSize: Int { get }
  /// Numbers in an action.
  var actionSize: Int { get }

  /// Chooses actions in [−1, 1] for a batch of observations.
  ///
  /// - Parameters:
  ///   - observations: count × observationSize, row-major.
  ///   - count: how many observations.
  ///   - deterministic: the policy's mode instead of a sample.
  ///   - actions: receives count × actionSize numbers, row-major.
  func act(observations: Span<Float>, count: Int, deterministic: Bool, actions: inout MutableSpan<Float>)

  /// Begins an episode: forgets what was observed and planned in the one before, and restarts the policy's sampling
  /// from `seed`. Policies without memory do nothing.
  func beginEpisode(seed: UInt64)

  /// Restarts what actions that are not deterministic are drawn from. Unlike ``beginEpisode(seed:)``, evaluation does
  /// not ask for it, so that the exploration of a learner goes on where it was.
  func restartExploration(seed: UInt64)

  /// Hears that an environment's episode ended; called on what gathers experience alone. Only policies whose
  /// exploration goes by episodes do anything.
  func endEpisode(of environment: Int)

  /// Adds the weights to a state, as they are exported.
  func saveParameters(to state: inout StateDictionary, prefix: String)

  /// Takes the weights back.
  func loadParameters(from state: StateDictionary, prefix: String) throws
}

extension Policy {
  public func beginEpisode(seed: UInt64) {}

  public func restartExploration(seed: UInt64) {}

  public func endEpisode(of environment: Int) {}
}
