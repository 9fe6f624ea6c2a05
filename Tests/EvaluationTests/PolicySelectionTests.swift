import Foundation
import SinewSettings
import SinewTensor
import Testing

@testable import SinewEvaluation

@Suite struct PolicySelectionTests {
  /// Without spread, each is known after one pull: the expected best of k drawn without replacement from 1, 2, 3, 4 is
  /// 5k/(k + 1).
  @Test func withoutSpreadItIsTheBestOfThosePulled() throws {
    let selection = try PolicySelection(
      returns: [[1], [2], [3], [4]], pulls: 6, orders: 20_000, generator: RandomGenerator(seed: 1))
    for rule in PolicySelection.Rule.allCases {
      let curve = try #require(selection.curves[rule])
      for (index, expected) in [2.5, 10.0 / 3, 3.75, 4, 4, 4].enumerated() {
        #expect(abs(curve[index].score - expected) < 0.03, "\(rule) \(index + 1): \(curve[index].score)")
        #expect(curve[index].pulls == index + 1)
      }
      #expect(curve[3].isBest == 1 && curve[3].range95 == [4, 4])
      #expect(abs(curve[0].isBest - 0.25) < 0.02 && curve[0].range95 == [1, 4])
    }
    #expect(selection.unaided == 2.5 && selection.chosen == [0, 0, 0, 1])
  }

  /// Two policies of 0 or 1, of which one has 1 more often: each in turn, the share of orders that find it after 2n pulls
  /// follows from the binomial distribution. UCB1 finds it at least as often among ten of which nine are bad.
  @Test func spreadIsFollowedAsTheBinomialSays() throws {
    func outcomes(_ successes: Int) -> [Double] { (0..<10).map { $0 < successes ? 1 : 0 } }
    let (good, bad) = (outcomes(8), outcomes(5))
    let pair = try PolicySelection(
      returns: [bad, good], pulls: 20, orders: 20_000, generator: RandomGenerator(seed: 2))
    func binomial(_ k: Int, _ p: Double) -> Double {
      var ways = 1.0
      for index in 0..<k { ways *= Double(10 - index) / Double(index + 1) }
      return ways * pow(p, Double(k)) * pow(1 - p, Double(10 - k))
    }
    var better = 0.0
    for mine in 0...10 {
      for other in 0...10 {
        let share: Double = mine > other ? 1 : mine == other ? 0.5 : 0
        better += share * binomial(mine, 0.8) * binomial(other, 0.5)
      }
    }
    #expect(abs(try #require(pair.curves[.turns])[19].isBest - better) < 0.01)
    let many = try PolicySelection(
      returns: [good] + Array(repeating: outcomes(1), count: 9), pulls: 60, orders: 4_000,
      generator: RandomGenerator(seed: 3))
    #expect(try #require(many.curves[.ucb])[59].isBest > (try #require(many.curves[.turns])[59].isBest))
    #expect(many.chosen[0] > 0.98)
  }

  @Test func whatIsNoChoiceIsRefused() {
    #expect(throws: UsageError.self) { try PolicySelection(returns: [], pulls: 1, generator: RandomGenerator(seed: 0)) }
    #expect(throws: UsageError.self) {
      try PolicySelection(returns: [[1], []], pulls: 1, generator: RandomGenerator(seed: 0))
    }
    #expect(throws: UsageError.self) {
      try PolicySelection(returns: [[.nan]], pulls: 1, generator: RandomGenerator(seed: 0))
    }
  }
}
