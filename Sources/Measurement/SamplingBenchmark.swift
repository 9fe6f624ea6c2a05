import SinewDatasets
import SinewTensor

/// Measures drawing minibatches from a dataset far larger than the processor's caches.
public struct SamplingBenchmark {
  /// Numbers in an observation.
  public var observationSize = 17
  /// Numbers in an action.
  public var actionSize = 6
  /// Transitions in the dataset.
  public var transitionCount = 1_000_000
  /// Steps of each episode.
  public var episodeLength = 1000
  /// Transitions in a minibatch.
  public var batchSize = 256
  /// Minibatches timed, each by itself.
  public var calls = 20_000

  /// A measurement with the sizes of a walking robot.
  public init() {}

  /// Runs the measurement: for uniform sampling, and weighted by return.
  ///
  /// - Parameter allocationCount: how many heap allocations the process has made so far, where somebody counts them.
  public func measure(allocationCount: (() -> UInt64)? = nil) throws -> SamplingMeasurement {
    let dataset = try Self.makeDataset(
      transitions: transitionCount, episodeLength: episodeLength, observationSize: observationSize,
      actionSize: actionSize)
    func measure(_ weighting: TrajectoryWeighting) -> LatencyMeasurement.Latency {
      let source = DatasetTransitions(dataset, weighting)
      let batch = Transitions(
        Transitions.Request(size: batchSize), observationSize: observationSize, actionSize: actionSize)
      var generator = RandomGenerator(seed: 0)
      return latency(calls: calls, allocationCount) { source.fill(0..<batchSize, of: batch, using: &generator) }
    }
    return SamplingMeasurement(
      transitions: dataset.count, batchSize: batchSize, uniform: measure(.none),
      weighted: measure(.episodeReturn(temperature: TrajectoryWeighting.defaultTemperature)),
      processor: Machine.processor)
  }

  /// Random transitions in truncated episodes.
  static func makeDataset(
    transitions: Int, episodeLength: Int, observationSize: Int, actionSize: Int
  ) throws -> Dataset {
    var generator = RandomGenerator(seed: 0).split("transitions")
    var builder = Dataset.Builder(
      DatasetInfo(
        name: "random", observationSize: observationSize, actionLow: Array(repeating: -1, count: actionSize),
        actionHigh: Array(repeating: 1, count: actionSize)))
    for start in stride(from: 0, to: transitions, by: episodeLength) {
      let count = min(episodeLength, transitions - start)
      func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(generator.uniform(-1...1)) } }
      try builder.append(
        EpisodeData(
          observations: numbers((count + 1) * observationSize), actions: numbers(count * actionSize),
          rewards: numbers(count), terminated: false, truncated: true))
    }
    return try builder.build()
  }
}

/// What drawing a minibatch takes.
public struct SamplingMeasurement: Encodable, Sendable {
  /// Transitions in the dataset.
  public var transitions: Int
  /// Transitions in a minibatch.
  public var batchSize: Int
  /// Every transition alike.
  public var uniform: LatencyMeasurement.Latency
  /// Weighted by return.
  public var weighted: LatencyMeasurement.Latency
  /// The processor's name.
  public var processor: String
}
