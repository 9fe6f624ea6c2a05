import SinewDatasets
import SinewEnvironments
import SinewEvaluation
import SinewLearners
import SinewPolicies
import SinewSettings
import SinewTensor

extension Transitions: Trainable {
  public static func makeLoop<L: Learner>(
    of learner: L, _ context: LoopContext
  ) throws -> any TrainingLoop where L.Minibatch == Transitions {
    if context.dataset != nil, context.configuration.mix == nil { return try DatasetLoop(learner, context) }
    if L.about.needsDataset, context.dataset == nil, context.configuration.start == nil {
      throw UsageError(
        "\(L.about.name) learns from a dataset: name one with --dataset, such as --dataset hopper-medium")
    }
    return try OffPolicyLoop(learner, context)
  }
}

/// The loop of an off-policy learner that acts: step every environment once, store the transitions, update.
///
/// A run that starts from another's weights gathers its warm-up with them, and leaves them as they are until it is over
/// (WSRL, arXiv 2412.07762).
///
/// A learner whose behaviour has weights of its own gathers a step while it makes the updates that the step before
/// brought; the order of what is random does not depend on the number of threads.
///
/// Where an episode was cut short its last observation is bootstrapped like any other (Pardo et al., Time Limits in
/// Reinforcement Learning, 2018). With a dataset, each minibatch is drawn from both in the run's shares.
final class OffPolicyLoop<L: Learner>: TrainingLoop, Stateful where L.Minibatch == Transitions {
  var tally = TrainingTally()
  private let learner: L
  private let saved: NormalisedLearner
  private let normalisation: RunNormalisation
  private let interaction: Interaction
  private let buffer: ReplayBuffer
  private let dataset: Dataset?
  private let pool: Pool<Transitions>
  private let batch: Transitions
  private let warmUp: UniformRandomPolicy
  private let guided: GuidedPolicy?
  private let guideSteps: (most: Int, until: Int)
  private let replay: ReplayBufferSettings
  private var sampling: RandomGenerator
  private var step = 0
  /// Updates that are due and not yet made; fractions carry over.
  private var updatesDue = 0.0
  /// Whether warm-up steps are the behaviour's own, because it has learned something before.
  private let startsTrained: Bool
  /// One gathers while the other updates.
  private let workers: WorkerPool

  var policy: any Policy { saved.policy }
  var states: [(file: String, part: any Stateful)] {
    [("learner", saved), ("replay-buffer", buffer), ("environments", interaction.environments), ("loop", self)]
  }

  /// Every random source is a stream of its own, split from the context's by name.
  init(_ learner: L, _ context: LoopContext) throws {
    let (task, request, generator) = (context.task, learner.request, context.generator)
    self.learner = learner
    replay = request.replay
    dataset = context.dataset
    normalisation = context.normalisation
    saved = NormalisedLearner(learner, normalisation)
    interaction = try Interaction(context, normalisation)
    buffer = ReplayBuffer(
      capacity: replay.bufferCapacity, observation: task.observation, actionSize: task.actionSize,
      environments: interaction.environments.count)
    guard
      let pool = Pool<Transitions>(
        dataset: context.weightedDataset, buffer: buffer, datasetShare: context.configuration.mix ?? 0,
        request: request)
    else { throw UsageError("there is nothing to learn from") }
    self.pool = pool
    batch = Transitions(request, observation: task.observation, actionSize: task.actionSize)
    warmUp = UniformRandomPolicy(
      observationSize: task.observationSize, actionSize: task.actionSize, generator: generator.split("warm-up"))
    guideSteps = (context.configuration.guideSteps, context.configuration.steps)
    guided = context.guide.map { [saved, guideSteps, interaction] guide in
      GuidedPolicy(
        guide, learner: saved.behaviour, environments: interaction.environments.count, most: guideSteps.most,
        generator: generator.split("guide"))
    }
    sampling = generator.split("replay sampling")
    startsTrained = context.configuration.start != nil
    workers = WorkerPool(count: min(context.configuration.threads, learner.refreshBehaviour() ? 2 : 1))
    let updates = Double(max(0, context.configuration.steps - replay.warmUpSteps)) * replay.updatesPerStep
    learner.begin(RunFacts(statistics: dataset?.statistics, updates: Int(updates), acts: true))
  }

  func begin() throws { try interaction.environments.reset() }

  func advance(stopWhen isStopRequested: () -> Bool) throws -> Int {
    let actor = actor()
    let count = interaction.environments.count
    let isApart = learner.refreshBehaviour()
    let updatesBeside = isApart && step >= replay.warmUpSteps && !buffer.isEmpty
    if updatesBeside {
      try interaction.observe()
      var (acted, updated) = (Result<Void, any Error>.success(()), Result<Void, any Error>.success(()))
      workers.run(
        { acted = Result { try interaction.act(with: actor) } },
        beside: {
          updated = Result { try update(after: count, stopWhen: isStopRequested) }
        })
      try updated.get()
      try acted.get()
      interaction.count(actor, tally: &tally)
    } else {
      try interaction.step(with: actor, tally: &tally)
    }
    interaction.withLastStep { buffer.append(observations: $0, actions: $1, step: $2) }
    step += count
    if step >= replay.warmUpSteps, !updatesBeside { try update(after: count, stopWhen: isStopRequested) }
    return count
  }

  private func actor() -> any Policy {
    let own: any Policy = step < replay.warmUpSteps && !startsTrained ? warmUp : saved.behaviour
    guard let guided else { return own }
    guided.learner = own
    guided.most = Int(Double(guideSteps.most) * max(0, 1 - Double(step) / Double(guideSteps.until)))
    return guided
  }

  private func update(after steps: Int, stopWhen isStopRequested: () -> Bool) throws {
    updatesDue += Double(steps) * replay.updatesPerStep
    guard updatesDue >= 1 else { return }
    guard !buffer.isEmpty else { throw TrainingError("the replay buffer is empty") }
    let mixture = learner.study(pool)
    var patience = Patience()
    while updatesDue >= 1 {
      if patience.isOver(isStopRequested) { throw InterruptedStep() }
      updatesDue -= 1
      mixture.fill(batch, using: &sampling)
      batch.mapObservations(normalisation.normalise)
      normalisation.scale(rewards: batch.reward)
      if let returnToGo = batch.returnToGo { normalisation.scale(rewards: returnToGo) }
      try tally.addUpdate(learner.update(batch))
    }
  }

  func saveState(to state: inout StateDictionary, prefix: String) {
    state[words: prefix + "step"] = [UInt64(step)]
    state[doubles: prefix + "updates_due"] = [updatesDue]
    state.set(prefix + "sampling", generator: sampling)
    if let dataset { state[words: prefix + "dataset"] = dataset.fingerprint }
    warmUp.saveState(to: &state, prefix: prefix + "warm_up.")
    guided?.saveState(to: &state, prefix: prefix + "guided.")
    tally.save(to: &state, prefix: prefix + "tally.")
  }

  func loadState(from state: StateDictionary, prefix: String) throws {
    try dataset?.requireFingerprint(in: state, prefix + "dataset")
    step = try state.count(prefix + "step")
    updatesDue = try state.double(prefix + "updates_due", in: 0..<1)
    sampling = try state.generator(prefix + "sampling")
    try warmUp.loadState(from: state, prefix: prefix + "warm_up.")
    try guided?.loadState(from: state, prefix: prefix + "guided.")
    tally = try TrainingTally(from: state, prefix: prefix + "tally.")
    if interaction.breakOffWhereInexact() { buffer.breakOff() }
  }
}
