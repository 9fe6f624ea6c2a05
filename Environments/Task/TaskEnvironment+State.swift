import SinewTensor

extension TaskEnvironment {
  public func snapshot() -> StateDictionary {
    var snapshot = StateDictionary()
    snapshot[doubles: "simulation"] = physics.snapshot()
    snapshot.set("generator", generator: generator)
    snapshot[words: "episode"] = [UInt64(stepCount), isRunning ? 1 : 0, state.terminated ? 1 : 0, hasSucceeded ? 1 : 0]
    snapshot[doubles: "reward_terms"] = rewardValues
    return snapshot
  }

  public func restore(_ snapshot: StateDictionary) throws {
    let generator = try snapshot.generator("generator")
    let episode = try snapshot.words("episode", count: 4)
    let values = try snapshot.doubles("reward_terms", count: rewardValues.count)
    let simulation = try snapshot.doubles("simulation", count: physics.snapshot().count)
    guard let steps = Int(exactly: episode[0]) else {
      throw StateError("the array 'episode' holds an impossible number of steps, \(episode[0])")
    }
    isRunning = false
    try physics.restore(simulation)
    readSimulation()
    self.generator = generator
    rewardValues = values
    stepCount = steps
    state.terminated = episode[2] != 0
    hasSucceeded = episode[3] != 0
    isRunning = episode[1] != 0
  }
}
