import SinewDatasets
import SinewLearners
import SinewPolicies
import SinewSettings
import SinewTensor
import SinewTraining

/// Measures a learner's gradient updates on random transitions: drawing a minibatch from a dataset in memory and
/// updating with it, as training does.
public struct UpdateBenchmark {
  /// What is measured, with its hyper-parameters.
  public var algorithm: Algorithm
  /// Numbers in an observation.
  public var observationSize = 17
  /// Numbers in an action.
  public var actionSize = 6
  /// Threads that share an update.
  public var threads = Machine.processorCount
  /// What products are multiplied in.
  public var precision = Precision.float32
  /// Transitions in the dataset.
  public var transitionCount = 100_000
  /// How long updates are timed; the whole measurement takes about three times that.
  public var seconds = 2.0

  /// A measurement of `algorithm` with the sizes of a walking robot.
  public init(_ algorithm: Algorithm) {
    self.algorithm = algorithm
  }

  /// Updates, products and minibatches take turns in so many rounds, fewer where an update is slow, so that noise meets
  /// all of them.
  static let roundCounts = 5...20

  /// Runs the measurement.
  ///
  /// - Parameter allocationCount: how many heap allocations the process has made so far, where somebody counts them.
  /// - Throws: `UsageError` where a hyper-parameter is out of its range.
  public func measure(allocationCount: (() -> UInt64)? = nil) throws -> UpdateMeasurement {
    let threadsBefore = Execution.threads
    Execution.threads = threads
    defer { Execution.threads = threadsBefore }

    let workload = try UpdateWorkload(self)
    // Enough updates that a step which is made only every few of them is recorded too.
    let profiles = PlanProfile.plans { for _ in 0..<8 { workload.update() } }
    let estimate = SinewMeasurement.seconds { for _ in 0..<4 { workload.update() } } / 4
    for _ in 0..<repetitions(of: estimate, in: seconds / 8) { workload.update() }
    let rounds = min(max(Int(seconds / estimate), Self.roundCounts.lowerBound), Self.roundCounts.upperBound)
    let count = repetitions(of: estimate, in: seconds / Double(rounds))

    var (updates, products, samples) = (Timings(), Timings(), Timings())
    let runsBefore = profiles.map(\.runCount)
    for _ in 0..<rounds {
      updates.append(SinewMeasurement.seconds { for _ in 0..<count { workload.update() } }, count: count)
      products.append(workload.secondsOfProducts(profiles, updates: count), count: count)
      samples.append(SinewMeasurement.seconds { for _ in 0..<count { workload.sample() } }, count: count)
    }
    let updateCount = Double(2 * count * rounds)
    let plans = zip(profiles, runsBefore).map { (profile: $0, runs: Double($0.runCount - $1) / updateCount) }

    var allocations: Double?
    if let allocationCount {
      let updates = min(repetitions(of: estimate, in: 1), 100)
      let before = allocationCount()
      for _ in 0..<updates { workload.update() }
      allocations = Double(allocationCount() - before) / Double(updates)
    }
    return UpdateMeasurement(
      self, batchSize: workload.batchSize, updates: updates, products: products, samples: samples, plans: plans,
      updateCount: count * rounds, allocations: allocations)
  }

  /// The different matrix products that updates make, in the order in which they first come.
  public func products() throws -> [ProductShape] {
    var copy = self
    copy.transitionCount = 1
    let workload = try UpdateWorkload(copy)
    let shapes = PlanProfile.plans { for _ in 0..<8 { workload.update() } }.flatMap(\.products)
    var seen = Set<ProductShape>()
    return shapes.filter { seen.insert($0).inserted }
  }
}

extension UpdateWorkload {
  /// Updates of the learner that is measured, on random transitions.
  fileprivate init(_ benchmark: UpdateBenchmark) throws {
    let generator = RandomGenerator(seed: 0)
    let (observations, actions) = (benchmark.observationSize, benchmark.actionSize)
    let made = try benchmark.algorithm.makeLearner(
      TaskShape(observationSize: observations, actionSize: actions), precision: benchmark.precision,
      generator: generator.split("learner"))
    let dataset = try SamplingBenchmark.makeDataset(
      transitions: benchmark.transitionCount, episodeLength: 100, observationSize: observations, actionSize: actions)
    guard let workload = made.makeWorkload(dataset) else {
      throw UsageError("\(benchmark.algorithm.name) does not learn from transitions, which is what is measured")
    }
    self = workload
  }

  /// Seconds that the products of `updates` updates take: each after its update, so that the numbers, their places in
  /// memory and the state of the caches are those of an update.
  fileprivate func secondsOfProducts(_ profiles: [PlanProfile], updates: Int) -> Double {
    var nanoseconds: UInt64 = 0
    var runs = profiles.map(\.runCount)
    for _ in 0..<updates {
      update()
      let start = monotonicNanoseconds()
      for (index, profile) in profiles.enumerated() {
        for _ in runs[index]..<profile.runCount { profile.runProducts() }
      }
      nanoseconds += monotonicNanoseconds() - start
      for index in profiles.indices { runs[index] = profiles[index].runCount }
    }
    return Double(nanoseconds) * 1e-9
  }
}
