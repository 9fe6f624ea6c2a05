/// Sees every step of episodes while they are run, to record or to film them.
///
/// What it throws ends the run.
public protocol EpisodeObserver: AnyObject {
  /// The environment has been reset: an episode begins where it now is.
  func episodeBegan(in environment: any Environment) throws

  /// The environment has been stepped.
  func episodeStepped(in environment: any Environment, outcome: StepOutcome) throws

  /// The episode is over: the environment is still where it ended.
  ///
  /// - Parameters:
  ///   - total: undiscounted sum of the rewards.
  ///   - length: steps.
  ///   - terminated: whether the task ended it, not the time limit.
  func episodeEnded(in environment: any Environment, total: Double, length: Int, terminated: Bool) throws
}
