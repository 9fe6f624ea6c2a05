import SinewDatasets
import SinewPolicies
import SinewSettings
import SinewTensor

/// What improves a policy by gradient updates.
///
/// A learner says what it learns from (``Minibatch``), and that kind of experience brings its training loop:
/// transitions from a replay buffer or a dataset, windows of episodes, fresh rollouts. Its stored networks, optimisers
/// and random streams are its state: they are saved under their properties' names, see ``LearnerState``.
///
/// Observations come normalised where the settings ask for it, in minibatches as well as when its policy acts; a
/// learner does nothing for that.
public protocol Learner: Stateful {
  /// Hyper-parameters; `init()` gives the documented defaults.
  associatedtype Configuration: HyperParameters
  /// What an update is made from.
  associatedtype Minibatch: Experience = Transitions

  /// Its name, what it is, and where it is from.
  static var about: About { get }
  /// Other names for parts of its state than their properties', by property in snake_case; none where nothing is said.
  static var savedNames: [String: String] { get }
  /// Its hyper-parameters.
  var configuration: Configuration { get }

  /// A fresh learner; the configuration has been checked (see ``make(_:for:_:)``).
  ///
  /// - Parameters:
  ///   - configuration: hyper-parameters.
  ///   - task: what is observed and done.
  ///   - setup: precision and random streams.
  init(_ configuration: Configuration, for task: TaskShape, _ setup: Setup)

  /// How much experience an update takes, and of what kind.
  var request: Minibatch.Request { get }

  /// The policy that is evaluated and exported.
  var policy: any Policy { get }

  /// What gathers experience; the policy itself where nothing else is said.
  var behaviour: any Policy { get }

  /// Gives the behaviour the weights of now, where it has weights and a source of noise of its own, and says whether it
  /// has: false where nothing else is said.
  ///
  /// A loop may then gather the next step while it makes the updates of the last: the behaviour acts with weights from
  /// before these updates, on any number of threads.
  func refreshBehaviour() -> Bool

  /// The action values being learned, for steering: the smallest of ``prediction`` where nothing else is said, nil for
  /// a learner without.
  var critic: (any ActionValue)? { get }

  /// What the critics predict, and of which policy, to compare it with what follows; nil (the default) for a learner
  /// without critics.
  var prediction: ValuePrediction? { get }

  /// Tells what is about to happen, before the first update and again when a run is resumed, before the state is
  /// loaded.
  func begin(_ run: RunFacts)

  /// What the coming updates are drawn from; asked before each stretch of updates from a pool. All there is, where
  /// nothing else is said.
  ///
  /// The place to add sources of one's own, such as dreams of a model that is fitted here.
  func study(_ pool: Pool<Minibatch>) -> Mixture<Minibatch>

  /// Makes one gradient update.
  ///
  /// - Returns: figures, by documented names.
  func update(_ batch: Minibatch) -> Metrics

  /// Takes the weights of another run to start from: each stored module that the state has, whole and of the same
  /// shapes.
  ///
  /// - Returns: the names of what was taken.
  func takeWeights(from state: StateDictionary) -> [String]
}

extension Learner {
  public var behaviour: any Policy { policy }
  public func refreshBehaviour() -> Bool { false }
  public var critic: (any ActionValue)? { prediction?.smallest }
  public var prediction: ValuePrediction? { nil }
  public static var savedNames: [String: String] { [:] }
  public func begin(_ run: RunFacts) {}
  public func study(_ pool: Pool<Minibatch>) -> Mixture<Minibatch> { pool.everything }
}

extension Learner {
  /// A fresh learner, its configuration checked first.
  ///
  /// - Throws: ``ConfigurationError`` naming the first key that is wrong.
  public static func make(
    _ configuration: Configuration = Configuration(), for task: TaskShape, _ setup: Setup
  ) throws -> Self {
    try configuration.check()
    try configuration.validate(for: task)
    try configuration.checkNetworks(for: task)
    return Self(configuration, for: task, setup)
  }
}

/// What an algorithm says about itself.
public struct About: Sendable {
  /// The name on the command line, such as "sac".
  public let name: String
  /// What it is, in one line.
  public let summary: String
  /// The paper: authors, arXiv number.
  public let paper: String
  /// Whether it imitates or evaluates what others did, so that there must be a dataset.
  public let needsDataset: Bool

  /// An algorithm of this name.
  public init(_ name: String, _ summary: String, paper: String, needsDataset: Bool = false) {
    (self.name, self.summary, self.paper, self.needsDataset) = (name, summary, paper, needsDataset)
  }
}

/// What a learner is made with besides its hyper-parameters.
public struct Setup: Sendable {
  /// What products are multiplied in.
  public let precision: Precision
  /// Every random source is a split of it, by name.
  public let generator: RandomGenerator

  /// A setup; the same generator gives the same learner.
  public init(precision: Precision = .float32, generator: RandomGenerator) {
    (self.precision, self.generator) = (precision, generator)
  }

  /// The generator of that name, for weights.
  public func split(_ name: String) -> RandomGenerator { generator.split(name) }

  /// A stream of that name, for noise inside updates.
  public func stream(_ name: String) -> RandomStream { RandomStream(generator.split(name)) }

  /// A computation in this precision, written down when it first runs.
  public func recorded() -> Recorded { Recorded(precision: precision) }
}

/// What a learner is told of its run before it begins.
public struct RunFacts: Sendable {
  /// Of the dataset's raw observations and returns, where there is one.
  public let statistics: DatasetStatistics?
  /// How many updates the whole run will make, for schedules; 0 where that is not known.
  public let updates: Int
  /// Whether the run acts in an environment, beside a dataset or without one.
  public let acts: Bool

  /// What is known of a run.
  public init(statistics: DatasetStatistics? = nil, updates: Int, acts: Bool = false) {
    (self.statistics, self.updates, self.acts) = (statistics, updates, acts)
  }
}

extension Recorded {
  /// Runs an update on a minibatch: see ``callAsFunction(_:variant:_:)-([Tensor],_,_)``.
  public func callAsFunction(_ batch: some Experience, variant: Int = 0, _ body: () -> Metrics) -> Metrics {
    self(batch.tensors, variant: variant, body)
  }
}
