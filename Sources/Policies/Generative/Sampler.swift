import SinewTensor

/// How chunks are made from noise: along a falling grid of noise levels, by one formula for DDPM, DDIM and Euler's
/// method.
///
/// From level (α, σ) to the next (α′, σ′), with the clean chunk x̂₀ that the policy sees in x and the noise ε̂ = (x −
/// α·x̂₀)/σ:
///
///     s² = η²·σ′²·(1 − α²σ′²/(α′²σ²))
///     x′ = α′·x̂₀ + √(σ′² − s²)·ε̂ + s·z
///
/// On diffusion's path η = 1 is the posterior of Ho et al. (DDPM, arXiv 2006.11239) and η = 0 is DDIM (Song et al.,
/// arXiv 2010.02502, equation 12). On the straight path η = 0 is Euler's step x′ = x + (t′ − t)·u. With `clips`, x̂₀ is
/// limited to ±1 first, where every action is.
public struct Sampler: Sendable, Equatable {
  /// From the most noise to none.
  public let levels: [NoiseLevel]
  /// η: 0 draws nothing after the first noise.
  public let stochasticity: Double
  /// Whether every x̂₀ is limited to ±1; the finished chunk always is.
  public let clips: Bool

  /// A sampler over a grid of levels.
  public init(levels: [NoiseLevel], stochasticity: Double = 0, clips: Bool) {
    precondition(levels.count >= 2 && levels.last?.noise == 0, "a grid of levels ends without noise")
    (self.levels, self.stochasticity, self.clips) = (levels, stochasticity, clips)
  }

  /// Every level of a schedule, with fresh noise in between.
  public static func ddpm(_ schedule: NoiseSchedule) -> Sampler {
    let levels = (0..<schedule.count).reversed().map(schedule.level)
    return Sampler(levels: levels + [.clean], stochasticity: 1, clips: true)
  }

  /// `steps` levels of a schedule, evenly spaced from its last, without fresh noise.
  public static func ddim(_ schedule: NoiseSchedule, steps: Int) -> Sampler {
    precondition((1...schedule.count).contains(steps), "\(steps) of \(schedule.count) steps")
    let chosen = (0..<steps).map { index in
      (Double(schedule.count * (steps - index)) / Double(steps)).rounded()
    }
    return Sampler(levels: chosen.map { schedule.level(Int($0) - 1) } + [.clean], clips: true)
  }

  /// Euler's method along the straight path in `steps` equal steps.
  public static func euler(steps: Int) -> Sampler {
    precondition(steps >= 1, "at least one step")
    return Sampler(levels: (0...steps).map { .straight(time: Double($0) / Double(steps)) }, clips: false)
  }

  /// How often a policy is asked for one chunk.
  public var steps: Int { levels.count - 1 }

  /// Chunks within ±1: [rows, numbers].
  ///
  /// Each row's noise lies together in the stream, so that rows sampled in one batch are those sampled one after
  /// another.
  public func callAsFunction(_ denoiser: Denoiser, rows: Int, numbers: Int, from stream: RandomStream) -> Tensor {
    let draws = stochasticity == 0 ? 1 : steps
    // The stream gives four numbers at a time.
    let padded = (draws * numbers + 3) / 4 * 4
    let noise = stream.normal([rows, padded])
    func draw(_ index: Int) -> Tensor { noise.slice(index * numbers..<(index + 1) * numbers, axis: 1) }

    var x = draw(0)
    if levels[0].noise != 1 { x = Float(levels[0].noise) * x }
    for index in 0..<steps {
      let (level, next) = (levels[index], levels[index + 1])
      let step = Step(from: level, to: next, stochasticity: stochasticity)
      var clean = denoiser(x, at: level, as: .sample)
      if clips { clean = clean.clamped(to: -1...1) }
      x = next.noise == 0 ? clean : step.onClean * clean + step.onNoisy * x
      if step.deviation > 0 { x = x + step.deviation * draw(index + 1) }
    }
    return x.clamped(to: -1...1)
  }

  /// The factors of x̂₀, x and z in one step.
  private struct Step {
    let onClean, onNoisy, deviation: Float

    init(from level: NoiseLevel, to next: NoiseLevel, stochasticity: Double) {
      let noiseRatio = next.noise / level.noise
      let signalRatio = next.signal > 0 ? level.signal / next.signal : 0
      let variance =
        stochasticity * stochasticity * next.noise * next.noise
        * (1 - signalRatio * signalRatio * noiseRatio * noiseRatio)
      let direction = max(next.noise * next.noise - variance, 0).squareRoot() / level.noise
      onClean = Float(next.signal - level.signal * direction)
      onNoisy = Float(direction)
      deviation = Float(max(variance, 0).squareRoot())
    }
  }
}
