import Foundation
import SinewTensor

/// Acting noise that stays the same for several steps: the number of them is drawn from 1 to `most` with probabilities
/// proportional to n^−exponent, for all environments together (FlashSAC, arXiv 2604.04539).
public final class RepeatedNoise: Stateful {
  private var generator: RandomGenerator
  private var noise: [Float] = []
  /// Steps for which the noise still stands.
  private var remaining = 0
  /// Σ over m ≤ n of the probabilities of m steps.
  private let cumulative: [Double]

  /// Noise from `generator` that stands for 1 to `most` steps.
  public init(most: Int, exponent: Double, generator: RandomGenerator) {
    self.generator = generator
    let weights = (1...max(most, 1)).map { pow(Double($0), -exponent) }
    let total = weights.reduce(0, +)
    var sum = 0.0
    cumulative = weights.map {
      sum += $0 / total
      return sum
    }
  }

  /// `count` standard normal numbers, the same as in the step before while they stand.
  func next(_ count: Int) -> [Float] {
    if remaining == 0 || noise.count != count {
      let draw = generator.uniform()
      remaining = (cumulative.firstIndex { draw < $0 } ?? cumulative.count - 1) + 1
      noise = (0..<count).map { _ in Float(generator.normal()) }
    }
    remaining -= 1
    return noise
  }

  func restart(seed: UInt64) {
    generator = RandomGenerator(seed: seed).split("exploration")
    (noise, remaining) = ([], 0)
  }

  public func saveState(to state: inout StateDictionary, prefix: String) {
    state.set(prefix + "generator", generator: generator)
    state[floats: prefix + "noise"] = noise
    state[words: prefix + "remaining"] = [UInt64(remaining)]
  }

  public func loadState(from state: StateDictionary, prefix: String) throws {
    generator = try state.generator(prefix + "generator")
    noise = try state.floats(prefix + "noise", count: state[floats: prefix + "noise"]?.count ?? 0)
    remaining = try state.count(prefix + "remaining")
  }
}

/// A Gaussian policy that explores with ``RepeatedNoise``: mean and deviation follow each observation, the noise
/// stands.
public final class RepeatedNoisePolicy: Policy {
  private let base: GaussianPolicy
  private let noise: RepeatedNoise
  private let acting = RecordedRows()

  public var observationSize: Int { base.observationSize }
  public var actionSize: Int { base.actionSize }

  /// `base` with other noise; both stay shared with the learner.
  public init(_ base: GaussianPolicy, _ noise: RepeatedNoise) { (self.base, self.noise) = (base, noise) }

  public func restartExploration(seed: UInt64) { noise.restart(seed: seed) }

  public func act(observations: Span<Float>, count: Int, deterministic: Bool, actions: inout MutableSpan<Float>) {
    guard !deterministic else {
      return base.act(observations: observations, count: count, deterministic: true, actions: &actions)
    }
    let draws = noise.next(count * actionSize)
    var pairs: [Float] = []
    for row in 0..<count {
      for index in 0..<observationSize { pairs.append(observations[row * observationSize + index]) }
      pairs += draws[(row * actionSize)..<((row + 1) * actionSize)]
    }
    base.act(acting, pairs: pairs.span, count: count, actions: &actions)
  }

  public func saveParameters(to state: inout StateDictionary, prefix: String) {
    base.saveParameters(to: &state, prefix: prefix)
  }

  public func loadParameters(from state: StateDictionary, prefix: String) throws {
    try base.loadParameters(from: state, prefix: prefix)
  }
}
