import Foundation
import SinewDatasets
import SinewGymnasium
import SinewSettings
import SinewTensor

/// Everything that decides what a training run does, besides the algorithm's hyper-parameters.
///
/// Written to `config.yaml` of the run, with the hyper-parameters under `hyperparameters`. The same configuration on
/// the same machine gives the same bits, whatever `threads` is.
public struct RunConfiguration: Codable, Sendable, Equatable {
  /// Name of the algorithm in the registry.
  public var algorithm: String
  /// A name of the environment catalogue, the absolute path of a `task.yaml`, or `gym:ID` of Gymnasium's. With a
  /// dataset it is where the policy is evaluated: empty for the dataset's own, "none" for no evaluation.
  public var environment: String
  /// What is learned from: the name of a recipe, or the absolute path of a file; nil to learn online.
  public var dataset: String?
  /// Steps after which an episode of the dataset is cut, of a D4RL file without timeouts; nil for the environment's
  /// time limit.
  public var episodeLength: Int?
  /// How often each episode of the dataset is drawn from: "none", "return", "advantage" or "top-10%" with any
  /// percentage.
  public var weighting = "none"
  /// α of the weightings by return and by advantage: how little better an episode must be to be drawn more often; above
  /// 0.
  public var weightingTemperature = TrajectoryWeighting.defaultTemperature
  /// The share of each minibatch that comes from the dataset while the run acts in its environment too, from 0 to 1;
  /// nil to learn from the dataset alone.
  public var mix: Double?
  /// The absolute path of a run whose weights this one starts from; nil for fresh ones.
  public var start: String?
  /// The absolute path of a run whose policy acts at the beginning of each episode; nil for none.
  public var guide: String?
  /// For how many steps at most, at the start of the run: for each episode a number is drawn from 0 on, and the most
  /// falls to 0 along the run.
  public var guideSteps = 100
  /// Environment steps to train for, all environments together; with a dataset alone, gradient updates.
  public var steps = 1_000_000
  /// The one seed that every random stream of the run is split from; not negative.
  public var seed = 0
  /// Environments stepped together; 1 with a dataset alone.
  public var environmentCount = 1
  /// Physical parameters that the run sets in its environments, in training and evaluation: `name=distribution`, see
  /// ``ParameterDistribution``. The last one of a name counts.
  public var parameters: [String] = []
  /// What stands around the environments, the innermost first: `name` or `name:number`, see ``RunWrapper``.
  /// Normalisations come last; their statistics belong to the policy.
  public var wrappers: [String] = []
  /// How environments of Gymnasium's are hosted, where ``environment`` is one.
  public var gymnasium = GymnasiumSettings()
  /// Threads that step environments and multiply matrices.
  public var threads = ProcessInfo.processInfo.activeProcessorCount
  /// What the learner multiplies in.
  public var precision = Precision.float32
  /// Steps between two lines of `metrics.jsonl`.
  public var reportEvery = 1_000
  /// When and how the policy is evaluated during the run.
  public var evaluation = EvaluationSchedule()
  /// When a checkpoint is written, and how many are kept.
  public var checkpoint = CheckpointSchedule()

  /// Evaluation with deterministic actions on an environment of its own, the same episodes every time.
  public struct EvaluationSchedule: Codable, Sendable, Equatable {
    /// Steps between two evaluations; 0 for none but the last.
    public var every = 5_000
    /// Episodes of one evaluation.
    public var episodes = 10
  }

  /// Checkpoints from which the run continues to the same bits.
  public struct CheckpointSchedule: Codable, Sendable, Equatable {
    /// Steps between two checkpoints; 0 for none but the last.
    public var every = 10_000
    /// How many of the latest checkpoints stay on disk.
    public var keep = 3
  }

  /// A run of `algorithm` on `environment` with every other setting at its default.
  public init(algorithm: String, environment: String) {
    self.algorithm = algorithm
    self.environment = environment
  }

  private enum CodingKeys: String, CodingKey {
    case algorithm, environment, dataset, episodeLength, weighting, weightingTemperature, mix, start, guide
    case guideSteps, steps, seed
    case environmentCount = "numEnvs"
    case parameters, wrappers, gymnasium, threads, precision, reportEvery, evaluation, checkpoint
  }

  /// The environment's name where a policy from a dataset is not to be evaluated.
  public static let noEnvironment = "none"

  /// Whether the run acts in environments.
  var acts: Bool { dataset == nil || mix != nil }

  /// What ``weighting`` stands for; nil where it stands for nothing.
  var trajectoryWeighting: TrajectoryWeighting? {
    TrajectoryWeighting(name: weighting, temperature: weightingTemperature)
  }

  /// Throws `UsageError` naming the first value that is out of its range.
  public func validate() throws {
    func require(_ condition: Bool, _ key: String, _ range: String, _ value: Int) throws {
      if !condition { throw UsageError("\(key) must be \(range), not \(value)") }
    }
    try require(steps >= 1, "steps", "at least 1", steps)
    try require((0...1_000_000).contains(guideSteps), "guide_steps", "0 to 1000000", guideSteps)
    if guide != nil, !acts {
      throw UsageError("guide needs a run that acts: give --mix with --dataset, or leave it out")
    }
    try require(seed >= 0, "seed", "0 or more", seed)
    try require((1...4096).contains(environmentCount), "num_envs", "1 to 4096", environmentCount)
    try require((1...1024).contains(threads), "threads", "1 to 1024", threads)
    try require(reportEvery >= 1, "report_every", "at least 1", reportEvery)
    try require(evaluation.every >= 0, "evaluation.every", "0 or more", evaluation.every)
    try require(evaluation.episodes >= 1, "evaluation.episodes", "at least 1", evaluation.episodes)
    try require(checkpoint.every >= 0, "checkpoint.every", "0 or more", checkpoint.every)
    if let episodeLength {
      try require(episodeLength >= 1, "episode_length", "at least 1", episodeLength)
      if dataset == nil { throw UsageError("episode_length needs a dataset: name one with --dataset") }
    }
    try require(checkpoint.keep >= 1, "checkpoint.keep", "at least 1", checkpoint.keep)
    try validateEnvironmentSettings()
    if dataset == nil {
      if environment.isEmpty { throw UsageError("no environment: name one with --env, such as --env hopper") }
      if environment == Self.noEnvironment { throw UsageError("--env none is for learning from a dataset") }
    }
    if let mix {
      guard (0...1).contains(mix) else { throw UsageError("mix must be 0 to 1, not \(mix)") }
      if dataset == nil { throw UsageError("mix needs a dataset: name one with --dataset") }
      if environment == Self.noEnvironment { throw UsageError("mix needs an environment: leave out --env none") }
    }
    guard weightingTemperature > 0, weightingTemperature.isFinite else {
      throw UsageError("weighting_temperature must be above 0, not \(weightingTemperature)")
    }
    guard let weighting = trajectoryWeighting else {
      throw UsageError("weighting must be \(TrajectoryWeighting.names), not '\(weighting)'")
    }
    if dataset == nil, weighting != .none {
      throw UsageError("weighting '\(self.weighting)' needs a dataset: name one with --dataset")
    }
  }
}
