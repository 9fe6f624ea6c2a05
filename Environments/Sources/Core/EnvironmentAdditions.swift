/// What a program adds to what runs and commands can name: environments in Swift, terms of task files, wrappers.
public struct EnvironmentAdditions: Sendable {
  /// Environments, by name.
  public let environments: [AddedEnvironment]
  /// The terms that a task file can name: the package's, and the program's.
  public let terms: TermCatalogue
  /// Wrappers, by name.
  public let wrappers: [AddedWrapper]

  /// Nothing.
  public static let none = EnvironmentAdditions()

  /// What holds where names are looked up: ``none``, or what ``use(_:)`` was called with. A task's own value rather
  /// than a variable of the whole process, so that it needs no lock, and ends with the call.
  @TaskLocal public static var current = EnvironmentAdditions.none

  private init() { (environments, terms, wrappers) = ([], .shipped, []) }

  /// These environments, terms and wrappers.
  ///
  /// - Throws: ``EnvironmentError`` for a name that is taken, or that could not be written where it is to be.
  public init(
    environments: [AddedEnvironment] = [], terms: [TermCatalogue.Addition] = [], wrappers: [AddedWrapper] = []
  ) throws {
    var taken = EnvironmentCatalogue.shipped + ["none"]
    for environment in environments {
      try AddedName.check(
        environment.name, of: "the environment", word: .kebabCase, taken: taken,
        shipped: EnvironmentCatalogue.shipped + ["none"])
      taken.append(environment.name)
    }
    let shipped = WrapperDescription.Kind.allCases.map(\.rawValue)
    taken = shipped
    for wrapper in wrappers {
      try AddedName.check(wrapper.name, of: "the wrapper", word: .snakeCase, taken: taken, shipped: shipped)
      taken.append(wrapper.name)
    }
    (self.environments, self.wrappers) = (environments, wrappers)
    self.terms = try TermCatalogue(adding: terms)
  }

  /// Runs `body` with these names known.
  public func use<Result>(_ body: () throws -> Result) rethrows -> Result {
    try Self.$current.withValue(self, operation: body)
  }

  /// The environment of that name; nil where none was added.
  public func environment(named name: String) -> AddedEnvironment? { environments.first { $0.name == name } }

  /// The wrapper of that name; nil where none was added.
  public func wrapper(named name: String) -> AddedWrapper? { wrappers.first { $0.name == name } }
}

/// An environment that a Swift type implements, by name: what `--env` takes.
public struct AddedEnvironment: Sendable {
  /// The name, in kebab-case.
  public let name: String
  /// What it is, in one line.
  public let summary: String
  private let makeAny: @Sendable () throws -> any Environment

  /// An environment of this name.
  ///
  /// - Parameters:
  ///   - name: in kebab-case.
  ///   - summary: what it is, in one line.
  ///   - make: makes one of its own each time. What is random about it is drawn from the seed of its resets, so that a
  ///     run's seed decides all of it.
  public init(_ name: String, _ summary: String, make: @escaping @Sendable () throws -> any Environment) {
    (self.name, self.summary, makeAny) = (name, summary, make)
  }

  /// Makes one.
  ///
  /// - Throws: ``EnvironmentError`` where its spaces cannot be; what the factory throws.
  public func make() throws -> any Environment {
    let environment = try makeAny()
    try Self.requireSound(environment, as: "the environment '\(name)'")
    return environment
  }

  /// Throws for spaces and times that no run could go on with.
  static func requireSound(_ environment: any Environment, as what: String) throws {
    let (observations, actions) = (environment.observationSpace, environment.actionSpace)
    func require(_ condition: Bool, _ problem: @autoclosure () -> String) throws {
      if !condition { throw EnvironmentError("\(what) \(problem())") }
    }
    try require(observations.count > 0, "has an observation space without components")
    try require(actions.count > 0, "has an action space without components")
    for index in 0..<observations.count {
      let (low, high) = (observations.low[index], observations.high[index])
      try require(
        low <= high, "bounds observation \(index) by \(low) and \(high): the first must not be above the second")
    }
    for index in 0..<actions.count {
      let (low, high) = (actions.low[index], actions.high[index])
      try require(
        low.isFinite && high.isFinite && low < high,
        "bounds action \(index) by \(low) and \(high): both must be finite, the first below the second")
    }
    let period = environment.controlPeriod
    try require(period > 0 && period.isFinite, "has a control period of \(period) s: it must be above 0")
    try require(environment.maximumSteps >= 0, "has a time limit of \(environment.maximumSteps) steps: 0 is none")
  }
}

/// A wrapper of one's own by name: what `--wrap` takes.
public struct AddedWrapper: Sendable {
  /// The name, in snake_case.
  public let name: String
  /// What it does, in one line.
  public let summary: String
  /// The number that it takes; nil for none.
  let number: WrapperNumber?
  private let wrapAny: @Sendable (any Environment, Double) throws -> any Environment

  /// A wrapper without a number: `--wrap name`.
  public init(_ name: String, _ summary: String, wrap: @escaping @Sendable (any Environment) throws -> any Environment)
  {
    (self.name, self.summary, number) = (name, summary, nil)
    wrapAny = { environment, _ in try wrap(environment) }
  }

  /// A wrapper with a number: `--wrap name:3`.
  ///
  /// - Parameters:
  ///   - name: in snake_case.
  ///   - summary: what it does, in one line.
  ///   - number: what its number is, with its unit, and the range that it must lie in.
  ///   - wrap: puts it around an environment.
  public init(
    _ name: String, _ summary: String, number: WrapperNumber,
    wrap: @escaping @Sendable (any Environment, Double) throws -> any Environment
  ) {
    (self.name, self.summary, self.number, wrapAny) = (name, summary, number, wrap)
  }

  /// What stands behind the colon of `text`, this wrapper's name and its number; nil for a wrapper without.
  ///
  /// - Throws: ``EnvironmentError`` saying what number is right.
  public func number(in text: String) throws -> Double? { try WrapperNumber.read(text, of: name, number) }

  /// What ``number(in:)`` reads.
  public static func description(of name: String, _ number: Double?) -> String {
    name + (number.map { ":\($0.plain)" } ?? "")
  }

  /// `environment` in this wrapper.
  ///
  /// - Throws: ``EnvironmentError`` where what comes of it has spaces that cannot be; what the wrapper throws.
  public func wrap(_ environment: any Environment, number: Double?) throws -> any Environment {
    let wrapped = try wrapAny(environment, number ?? 0)
    try AddedEnvironment.requireSound(wrapped, as: "\(environment.name) in the wrapper '\(name)'")
    return wrapped
  }
}

/// The number that a wrapper takes: `frame_stack:3`.
public struct WrapperNumber: Sendable {
  let meaning: String
  let range: ClosedRange<Double>
  let isWhole: Bool

  /// A number.
  ///
  /// - Parameters:
  ///   - meaning: what it is, with its unit.
  ///   - range: where it must lie.
  ///   - isWhole: whether it has no fraction.
  public init(_ meaning: String, in range: ClosedRange<Double>, isWhole: Bool = false) {
    (self.meaning, self.range, self.isWhole) = (meaning, range, isWhole)
  }

  /// What stands behind the colon of `text`, a wrapper's name and perhaps a number.
  ///
  /// - Throws: ``EnvironmentError`` saying what number is right.
  static func read(_ text: String, of name: String, _ expected: WrapperNumber?) throws -> Double? {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let expected else {
      guard parts.count == 1 else { throw EnvironmentError("the wrapper \(name) takes no number") }
      return nil
    }
    guard parts.count == 2, let value = Double(parts[1]), expected.range.contains(value),
      !expected.isWhole || value.rounded() == value
    else {
      throw EnvironmentError(
        "the wrapper \(name) takes \(expected.isWhole ? "a whole number" : "a number") from "
          + "\(expected.range.lowerBound.plain) to \(expected.range.upperBound.plain) after a colon (\(expected.meaning)), "
          + "found '\(text)'")
    }
    return value
  }
}
