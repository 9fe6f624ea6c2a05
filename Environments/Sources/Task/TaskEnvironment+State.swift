import SinewTensor

extension TaskEnvironment {
  public func snapshot() -> StateDictionary {
    var snapshot = StateDictionary()
    snapshot[doubles: "simulation"] = physics.snapshot()
    snapshot.set("generator", generator: generator)
    snapshot[words: "episode"] = [UInt64(stepCount), isRunning ? 1 : 0, state.terminated ? 1 : 0, hasSucceeded ? 1 : 0]
    snapshot[doubles: "reward_terms"] = rewardValues
    snapshot[doubles: "control"] = Array(state.control)
    snapshot[doubles: "memory"] = Array(state.memory)
    snapshot[words: "episodes"] = [UInt64(episodeCount)]
    episodeParameters.save(to: &snapshot)
    disturbances.save(to: &snapshot)
    if !pendingPushes.isEmpty { snapshot[doubles: "pending_pushes"] = pendingPushes.flatMap(\.numbers) }
    return snapshot
  }

  public func restore(_ snapshot: StateDictionary) throws {
    let generator = try snapshot.generator("generator")
    let episode = try snapshot.counts("episode", count: 4)
    let values = try snapshot.doubles("reward_terms", count: rewardValues.count)
    let control = try snapshot.doubles("control", count: state.control.count)
    let memory = try snapshot.doubles("memory", count: state.memory.count)
    let simulation = try snapshot.doubles("simulation", count: physics.snapshot().count)
    var parameters = episodeParameters
    try parameters.load(from: snapshot)
    let episodes = try snapshot.count("episodes")
    let pushes = try PendingPush.read(snapshot[doubles: "pending_pushes"] ?? [], model: definition.model)
    isRunning = false
    episodeParameters = parameters
    (self.generator, episodeCount) = (generator, episodes)
    try useParameters()
    try physics.restore(simulation)
    try disturbances.load(from: snapshot)
    pendingPushes = pushes
    readSimulation()
    state.control.update(fromContentsOf: control)
    state.memory.update(fromContentsOf: memory)
    try definition.terrain?.make(state, present: &ground)
    rewardValues = values
    stepCount = episode[0]
    state.terminated = episode[2] != 0
    hasSucceeded = episode[3] != 0
    isRunning = episode[1] != 0
  }
}
