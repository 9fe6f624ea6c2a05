import SinewEvaluation
import SinewLearners
import SinewPolicies
import SinewTensor

/// Measures how soon policies answer, as they act in an evaluation: one action of soft actor-critic's, and one chunk of
/// actions of diffusion's and of flow matching's, each of a fresh learner with its default settings.
public struct LatencyBenchmark {
  /// What soft actor-critic's policy sees and does: the sizes of a walking robot.
  public var task = TaskShape(observationSize: 17, actionSize: 6)
  /// What the chunk policies see and do.
  public var chunkTask = TaskShape(observationSize: 20, actionSize: 2)
  /// Threads of the tensor core; at batch 1 there is little to share.
  public var threads = Machine.processorCount
  /// How many actions are timed, each by itself.
  public var calls = 20_000
  /// How many action chunks of each policy are timed, each by itself.
  public var chunkCalls = 5_000

  /// A measurement with these sizes.
  public init() {}

  /// Runs the measurement.
  ///
  /// - Parameter allocationCount: how many heap allocations the process has made so far, where somebody counts them.
  public func measure(allocationCount: (() -> UInt64)? = nil) throws -> LatencyMeasurement {
    let threadsBefore = Execution.threads
    Execution.threads = threads
    defer { Execution.threads = threadsBefore }
    let setup = Setup(generator: RandomGenerator(seed: 0))
    func measure(_ policy: any Policy, _ calls: Int) -> LatencyMeasurement.Latency {
      // Every action is planned: a plan otherwise lasts for several.
      if let chunks = policy as? any ChunkPolicy { chunks.horizons = chunks.horizons.acting(for: 1) }
      var generator = RandomGenerator(seed: 0).split("observation")
      let observation = (0..<policy.observationSize).map { _ in Float(generator.normal()) }
      var action = [Float](repeating: 0, count: policy.actionSize)
      policy.beginEpisode(seed: 0)
      return latency(calls: calls, allocationCount) {
        var actions = action.mutableSpan
        policy.act(observations: observation.span, count: 1, deterministic: true, actions: &actions)
      }
    }
    return LatencyMeasurement(
      threads: threads, action: measure(try SAC.make(for: task, setup).policy, calls),
      diffusion: measure(try DiffusionPolicyLearner.make(for: chunkTask, setup).policy, chunkCalls),
      flow: measure(try FlowPolicyLearner.make(for: chunkTask, setup).policy, chunkCalls),
      instructionSet: Execution.instructionSet, processor: Machine.processor)
  }
}

/// What a measurement of latencies found, as `sinew bench latency --json` prints it.
public struct LatencyMeasurement: Encodable, Sendable {
  public let threads: Int
  /// One deterministic action for one observation.
  public let action: Latency
  /// One chunk of actions of the diffusion policy, by its ten denoising steps.
  public let diffusion: Latency
  /// One chunk of actions of the flow policy, by its ten steps.
  public let flow: Latency
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
