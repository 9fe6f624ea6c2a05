import SinewDatasets
import SinewEnvironments
import SinewLearners
import SinewPolicies
import SinewSettings
import SinewTensor

extension Rollout: Trainable {
  public static func makeLoop<L: Learner>(
    of learner: L, _ context: LoopContext
  ) throws -> any TrainingLoop where L.Minibatch == Rollout {
    guard context.dataset == nil else {
      throw UsageError("\(L.about.name) learns from what it does itself: leave --dataset out")
    }
    guard context.guide == nil else {
      throw UsageError("\(L.about.name) learns from what it does itself: leave --guide out")
    }
    return try OnPolicyLoop(learner, context)
  }
}

/// The loop of an on-policy learner: T steps of every environment, then one update with all of them.
final class OnPolicyLoop<L: Learner>: TrainingLoop, Stateful where L.Minibatch == Rollout {
  var tally = TrainingTally()
  private let learner: L
  private let saved: NormalisedLearner
  private let normalisation: RunNormalisation
  private let interaction: Interaction
  private let rollout: Rollout
  private let task: TaskShape
  /// Steps of the rollout that is being made.
  private var filled = 0

  var policy: any Policy { saved.policy }
  var states: [(file: String, part: any Stateful)] {
    [("learner", saved), ("environments", interaction.environments), ("loop", self)]
  }

  init(_ learner: L, _ context: LoopContext) throws {
    self.learner = learner
    task = context.task
    normalisation = context.normalisation
    saved = NormalisedLearner(learner, normalisation)
    interaction = try Interaction(context, normalisation)
    // What is kept of a step, and what an update makes of it, reckoned before it is taken.
    let rows = Double(learner.request.steps) * Double(interaction.environments.count)
    var demand = MemoryDemand()
    demand.add(
      "rollout_steps", learner.request.steps, numbers: rows * Double(8 * task.observationSize + task.actionSize + 64))
    do { try demand.check() } catch { throw UsageError("\(L.about.name): \(error)") }
    rollout = Rollout(
      learner.request, environments: interaction.environments.count, observationSize: task.observationSize,
      actionSize: task.actionSize)
    let steps = rollout.steps * rollout.environments
    learner.begin(RunFacts(updates: max(1, context.configuration.steps / steps), acts: true))
  }

  func begin() throws { try interaction.environments.reset() }

  func advance(stopWhen isStopRequested: () -> Bool) throws -> Int {
    try interaction.step(with: saved.behaviour, tally: &tally)
    keepStep()
    filled += 1
    if filled == rollout.steps {
      filled = 0
      interaction.environments.withUnsafeRows { rows in rollout.lastObservation.assign(rows.observations) }
      normalisation.normalise(rollout.lastObservation)
      normalisation.scale(rewards: rollout.reward)
      try tally.addUpdate(learner.update(rollout))
    }
    return interaction.environments.count
  }

  private func keepStep() {
    interaction.withLastStep { observations, actions, step in
      func keep(_ source: UnsafeBufferPointer<Float>, _ tensor: Tensor, isObservation: Bool = false) {
        tensor.withMutableFloats { floats in
          let rows = floats.extracting(filled * source.count..<(filled + 1) * source.count)
          _ = rows.update(fromContentsOf: source)
          if isObservation { normalisation.normalise(rows) }
        }
      }
      func keep(_ source: UnsafeBufferPointer<Bool>, _ tensor: Tensor) {
        tensor.withMutableFloats { floats in
          for index in source.indices { floats[filled * source.count + index] = source[index] ? 1 : 0 }
        }
      }
      // By the statistics of now, by which the behaviour saw them too.
      keep(observations, rollout.observation, isObservation: true)
      keep(actions, rollout.action)
      keep(step.rewards, rollout.reward)
      keep(step.finalObservations, rollout.nextObservation, isObservation: true)
      keep(step.terminated, rollout.terminated)
      keep(step.truncated, rollout.truncated)
    }
  }

  func saveState(to state: inout StateDictionary, prefix: String) {
    state[words: prefix + "filled"] = [UInt64(filled)]
    for (name, tensor) in kept { state[floats: prefix + "rollout." + name] = tensor.floats }
    tally.save(to: &state, prefix: prefix + "tally.")
  }

  func loadState(from state: StateDictionary, prefix: String) throws {
    let filled = try state.count(prefix + "filled")
    guard filled < rollout.steps else {
      throw StateError("the array '\(prefix)filled' holds an impossible number")
    }
    self.filled = filled
    for (name, tensor) in kept {
      tensor.assign(try state.floats(prefix + "rollout." + name, count: tensor.count))
    }
    tally = try TrainingTally(from: state, prefix: prefix + "tally.")
    if interaction.breakOffWhereInexact(), filled > 0 { cutOffLastStep() }
  }

  /// The episodes of the last step do not go on: other ones begin.
  private func cutOffLastStep() {
    let count = rollout.environments
    rollout.terminated.withMutableFloats { terminated in
      rollout.truncated.withMutableFloats { truncated in
        for row in (filled - 1) * count..<filled * count where terminated[row] == 0 { truncated[row] = 1 }
      }
    }
  }

  private var kept: [(name: String, tensor: Tensor)] {
    [
      ("observation", rollout.observation), ("action", rollout.action), ("reward", rollout.reward),
      ("next_observation", rollout.nextObservation), ("terminated", rollout.terminated),
      ("truncated", rollout.truncated),
    ]
  }
}
