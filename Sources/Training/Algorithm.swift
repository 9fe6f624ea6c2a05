import SinewDatasets
import SinewEnvironments
import SinewLearners
import SinewPolicies
import SinewSettings
import SinewTensor

/// A learning algorithm with its hyper-parameters: what a run needs to build its learner and the loop that feeds it.
public struct Algorithm: Sendable {
  /// Name, summary, paper.
  public let about: About
  /// Its hyper-parameters with their values, in the order the algorithm declares them.
  public private(set) var hyperparameters: ValueTree

  /// The name in commands and files, such as `sac`.
  public var name: String { about.name }
  /// What it is, in one line.
  public var summary: String { about.summary }
  /// Whether it learns from what it does itself; it can be given a dataset all the same, which it takes for its own
  /// experience.
  public var isOnline: Bool { !about.needsDataset }

  private let check: @Sendable (ValueTree) throws -> Void
  private let demand: @Sendable (ValueTree, TaskShape) throws -> LearnerDemand
  private let make: @Sendable (ValueTree, TaskShape, Setup) throws -> Made

  /// A learner, and what can be done with it: the functions know its type.
  package struct Made {
    let learner: any Learner
    let normalisesObservations, normalisesRewards: Bool
    let rewardReach: Float?
    let makeLoop: (LoopContext) throws -> any TrainingLoop
    package let makeWorkload: (Dataset) -> UpdateWorkload?
  }

  /// A learner with the given hyper-parameters; its kind of experience brings its loop.
  public init<Method: Learner & SendableMetatype>(
    _ method: Method.Type, configuration: Method.Configuration = Method.Configuration()
  ) throws where Method.Minibatch: Trainable {
    about = Method.about
    hyperparameters = try ValueTree(encoding: configuration)
    check = { try $0.decoded(as: Method.Configuration.self).check() }
    demand = { tree, task in
      let configuration = try tree.decoded(as: Method.Configuration.self)
      try configuration.check()
      try configuration.validate(for: task)
      return LearnerDemand(configuration, task)
    }
    make = { tree, task, setup in
      let configuration = try tree.decoded(as: Method.Configuration.self)
      let learner = try Method.make(configuration, for: task, setup)
      return Made(
        learner: learner, normalisesObservations: configuration.normaliseObservations,
        normalisesRewards: configuration.normaliseRewards, rewardReach: configuration.rewardReach,
        makeLoop: { try Method.Minibatch.makeLoop(of: learner, $0) },
        makeWorkload: { Method.Minibatch.makeWorkload(of: learner, $0) })
    }
  }

  /// The same algorithm with other hyper-parameters: a tree with the same keys.
  public func with(hyperparameters: ValueTree) -> Algorithm {
    var copy = self
    copy.hyperparameters = hyperparameters
    return copy
  }

  /// Throws `UsageError` naming the first hyper-parameter that is out of its range, whatever the task.
  package func checkRanges() throws {
    do { try check(hyperparameters) } catch { throw UsageError("\(name): \(firstLine("\(error)"))") }
  }

  /// A new learner. Throws `UsageError` where a hyper-parameter is out of its range, or asks for more memory than there
  /// is.
  ///
  /// - Parameters:
  ///   - transitions: how many a run will store at most.
  ///   - file: what the learner is to be loaded from: its sizes must be those of the arrays in there.
  package func makeLearner(
    _ task: TaskShape, precision: Precision, generator: RandomGenerator, transitions: Int = 0,
    loading file: StateDictionary? = nil
  ) throws -> Made {
    do {
      if let file {
        try demand(hyperparameters, task).requireFit(numbersInFile: file.numberCount)
      } else {
        try demand(hyperparameters, task).requireMemory(transitions: transitions)
      }
      return try make(hyperparameters, task, Setup(precision: precision, generator: generator))
    } catch {
      throw UsageError("\(name): \(firstLine("\(error)"))")
    }
  }
}

extension Algorithm {
  /// Throws `UsageError` where the sizes that these settings claim are not those of the arrays in a learner's file.
  func requireFit(_ file: StateDictionary) throws {
    guard let task = LearnerTask(file.metadata)?.shape else { return }
    do { try demand(hyperparameters, task).requireFit(numbersInFile: file.numberCount) } catch {
      throw UsageError("\(name): \(firstLine("\(error)"))")
    }
  }

  /// Every algorithm that can be named, with default hyper-parameters: those that come with the package, and what a
  /// program adds to them (``Additions``).
  public static var all: [Algorithm] {
    get throws { try shipped + Additions.current.algorithms }
  }

  /// Those that come with the package. A new learner is one line here.
  static var shipped: [Algorithm] {
    get throws {
      [
        try Algorithm(SAC.self),
        try Algorithm(DSACT.self),
        try Algorithm(TQC.self),
        try Algorithm(CrossQ.self),
        try Algorithm(XQC.self),
        try Algorithm(FlashSAC.self),
        try Algorithm(FastTD3.self),
        try Algorithm(FastSAC.self),
        try Algorithm(SimbaV2.self),
        try Algorithm(TD3.self),
        try Algorithm(BC.self),
        try Algorithm(TD3BC.self),
        try Algorithm(IQL.self),
        try Algorithm(AWAC.self),
        try Algorithm(CQL.self),
        try Algorithm(ReBRAC.self),
        try Algorithm(EDAC.self),
        try Algorithm(A2PR.self),
        try Algorithm(DiffusionPolicyLearner.self),
        try Algorithm(FlowPolicyLearner.self),
        try Algorithm(PPO.self),
        try Algorithm(Reinforce.self),
      ]
    }
  }

  /// The algorithm of that name. Throws `UsageError` naming the nearest one that exists.
  ///
  /// - Parameter algorithms: where to look; `all` when nil.
  public static func named(_ name: String, among algorithms: [Algorithm]? = nil) throws -> Algorithm {
    let all = try algorithms ?? all
    if let algorithm = all.first(where: { $0.name == name }) { return algorithm }
    let names = all.map(\.name)
    let hint =
      NearestName.question(for: name, among: names)
      ?? "known algorithms: \(names.joined(separator: ", "))"
    throw UsageError("unknown algorithm '\(name)'; \(hint)")
  }
}

extension Algorithm {
  /// The same algorithm with another batch size or other hidden layers. Throws `UsageError` where it has no such key.
  public func with(batchSize: Int?, hiddenSizes: [Int]?) throws -> Algorithm {
    var tree = hyperparameters
    func replace(_ key: String, _ value: ValueTree?) throws {
      guard let value else { return }
      guard tree.replace(key, with: value) else { throw UsageError("\(name) has no \(key) to set") }
    }
    try replace("batch_size", batchSize.map(ValueTree.integer))
    try replace("hidden_sizes", hiddenSizes.map { .list($0.map(ValueTree.integer)) })
    return with(hyperparameters: tree)
  }
}
