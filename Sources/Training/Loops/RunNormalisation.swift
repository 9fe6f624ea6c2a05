import SinewDatasets
import SinewEnvironments
import SinewLearners
import SinewPolicies
import SinewTensor

/// How a run's learner sees its observations and rewards: as they are, by a dataset's statistics, or by running ones.
///
/// What is stored stays raw, so that a minibatch is normalised by the latest statistics however old its transitions
/// are. The policy carries the observations' statistics with it: it takes raw observations, in training, evaluation and
/// after an export.
final class RunNormalisation: Stateful {
  /// γ of the discounted sums whose deviation rewards are divided by.
  static let discount = 0.99

  /// What the policy and the critic see observations by; nil where observations stay raw.
  let normaliser: Normaliser?
  /// Of a run that acts without a dataset.
  private var observations: RunningStatistics?
  private var rewards: RunningStatistics?
  /// What the discounted sum of scaled rewards may be at most, and the greatest of raw ones so far.
  private let reach: Double?
  private var greatest = 0.0
  private let columns: Columns
  /// The discounted sum of rewards of each environment's running episode.
  private var sums: [Double]

  /// - Parameters:
  ///   - configuration: of the run.
  ///   - seesObservations: whether the learner's settings ask for normalised observations.
  ///   - seesRewards: whether they ask for normalised rewards.
  ///   - reach: what the discounted sum of those may be at most; nil for no limit.
  ///   - columns: the parts of an observation.
  ///   - statistics: of the run's dataset; nil where it has none, or where a saved state follows.
  init(
    _ configuration: RunConfiguration, observations seesObservations: Bool, rewards seesRewards: Bool, reach: Float?,
    columns: Columns,
    statistics: DatasetStatistics? = nil
  ) {
    let sees = seesObservations || configuration.normalises(.normaliseObservation)
    self.columns = columns
    normaliser = sees ? Normaliser(size: columns.count) : nil
    observations = sees && configuration.dataset == nil ? RunningStatistics(size: columns.count) : nil
    rewards = seesRewards || configuration.normalises(.normaliseReward) ? RunningStatistics(size: 1) : nil
    sums = Array(repeating: 0, count: configuration.environmentCount)
    self.reach = reach.map(Double.init)
    if let statistics {
      // TD3+BC's (arXiv 2106.06860).
      set(mean: statistics.observationMean, scale: statistics.observationDeviation.map { $0 + 1e-3 })
    }
  }

  /// Pictures stay as they are.
  private func set(mean: [Float], scale: [Float]) {
    guard let normaliser else { return }
    var (mean, scale) = (mean, scale)
    for index in columns.ranges(keptAs: .byte).joined() { (mean[index], scale[index]) = (0, 1) }
    normaliser.set(mean: mean, scale: scale)
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

  /// Whether a learner of a saved state sees normalised observations.
  static func hasObservations(_ state: StateDictionary) -> Bool {
    isFixed(in: state, "") || !state.section("normalisation_of_run.observations.").names.isEmpty
  }

  private static func isFixed(in state: StateDictionary, _ prefix: String) -> Bool {
    !state.section(prefix + "normalisation.").names.isEmpty
  }

  /// Whether the learner sees normalised observations.
  var seesObservations: Bool { normaliser != nil }

  /// Takes what the learner of another run saw observations by. A dataset's statistics stay as they are from then on,
  /// running ones go on here, where this run has no dataset.
  func takeObservations(from state: StateDictionary) throws {
    guard let normaliser else { return }
    if Self.isFixed(in: state, "") {
      try normaliser.loadParameters(from: state, prefix: "normalisation.")
      observations = nil
    } else {
      let goesOn = isRunning
      var theirs = RunningStatistics(size: columns.count)
      try theirs.load(from: state, prefix: "normalisation_of_run.observations.")
      observations = theirs
      apply()
      if !goesOn { observations = nil }
    }
  }

  private func apply() {
    guard let observations else { return }
    set(
      mean: observations.mean.map { Float($0) },
      scale: observations.mean.indices.map { Float(observations.deviation($0)) })
  }

  /// Counts the reward of an environment's step.
  func see(reward: Float, of environment: Int, ended: Bool) {
    guard rewards != nil else { return }
    sums[environment] = Self.discount * sums[environment] + Double(reward)
    greatest = max(greatest, abs(sums[environment]))
    let sum = [Float(sums[environment])]
    rewards?.add(sum.span)
    if ended { sums[environment] = 0 }
  }

  /// Forgets the running episodes, where others begin in their place.
  func breakOff() { for index in sums.indices { sums[index] = 0 } }

  /// Normalises observations in place.
  func normalise(_ observations: Tensor) { normaliser?.apply(to: observations) }

  /// Normalises rows of observations in place.
  func normalise(_ rows: UnsafeMutableBufferPointer<Float>) {
    var span = rows.mutableSpan
    normaliser?.apply(to: &span)
  }

  /// What rewards are multiplied by, as of now.
  var rewardScale: Float {
    rewards.map { Float(1 / max($0.deviation(0), reach.map { greatest / $0 } ?? 0)) } ?? 1
  }

  /// Scales rewards in place.
  func scale(rewards tensor: Tensor) {
    guard rewards != nil else { return }
    let scale = rewardScale
    tensor.withMutableFloats { floats in for index in 0..<floats.count { floats[index] *= scale } }
  }

  private var isRunning: Bool { observations != nil }

  func saveState(to state: inout StateDictionary, prefix: String) {
    if !isRunning { normaliser?.saveParameters(to: &state, prefix: prefix + "normalisation.") }
    let prefix = prefix + "normalisation_of_run."
    observations?.save(to: &state, prefix: prefix + "observations.")
    guard let rewards else { return }
    rewards.save(to: &state, prefix: prefix + "rewards.")
    state[doubles: prefix + "sums"] = sums
    if reach != nil { state[doubles: prefix + "greatest"] = [greatest] }
  }

  func loadState(from state: StateDictionary, prefix: String) throws {
    if !isRunning || Self.isFixed(in: state, prefix) {
      try normaliser?.loadParameters(from: state, prefix: prefix + "normalisation.")
      observations = nil
    }
    let prefix = prefix + "normalisation_of_run."
    try observations?.load(from: state, prefix: prefix + "observations.")
    apply()
    guard rewards != nil else { return }
    try rewards?.load(from: state, prefix: prefix + "rewards.")
    sums = try state.doubles(prefix + "sums", count: sums.count)
    if reach != nil { greatest = try state.double(prefix + "greatest", in: 0...) }
  }
}

/// A learner with the normalisation that its policy carries: what a checkpoint calls the learner.
final class NormalisedLearner: Stateful {
  private let learner: any Learner
  private let normalisation: RunNormalisation
  /// What is evaluated; it takes raw observations.
  let policy: any Policy
  /// What gathers experience; it takes raw observations.
  let behaviour: any Policy
  /// The critic, which takes raw observations.
  let critic: (any ActionValue)?

  init(_ learner: any Learner, _ normalisation: RunNormalisation) {
    self.learner = learner
    self.normalisation = normalisation
    guard let normaliser = normalisation.normaliser else {
      (policy, behaviour, critic) = (learner.policy, learner.behaviour, learner.critic)
      return
    }
    policy = NormalisedPolicy(learner.policy, normaliser)
    behaviour = NormalisedPolicy(learner.behaviour, normaliser)
    critic = learner.critic.map { NormalisedValue($0, normaliser) }
  }

  /// What the critic predicts of raw observations; see ``begin(_:)``.
  var prediction: ValuePrediction? {
    guard var prediction = learner.prediction else { return nil }
    prediction.rewardScale *= normalisation.rewardScale
    return normalisation.normaliser.map(prediction.normalised) ?? prediction
  }

  /// Tells the learner of its run, which may change what it predicts.
  func begin(_ run: RunFacts) { learner.begin(run) }

  func saveState(to state: inout StateDictionary, prefix: String) {
    learner.saveState(to: &state, prefix: prefix)
    normalisation.saveState(to: &state, prefix: prefix)
  }

  func loadState(from state: StateDictionary, prefix: String) throws {
    try learner.loadState(from: state, prefix: prefix)
    try normalisation.loadState(from: state, prefix: prefix)
  }
}

extension Algorithm {
  /// A learner to load a saved state into. Throws `UsageError` where the sizes that its settings claim are not the
  /// state's.
  func makeSavedLearner(
    _ configuration: RunConfiguration, _ task: LearnerTask, loading state: StateDictionary
  ) throws -> NormalisedLearner {
    let made = try makeLearner(
      task.shape, precision: configuration.precision, generator: RandomGenerator(seed: UInt64(configuration.seed)),
      loading: state)
    return NormalisedLearner(
      made.learner,
      RunNormalisation(
        configuration, observations: made.normalisesObservations, rewards: made.normalisesRewards,
        reach: made.rewardReach,
        columns: task.observation))
  }
}
