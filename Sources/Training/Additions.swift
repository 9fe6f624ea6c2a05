import SinewEnvironments

/// What a program adds to what runs and commands can name: algorithms, environments, terms of task files, wrappers.
///
///     let additions = try Additions(algorithms: [Algorithm(MyLearner.self)])
///     let trainer = try additions.use { try Trainer(resuming: folder) }
///
/// A trainer remembers what it was made with: what it makes later is found by the same names.
public struct Additions: Sendable {
  /// Algorithms, with default hyper-parameters.
  public let algorithms: [Algorithm]
  /// Environments, terms, wrappers.
  public let environments: EnvironmentAdditions

  /// What holds where names are looked up: nothing, or what ``use(_:)`` was called with.
  public static var current: Additions { Additions(found: found, EnvironmentAdditions.current) }

  @TaskLocal private static var found: [Algorithm] = []

  private init(found: [Algorithm], _ environments: EnvironmentAdditions) {
    (algorithms, self.environments) = (found, environments)
  }

  /// These additions.
  ///
  /// - Throws: `EnvironmentError` for a name that is taken, or that could not be written where it is to be.
  public init(
    algorithms: [Algorithm] = [], environments: [AddedEnvironment] = [], terms: [TermCatalogue.Addition] = [],
    wrappers: [AddedWrapper] = []
  ) throws {
    let shipped = try Algorithm.shipped.map(\.name)
    var taken = shipped
    for algorithm in algorithms {
      try AddedName.check(algorithm.name, of: "the algorithm", word: .kebabCase, taken: taken, shipped: shipped)
      taken.append(algorithm.name)
    }
    for wrapper in wrappers {
      try AddedName.check(wrapper.name, of: "the wrapper", word: .snakeCase, taken: [], shipped: RunWrapper.shipped)
    }
    self.algorithms = algorithms
    self.environments = try EnvironmentAdditions(environments: environments, terms: terms, wrappers: wrappers)
  }

  /// Runs `body` with these names known.
  public func use<Result>(_ body: () throws -> Result) rethrows -> Result {
    try Self.$found.withValue(algorithms) { try environments.use(body) }
  }
}
