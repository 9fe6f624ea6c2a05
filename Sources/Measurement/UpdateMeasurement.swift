import SinewTensor
import SinewTraining

/// What a measurement of updates found, as `sinew bench update --json` prints it.
public struct UpdateMeasurement: Encodable, Sendable {
  public let algo: String
  public let precision: Precision
  public let threads: Int
  public let batchSize: Int
  public let hiddenSizes: [Int]
  public let observationSize: Int
  public let actionSize: Int
  /// Milliseconds of an update with its minibatch: the median over the rounds.
  public let msPerUpdate: Double
  /// The fastest round.
  public let msPerUpdateMin: Double
  /// Nine tenths of the rounds were faster.
  public let msPerUpdateP90: Double
  public let updatesPerSecond: Double
  /// Milliseconds of the update's matrix products alone: the median over the rounds.
  public let gemmMs: Double
  public let gemmMsMin: Double
  /// `msPerUpdate` over `gemmMs`.
  public let updateOverGemm: Double
  /// Of `msPerUpdate`: drawing the minibatch.
  public let samplingMs: Double
  /// Heap allocations of an update with its minibatch; null where nobody counted.
  public let allocationsPerUpdate: Double?
  /// Matrix products of an update, an ensemble's counted once.
  public let gemmsPerUpdate: Double
  public let instructionsPerUpdate: Double
  /// Floating-point operations of the products, a multiply-add being two. Rows that an update leaves out because they
  /// are zero (of a gradient through the lesser of two critics) are counted, here and in `gemmMs`.
  public let flopPerUpdate: Double
  /// `flopPerUpdate` over `msPerUpdate`, in 10⁹ a second.
  public let gflopPerSecond: Double
  /// What multiply-adds alone reach on as many threads, in 10⁹ a second.
  public let peakGflopPerSecond: Double
  /// `gflopPerSecond` over `peakGflopPerSecond`.
  public let shareOfPeak: Double
  /// How many updates `msPerUpdate` was timed over.
  public let updates: Int
  public let instructionSet: String
  public let processor: String

  init(
    _ benchmark: UpdateBenchmark, batchSize: Int, updates: Timings, products: Timings, samples: Timings,
    plans: [(profile: PlanProfile, runs: Double)], updateCount: Int, allocations: Double?
  ) {
    func perUpdate(_ count: (PlanProfile) -> Int) -> Double {
      plans.reduce(0) { $0 + $1.runs * Double(count($1.profile)) }
    }
    algo = benchmark.algorithm.name
    precision = benchmark.precision
    threads = benchmark.threads
    self.batchSize = batchSize
    hiddenSizes = benchmark.algorithm.hiddenSizes
    observationSize = benchmark.observationSize
    actionSize = benchmark.actionSize
    msPerUpdate = 1e3 * updates.median
    msPerUpdateMin = 1e3 * updates.minimum
    msPerUpdateP90 = 1e3 * updates.quantile(0.9)
    updatesPerSecond = 1 / updates.median
    gemmMs = 1e3 * products.median
    gemmMsMin = 1e3 * products.minimum
    updateOverGemm = updates.median / products.median
    samplingMs = 1e3 * samples.median
    allocationsPerUpdate = allocations
    gemmsPerUpdate = perUpdate(\.products.count)
    instructionsPerUpdate = perUpdate(\.instructionCount)
    flopPerUpdate = perUpdate { $0.products.reduce(0) { $0 + $1.operationCount } }
    gflopPerSecond = 1e-9 * flopPerUpdate / updates.median
    peakGflopPerSecond = 1e-9 * Machine.peak(threads: threads, precision: precision)
    shareOfPeak = gflopPerSecond / peakGflopPerSecond
    self.updates = updateCount
    instructionSet = Execution.instructionSet
    processor = Machine.processor
  }
}

extension Algorithm {
  /// Widths of the hidden layers, where the algorithm has such a key.
  fileprivate var hiddenSizes: [Int] {
    guard case .list(let sizes)? = hyperparameters.first("hidden_sizes") else { return [] }
    return sizes.compactMap { if case .integer(let size) = $0 { size } else { nil } }
  }
}
