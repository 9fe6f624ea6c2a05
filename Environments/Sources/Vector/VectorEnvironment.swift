import SinewTensor

/// N environments of one task stepped together, over a few threads.
///
/// Gymnasium's `AutoresetMode.SAME_STEP`: when an episode ends, the environment is reset within the same step.
/// ``observations`` is then the first observation of the next episode and ``finalObservations`` the one that the old
/// episode ended on.
///
/// Each environment has its own random stream, split from one seed, so the trajectories are the same to the bit for any
/// number of threads. Confined to one thread at a time.
public final class VectorEnvironment {
  /// An episode that ended in the last step.
  public struct FinishedEpisode: Sendable, Equatable {
    /// Index of the environment.
    public var environment: Int
    /// Sum of the episode's rewards.
    public var episodeReturn: Double
    /// Steps that the episode took.
    public var length: Int

    /// An episode with these values.
    public init(environment: Int, episodeReturn: Double, length: Int) {
      (self.environment, self.episodeReturn, self.length) = (environment, episodeReturn, length)
    }
  }

  /// Bounds of one environment's observations.
  public let observationSpace: BoxSpace
  /// Bounds of one environment's actions.
  public let actionSpace: BoxSpace
  /// Episodes that ended in the last step, by ascending environment.
  public internal(set) var finishedEpisodes: [FinishedEpisode] = []

  let rows: VectorRows
  let seed: UInt64
  /// Whether the environments have been given their seeds.
  var seeded = false
  /// Whether a step may follow: false before the first reset and after a failed step.
  var ready = false
  private let pool: WorkerPool
  /// A worker's part of a step; kept, so that a step allocates nothing.
  private let stepShare: (_ worker: Int) -> Void

  /// Makes `count` environments, which ``reset()`` must begin before the first step.
  ///
  /// - Parameters:
  ///   - count: number of environments, at least 1.
  ///   - threads: number of threads that step them, the caller among them; more than `count` are not used, nor more
  ///     than one where all of them are stepped elsewhere.
  ///   - seed: environment i draws from stream i of this seed.
  ///   - make: makes one environment; called `count` times.
  /// - Throws: ``EnvironmentError`` for a count below 1 or environments of different spaces; what `make` throws.
  public init(count: Int, threads: Int = 1, seed: UInt64, make: () throws -> any Environment) throws {
    guard count > 0 else { throw EnvironmentError("a vector environment needs at least 1 environment, not \(count)") }
    guard threads > 0 else { throw EnvironmentError("a vector environment needs at least 1 thread, not \(threads)") }
    let environments = try (0..<count).map { _ in try make() }
    observationSpace = environments[0].observationSpace
    actionSpace = environments[0].actionSpace
    for environment in environments
    where environment.observationSpace != observationSpace || environment.actionSpace != actionSpace {
      throw EnvironmentError("the environments of a vector need equal spaces, but \(environment.name)'s differ")
    }
    self.seed = seed
    rows = VectorRows(environments: environments, width: observationSpace.count)
    // Environments that are stepped elsewhere need nobody to wait for each.
    pool = WorkerPool(count: environments.allSatisfy(\.anticipates) ? 1 : min(threads, count))
    stepShare = { [rows, workers = pool.count] worker in
      rows.step((worker * count / workers)..<((worker + 1) * count / workers))
    }
  }

  /// Number of environments, N.
  public var count: Int { rows.environments.count }
  /// The environments, to look at: stepping or resetting one by itself spoils the vector's account of its episode.
  public var environments: [any Environment] { rows.environments }
  /// What each environment now shows: N × O, row-major.
  public var observations: [Float] { Array(rows.observations) }
  /// What the last step led to, before any reset: N × O, equal to `observations` except in rows whose episode ended.
  public var finalObservations: [Float] { Array(rows.finalObservations) }
  /// Rewards of the last step, N.
  public var rewards: [Float] { Array(rows.rewards) }
  /// Whether the last step ended the episode for a reason inside the task, N.
  public var terminated: [Bool] { Array(rows.terminated) }
  /// Whether the last step reached the time limit, N.
  public var truncated: [Bool] { Array(rows.truncated) }

  /// Lets `body` read what the environments show and what their last step led to, without a copy.
  public func withUnsafeRows<Result>(_ body: (UnsafeRows) throws -> Result) rethrows -> Result {
    try body(
      UnsafeRows(
        observations: UnsafeBufferPointer(rows.observations),
        finalObservations: UnsafeBufferPointer(rows.finalObservations), rewards: UnsafeBufferPointer(rows.rewards),
        terminated: UnsafeBufferPointer(rows.terminated), truncated: UnsafeBufferPointer(rows.truncated)))
  }

  /// The memory of a vector environment, row-major; valid within ``withUnsafeRows(_:)``.
  public struct UnsafeRows {
    /// What each environment now shows: N × O.
    public let observations: UnsafeBufferPointer<Float>
    /// What the last step led to, before any reset: N × O.
    public let finalObservations: UnsafeBufferPointer<Float>
    /// Rewards of the last step: N.
    public let rewards: UnsafeBufferPointer<Float>
    /// Whether the last step ended the episode for a reason inside the task: N.
    public let terminated: UnsafeBufferPointer<Bool>
    /// Whether the last step reached the time limit: N.
    public let truncated: UnsafeBufferPointer<Bool>
  }

  /// Begins an episode in every environment; the first call seeds them, later ones continue their streams.
  public func reset() throws {
    finishedEpisodes.removeAll(keepingCapacity: true)
    let root = RandomGenerator(seed: seed)
    try forEachRow { [rows, seeded] row in
      var stream = root.split(UInt64(row))
      try rows.reset(row, seed: seeded ? nil : stream.next())
    }
    seeded = true
  }

  /// Steps every environment, and resets those whose episode ended.
  ///
  /// - Parameter actions: N × A, row-major, in the units of ``actionSpace``.
  /// - Throws: ``EnvironmentError`` for a wrong count; what the environment of lowest index threw, after which the
  ///   vector must be reset or restored before it is stepped again.
  public func step(actions: Span<Float>) throws {
    let width = actionSpace.count
    guard actions.count == count * width else {
      throw EnvironmentError(
        "\(count) environments of \(width) actions take \(count * width) numbers, not \(actions.count)")
    }
    guard ready else { throw EnvironmentError("reset the vector environment before stepping it") }
    finishedEpisodes.removeAll(keepingCapacity: true)
    ready = false
    actions.withUnsafeBufferPointer { actions in
      rows.actions = actions
      pool.runKept(stepShare)
      rows.actions = UnsafeBufferPointer(start: nil, count: 0)
    }
    if let failure = rows.takeFailure() { throw failure }
    ready = true
    for row in 0..<count where rows.terminated[row] || rows.truncated[row] {
      finishedEpisodes.append(.init(environment: row, episodeReturn: rows.returns[row], length: rows.lengths[row]))
      (rows.returns[row], rows.lengths[row]) = (0, 0)
    }
  }

  /// Calls `body` for every row, each worker on its own contiguous share; throws the failure of lowest row.
  private func forEachRow(_ body: (Int) throws -> Void) throws {
    ready = false
    let (rows, count, workers) = (rows, count, pool.count)
    pool.run { worker in
      for row in (worker * count / workers)..<((worker + 1) * count / workers) {
        do {
          try body(row)
        } catch {
          rows.failures[row] = error
        }
      }
    }
    if let failure = rows.takeFailure() { throw failure }
    ready = true
  }
}
