import SinewEnvironments
import SinewGymnasium
import SinewTensor

/// Measures how many steps a second a vector of environments takes under uniformly random actions, episodes' beginnings
/// included; of Gymnasium's, how many the bare loop of a Python program takes beside it, in turns.
public struct EnvironmentBenchmark {
  private enum Task {
    case ours(TaskDefinition)
    case added(String)
    case gymnasium(String, GymnasiumSettings)
  }
  private let task: Task
  /// The environments' name.
  public var name: String {
    switch task {
    case .ours(let definition): definition.name
    case .added(let name): name
    case .gymnasium(let name, _): name
    }
  }
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

  /// A measurement of an environment: a catalogue name, the path of a task file, or `gym:ID` of Gymnasium's.
  ///
  /// - Throws: what ``EnvironmentCatalogue/definition(_:)`` throws.
  public init(_ nameOrPath: String, _ settings: GymnasiumSettings = .init()) throws {
    task =
      if GymnasiumSettings.isReference(nameOrPath) {
        .gymnasium(nameOrPath, settings)
      } else if EnvironmentCatalogue.added(nameOrPath) != nil {
        .added(nameOrPath)
      } else {
        .ours(try EnvironmentCatalogue.definition(nameOrPath))
      }
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
    let bare = try makeBareLoop()
    var (bareSeconds, bareSteps) = (0.0, 0)
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
      // In long turns, so that neither pays for waking up.
      if let bare, rounds.isMultiple(of: 64) {
        bareSeconds += try bare.timeBareLoop(steps: 2048)
        bareSteps += 2048
      }
    } while !isDone()
    let steps = Double(rounds * batches.count * environmentCount)
    let allocations = allocationCount.map { _ in Double(allocationsMade) / steps }
    return EnvironmentMeasurement(
      env: name, numEnvs: environmentCount, threads: threads, stepsPerSecond: steps / elapsed,
      stepsPerSecondMax: 1 / timings.minimum, simulationStepsPerSecond: substeps.map { steps / elapsed * Double($0) },
      bareLoopStepsPerSecond: bareSteps > 0 ? Double(bareSteps) / bareSeconds : nil,
      controlPeriod: vector.environments[0].controlPeriod, steps: Int(steps), allocationsPerStep: allocations,
      memoryGrowth: memory.flatMap { before in Machine.residentMemory.map { $0 - before } },
      processor: Machine.processor)
  }
}

extension EnvironmentBenchmark {
  private func makeVector() throws -> VectorEnvironment {
    var make: () throws -> any Environment
    switch task {
    case .ours(let definition): make = { try TaskEnvironment(definition) }
    case .added(let name): make = { try EnvironmentCatalogue.make(name) }
    case .gymnasium(let name, let settings):
      let host = try GymnasiumHost(name, settings, count: environmentCount, threads: threads)
      make = host.make
    }
    return try VectorEnvironment(count: environmentCount, threads: threads, seed: 0) {
      let environment = try make()
      try environment.setParameters(parameters)
      return environment
    }
  }

  /// Steps of the physics in a step; nil where nobody says it.
  private var substeps: Int? { if case .ours(let definition) = task { definition.substeps } else { nil } }

  /// An environment in a worker of its own; nil for what is ours.
  private func makeBareLoop() throws -> GymnasiumEnvironment? {
    guard case .gymnasium(let name, let settings) = task else { return nil }
    let environment = try GymnasiumHost(name, settings).make()
    _ = try environment.timeBareLoop(steps: 1000)
    return environment
  }

  /// 64 bits that every bit of the trajectories of `steps` steps of the vector under random actions decides:
  /// observations, final observations, rewards and ends.
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
  /// Steps of the physics a second; nil where nobody says how many a step has.
  public var simulationStepsPerSecond: Double?
  /// What the loop of a Python program steps of one such environment a second, in the same time; nil for what is ours.
  public var bareLoopStepsPerSecond: Double?
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
