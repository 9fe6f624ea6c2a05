import SinewPhysics
import SinewTensor

/// The environment that a ``TaskDefinition`` describes: its model simulated, its terms evaluated after each step.
///
/// Actions are motor controls in the units of the model's actuators (torque = gear × control), clamped to their ranges
/// before they reach the motors. An action is held for the whole control period.
public final class TaskEnvironment: Environment {
  /// What the environment was made from.
  public let definition: TaskDefinition
  public let observationSpace: BoxSpace
  public let actionSpace: BoxSpace

  let state: TaskState
  var physics: Simulation
  var generator = RandomGenerator(seed: 0)
  /// The parameters in force, and those of the episode.
  var episodeParameters: EpisodeParameters
  /// What the model of `physics` was changed by.
  var builtFactors: [ModelFactor] = []
  /// Episodes begun since the generator was seeded.
  var episodeCount = 0
  let disturbances: TaskDisturbances
  /// What ``applyDisturbance(force:torque:to:)`` asked for the coming step.
  var pendingPushes: [PendingPush] = []
  /// What ground the simulation has.
  var ground = TaskTerrain.Recipe()
  /// Steps of the running episode.
  var stepCount = 0
  /// Whether an episode is running: a step is allowed.
  var isRunning = false
  /// Whether a step of the episode met every success term.
  var hasSucceeded = false
  var endsAtTimeLimit = true
  /// Weighted values of the reward terms in the last step.
  var rewardValues: [Double]
  // Reused to hand a state to the simulation without allocating.
  private var newPositions: [Double]
  private var newVelocities: [Double]

  /// Makes the environment of a task.
  ///
  /// - Throws: what the simulation throws of a model that it can't simulate; ``EnvironmentError`` for an observation
  ///   term that is not of the size that it says.
  public init(_ definition: TaskDefinition) throws {
    let model = definition.model
    for term in definition.observation
    where term.bounds.count != term.componentCount || term.labels.count != term.componentCount {
      throw EnvironmentError(
        "\(definition.name): the observation term '\(type(of: term).name)' has \(term.componentCount) components, but "
          + "\(term.bounds.count) bounds and \(term.labels.count) labels")
    }
    self.definition = definition
    physics = try Simulation(model: model)
    state = TaskState(
      simulation: physics, controlPeriod: definition.controlPeriod, needsContactForces: definition.needsContactForces,
      memoryCount: definition.memoryCount, parameterCount: definition.parameters.termCount)
    episodeParameters = EpisodeParameters(definition)
    let bounds = definition.observation.flatMap(\.bounds)
    observationSpace = BoxSpace(low: bounds.map(\.lowerBound), high: bounds.map(\.upperBound))
    let ranges = model.actuators.map { $0.controlRange ?? 0...0 }
    actionSpace = BoxSpace(low: ranges.map { Float($0.lowerBound) }, high: ranges.map { Float($0.upperBound) })
    disturbances = TaskDisturbances(definition, observationSpace: observationSpace)
    rewardValues = [Double](repeating: 0, count: definition.reward.count)
    newPositions = [Double](repeating: 0, count: model.positionCount)
    newVelocities = [Double](repeating: 0, count: model.velocityCount)
    episodeParameters.write(to: state.parameters)
  }

  public var name: String { definition.name }
  public var controlPeriod: Double { definition.controlPeriod }
  public var maximumSteps: Int { definition.timeLimit }
  public var simulation: Simulation? { physics }

  public var isSuccess: Bool? { definition.success.isEmpty ? nil : hasSucceeded }

  public var rewardTerms: [(name: String, value: Double)] {
    zip(definition.reward, rewardValues).map { ($0.name, $1) }
  }

  public func reset(seed: UInt64?, observation: inout MutableSpan<Float>) throws {
    try check(observation.count, observationSpace.count, "observation")
    if let seed { (generator, episodeCount) = (RandomGenerator(seed: seed), 0) }
    isRunning = false
    try beginParameters()
    state.beginEpisode()
    definition.terrain?.begin(state, using: &generator)
    try definition.terrain?.make(state, present: &ground)
    state.positions.update(fromContentsOf: definition.initialPositions)
    state.velocities.update(repeating: 0)
    for term in definition.reset { term.apply(to: state, using: &generator) }
    try writeStateToSimulation()
    readSimulation()
    state.beginStep()
    for term in definition.commands { term.begin(state, using: &generator) }
    (state.terminated, state.succeeded, hasSucceeded) = (false, false, false)
    for index in rewardValues.indices { rewardValues[index] = 0 }
    stepCount = 0
    isRunning = true
    write(&observation)
    if disturbances.isActive { disturbances.disturb(&observation, isFirst: true) }
  }

  public func step(action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
    try check(observation.count, observationSpace.count, "observation")
    try check(action.count, actionSpace.count, "action")
    guard isRunning else { throw EnvironmentError("\(name): no episode is running; reset before stepping") }
    for index in action.indices {
      guard action[index].isFinite else {
        throw EnvironmentError("\(name): action \(index) at step \(stepCount) is \(action[index]); it must be finite")
      }
    }
    beginStep(action)
    // An error leaves the simulation in no state to go on from.
    isRunning = false
    if disturbances.isActive || !pendingPushes.isEmpty {
      try stepDisturbed()
    } else {
      try physics.step(control: UnsafeBufferPointer(state.control.buffer).span, count: definition.substeps)
    }
    readSimulation()
    try holdSpeedLimits()
    stepCount += 1
    return try finishStep(&observation)
  }

  /// Notes the action and where the step begins.
  func beginStep(_ action: Span<Float>) {
    state.previousControl.update(fromContentsOf: state.control)
    for index in action.indices {
      let value = Double(action[index])
      state.action[index] = value
      state.control[index] = min(max(value, Double(actionSpace.low[index])), Double(actionSpace.high[index]))
    }
    // Read anew, since a caller may have put the simulation into a state of its own.
    readSimulation()
    state.beginStep()
    for weighted in definition.reward { weighted.term.beginStep(state) }
  }

  /// Judges where the simulation now is, and shows it.
  ///
  /// - Throws: ``EnvironmentError`` naming the reward term that is not finite.
  func finishStep(_ observation: inout MutableSpan<Float>) throws -> StepOutcome {
    for term in definition.commands { term.update(state) }
    judge()
    let truncated = endsAtTimeLimit && maximumSteps > 0 && stepCount >= maximumSteps
    var reward = 0.0
    for (index, weighted) in definition.reward.enumerated() {
      rewardValues[index] = weighted.weight * weighted.term.value(state)
      reward += rewardValues[index]
    }
    guard reward.isFinite else { throw notFinite() }
    for term in definition.commands { term.advance(state, using: &generator) }
    write(&observation)
    if disturbances.isActive { disturbances.disturb(&observation, isFirst: false) }
    isRunning = !state.terminated && !truncated
    return StepOutcome(reward: reward, terminated: state.terminated, truncated: truncated)
  }

  private func notFinite() -> EnvironmentError {
    let index = rewardValues.firstIndex { !$0.isFinite } ?? 0
    return EnvironmentError(
      "\(name): the reward term '\(definition.reward[index].name)' is \(rewardValues[index]) at step \(stepCount)")
  }

  /// Finds out whether the step succeeded or ended the episode.
  private func judge() {
    state.succeeded = !definition.success.isEmpty
    for term in definition.success where !term.isMet(state) { state.succeeded = false }
    if state.succeeded { hasSucceeded = true }
    state.terminated = false
    for term in definition.termination where term.isMet(state) { state.terminated = true }
  }

  /// Brings the state that the terms see up to date with the simulation.
  func readSimulation() {
    var positions = state.positions.buffer.mutableSpan
    var velocities = state.velocities.buffer.mutableSpan
    physics.readState(positions: &positions, velocities: &velocities)
    guard definition.needsContactForces else { return }
    var contactForces = state.contactForces.buffer.mutableSpan
    physics.readContactForces(into: &contactForces)
  }

  private func writeStateToSimulation() throws {
    for index in newPositions.indices { newPositions[index] = state.positions[index] }
    for index in newVelocities.indices { newVelocities[index] = state.velocities[index] }
    try physics.setState(positions: newPositions, velocities: newVelocities)
  }

  private func holdSpeedLimits() throws {
    var exceeded = false
    for bound in definition.speedLimits where abs(state.velocities[bound.velocity]) > bound.limit {
      state.velocities[bound.velocity] = state.velocities[bound.velocity] > 0 ? bound.limit : -bound.limit
      exceeded = true
    }
    guard exceeded else { return }
    try writeStateToSimulation()
    readSimulation()
  }

  private func write(_ observation: inout MutableSpan<Float>) {
    var start = 0
    for term in definition.observation {
      term.write(state, into: &observation, at: start)
      start += term.componentCount
    }
  }

  private func check(_ count: Int, _ expected: Int, _ what: String) throws {
    guard count == expected else {
      throw EnvironmentError("\(name): the \(what) has \(expected) components, not \(count)")
    }
  }
}
