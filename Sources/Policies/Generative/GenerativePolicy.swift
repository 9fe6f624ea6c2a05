import SinewTensor

/// A policy that samples chunks of actions from histories of observations.
public protocol ChunkPolicy: Policy {
  /// How far it looks back, plans ahead, and acts before it plans again.
  var horizons: ChunkHorizons { get set }

  /// Samples one chunk for each history; rows with the same history get different chunks.
  ///
  /// - Parameters:
  ///   - histories: count × (observation horizon · observationSize), oldest observation first.
  ///   - count: how many.
  ///   - chunks: receives count × (prediction horizon · actionSize) numbers in [−1, 1].
  func sampleChunks(histories: Span<Float>, count: Int, chunks: inout MutableSpan<Float>)
}

/// A policy that makes its chunks from noise: diffusion, flow matching, and what is composed of them.
///
/// Whatever acts at test time asks ``denoiser(given:)``; acting, receding horizon, history and seeding come with it.
/// `deterministic` makes no difference: the mode of such a policy is not known, so evaluation samples too, from the
/// episode's seed.
public protocol GenerativePolicy: ChunkPolicy {
  /// How chunks are made from noise.
  var sampler: Sampler { get }
  /// From a chunk's numbers to actions: policies that are to be composed need the same one.
  var actionNormalisation: ActionNormalisation { get }
  /// History, plan, noise and recorded computations.
  var sampling: ChunkSampling { get }

  /// The policy's view of noisy chunks for observed histories.
  ///
  /// - Parameter history: [rows, observation horizon · observations], raw, oldest first.
  func denoiser(given history: Tensor) -> Denoiser
}

extension GenerativePolicy {
  public var horizons: ChunkHorizons {
    get { sampling.horizons }
    set { sampling.horizons = newValue }
  }

  public func beginEpisode(seed: UInt64) { sampling.beginEpisode(seed: seed) }

  public func act(observations: Span<Float>, count: Int, deterministic: Bool, actions: inout MutableSpan<Float>) {
    sampling.act(observations: observations, count: count, actions: &actions) { histories, chunks in
      sampleChunks(histories: histories, count: count, chunks: &chunks)
    }
  }

  public func sampleChunks(histories: Span<Float>, count: Int, chunks: inout MutableSpan<Float>) {
    sampling.run(histories, rows: count, into: &chunks) { history in
      let sample = sampler(
        denoiser(given: history), rows: count, numbers: horizons.prediction * actionSize, from: sampling.stream)
      return actionNormalisation.actions(sample, steps: horizons.prediction)
    }
  }
}
