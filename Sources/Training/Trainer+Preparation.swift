import Foundation
import SinewDatasets
import SinewEnvironments
import SinewLearners
import SinewPolicies
import SinewSettings
import SinewTensor

extension Trainer {
  /// What a run is made of, before there is a folder.
  struct Preparation {
    /// The settings, with what a dataset says about itself filled in.
    let configuration: RunConfiguration
    let task: LearnerTask
    let loop: any TrainingLoop
    private let learner: any Learner
    private let normalisation: RunNormalisation

    init(
      _ algorithm: Algorithm, _ configuration: RunConfiguration,
      _ makeEnvironment: @escaping (String) throws -> any Environment,
      _ loadDataset: (RunConfiguration) throws -> Dataset
    ) throws {
      let dataset = try configuration.dataset.map { _ in try loadDataset(configuration) }
      let resolved = try dataset.map { try configuration.resolved(for: $0, makeEnvironment: makeEnvironment) }
      let configuration = resolved ?? configuration
      self.configuration = configuration
      if let info = dataset?.info, !configuration.acts {
        task = LearnerTask(
          observation: Columns(vector: info.observationSize), actionLow: info.actionLow, actionHigh: info.actionHigh,
          referenceReturns: info.referenceReturns)
      } else {
        let probe = try makeEnvironment(configuration.environment)
        task = LearnerTask(
          observation: probe.observationSpace.columns, actionLow: probe.actionSpace.low,
          actionHigh: probe.actionSpace.high, referenceReturns: dataset?.info.referenceReturns)
      }
      let generator = RandomGenerator(seed: UInt64(configuration.seed))
      let made = try algorithm.makeLearner(
        task.shape, precision: configuration.precision, generator: generator.split("learner"),
        transitions: configuration.acts ? configuration.steps : 0)
      learner = made.learner
      normalisation = RunNormalisation(
        configuration, observations: made.normalisesObservations, rewards: made.normalisesRewards,
        reach: made.rewardReach, columns: task.shape.observation, statistics: dataset?.statistics)
      let guide = try configuration.guide.map { [task] in try Self.guide($0, for: task) }
      loop = try made.makeLoop(
        LoopContext(
          configuration: configuration, task: task.shape, generator: generator, dataset: dataset,
          guide: guide,
          makeEnvironment: { try makeEnvironment(configuration.environment) },
          normalisation: normalisation))
    }

    /// The policy of a run of the same task, one without memory: several environments ask it by turns.
    private static func guide(_ path: String, for task: LearnerTask) throws -> any Policy {
      let saved = try RunFolder(URL(filePath: path)).loadLearner()
      try requireSameTask(saved.task, as: task, "\(path)")
      guard !(saved.policy is any GenerativePolicy) else {
        throw UsageError("\(path) plans several actions at once: a guide chooses each by itself")
      }
      return saved.policy
    }

    private static func requireSameTask(_ theirs: LearnerTask, as task: LearnerTask, _ path: String) throws {
      guard theirs.shape == task.shape else {
        throw UsageError(
          "\(path) has \(theirs.observationSize) observations and \(theirs.actionSize) actions, this run "
            + "\(task.observationSize) and \(task.actionSize): it must be a run of the same task")
      }
    }

    /// Gives the learner the weights of the run that the settings name, where they name one, and what that run
    /// normalised observations by: its weights are of such observations.
    ///
    /// - Throws: `UsageError` where nothing of it fits.
    func takeWeights() throws {
      guard let start = configuration.start else { return }
      let folder = try RunFolder(URL(filePath: start))
      let state = try folder.read("learner", of: folder.defaultCheckpoint())
      if let theirs = LearnerTask(state.metadata) { try Self.requireSameTask(theirs, as: task, start) }
      guard RunNormalisation.hasObservations(state) == normalisation.seesObservations else {
        let (theirs, ours) = normalisation.seesObservations ? ("raw", "false") : ("normalised", "true")
        throw UsageError(
          "the weights of \(start) are for \(theirs) observations: add --set normalise_observations=\(ours)")
      }
      try normalisation.takeObservations(from: state)
      guard !learner.takeWeights(from: state).isEmpty else {
        throw UsageError(
          "nothing of \(start) fits: no network of this run has the name and the sizes of one there; "
            + "hidden_sizes must be the same")
      }
    }
  }
}
