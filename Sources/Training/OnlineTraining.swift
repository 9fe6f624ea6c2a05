import SinewDatasets
import SinewEnvironments
import SinewLearners
import SinewPolicies
import SinewTensor

/// The loop of an off-policy learner: act in every environment once, store the transitions, update.
///
/// Stored actions are the policy's, in [−1, 1]. A transition keeps only `terminated`: where an episode was cut short its
/// last observation is bootstrapped like any other (Pardo et al., Time Limits in Reinforcement Learning, 2018).
final class OnlineTraining: TrainingProcess, Stateful {
  let origin: LearnerOrigin
  var tally = TrainingTally()
  private let learner: any OnlineLearner
  private let normalisation: OnlineNormalisation
  private let saved: NormalisedLearner
  private let shape: LearnerShape
  private let environments: VectorEnvironment
  private let buffer: ReplayBuffer
  private let batch: Batch
  private let warmUp: UniformRandomPolicy
  private let scaling: ActionScaling
  private var sampling: RandomGenerator
  private let warmUpSteps: Int
  private let updatesPerStep: Double
  private var step = 0
  /// Updates that are due and not yet made; fractions carry over.
  private var updatesDue = 0.0
  private var observations: [Float]
  private var actions: [Float]
  private var scaledActions: [Float]

  var policy: any Policy { saved.policy }
  var parts: [(file: String, part: any Stateful)] {
    [("learner", saved), ("replay-buffer", buffer), ("environments", environments), ("loop", self)]
  }

  /// Every random source is a stream of its own, split from `generator` by name.
  init(
    algorithm: Algorithm, configuration: RunConfiguration, generator: RandomGenerator,
    makeEnvironment: () throws -> any Environment
  ) throws {
    let probe = try makeEnvironment()
    shape = LearnerShape(
      observationSize: probe.observationSpace.count, actionSize: probe.actionSpace.count)
    scaling = try ActionScaling(probe.actionSpace, environment: probe.name)
    origin = LearnerOrigin(shape, actionLow: probe.actionSpace.low, actionHigh: probe.actionSpace.high)
    let made = try algorithm.makeLearner(
      shape, precision: configuration.precision, generator: generator.split("learner"), transitions: configuration.steps
    )
    guard let learner = made.learner as? any OnlineLearner,
      let hyperparameters = made.configuration as? any OnlineConfiguration
    else {
      throw UsageError(
        "\(algorithm.name) learns from a dataset: name one with --dataset, such as --dataset hopper-medium")
    }
    self.learner = learner
    normalisation = OnlineNormalisation(configuration, observationSize: shape.observationSize)
    saved = NormalisedLearner(learner, normalisation)
    warmUpSteps = hyperparameters.warmUpSteps
    updatesPerStep = hyperparameters.updatesPerStep
    var environmentSeeds = generator.split("environments")
    environments = try VectorEnvironment(
      count: configuration.environmentCount, threads: configuration.threads, seed: environmentSeeds.next(),
      make: makeEnvironment)
    buffer = ReplayBuffer(
      capacity: hyperparameters.bufferCapacity, observationSize: shape.observationSize, actionSize: shape.actionSize)
    batch = Batch(size: hyperparameters.batchSize, observationSize: shape.observationSize, actionSize: shape.actionSize)
    warmUp = UniformRandomPolicy(
      observationSize: shape.observationSize, actionSize: shape.actionSize, generator: generator.split("warm-up"))
    sampling = generator.split("replay sampling")
    observations = Array(repeating: 0, count: configuration.environmentCount * shape.observationSize)
    actions = Array(repeating: 0, count: configuration.environmentCount * shape.actionSize)
    scaledActions = actions
  }

  func begin() throws { try environments.reset() }

  func advance(stopWhen isStopRequested: () -> Bool) throws -> Int {
    let count = try act()
    store(count)
    step += count
    if step >= warmUpSteps { try update(after: count, stopWhen: isStopRequested) }
    return count
  }

  private func act() throws -> Int {
    let count = environments.count
    let before = environments.observations
    try requireFinite(before)
    observations = before
    normalisation.see(before)
    let actor: any Policy = step < warmUpSteps ? warmUp : policy
    var span = actions.mutableSpan
    actor.act(observations: before.span, count: count, deterministic: false, actions: &span)
    if let index = actions.firstIndex(where: { !$0.isFinite }) {
      throw TrainingError("action \(index % shape.actionSize) of the policy is \(nonFinite(actions[index]))")
    }
    scaling.scale(actions, into: &scaledActions)
    let scaled = scaledActions
    try environments.step(actions: scaled.span)
    if let reward = environments.rewards.first(where: { !$0.isFinite }) {
      throw TrainingError("the reward is \(nonFinite(reward))")
    }
    // Before anything is stored.
    try requireFinite(environments.finalObservations)
    return count
  }

  private func requireFinite(_ observations: [Float]) throws {
    if let index = observations.firstIndex(where: { !$0.isFinite }) {
      throw TrainingError("observation \(index % shape.observationSize) is \(nonFinite(observations[index]))")
    }
  }

  private func store(_ count: Int) {
    let (before, after, ends) = (observations, environments.observations, environments.finalObservations)
    let actions = actions
    let (rewards, terminated, truncated) = (environments.rewards, environments.terminated, environments.truncated)
    for index in 0..<count {
      let observationRange = index * shape.observationSize..<(index + 1) * shape.observationSize
      let ended = terminated[index] || truncated[index]
      normalisation.see(reward: rewards[index], of: index, ended: ended)
      buffer.append(
        observation: before.span.extracting(observationRange),
        action: actions.span.extracting(index * shape.actionSize..<(index + 1) * shape.actionSize),
        reward: rewards[index],
        nextObservation: ended
          ? ends.span.extracting(observationRange) : after.span.extracting(observationRange),
        terminated: terminated[index])
    }
    for episode in environments.finishedEpisodes {
      tally.addEpisode(return: episode.episodeReturn, length: episode.length)
    }
  }

  private func update(after steps: Int, stopWhen isStopRequested: () -> Bool) throws {
    updatesDue += Double(steps) * updatesPerStep
    var patience = Patience()
    while updatesDue >= 1 {
      if patience.isOver(isStopRequested) { throw InterruptedStep() }
      updatesDue -= 1
      guard buffer.count > 0 else { throw TrainingError("the replay buffer is empty") }
      buffer.sample(into: batch, using: &sampling)
      normalisation.normalise(batch)
      learner.update(batch)
      try tally.addUpdate(learner.metrics)
    }
  }

  func saveState(to state: inout StateDictionary, prefix: String) {
    state[words: prefix + "step"] = [UInt64(step)]
    state[doubles: prefix + "updates_due"] = [updatesDue]
    state.set(prefix + "sampling", generator: sampling)
    warmUp.saveState(to: &state, prefix: prefix + "warm_up.")
    tally.save(to: &state, prefix: prefix + "tally.")
  }

  func loadState(from state: StateDictionary, prefix: String) throws {
    step = try state.count(prefix + "step")
    updatesDue = try state.double(prefix + "updates_due", in: 0..<1)
    sampling = try state.generator(prefix + "sampling")
    try warmUp.loadState(from: state, prefix: prefix + "warm_up.")
    tally = try TrainingTally(from: state, prefix: prefix + "tally.")
  }
}
