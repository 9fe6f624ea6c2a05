import Foundation
import SinewTensor
import Testing

@testable import SinewPolicies

/// Predictions, levels and schedules.
@Suite struct PredictionTests {
  private let levels: [NoiseLevel] = [
    .variancePreserving(0.9), .variancePreserving(0.02), .straight(time: 0.3), NoiseLevel(signal: 2, noise: 0.7),
  ]

  @Test(arguments: Prediction.allCases, Prediction.allCases)
  func convertExactly(_ source: Prediction, _ target: Prediction) {
    for level in levels {
      let (clean, noise) = (0.37, -1.21)
      let noisy = level.signal * clean + level.noise * noise
      func value(_ prediction: Prediction) -> Double {
        let factors = prediction.factors(at: level)
        return factors.sample * clean + factors.noise * noise
      }
      let found = PredictionConversion(from: source, to: target, at: level)(value(source), noisy: noisy)
      #expect(abs(found - value(target)) < 1e-12 * max(1, abs(value(target))))
    }
  }

  /// The formulas of the papers, written out.
  @Test func meanWhatPapersSay() {
    let level = NoiseLevel.variancePreserving(0.64)
    let (alpha, sigma) = (0.8, 0.6)
    let (clean, noise) = (0.5, -0.25)
    let noisy = alpha * clean + sigma * noise
    #expect(abs(level.signal - alpha) < 1e-15 && abs(level.noise - sigma) < 1e-15)
    func from(_ source: Prediction, _ value: Double, to target: Prediction) -> Double {
      PredictionConversion(from: source, to: target, at: level)(value, noisy: noisy)
    }
    let velocity = alpha * noise - sigma * clean
    #expect(abs(from(.velocity, velocity, to: .sample) - (alpha * noisy - sigma * velocity)) < 1e-14)
    #expect(abs(from(.velocity, velocity, to: .epsilon) - (sigma * noisy + alpha * velocity)) < 1e-14)
    #expect(abs(from(.epsilon, noise, to: .score) + noise / sigma) < 1e-14)
    #expect(abs(from(.sample, clean, to: .epsilon) - (noisy - alpha * clean) / sigma) < 1e-14)
    // On the straight path: x̂₀ = x + (1 − t)·u, ε̂ = x − t·u.
    let straight = NoiseLevel.straight(time: 0.3)
    let (point, direction) = (0.3 * clean + 0.7 * noise, clean - noise)
    let toClean = PredictionConversion(from: .flowVelocity, to: .sample, at: straight)
    let toNoise = PredictionConversion(from: .flowVelocity, to: .epsilon, at: straight)
    #expect(abs(toClean(direction, noisy: point) - (point + 0.7 * direction)) < 1e-14)
    #expect(abs(toNoise(direction, noisy: point) - (point - 0.3 * direction)) < 1e-14)
  }

  @Test func pathsAreEachOtherScaled() {
    let level = NoiseLevel.variancePreserving(0.3)
    #expect(abs(level.straight.signal + level.straight.noise - 1) < 1e-15)
    #expect(abs(level.straight.signal - level.straightTime) < 1e-15)
    #expect(abs(level.straight.logSignalToNoise - level.logSignalToNoise) < 1e-14)
    #expect(abs(level.straight.variancePreserving.signal - level.signal) < 1e-15)
  }

  /// Nichol and Dhariwal's closed form wherever β is below its limit, and Diffusion-QL's.
  @Test func schedulesAreThePapers() {
    let cosine = NoiseSchedule(.cosine, steps: 100)
    func remaining(_ u: Double) -> Double { pow(cos((u + 0.008) / 1.008 * .pi / 2), 2) }
    for step in [0, 13, 50, 98] {
      let expected = remaining(Double(step + 1) / 100) / remaining(0)
      #expect(abs(cosine.cumulativeSignals[step] - expected) < 1e-12)
    }
    #expect(cosine.cumulativeSignals[99] > 0 && cosine.cumulativeSignals[99] < 1e-5)
    let exponential = NoiseSchedule(.exponential, steps: 5)
    // Σ (2k − 1) = T²: ᾱ_T = exp(−b₀ − ½(b₁ − b₀)).
    #expect(abs(exponential.cumulativeSignals[4] - exp(-0.1 - 4.95)) < 1e-15)
  }

  @Test func levelsFindTheirStep() {
    let schedule = NoiseSchedule(steps: 100)
    for step in 0..<100 {
      #expect(schedule.position(of: schedule.level(step)) == Double(step))
      #expect(schedule.position(of: schedule.level(step).straight) == Double(step))
    }
    let between = schedule.position(of: .variancePreserving(0.5))
    #expect(schedule.cumulativeSignals[Int(between)] > 0.5 && schedule.cumulativeSignals[Int(between) + 1] < 0.5)
    #expect(schedule.position(of: .straight(time: 0)) == 99)
    #expect(schedule.position(of: .straight(time: 0.9999)) == 0)
  }
}

/// Samplers on a distribution whose denoiser is known.
@Suite struct SamplerTests {
  /// E[x₀ | x] for x₀ ~ N(mean, deviation²): linear in x.
  private func gaussian(mean: Double, deviation: Double) -> Denoiser {
    Denoiser { noisy, level, wanted in
      let variance = level.signal * level.signal * deviation * deviation + level.noise * level.noise
      let gain = level.signal * deviation * deviation / variance
      let clean = Float(gain) * noisy + Float(mean - gain * level.signal * mean)
      return PredictionConversion(from: .sample, to: wanted, at: level)(clean, noisy: noisy)
    }
  }

  @Test(arguments: ["ddpm", "ddim", "euler"])
  func reachTheDistribution(_ name: String) {
    let sampler: Sampler =
      switch name {
      // DDPM's variance is exact in the limit of small steps.
      case "ddpm": .ddpm(NoiseSchedule(steps: 1000))
      case "ddim": .ddim(NoiseSchedule(steps: 100), steps: 100)
      default: .euler(steps: 100)
      }
    let stream = RandomStream(RandomGenerator(seed: 3))
    let samples = sampler(gaussian(mean: 0.2, deviation: 0.15), rows: 4000, numbers: 1, from: stream).floats
    let mean = samples.reduce(0, +) / 4000
    let deviation = (samples.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4000).squareRoot()
    // Four standard errors of mean and deviation, and 2 % for the last step, which gives the mean of what is left.
    #expect(abs(mean - 0.2) < 4 * 0.15 / Float(4000).squareRoot())
    #expect(abs(deviation - 0.15) < 4 * 0.15 / Float(8000).squareRoot() + 0.003)
  }

  /// Euler's method as it is written: x ← x + u/M.
  @Test func eulerIsEulersMethod() {
    let denoiser = gaussian(mean: -0.1, deviation: 0.3)
    let found = Sampler.euler(steps: 7)(
      denoiser, rows: 1, numbers: 4, from: RandomStream(RandomGenerator(seed: 5))
    ).floats
    var x = RandomStream(RandomGenerator(seed: 5)).normal([1, 4])
    for step in 0..<7 {
      x = x + denoiser(x, at: .straight(time: Double(step) / 7), as: .flowVelocity) / 7
    }
    #expect(zip(found, x.floats).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test func gridsEndWithoutNoise() {
    let schedule = NoiseSchedule(steps: 100)
    let ddim = Sampler.ddim(schedule, steps: 10)
    #expect(ddim.levels.dropLast() == [99, 89, 79, 69, 59, 49, 39, 29, 19, 9].map(schedule.level)[...])
    #expect(ddim.levels.last == .clean && ddim.steps == 10)
    #expect(Sampler.ddim(schedule, steps: 7).steps == 7)
    #expect(Sampler.ddpm(schedule).steps == 100)
  }
}
