import SinewDatasets
import SinewEnvironments
import SinewEvaluation
import SinewLearners
import SinewPolicies
import SinewTensor

/// A learner's behaviour acting in N environments: what on-policy and off-policy loops have in common.
///
/// Kept actions are the behaviour's own; environments get them cut off at ±1 and scaled to their ranges.
final class Interaction {
  let environments: VectorEnvironment
  private let normalisation: RunNormalisation
  private let scaling: ActionScaling
  private let task: TaskShape
  /// What the environments showed before the last step: N × observations.
  private(set) var observations: [Float]
  /// What was done then: N × actions.
  private(set) var actions: [Float]
  private var scaledActions: [Float]

  init(_ context: LoopContext, _ normalisation: RunNormalisation) throws {
    let configuration = context.configuration
    var seeds = context.generator.split("environments")
    environments = try VectorEnvironment(
      count: configuration.environmentCount, threads: configuration.threads, seed: seeds.next(),
      make: context.makeEnvironment)
    scaling = try ActionScaling(environments.actionSpace, environment: configuration.environment)
    task = context.task
    self.normalisation = normalisation
    observations = Array(repeating: 0, count: environments.count * task.observationSize)
    actions = Array(repeating: 0, count: environments.count * task.actionSize)
    scaledActions = actions
  }

  /// Steps every environment once with the actions of `actor`. Throws before anything is kept of a step whose
  /// quantities are not finite, naming the quantity.
  func step(with actor: any Policy, tally: inout TrainingTally) throws {
    try observe()
    try act(with: actor)
    count(actor, tally: &tally)
  }

  /// The first part of a step: takes what the environments show.
  func observe() throws {
    environments.withUnsafeRows { rows in
      _ = observations.withUnsafeMutableBufferPointer { $0.update(fromContentsOf: rows.observations) }
    }
    try observations.withUnsafeBufferPointer { try requireFinite($0) }
    normalisation.see(observations)
  }

  /// The second part: acts. Of what a learner's update reads or writes it touches the actor alone.
  func act(with actor: any Policy) throws {
    let seen = observations
    var span = actions.mutableSpan
    actor.act(observations: seen.span, count: environments.count, deterministic: false, actions: &span)
    if let index = actions.firstIndex(where: { !$0.isFinite }) {
      throw TrainingError("action \(index % task.actionSize) of the policy is \(nonFinite(actions[index]))")
    }
    scaling.scale(actions, into: &scaledActions)
    let scaled = scaledActions
    try environments.step(actions: scaled.span)
    try environments.withUnsafeRows { rows in
      if let reward = rows.rewards.first(where: { !$0.isFinite }) {
        throw TrainingError("the reward is \(nonFinite(reward))")
      }
      try requireFinite(rows.finalObservations)
    }
  }

  /// The last part: counts rewards and episodes.
  func count(_ actor: any Policy, tally: inout TrainingTally) {
    environments.withUnsafeRows { rows in
      for index in 0..<environments.count {
        normalisation.see(
          reward: rows.rewards[index], of: index, ended: rows.terminated[index] || rows.truncated[index])
      }
    }
    for episode in environments.finishedEpisodes {
      actor.endEpisode(of: episode.environment)
      tally.addEpisode(return: episode.episodeReturn, length: episode.length)
    }
  }

  /// Whether episodes were broken off by loading a state, because the environments have no exact one; the account of
  /// their rewards is then begun anew.
  func breakOffWhereInexact() -> Bool {
    if environments.restoresExactly { return false }
    normalisation.breakOff()
    return true
  }

  private func requireFinite(_ observations: UnsafeBufferPointer<Float>) throws {
    if let index = observations.firstIndex(where: { !$0.isFinite }) {
      throw TrainingError("observation \(index % task.observationSize) is \(nonFinite(observations[index]))")
    }
  }

  /// Lets `body` read the last step: what was seen, what was done, what came of it.
  func withLastStep<Result>(
    _ body: (UnsafeBufferPointer<Float>, UnsafeBufferPointer<Float>, StepRows) throws -> Result
  ) rethrows -> Result {
    try environments.withUnsafeRows { rows in
      try observations.withUnsafeBufferPointer { observations in
        try actions.withUnsafeBufferPointer { actions in
          try body(
            observations, actions,
            StepRows(
              rewards: rows.rewards, terminated: rows.terminated, truncated: rows.truncated,
              finalObservations: rows.finalObservations))
        }
      }
    }
  }
}
