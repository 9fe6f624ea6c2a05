import SinewEvaluation
import SinewPolicies
import SinewTensor

/// Measures how soon an answer comes: one action of a policy, and one action chunk of a diffusion policy.
public struct LatencyBenchmark {
  /// Numbers in an observation of the Gaussian policy.
  public var observationSize = 17
  /// Numbers in its action.
  public var actionSize = 6
  /// Widths of its hidden layers.
  public var hiddenSizes = [256, 256]
  /// Threads of the tensor core; at batch 1 there is little to share.
  public var threads = Machine.processorCount
  /// How many actions are timed, each by itself.
  public var calls = 20_000
  /// How many action chunks are timed, each by itself.
  public var chunkCalls = 5_000

  /// A measurement with the sizes of a walking robot.
  public init() {}

  /// Runs the measurement.
  ///
  /// - Parameter allocationCount: how many heap allocations the process has made so far, where somebody counts them.
  public func measure(allocationCount: (() -> UInt64)? = nil) -> LatencyMeasurement {
    let threadsBefore = Execution.threads
    Execution.threads = threads
    defer { Execution.threads = threadsBefore }
    return LatencyMeasurement(
      threads: threads, action: measureAction(allocationCount), denoising: measureDenoising(allocationCount),
      instructionSet: Execution.instructionSet, processor: Machine.processor)
  }

  private func measureAction(_ allocationCount: (() -> UInt64)?) -> LatencyMeasurement.Latency {
    let generator = RandomGenerator(seed: 0)
    let policy = GaussianPolicy(
      TaskShape(observationSize: observationSize, actionSize: actionSize), NetworkSettings(hiddenSizes: hiddenSizes),
      generator: generator)
    let observation = randomNumbers(observationSize, generator.split("observation"))
    var action = [Float](repeating: 0, count: actionSize)
    return latency(calls: calls, allocationCount) {
      var actions = action.mutableSpan
      policy.act(observations: observation.span, count: 1, deterministic: true, actions: &actions)
    }
  }

  private func measureDenoising(_ allocationCount: (() -> UInt64)?) -> LatencyMeasurement.Latency {
    let generator = RandomGenerator(seed: 0)
    let network = DenoisingChunk(generator: generator)
    let observation = randomNumbers(DenoisingChunk.observationSize, generator.split("observation"))
    var actions = [Float](repeating: 0, count: DenoisingChunk.chunkSize)
    return latency(calls: chunkCalls, allocationCount) {
      var span = actions.mutableSpan
      network.act(observation: observation.span, actions: &span)
    }
  }

  private func randomNumbers(_ count: Int, _ generator: RandomGenerator) -> [Float] {
    var generator = generator
    return (0..<count).map { _ in Float(generator.normal()) }
  }
}

/// What a measurement of latencies found, as `sinew bench latency --json` prints it.
public struct LatencyMeasurement: Encodable, Sendable {
  public let threads: Int
  /// One deterministic action for one observation.
  public let action: Latency
  /// Ten denoising steps to one action chunk.
  public let denoising: Latency
  public let instructionSet: String
  public let processor: String

  /// How long single calls took, microseconds.
  public struct Latency: Encodable, Sendable {
    public let p50Us: Double
    public let p99Us: Double
    public let minUs: Double
    public let maxUs: Double
    public let calls: Int
    /// Heap allocations of a call; null where nobody counted.
    public let allocationsPerCall: Double?

    init(_ durations: [Double], allocations: Double?) {
      func microseconds(_ probability: Double) -> Double {
        1e6 * Statistics.quantile(probability, of: durations)
      }
      (p50Us, p99Us, minUs, maxUs) = (microseconds(0.5), microseconds(0.99), microseconds(0), microseconds(1))
      calls = durations.count
      allocationsPerCall = allocations
    }
  }
}

/// Times single calls of `body`, after a tenth as many that are not timed.
func latency(
  calls: Int, _ allocationCount: (() -> UInt64)?, _ body: () -> Void
) -> LatencyMeasurement.Latency {
  for _ in 0..<(calls / 10 + 2) { body() }
  var durations = [Double](repeating: 0, count: calls)
  let before = allocationCount?()
  for call in 0..<calls { durations[call] = seconds(body) }
  let allocations = before.flatMap { before in allocationCount.map { Double($0() - before) / Double(calls) } }
  return LatencyMeasurement.Latency(durations, allocations: allocations)
}
