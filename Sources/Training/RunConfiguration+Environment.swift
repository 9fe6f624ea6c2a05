import SinewEnvironments
import SinewRendering
import SinewSettings
import SinewTensor

/// What a run makes of its environment: parameters that are set, wrappers around it.
extension RunConfiguration {
  /// ``parameters``, read. Throws `UsageError` for one that cannot be.
  var parameterAssignments: [ParameterAssignment] {
    get throws { try parameters.map { text in try asUsage("parameters") { try ParameterAssignment(text) } } }
  }

  /// ``wrappers``, read. Throws `UsageError` for one that cannot be, and where an environment's wrapper stands outside
  /// of a normalisation, which is the policy's.
  var runWrappers: [RunWrapper] {
    get throws {
      let all = try wrappers.map { text in try asUsage("wrappers") { try RunWrapper(text) } }
      let inner = all.prefix { !$0.isNormalisation }
      if let misplaced = all.dropFirst(inner.count).first(where: { !$0.isNormalisation }) {
        throw UsageError("wrappers: \(misplaced.name) must come before the normalisations")
      }
      return all
    }
  }

  func normalises(_ kind: WrapperDescription.Kind) -> Bool {
    wrappers.contains { (try? RunWrapper($0))?.isKind(kind) == true }
  }

  /// An environment with the run's parameters set, in the run's wrappers but for normalisations: those are the training
  /// loop's, which keeps raw observations and rewards, and the policy's, which is saved with them.
  ///
  /// - Throws: `UsageError` for a parameter that the environment does not have, `SizeError` for more than there is
  ///   memory for, `RenderingError` for a camera that can't see it.
  public func prepare(_ environment: any Environment) throws -> any Environment {
    let assignments = try parameterAssignments
    try asUsage("parameters") { try environment.setParameters(assignments) }
    var demand = MemoryDemand()
    var environment = environment
    for wrapper in try runWrappers where !wrapper.isNormalisation {
      // Wrappers multiply: each is bounded by itself, not what several of them make.
      let size = environment.observationSpace.count
      let (shown, kept) = wrapper.sizes(size)
      guard shown <= LearnerTask.largestSize, kept <= 100 * LearnerTask.largestSize else {
        throw UsageError(
          "wrappers: \(wrapper) of \(size) numbers would keep \(max(shown, kept)); an observation has at most "
            + "\(LearnerTask.largestSize), and what is delayed at most \(100 * LearnerTask.largestSize)")
      }
      demand.add("num_envs", environmentCount, numbers: Double(environmentCount) * Double(3 * shown + kept))
      try demand.check()
      environment = try wrapper.wrap(environment)
    }
    return environment
  }

  /// Makes environments of a name and prepares them.
  func preparing(
    _ makeEnvironment: @escaping (String) throws -> any Environment
  ) -> (String) throws -> any Environment {
    { name in try prepare(makeEnvironment(name)) }
  }

  /// Checks what can be known without an environment.
  func validateEnvironmentSettings() throws {
    _ = try parameterAssignments
    do { try gymnasium.validate() } catch let error as UsageError {
      throw UsageError("gymnasium.\(error.description)")
    }
    let normalisation = try runWrappers.first(where: \.isNormalisation)
    guard !acts else { return }
    if environmentCount != 1 {
      throw UsageError(
        "num_envs is for learning online: nothing is stepped while learning from a dataset, leave it at 1")
    }
    if let normalisation {
      throw UsageError(
        "wrappers: \(normalisation.name) is for learning online; algorithms that learn from datasets have a "
          + "setting normalise_observations")
    }
  }
}

/// Says which key asked for what was refused.
private func asUsage<Result>(_ key: String, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch {
    throw UsageError("\(key): \(error)")
  }
}
