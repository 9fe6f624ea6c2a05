import SinewDatasets
import SinewLearners
import SinewPolicies
import SinewSettings
import SinewTensor

extension Windows: Trainable {
  public static func makeLoop<L: Learner>(
    of learner: L, _ context: LoopContext
  ) throws -> any TrainingLoop where L.Minibatch == Windows {
    guard context.configuration.mix == nil else {
      throw UsageError("\(L.about.name) learns from a dataset alone: leave --mix out")
    }
    return try DatasetLoop(learner, context)
  }
}

/// The loop of a learner that only looks at a dataset: draw a minibatch, update. A step is one gradient update.
final class DatasetLoop<L: Learner>: TrainingLoop, Stateful where L.Minibatch: PooledExperience {
  var tally = TrainingTally(countsEpisodes: false)
  private let learner: L
  private let saved: NormalisedLearner
  private let normalisation: RunNormalisation
  private let dataset: Dataset
  private let pool: Pool<L.Minibatch>
  private let batch: L.Minibatch
  private var sampling: RandomGenerator

  var policy: any Policy { saved.policy }
  var states: [(file: String, part: any Stateful)] { [("learner", saved), ("loop", self)] }

  /// Every random source is a stream of its own, split from the context's by name.
  init(_ learner: L, _ context: LoopContext) throws {
    guard let dataset = context.dataset,
      let pool = Pool<L.Minibatch>(
        dataset: context.weightedDataset, buffer: nil, datasetShare: 1, request: learner.request)
    else {
      throw UsageError(
        "\(L.about.name) learns from a dataset: name one with --dataset, such as --dataset hopper-medium")
    }
    self.learner = learner
    self.dataset = dataset
    self.pool = pool
    normalisation = context.normalisation
    saved = NormalisedLearner(learner, normalisation)
    batch = L.Minibatch(
      learner.request, observation: context.task.observation, actionSize: context.task.actionSize)
    sampling = context.generator.split("dataset sampling")
    learner.begin(RunFacts(statistics: dataset.statistics, updates: context.configuration.steps))
  }

  func begin() {}

  func advance(stopWhen isStopRequested: () -> Bool) throws -> Int {
    learner.study(pool).fill(batch, using: &sampling)
    batch.mapObservations(normalisation.normalise)
    try tally.addUpdate(learner.update(batch))
    return 1
  }

  func saveState(to state: inout StateDictionary, prefix: String) {
    state.set(prefix + "sampling", generator: sampling)
    state[words: prefix + "dataset"] = dataset.fingerprint
    tally.save(to: &state, prefix: prefix + "tally.")
  }

  func loadState(from state: StateDictionary, prefix: String) throws {
    try dataset.requireFingerprint(in: state, prefix + "dataset")
    sampling = try state.generator(prefix + "sampling")
    tally = try TrainingTally(from: state, prefix: prefix + "tally.", countsEpisodes: false)
  }
}

extension Dataset {
  /// What another dataset would hardly share: its size, its returns, its observations' means.
  var fingerprint: [UInt64] {
    let returns = episodes.reduce(0) { $0 + $1.totalReward }
    let means = statistics.observationMean.reduce(0) { $0 + Double($1) }
    return [UInt64(count), UInt64(episodes.count), returns.bitPattern, means.bitPattern]
  }

  /// Throws where a state was saved with another dataset than this.
  func requireFingerprint(in state: StateDictionary, _ name: String) throws {
    guard try state.words(name, count: fingerprint.count) == fingerprint else {
      throw StateError("the dataset '\(info.name)' is not the one that the run was started with")
    }
  }
}
