import SinewEnvironments
import SinewTensor

/// Measures how many steps a second a vector of environments takes under uniformly random actions, episodes' beginnings included.
public struct EnvironmentBenchmark {
  /// The environments' name.
  public let name: String
  /// Their task; nil where a Swift type implements them.
  private let definition: TaskDefinition?
  private let reference: String
  /// Environments stepped together, ≥ 1.
  public var environmentCount = 16
  /// Threads that step them, ≥ 1.
  public var threads = Machine.processorCount
  /// How long steps are timed, seconds; the warm-up takes a third of that.
  public var seconds = 2.0
  /// At least so many steps are timed instead, whatever time they take; nil for none.
  public var stepLimit: Int?

  /// Parameters that are set in every environment.
  public var parameters: [ParameterAssignment] = []

  /// A measurement of an environment: a catalogue name or the path of a task file.
  ///
  /// - Throws: what ``EnvironmentCatalogue/definition(_:)`` throws.
  public init(_ nameOrPath: String) throws {
    reference = nameOrPath
    definition = try EnvironmentCatalogue.added(nameOrPath) == nil ? EnvironmentCatalogue.definition(nameOrPath) : nil
    name = definition?.name ?? nameOrPath
  }

  /// Runs the measurement.
  ///
  /// - Parameter allocationCount: how many heap allocations the process has made so far, where somebody counts them.
  /// - Throws: what the environments throw.
  public func measure(allocationCount: (() -> UInt64)? = nil) throws -> EnvironmentMeasurement {
    let vector = try makeVector()
    // Drawn before, so that only steps are timed.
    var generator = RandomGenerator(seed: 1)
    let space = vector.actionSpace
    let batches = (0..<32).map { _ in
      (0..<environmentCount).flatMap { _ in
        zip(space.low, space.high).map { Float(generator.uniform(Double($0)...Double($1))) }
      }
    }
    func round() throws { for batch in batches { try vector.step(actions: batch.span) } }
    try vector.reset()
    var warmUp = 0.0
    repeat { warmUp += try SinewMeasurement.seconds(round) } while warmUp < seconds / 3
    var timings = Timings()
    var (elapsed, rounds) = (0.0, 0)
    let memory = Machine.residentMemory
    // Of the rounds alone: keeping their times allocates.
    var allocationsMade: UInt64 = 0
    func isDone() -> Bool {
      stepLimit.map { rounds * batches.count * environmentCount >= $0 } ?? (elapsed >= seconds)
    }
    repeat {
      let before = allocationCount?() ?? 0
      let duration = try SinewMeasurement.seconds(round)
      allocationsMade += (allocationCount?() ?? 0) - before
      timings.append(duration, count: batches.count * environmentCount)
      (elapsed, rounds) = (elapsed + duration, rounds + 1)
    } while !isDone()
    let steps = Double(rounds * batches.count * environmentCount)
    let allocations = allocationCount.map { _ in Double(allocationsMade) / steps }
    return EnvironmentMeasurement(
      env: name, numEnvs: environmentCount, threads: threads, stepsPerSecond: steps / elapsed,
      stepsPerSecondMax: 1 / timings.minimum,
      simulationStepsPerSecond: steps / elapsed * Double(definition?.substeps ?? 0),
      controlPeriod: vector.environments[0].controlPeriod, steps: Int(steps), allocationsPerStep: allocations,
      memoryGrowth: memory.flatMap { before in Machine.residentMemory.map { $0 - before } },
      processor: Machine.processor)
  }
}

extension EnvironmentBenchmark {
  private func makeVector() throws -> VectorEnvironment {
    try VectorEnvironment(count: environmentCount, threads: threads, seed: 0) {
      let environment = try definition.map { try TaskEnvironment($0) } ?? EnvironmentCatalogue.make(reference)
      try environment.setParameters(parameters)
      return environment
    }
  }

  /// 64 bits that every bit of the trajectories of `steps` steps of the vector under random actions decides: observations, final
  /// observations, rewards and ends.
  ///
  /// - Throws: what the environments throw.
  public func digest(steps: Int) throws -> UInt64 {
    let vector = try makeVector()
    try vector.reset()
    var generator = RandomGenerator(seed: 2)
    let space = vector.actionSpace
    var fingerprint = Fingerprint()
    for value in vector.observations { fingerprint.add(UInt64(value.bitPattern)) }
    for _ in 0..<steps {
      let actions = (0..<environmentCount).flatMap { _ in
        zip(space.low, space.high).map { Float(generator.uniform(Double($0)...Double($1))) }
      }
      try vector.step(actions: actions.span)
      for values in [vector.observations, vector.finalObservations, vector.rewards] {
        for value in values { fingerprint.add(UInt64(value.bitPattern)) }
      }
      for flag in vector.terminated + vector.truncated { fingerprint.add(flag ? 1 : 0) }
    }
    return fingerprint.bits
  }
}

/// What ``EnvironmentBenchmark`` found.
public struct EnvironmentMeasurement: Codable, Sendable {
  /// The environment's name.
  public var env: String
  /// Environments stepped together.
  public var numEnvs: Int
  /// Threads that stepped them.
  public var threads: Int
  /// Environment steps (control periods) a second, of all environments together.
  public var stepsPerSecond: Double
  /// The same in the fastest round, which a busy machine disturbed least.
  public var stepsPerSecondMax: Double
  /// Steps of the physics a second; 0 where a Swift type implements the environment.
  public var simulationStepsPerSecond: Double
  /// Simulated seconds per environment step.
  public var controlPeriod: Double
  /// How many environment steps were timed.
  public var steps: Int
  /// Heap allocations per environment step; nil where they are not counted.
  public var allocationsPerStep: Double?
  /// By how many bytes the process's memory grew over the timed steps; nil where the system doesn't say.
  public var memoryGrowth: Int?
  /// The processor.
  public var processor: String
}
