import SinewDatasets
import SinewEnvironments
import SinewLearners
import SinewPolicies
import SinewTensor

/// The loop of a learner from a dataset: draw a minibatch, update. A step is one gradient update.
final class OfflineTraining: TrainingProcess, Stateful {
  let origin: LearnerOrigin
  var tally = TrainingTally(countsEpisodes: false)
  private let learner: any Learner
  private let dataset: Dataset
  private let drawAndUpdate: (inout RandomGenerator) -> Void
  private var sampling: RandomGenerator

  var policy: any Policy { learner.policy }
  var parts: [(file: String, part: any Stateful)] { [("learner", learner), ("loop", self)] }

  /// Every random source is a stream of its own, split from `generator` by name.
  init(algorithm: Algorithm, configuration: RunConfiguration, dataset: Dataset, generator: RandomGenerator) throws {
    let info = dataset.info
    let shape = LearnerShape(observationSize: info.observationSize, actionSize: info.actionSize)
    origin = LearnerOrigin(
      shape, actionLow: info.actionLow, actionHigh: info.actionHigh, referenceReturns: info.referenceReturns)
    self.dataset = dataset
    let (learner, hyperparameters) = try algorithm.makeLearner(
      shape, precision: configuration.precision, generator: generator.split("learner"))
    learner.prepare(for: dataset.statistics, updates: configuration.steps)
    self.learner = learner
    let sampler = TransitionSampler(dataset, weighting: configuration.trajectoryWeighting ?? .none)
    sampling = generator.split("dataset sampling")

    if let learner = learner as? any TransitionLearner {
      let batch = Batch(
        size: hyperparameters.batchSize, observationSize: shape.observationSize, actionSize: shape.actionSize)
      drawAndUpdate = { generator in
        dataset.sample(into: batch, from: sampler, using: &generator)
        learner.update(batch)
      }
    } else if let learner = learner as? any ChunkLearner, let windows = hyperparameters as? any ChunkConfiguration {
      let batch = ChunkBatch(
        size: windows.batchSize, observationSize: shape.observationSize, actionSize: shape.actionSize,
        observationHorizon: windows.observationHorizon, predictionHorizon: windows.predictionHorizon)
      drawAndUpdate = { generator in
        dataset.sample(into: batch, from: sampler, using: &generator)
        learner.update(batch)
      }
    } else {
      throw UsageError("\(algorithm.name) does not learn from datasets")
    }
  }

  func begin() {}

  func advance(stopWhen isStopRequested: () -> Bool) throws -> Int {
    drawAndUpdate(&sampling)
    try tally.addUpdate(learner.metrics)
    return 1
  }

  func saveState(to state: inout StateDictionary, prefix: String) {
    state.set(prefix + "sampling", generator: sampling)
    state[words: prefix + "dataset"] = fingerprint
    tally.save(to: &state, prefix: prefix + "tally.")
  }

  func loadState(from state: StateDictionary, prefix: String) throws {
    guard try state.words(prefix + "dataset", count: fingerprint.count) == fingerprint else {
      throw StateError("the dataset '\(dataset.info.name)' is not the one that the run was started with")
    }
    sampling = try state.generator(prefix + "sampling")
    tally = try TrainingTally(from: state, prefix: prefix + "tally.", countsEpisodes: false)
  }

  /// What another dataset would hardly share: its size, its returns, its observations' means.
  private var fingerprint: [UInt64] {
    let returns = dataset.episodes.reduce(0) { $0 + $1.totalReward }
    let means = dataset.statistics.observationMean.reduce(0) { $0 + Double($1) }
    return [
      UInt64(dataset.count), UInt64(dataset.episodes.count), returns.bitPattern, means.bitPattern,
    ]
  }
}

extension RunConfiguration {
  /// The same settings with the dataset's environment where none was named. Throws `UsageError` where the dataset names none that
  /// can be made, or the environment is of another shape than the dataset.
  func resolved(for dataset: Dataset, makeEnvironment: (String) throws -> any Environment) throws -> RunConfiguration {
    var resolved = self
    let info = dataset.info
    if environment == Self.noEnvironment { return self }
    let advice = "name one with --env, or --env none to train without evaluating"
    if environment.isEmpty {
      guard let named = info.environment else {
        throw UsageError("the dataset '\(info.name)' does not say its environment: \(advice)")
      }
      resolved.environment = EnvironmentCatalogue.twin(ofGymnasium: named) ?? named
    }
    let space: (observations: Int, low: [Float], high: [Float])
    do {
      let probe = try makeEnvironment(resolved.environment)
      space = (probe.observationSpace.count, probe.actionSpace.low, probe.actionSpace.high)
    } catch let error where environment.isEmpty && !(error is UsageError) {
      throw UsageError("the dataset '\(info.name)' is of '\(resolved.environment)', which cannot be made: \(advice)")
    }
    guard space.observations == info.observationSize, space.low.count == info.actionSize else {
      throw UsageError(
        "the dataset '\(info.name)' has \(info.observationSize) observations and \(info.actionSize) actions, but "
          + "\(resolved.environment) has \(space.observations) and \(space.low.count): \(advice)")
    }
    let pairs = zip(zip(space.low, space.high), zip(info.actionLow, info.actionHigh))
    for (index, ((low, high), (own, ownHigh))) in pairs.enumerated()
    where abs(low - own) > 1e-4 * (high - low) || abs(high - ownHigh) > 1e-4 * (high - low) {
      throw UsageError(
        "action \(index) of the dataset '\(info.name)' goes from \(own) to \(ownHigh), but that of "
          + "\(resolved.environment) from \(low) to \(high): \(advice)")
    }
    return resolved
  }
}
