import Foundation
import SinewSettings
import SinewTensor

/// What choosing the best of several trained policies costs in episodes: a bandit pulls policies, each pull is an episode,
/// and after each the policy with the greatest mean so far is the best found.
///
/// Papers tune on the environment without saying how often they asked it; the score of the best found over the number of
/// pulls says what a method is worth to somebody with that many episodes (Jackson et al., "A Clean Slate for Offline
/// Reinforcement Learning", arXiv 2504.11453). Policies are pulled by UCB1 (Auer, Cesa-Bianchi and Fischer, Machine
/// Learning 47, 2002), and beside it each in turn. Orders are drawn from the episodes that were run, with replacement.
public struct PolicySelection: Sendable {
  /// A way to say who is pulled next.
  public enum Rule: String, CaseIterable, Sendable, Codable {
    /// The greatest mean + √(2 ln t/n), returns scaled to [0, 1] by their range over all policies.
    case ucb
    /// Each in turn.
    case turns
  }

  /// The score of the best found after so many pulls.
  public struct Point: Sendable, Codable, Equatable {
    /// Pulls made, from 1.
    public var pulls: Int
    /// Mean over orders of the mean return of the policy that is the best so far.
    public var score: Double
    /// What 95 % of orders have.
    public var range95: [Double]
    /// The share of orders in which it is the truly best.
    public var isBest: Double
  }

  /// The mean return of each policy, over all its episodes.
  public let means: [Double]
  /// By rule, one point for each number of pulls.
  public private(set) var curves: [Rule: [Point]] = [:]
  /// The share of orders that end with each policy, pulled by UCB1.
  public private(set) var chosen: [Double] = []
  /// What policies are pulled with before their order is drawn: the mean of their means, a choice without a pull.
  public var unaided: Double { Statistics.mean(means) }

  /// Follows orders.
  ///
  /// - Parameters:
  ///   - returns: of each policy's episodes.
  ///   - pulls: of each order, 1 or more.
  ///   - orders: how many, 1 or more.
  ///   - generator: the same gives the same.
  /// Throws `UsageError` where there are no policies, a policy has no episode, or a return is not finite.
  public init(returns: [[Double]], pulls: Int, orders: Int = 1000, generator: RandomGenerator) throws {
    guard !returns.isEmpty, returns.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isFinite) }) else {
      throw UsageError("a choice needs policies, and episodes of each with finite returns")
    }
    let means = returns.map(Statistics.mean)
    self.means = means
    let all = returns.flatMap { $0 }
    let low = all.min() ?? 0
    let span = max((all.max() ?? 0) - low, .leastNormalMagnitude)
    let best = means.max() ?? 0
    for rule in Rule.allCases {
      var generator = generator.split(rule.rawValue)
      var scores = [[Double]](repeating: [], count: pulls)
      var ends = [Int](repeating: 0, count: returns.count)
      for _ in 0..<orders {
        var order = Order(returns, low: low, span: span, using: &generator)
        for pull in 0..<pulls { scores[pull].append(means[order.pull(rule, using: &generator)]) }
        ends[order.bestFound] += 1
      }
      curves[rule] = scores.enumerated().map { index, scores in
        let range = Statistics.percentileInterval(scores, confidence: 0.95)
        return Point(
          pulls: index + 1, score: Statistics.mean(scores), range95: [range.lowerBound, range.upperBound],
          isBest: Double(scores.count { $0 == best }) / Double(orders))
      }
      if rule == .ucb { chosen = ends.map { Double($0) / Double(orders) } }
    }
  }
}

/// One order of pulls.
private struct Order {
  private let returns: [[Double]]
  private let low, span: Double
  private var sums: [Double]
  private var counts: [Int]
  private var pulls = 0
  /// Whom everybody is pulled after at first, so that no place in the list is an advantage.
  private var turn: [Int]

  init(_ returns: [[Double]], low: Double, span: Double, using generator: inout RandomGenerator) {
    (self.returns, self.low, self.span) = (returns, low, span)
    sums = Array(repeating: 0, count: returns.count)
    counts = Array(repeating: 0, count: returns.count)
    turn = Array(returns.indices)
    for place in turn.indices { turn.swapAt(place, place + generator.index(below: turn.count - place)) }
  }

  /// The policy with the greatest mean, of those that were pulled; the earlier pulled of equal ones.
  var bestFound: Int {
    turn.filter { counts[$0] > 0 }.reduce(nil as Int?) { best, policy in
      guard let best else { return policy }
      return mean(policy) > mean(best) ? policy : best
    } ?? turn[0]
  }

  private func mean(_ policy: Int) -> Double { sums[policy] / Double(counts[policy]) }

  /// Pulls once and gives the best found.
  mutating func pull(_ rule: PolicySelection.Rule, using generator: inout RandomGenerator) -> Int {
    let policy = pulls < turn.count || rule == .turns ? turn[pulls % turn.count] : mostPromising
    let episode = returns[policy][generator.index(below: returns[policy].count)]
    sums[policy] += (episode - low) / span
    counts[policy] += 1
    pulls += 1
    return bestFound
  }

  private var mostPromising: Int {
    let bounds = turn.map { policy in
      (policy, mean(policy) + (2 * log(Double(pulls)) / Double(counts[policy])).squareRoot())
    }
    return bounds.max { $0.1 < $1.1 }?.0 ?? turn[0]
  }
}
