import SinewTensor

/// Someone who can do a task: a script that looks at the whole state, not only at the observation, and acts.
///
/// Demonstrations are made with it, so it solves the same situation in more than one way, chosen at random in each
/// episode. Call ``beginEpisode(_:)`` after every reset; then ``act(in:action:)`` before every step. The same generator
/// and the same episode give the same bits. Confined to one thread at a time.
public protocol Demonstrator: AnyObject {
  /// Forgets the last episode and draws its choices for the next one from `generator`.
  func beginEpisode(_ generator: RandomGenerator)

  /// Chooses the action for the environment's present state.
  ///
  /// - Parameters:
  ///   - environment: the environment that it was made for, in a running episode.
  ///   - action: receives the action scaled to the action space: −1 its lower bound, 1 its upper one.
  /// - Throws: ``EnvironmentError`` if the environment isn't of the task that it knows.
  func act(in environment: any Environment, action: inout MutableSpan<Float>) throws
}
