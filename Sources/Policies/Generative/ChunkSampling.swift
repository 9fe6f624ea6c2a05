import SinewTensor

/// What every policy that acts by sampled chunks has: memory of observations and plan, a seeded stream of noise, and
/// one recorded computation for each number of rows.
public final class ChunkSampling {
  /// The noise of the samples.
  public let stream: RandomStream
  /// Numbers in a history and in a chunk.
  private let historySize, chunkSize: Int
  private var memory: RecedingHorizon
  private var chunks: [Float] = []
  private var sampling = RecordedRows()

  /// - Parameters:
  ///   - horizons: how far the policy looks and plans.
  ///   - observationSize: numbers in an observation.
  ///   - actionSize: numbers in an action.
  ///   - generator: where the noise starts before the first episode.
  public init(_ horizons: ChunkHorizons, observationSize: Int, actionSize: Int, generator: RandomGenerator) {
    memory = RecedingHorizon(horizons, observationSize: observationSize, actionSize: actionSize)
    historySize = horizons.observation * observationSize
    chunkSize = horizons.prediction * actionSize
    stream = RandomStream(generator)
  }

  /// How far the policy looks and plans; only the number of actions carried out may be changed.
  public var horizons: ChunkHorizons {
    get { memory.horizons }
    set {
      precondition(
        newValue.observation == horizons.observation && newValue.prediction == horizons.prediction,
        "history and chunk are the network's")
      memory.reset(newValue)
    }
  }

  /// Forgets history and plan, and restarts the noise.
  public func beginEpisode(seed: UInt64) {
    memory.reset()
    stream.generator = RandomGenerator(seed: seed).split("sampling")
  }

  /// Forgets the recorded computations: what they depend on has changed.
  public func forgetRecordings() { sampling = RecordedRows() }

  /// The next action of each row's plan.
  ///
  /// - Parameters:
  ///   - observations: count × observationSize.
  ///   - count: rows.
  ///   - actions: receives count × actionSize numbers.
  ///   - sample: makes chunks of histories, where the plans are used up.
  public func act(
    observations: Span<Float>, count: Int, actions: inout MutableSpan<Float>,
    _ sample: (_ histories: Span<Float>, _ chunks: inout MutableSpan<Float>) -> Void
  ) {
    memory.observe(observations, count: count)
    if memory.needsPlan {
      if chunks.count != count * chunkSize { chunks = Array(repeating: 0, count: count * chunkSize) }
      var span = chunks.mutableSpan
      sample(memory.histories.span, &span)
      memory.adopt(chunks.span)
    }
    memory.takeActions(&actions)
  }

  /// Copies histories in, runs the computation, copies its chunks out.
  func run(
    _ histories: Span<Float>, rows: Int, into chunks: inout MutableSpan<Float>, _ body: (_ history: Tensor) -> Tensor
  ) {
    sampling.run(histories, rows: rows, columns: historySize, variant: 0, into: &chunks, body)
  }
}
