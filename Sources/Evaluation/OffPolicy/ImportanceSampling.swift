import Foundation

/// What recorded episodes of one policy say of another's value: rewards are weighted by how much likelier the other would
/// have done what was done.
///
/// With ρₜ = π(aₜ|sₜ)/b(aₜ|sₜ) and wₜ = ρ₀⋯ρₜ, over episodes n = 1 … N:
///
/// - per-decision importance sampling: Σₜ γᵗ·(1/N)Σₙ wₜ·rₜ (Precup, Sutton and Singh, ICML 2000), unbiased where b is
///   known;
/// - weighted: Σₜ γᵗ·Σₙ wₜ·rₜ / Σₙ wₜ, biased towards what was recorded, with much less variance;
/// - weighted doubly robust: mean V̂(s₀) + Σₜ γᵗ·Σₙ wₜ(rₜ + γV̂(sₜ₊₁) − Q̂(sₜ, aₜ)) / Σₙ wₜ (Thomas and Brunskill, arXiv
///   1604.00923): a critic's value, and what the recorded rewards say against it.
///
/// After its end by the task an episode goes on without reward and keeps its last weight; what was cut off tells nothing
/// of the steps after, so from then on the others are averaged.
public struct ImportanceSampling: Sendable {
  /// A recorded episode.
  public struct Episode: Sendable {
    /// log ρ of each step, limited already.
    public var logRatios: [Double]
    /// The reward of each step.
    public var rewards: [Double]
    /// Whether the task ended it.
    public var terminated: Bool
    /// Q̂(sₜ, aₜ) of each step; empty without a critic.
    public var actionValues: [Double]
    /// V̂(sₜ) of each step, and of the last observation; empty without a critic.
    public var stateValues: [Double]

    /// An episode; steps are as many in each list, and one state value more.
    public init(
      logRatios: [Double], rewards: [Double], terminated: Bool, actionValues: [Double] = [], stateValues: [Double] = []
    ) {
      (self.logRatios, self.rewards, self.terminated) = (logRatios, rewards, terminated)
      (self.actionValues, self.stateValues) = (actionValues, stateValues)
    }
  }

  private let episodes: [Episode]
  private let discount: Double
  private let steps: Int
  /// log wₜ, step by step, of each episode; −∞ where it was cut off before.
  private let logWeights: [Double]

  /// - Parameters:
  ///   - episodes: at least one.
  ///   - discount: γ.
  public init(_ episodes: [Episode], discount: Double) {
    (self.episodes, self.discount) = (episodes, discount)
    let steps = episodes.map(\.rewards.count).max() ?? 0
    self.steps = steps
    var weights = [Double](repeating: -.infinity, count: steps * episodes.count)
    for (index, episode) in episodes.enumerated() {
      var sum = 0.0
      for step in 0..<steps {
        if step < episode.logRatios.count { sum += episode.logRatios[step] } else if !episode.terminated { break }
        weights[step * episodes.count + index] = sum
      }
    }
    logWeights = weights
  }

  /// The estimates.
  public enum Kind: Sendable { case perDecision, weighted, doublyRobust }

  /// An estimate; NaN where no weight is above 0.
  ///
  /// - Parameters:
  ///   - kind: which; the doubly robust one needs a critic's values.
  ///   - counts: how often each episode counts, for the bootstrap; nil for once.
  public func estimate(_ kind: Kind, counts: [Int]? = nil) -> Double {
    let counts = (counts ?? Array(repeating: 1, count: episodes.count)).map(Double.init)
    var (value, factor) = (0.0, 1.0)
    if kind == .doublyRobust {
      value =
        zip(counts, episodes).reduce(0) { $0 + $1.0 * ($1.1.stateValues.first ?? .nan) } / counts.reduce(0, +)
    }
    for step in 0..<steps {
      let (sums, greatest) = sums(step, counts) { gain(episodes[$0], step, kind) }
      guard sums.present > 0 else { break }
      value += factor * (kind == .perDecision ? exp(greatest) * sums.gains / sums.present : sums.gains / sums.weights)
      factor *= discount
    }
    return value
  }

  /// Sums over the episodes that are there at a step, their weights divided by the greatest.
  private func sums(
    _ step: Int, _ counts: [Double], gain: (Int) -> Double
  ) -> (sums: (gains: Double, weights: Double, squares: Double, present: Double), greatest: Double) {
    let logs = logWeights[step * episodes.count..<(step + 1) * episodes.count]
    let greatest = zip(logs, counts).reduce(-Double.infinity) { $1.1 > 0 ? max($0, $1.0) : $0 }
    var sums = (gains: 0.0, weights: 0.0, squares: 0.0, present: 0.0)
    for (index, log) in logs.enumerated() where counts[index] > 0 && log > -.infinity {
      let weight = exp(log - greatest)
      sums.weights += counts[index] * weight
      sums.squares += counts[index] * weight * weight
      sums.present += counts[index]
      if step < episodes[index].rewards.count { sums.gains += counts[index] * weight * gain(index) }
    }
    return (sums, greatest)
  }

  private func gain(_ episode: Episode, _ step: Int, _ kind: Kind) -> Double {
    guard kind == .doublyRobust else { return episode.rewards[step] }
    let isOver = episode.terminated && step == episode.rewards.count - 1
    let following = isOver ? 0 : discount * episode.stateValues[step + 1]
    return episode.rewards[step] + following - episode.actionValues[step]
  }

  /// (Σw)²/Σw² of each step: as many episodes of equal weight would say as much.
  public var effectiveEpisodes: [Double] {
    let once = [Double](repeating: 1, count: episodes.count)
    return (0..<steps).map { step in
      let sums = sums(step, once) { _ in 0 }.sums
      return sums.squares > 0 ? sums.weights * sums.weights / sums.squares : 0
    }
  }

  /// ``effectiveEpisodes``, steps counting as their rewards do: weighted by γᵗ.
  public var effectiveSize: Double {
    var (sum, weights, factor) = (0.0, 0.0, 1.0)
    for size in effectiveEpisodes {
      (sum, weights) = (sum + factor * size, weights + factor)
      factor *= discount
    }
    return weights > 0 ? sum / weights : 0
  }
}
