import SinewDatasets
import SinewEnvironments
import SinewLearners
import SinewPolicies
import SinewTensor

/// Running statistics of an online run, by which the learner sees its observations and rewards.
///
/// What is stored stays raw, so that a minibatch is normalised by the latest statistics however old its transitions are. The
/// policy carries the observations' statistics with it: it takes raw observations, in training, evaluation and after an export.
final class OnlineNormalisation: Stateful {
  /// γ of the discounted sums whose deviation rewards are divided by.
  static let discount = 0.99

  /// What the policy and the critic see observations by; nil where observations stay raw.
  let module: ObservationNormalisation?
  private var observations: RunningStatistics?
  private var rewards: RunningStatistics?
  /// The discounted sum of rewards of each environment's running episode.
  private var sums: [Double]

  init(_ configuration: RunConfiguration, observationSize: Int) {
    let (sees, scales) = (
      configuration.normalises(.normaliseObservation), configuration.normalises(.normaliseReward)
    )
    module = sees ? ObservationNormalisation(observationSize: observationSize) : nil
    observations = sees ? RunningStatistics(size: observationSize) : nil
    rewards = scales ? RunningStatistics(size: 1) : nil
    sums = Array(repeating: 0, count: configuration.environmentCount)
  }

  /// Counts what the environments show before a step.
  func see(_ rows: [Float]) {
    guard var statistics = observations else { return }
    observations = nil
    let size = statistics.mean.count
    for start in stride(from: 0, to: rows.count, by: size) {
      statistics.add(rows.span.extracting(start..<start + size))
    }
    observations = statistics
    apply()
  }

  private func apply() {
    guard let module, let observations else { return }
    let indices = observations.mean.indices
    module.set(
      mean: observations.mean.map { Float($0) }, scale: indices.map { Float(observations.deviation($0)) })
  }

  /// Counts the reward of an environment's step.
  func see(reward: Float, of environment: Int, ended: Bool) {
    guard rewards != nil else { return }
    sums[environment] = Self.discount * sums[environment] + Double(reward)
    let sum = [Float(sums[environment])]
    rewards?.add(sum.span)
    if ended { sums[environment] = 0 }
  }

  /// Normalises a minibatch of what was stored, in place.
  func normalise(_ batch: Batch) {
    if let observations {
      let mean = observations.mean.map { Float($0) }
      let scale = mean.indices.map { Float(1 / observations.deviation($0)) }
      for tensor in [batch.observation, batch.nextObservation] {
        tensor.withMutableFloats { floats in
          for index in 0..<floats.count {
            let component = index % mean.count
            floats[index] = (floats[index] - mean[component]) * scale[component]
          }
        }
      }
    }
    if let rewards {
      let scale = Float(1 / rewards.deviation(0))
      batch.reward.withMutableFloats { floats in for index in 0..<floats.count { floats[index] *= scale } }
    }
  }

  func saveState(to state: inout StateDictionary, prefix: String) {
    observations?.save(to: &state, prefix: prefix + "observations.")
    guard let rewards else { return }
    rewards.save(to: &state, prefix: prefix + "rewards.")
    state[doubles: prefix + "sums"] = sums
  }

  func loadState(from state: StateDictionary, prefix: String) throws {
    try observations?.load(from: state, prefix: prefix + "observations.")
    apply()
    guard rewards != nil else { return }
    try rewards?.load(from: state, prefix: prefix + "rewards.")
    sums = try state.doubles(prefix + "sums", count: sums.count)
  }

  /// Where a learner's file keeps it.
  static let prefix = "normalisation_of_run."
}

/// A learner with the normalisation that its policy carries: what a checkpoint calls the learner.
final class NormalisedLearner: Stateful {
  private let learner: any Learner
  private let normalisation: OnlineNormalisation
  /// The policy, which takes raw observations.
  let policy: any Policy
  /// The critic, which takes raw observations.
  let critic: (any ActionValue)?

  init(_ learner: any Learner, _ normalisation: OnlineNormalisation) {
    self.learner = learner
    self.normalisation = normalisation
    guard let module = normalisation.module else {
      (policy, critic) = (learner.policy, learner.critic)
      return
    }
    policy = NormalisedPolicy(learner.policy, module)
    critic = learner.critic.map { NormalisedValue($0, module) }
  }

  func saveState(to state: inout StateDictionary, prefix: String) {
    learner.saveState(to: &state, prefix: prefix)
    normalisation.saveState(to: &state, prefix: prefix + OnlineNormalisation.prefix)
  }

  func loadState(from state: StateDictionary, prefix: String) throws {
    try learner.loadState(from: state, prefix: prefix)
    try normalisation.loadState(from: state, prefix: prefix + OnlineNormalisation.prefix)
  }
}
