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

  private let decode: @Sendable (ValueTree) throws -> any OnlineConfiguration
  private let build:
    @Sendable (any OnlineConfiguration, LearnerShape, Precision, RandomGenerator) throws -> any OnlineLearner

  /// An online learner with the given hyper-parameters.
  public init<Learner: OnlineLearner & SendableMetatype>(
    _ learner: Learner.Type, configuration: Learner.Configuration = Learner.Configuration(), summary: String = ""
  ) throws {
    name = Learner.name
    self.summary = summary
    hyperparameters = try ValueTree(encoding: configuration)
    decode = { try $0.decoded(as: Learner.Configuration.self) }
    build = { configuration, shape, precision, generator in
      try Learner(
        configuration: configuration as? Learner.Configuration ?? Learner.Configuration(),
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

  /// A new learner and what its hyper-parameters say to the training loop. Throws `UsageError` where one of them is
  /// out of its range.
  func makeLearner(
    _ shape: LearnerShape, precision: Precision, generator: RandomGenerator
  ) throws -> (learner: any OnlineLearner, configuration: any OnlineConfiguration) {
    do {
      let configuration = try decode(hyperparameters)
      try configuration.validate()
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
  /// Every algorithm that can be named, with default hyper-parameters. A new learner is one line here.
  public static var all: [Algorithm] {
    get throws {
      [
        try Algorithm(
          SAC.self, summary: "soft actor-critic with automatic temperature"),
        try Algorithm(
          TD3.self, summary: "twin delayed deterministic policy gradient"),
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
      NearestName.suggestion(for: name, among: names).map { "did you mean '\($0)'?" }
      ?? "known algorithms: \(names.joined(separator: ", "))"
    throw UsageError("unknown algorithm '\(name)'; \(hint)")
  }
}
