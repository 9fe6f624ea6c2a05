import Foundation
import SinewPolicies
import SinewTensor

/// How far a critic's predictions are from what follows: predicted minus Monte-Carlo value, at pairs of observation and
/// action that the policy visits.
///
/// As in Duan et al., arXiv 2310.05858, section 5, and Fujimoto et al., arXiv 1802.09477, section 4.
public struct ValueBias: Sendable {
  /// A pair that was visited.
  public struct Sample: Sendable, Equatable {
    /// The episode, from 0.
    public var episode: Int
    /// Steps of the episode before it.
    public var step: Int
    /// The mean of the critic's estimates, and the smallest.
    public var mean, smallest: Double
    /// The discounted sum that followed, averaged over rollouts.
    public var followed: Double

    /// A pair with these values, in the critic's units.
    public init(episode: Int, step: Int, mean: Double, smallest: Double, followed: Double) {
      (self.episode, self.step, self.mean, self.smallest) = (episode, step, mean, smallest)
      self.followed = followed
    }
  }

  /// The pairs, episode by episode.
  public let samples: [Sample]
  /// Steps after which a sum is taken as whole: what is left counts less than a hundredth.
  public let horizon: Int
  /// Rollouts that each sum is averaged over.
  public let rollouts: Int

  /// Predictions of which estimate.
  public enum Estimate: String, Sendable, CaseIterable {
    /// The mean of the critics, as the literature reports it.
    case mean
    /// The smallest, which learners use in their targets.
    case smallest
  }

  init(samples: [Sample], horizon: Int, rollouts: Int) {
    (self.samples, self.horizon, self.rollouts) = (samples, horizon, rollouts)
  }

  private func errors(_ estimate: Estimate) -> [Double] {
    samples.map { (estimate == .mean ? $0.mean : $0.smallest) - $0.followed }
  }

  /// What the errors come to.
  public struct Summary: Sendable, Encodable, Equatable {
    /// Mean of predicted minus followed.
    public var bias: Double
    /// Its 95 % interval: a bootstrap over whole episodes, since pairs of one episode are alike.
    public var interval: [Double]
    /// Standard deviation of the errors.
    public var spread: Double
    /// The bias over the mean absolute value of what followed.
    public var normalised: Double
    /// Pearson's correlation of predicted and followed; nil where one of them does not vary.
    public var correlation: Double?
    /// Mean of what followed.
    public var followed: Double
  }

  /// What the errors of an estimate come to.
  public func summary(_ estimate: Estimate) -> Summary {
    let errors = errors(estimate)
    let followed = samples.map(\.followed)
    let size = Statistics.mean(followed.map(abs))
    let bias = Statistics.mean(errors)
    let interval = interval(errors)
    return Summary(
      bias: bias, interval: [interval.lowerBound, interval.upperBound],
      spread: Statistics.standardDeviation(errors), normalised: size > 0 ? bias / size : 0,
      correlation: correlation(zip(errors, followed).map(+), followed), followed: Statistics.mean(followed))
  }

  private func interval(_ errors: [Double]) -> ClosedRange<Double> {
    var episodes: [Int: (sum: Double, count: Double)] = [:]
    for (sample, error) in zip(samples, errors) {
      let sofar = episodes[sample.episode] ?? (0, 0)
      episodes[sample.episode] = (sofar.sum + error, sofar.count + 1)
    }
    let clusters = episodes.sorted { $0.key < $1.key }.map(\.value)
    return Statistics.bootstrapInterval(
      strata: [clusters.indices.map(Double.init)], generator: RandomGenerator(seed: 0).split("bias")
    ) { drawn in
      let drawn = drawn.map { clusters[Int($0)] }
      return drawn.reduce(0) { $0 + $1.sum } / drawn.reduce(0) { $0 + $1.count }
    }
  }

  /// The bias of the mean estimate by the time in the episode: middle of each stretch of equal length, steps, and the
  /// mean error in it.
  public func byTime(_ estimate: Estimate, stretches: Int = 20) -> [(step: Double, bias: Double)] {
    let last = samples.map(\.step).max() ?? 0
    let width = max(1, Double(last + 1) / Double(stretches))
    let sorted = Dictionary(grouping: zip(samples, errors(estimate))) { Int(Double($0.0.step) / width) }
    return sorted.sorted { $0.key < $1.key }.map { stretch, pairs in
      ((Double(stretch) + 0.5) * width, Statistics.mean(pairs.map(\.1)))
    }
  }
}

/// Pearson's correlation; nil where a side does not vary.
private func correlation(_ first: [Double], _ second: [Double]) -> Double? {
  let (a, b) = (Statistics.mean(first), Statistics.mean(second))
  let product = zip(first, second).reduce(0) { $0 + ($1.0 - a) * ($1.1 - b) } / Double(max(first.count, 1))
  let deviation = Statistics.standardDeviation(first) * Statistics.standardDeviation(second)
  return deviation > 1e-12 * (abs(a * b) + 1e-300) ? product / deviation : nil
}
