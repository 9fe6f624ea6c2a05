import Foundation
import SinewDatasets
import SinewFiles
import SinewLearners
import SinewPolicies
import SinewSettings
import SinewTensor

extension RunFolder {
  /// A saved learner, as much of it as its users ask for.
  public struct SavedLearner {
    /// The policy; it takes raw observations and gives actions in [−1, 1].
    public let policy: any Policy
    /// The critic, where the learner has one.
    public let critic: (any ActionValue)?
    /// What the critic predicts; nil for a learner without one.
    public var prediction: ValuePrediction? = nil
    /// Which checkpoint it is from; nil for a policy that was exported.
    public let checkpoint: Checkpoint?
    /// The steps of training before it.
    public let step: Int
    /// The algorithm that made it.
    public let algorithm: String
    /// The environment that it was trained for; "none" where that was never said.
    public let environment: String
    /// The settings of the run that it is from.
    public let configuration: RunConfiguration
    /// Sizes, action space and reference returns that it was trained with.
    public let task: LearnerTask
    /// The run folder that it is from; nil for a policy that was exported.
    public var run: RunFolder? = nil
  }

  /// A saved learner of the run. Throws where the checkpoint is missing or does not fit its configuration.
  ///
  /// - Parameters:
  ///   - checkpoint: which one; nil takes the best where there is one, else the last.
  ///   - algorithms: where the run's algorithm is looked up.
  ///   - statistics: of the dataset that it learned from, where what its critic predicts depends on it.
  public func loadLearner(
    _ checkpoint: Checkpoint? = nil, among algorithms: [Algorithm]? = nil, statistics: DatasetStatistics? = nil
  ) throws -> SavedLearner {
    let (configuration, algorithm) = try settings(among: algorithms ?? Algorithm.all)
    let chosen = try checkpoint ?? defaultCheckpoint()
    let state = try read("learner", of: chosen)
    guard let task = LearnerTask(state.metadata) else {
      throw FileError("\(folder(of: chosen).relativePath)/learner.safetensors does not say its sizes")
    }
    let place = "\(folder(of: chosen).relativePath)/learner.safetensors"
    let saved: NormalisedLearner
    do { saved = try algorithm.makeSavedLearner(configuration, task, loading: state) } catch {
      throw FileError("\(place): \(firstLine("\(error)"))")
    }
    if let statistics { saved.begin(RunFacts(statistics: statistics, updates: configuration.steps)) }
    do { try saved.loadState(from: state, prefix: "") } catch {
      throw FileError("\(place): \(firstLine("\(error)"))")
    }
    return SavedLearner(
      policy: saved.policy, critic: saved.critic, prediction: saved.prediction, checkpoint: chosen,
      step: state.metadata["step"].flatMap(Int.init) ?? 0, algorithm: algorithm.name,
      environment: configuration.environment, configuration: configuration, task: task, run: self)
  }

  /// The policy of a saved learner: see ``loadLearner(_:among:)``.
  public func loadPolicy(
    _ checkpoint: Checkpoint? = nil, among algorithms: [Algorithm]? = nil
  ) throws -> (policy: any Policy, checkpoint: Checkpoint?, step: Int) {
    let saved = try loadLearner(checkpoint, among: algorithms)
    return (saved.policy, saved.checkpoint, saved.step)
  }

  /// The critic of a saved learner, with what it was trained for; without a checkpoint the last, because the best is
  /// chosen by the policy's return. Throws `UsageError` where the algorithm has no critic.
  public func loadCritic(
    _ checkpoint: Checkpoint? = nil, among algorithms: [Algorithm]? = nil
  ) throws -> (critic: any ActionValue, saved: SavedLearner) {
    let last = try checkpointSteps().last.map(Checkpoint.step)
    let saved = try loadLearner(checkpoint ?? last, among: algorithms)
    guard let critic = saved.critic else {
      let name = try settings(among: algorithms ?? Algorithm.all).algorithm.name
      throw UsageError("\(url.relativePath) has no critic: \(name) learns none")
    }
    return (critic, saved)
  }

  /// The best checkpoint where there is one, else the last. Throws where there is none.
  package func defaultCheckpoint() throws -> Checkpoint {
    if FileSystem.exists(bestFolder.appending(path: "learner.safetensors")) { return .best }
    if let last = try checkpointSteps().last { return .step(last) }
    throw FileError("\(url.relativePath) has no checkpoint yet")
  }
}
