import SinewSettings

/// How transitions are gathered, kept, and drawn again.
public struct ReplayBufferSettings: SettingsGroup {
  /// Transitions in a minibatch.
  @Count public var batchSize = 256
  /// Transitions that the replay buffer keeps.
  @Count public var bufferCapacity = 1_000_000
  /// Environment steps before learning begins: with uniformly random actions, or those of the weights that the run
  /// starts from.
  @Count public var warmUpSteps = 5_000
  /// Gradient updates for each environment step; at most 1,000,000.
  @Positive public var updatesPerStep = 1.0
  /// n: a transition spans up to so many steps, see ``Transitions``.
  @CountWithin<1, 1_000> public var nSteps = 1
  /// Pictures are shifted at random by up to so many pixels, see ``ShiftedPictures``; 0 for none.
  @CountWithin<0, 1_000> public var randomShift = 4

  public init() {}

  /// The defaults with another warm-up, and others for what else is given.
  public init(batchSize: Int = 256, warmUpSteps: Int, updatesPerStep: Double = 1, nSteps: Int = 1) {
    (self.batchSize, self.nSteps) = (batchSize, nSteps)
    (self.warmUpSteps, self.updatesPerStep) = (warmUpSteps, updatesPerStep)
  }

  public func validate() throws {
    try require(updatesPerStep <= 1e6, "updates_per_step", updatesPerStep, expected: "at most 1000000")
  }
}
