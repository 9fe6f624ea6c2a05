import SinewEnvironments
import SinewLearners
import SinewTensor

/// A learning algorithm with its hyper-parameters: what a run needs to build its learner.
public struct Algorithm: Sendable {
  /// The name in commands and files, such as `sac`.
  public let name: String
  /// What it is, in one line.
  public let summary: String
  /// Its hyper-parameters with their values, in the order the algorithm declares them.
  public private(set) var hyperparameters: ValueTree

  /// Whether it learns from what it does itself; it can be given a dataset all the same, which it takes for its own experience.
  public var isOnline: Bool { hyperparameters["warm_up_steps"] != nil }

  private let decode: @Sendable (ValueTree) throws -> any LearnerConfiguration
  private let build:
    @Sendable (any LearnerConfiguration, LearnerShape, Precision, RandomGenerator) throws -> any Learner

  /// A learner with the given hyper-parameters.
  public init<Method: Learner & SendableMetatype>(
    _ method: Method.Type, configuration: Method.Configuration = Method.Configuration(), summary: String = ""
  ) throws {
    name = Method.name
    self.summary = summary
    hyperparameters = try ValueTree(encoding: configuration)
    decode = { try $0.decoded(as: Method.Configuration.self) }
    build = { configuration, shape, precision, generator in
      try Method(
        configuration: configuration as? Method.Configuration ?? Method.Configuration(),
        observationSize: shape.observationSize, actionSize: shape.actionSize, precision: precision,
        generator: generator)
    }
  }

  /// The same algorithm with other hyper-parameters: a tree with the same keys.
  public func with(hyperparameters: ValueTree) -> Algorithm {
    var copy = self
    copy.hyperparameters = hyperparameters
    return copy
  }

  /// A new learner and its hyper-parameters. Throws `UsageError` where one of them is out of its range, or asks for more memory
  /// than there is.
  ///
  /// - Parameters:
  ///   - transitions: how many a run will store at most.
  ///   - file: what the learner is to be loaded from: its sizes must be those of the arrays in there.
  func makeLearner(
    _ shape: LearnerShape, precision: Precision, generator: RandomGenerator, transitions: Int = 0,
    loading file: StateDictionary? = nil
  ) throws -> (learner: any Learner, configuration: any LearnerConfiguration) {
    do {
      let configuration = try decode(hyperparameters)
      try configuration.validate()
      let (observations, actions) = (shape.observationSize, shape.actionSize)
      if let file {
        try configuration.requireFit(
          observationSize: observations, actionSize: actions, numbersInFile: file.numberCount)
      } else {
        try configuration.requireMemory(
          observationSize: observations, actionSize: actions, transitions: transitions)
      }
      return (try build(configuration, shape, precision, generator), configuration)
    } catch {
      throw UsageError("\(name): \(firstLine("\(error)"))")
    }
  }
}

/// The sizes that an environment or a dataset asks of a learner.
struct LearnerShape: Sendable {
  var observationSize: Int
  var actionSize: Int
}

extension Algorithm {
  /// Throws `UsageError` where the sizes that these settings claim are not those of the arrays in a learner's file.
  func requireFit(_ file: StateDictionary) throws {
    guard let shape = LearnerOrigin(file.metadata)?.shape else { return }
    do {
      let configuration = try decode(hyperparameters)
      try configuration.validate()
      try configuration.requireFit(
        observationSize: shape.observationSize, actionSize: shape.actionSize, numbersInFile: file.numberCount)
    } catch {
      throw UsageError("\(name): \(firstLine("\(error)"))")
    }
  }

  /// Every algorithm that can be named, with default hyper-parameters. A new learner is one line here.
  public static var all: [Algorithm] {
    get throws {
      [
        try Algorithm(
          SAC.self, summary: "soft actor-critic with automatic temperature"),
        try Algorithm(
          TD3.self, summary: "twin delayed deterministic policy gradient"),
        try Algorithm(BC.self, summary: "behaviour cloning of a dataset"),
        try Algorithm(TD3BC.self, summary: "TD3 that stays near a dataset's actions"),
        try Algorithm(IQL.self, summary: "implicit Q-learning from a dataset"),
        try Algorithm(DiffusionPolicyLearner.self, summary: "imitation by denoising chunks of actions"),
        try Algorithm(FlowPolicyLearner.self, summary: "imitation by flow matching of chunks of actions"),
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
