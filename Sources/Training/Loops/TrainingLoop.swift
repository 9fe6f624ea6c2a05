import SinewDatasets
import SinewEnvironments
import SinewEvaluation
import SinewLearners
import SinewPolicies
import SinewTensor

/// What a ``Trainer`` drives: something that advances by steps and improves a policy.
public protocol TrainingLoop: AnyObject {
  /// The policy as it is now; it takes raw observations.
  var policy: any Policy { get }
  /// What happened since the tally was last cleared.
  var tally: TrainingTally { get set }
  /// The exact state, one file of a checkpoint each; the learner's own is called `learner`.
  var states: [(file: String, part: any Stateful)] { get }
  /// Makes the first observations; not called when a state is loaded.
  func begin() throws
  /// Advances by a few steps and returns how many. Throws what is wrong with the quantities, by name.
  ///
  /// - Parameter isStopRequested: asked in every loop whose length a setting decides. Where it stays true for long,
  ///   the loop is left with ``InterruptedStep``, and this loop cannot be used further.
  func advance(stopWhen isStopRequested: () -> Bool) throws -> Int
}

/// A request to stop, and how long a loop may go on after it.
struct Patience {
  /// What is shorter than this is finished first, so that nothing of it is lost.
  static let limit = Duration.seconds(3)
  private var began: ContinuousClock.Instant?
  private var asked: ContinuousClock.Instant?

  /// Whether the request has stood for so long that the loop is to be left, or would once more of it has been done.
  mutating func isOver(_ isStopRequested: () -> Bool) -> Bool {
    let before = asked
    asked = .now
    guard isStopRequested() else { return false }
    if let before, before.duration(to: .now) > Self.limit { return true }
    let first = began ?? .now
    began = first
    return first.duration(to: .now) > Self.limit
  }
}

/// A kind of experience that has a training loop: what a learner needs of its ``Learner/Minibatch`` to be trained by a
/// run.
///
/// The compiler chooses the loop by a learner's kind of experience. A new kind is one type and one conformance.
public protocol Trainable: Experience {
  /// The loop that feeds a learner with this kind of experience.
  ///
  /// - Throws: `UsageError` where the run lacks what it needs; what making environments throws.
  static func makeLoop<L: Learner>(
    of learner: L, _ context: LoopContext
  ) throws -> any TrainingLoop where L.Minibatch == Self

  /// Updates of a learner on the transitions of a dataset, to measure how long they take; nil where this kind of
  /// experience cannot be had from them.
  static func makeWorkload<L: Learner>(of learner: L, _ dataset: Dataset) -> UpdateWorkload? where L.Minibatch == Self
}

extension Trainable {
  public static func makeWorkload<L: Learner>(of learner: L, _ dataset: Dataset) -> UpdateWorkload?
  where L.Minibatch == Self { nil }
}

/// What a loop is made from.
public struct LoopContext {
  /// The settings of the run.
  public let configuration: RunConfiguration
  /// What is observed and done.
  public let task: TaskShape
  /// Every random source of the loop is a split of it, by name.
  public let generator: RandomGenerator
  /// What is learned from besides the run's own experience; nil where there is nothing else.
  public let dataset: Dataset?
  /// What acts at the beginning of episodes; it takes raw observations. Nil for nothing but the learner.
  let guide: (any Policy)?
  /// Makes an environment of the run.
  public let makeEnvironment: () throws -> any Environment
  /// How the learner sees observations and rewards.
  let normalisation: RunNormalisation

  /// How often each trajectory of the dataset is drawn from.
  var weightedDataset: (Dataset, TrajectoryWeighting)? {
    dataset.map { ($0, configuration.trajectoryWeighting ?? .none) }
  }
}

/// Updates of a learner on random transitions, apart from drawing them.
public struct UpdateWorkload {
  /// Rows of a minibatch.
  public let batchSize: Int
  /// Draws a minibatch.
  public let sample: () -> Void
  /// Draws a minibatch and makes an update with it.
  public let update: () -> Void
}

extension PooledExperience where Self: Trainable {
  public static func makeWorkload<L: Learner>(of learner: L, _ dataset: Dataset) -> UpdateWorkload?
  where L.Minibatch == Self {
    let request = learner.request
    let batch = Self(
      request, observation: Columns(vector: dataset.info.observationSize), actionSize: dataset.info.actionSize)
    let mixture = Mixture([(Self.source(dataset, .none, request), 1)])
    var generator = RandomGenerator(seed: 0).split("minibatches")
    learner.begin(RunFacts(statistics: dataset.statistics, updates: 1_000_000))
    func sample() { mixture.fill(batch, using: &generator) }
    return UpdateWorkload(
      batchSize: batch.size, sample: sample,
      update: {
        sample()
        _ = learner.update(batch)
      })
  }
}
