import Foundation
import SinewPolicies
import SinewSettings
import Testing

@testable import SinewEvaluation

/// What NumPy and SciPy computed (`Fixtures/make_off_policy.py`), and what follows from the definitions.
@Suite struct ImportanceSamplingTests {
  struct File: Decodable {
    struct Estimates: Decodable {
      let perDecision, weighted, doublyRobust: Double
    }
    struct Episodes: Decodable {
      let discount: Double
      let lengths: [Int]
      let terminated: [Bool]
      let logRatios, rewards, actionValues, stateValues: [[Double]]
      let once, resampled: Estimates
      let counts: [Int]
      let effective: [Double]
    }
    struct Density: Decodable {
      let squashed: Bool
      let action, mean, deviation, expected: Double
    }
    struct Ranks: Decodable {
      let first, second: [Double]
      let expected: Double
    }
    let episodes: [Episodes]
    let densities: [Density]
    let ranks: [Ranks]
  }

  static func file() throws -> File {
    let url = try #require(Bundle.module.url(forResource: "Fixtures/off_policy", withExtension: "json"))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(File.self, from: Data(contentsOf: url))
  }

  @Test func estimatesAreNumPys() throws {
    for item in try Self.file().episodes {
      let episodes = item.lengths.indices.map { index in
        let steps = item.lengths[index]
        return ImportanceSampling.Episode(
          logRatios: Array(item.logRatios[index].prefix(steps)), rewards: Array(item.rewards[index].prefix(steps)),
          terminated: item.terminated[index], actionValues: Array(item.actionValues[index].prefix(steps)),
          stateValues: Array(item.stateValues[index].prefix(steps + 1)))
      }
      let sampling = ImportanceSampling(episodes, discount: item.discount)
      for (counts, expected) in [(nil, item.once), (item.counts, item.resampled)] {
        for (kind, value) in [
          (ImportanceSampling.Kind.perDecision, expected.perDecision), (.weighted, expected.weighted),
          (.doublyRobust, expected.doublyRobust),
        ] {
          #expect(abs(sampling.estimate(kind, counts: counts) - value) < 1e-9, "\(kind)")
        }
      }
      let effective = sampling.effectiveEpisodes
      // Where every episode was cut off nothing is left.
      #expect(effective.count == item.lengths.max())
      for (own, other) in zip(effective, item.effective) { #expect(abs(own - other) < 1e-9) }
    }
  }

  @Test func densitiesAreSciPys() throws {
    for item in try Self.file().densities {
      let own = actionLogProbability(
        item.action, mean: item.mean, deviation: item.deviation, isSquashed: item.squashed)
      // Tails beyond what a number can hold are cut off.
      let expected = max(item.expected, log(.leastNormalMagnitude))
      #expect(abs(own - expected) < 1e-9 * max(1, abs(expected)), "\(item)")
    }
  }

  /// Density between the bounds and the probabilities of being at them are 1 together.
  @Test(arguments: [true, false]) func densitiesSumToOne(isSquashed: Bool) {
    for (mean, deviation) in [(0.0, 0.3), (0.9, 0.2), (-0.4, 1.5)] {
      func probability(_ action: Double) -> Double {
        exp(actionLogProbability(action, mean: mean, deviation: deviation, isSquashed: isSquashed))
      }
      let cells = 100_000
      let width = 2 * actionBound / Double(cells)
      let inside = (0..<cells).reduce(0.0) { $0 + probability(-actionBound + (Double($1) + 0.5) * width) * width }
      #expect(abs(inside + probability(-1) + probability(1) - 1) < 1e-5)
    }
  }

  /// The policy that recorded the data is worth what was recorded, and every episode says as much.
  @Test func withoutADifferenceItIsTheMean() {
    let episodes = [[1.0, 2.0], [3.0, 5.0]].map {
      ImportanceSampling.Episode(logRatios: [0, 0], rewards: $0, terminated: true)
    }
    let sampling = ImportanceSampling(episodes, discount: 0.5)
    #expect(sampling.estimate(.perDecision) == 2 + 0.5 * 3.5)
    #expect(sampling.estimate(.weighted) == 2 + 0.5 * 3.5)
    #expect(sampling.effectiveSize == 2)
  }

  /// Weights beyond what a number can hold are still compared with each other.
  @Test func greatWeightsDoNotOverflow() {
    let episodes = [2000.0, 1999].map {
      ImportanceSampling.Episode(logRatios: [$0], rewards: [$0 == 2000 ? 1 : 0], terminated: true)
    }
    let sampling = ImportanceSampling(episodes, discount: 0.9)
    #expect(abs(sampling.estimate(.weighted) - 1 / (1 + exp(-1))) < 1e-12)
    #expect(sampling.estimate(.weighted, counts: [0, 2]) == 0)
    #expect(sampling.estimate(.perDecision) == .infinity)
  }
}

@Suite struct RankAgreementTests {
  @Test func ranksAreSciPys() throws {
    for item in try ImportanceSamplingTests.file().ranks {
      let own = try #require(Statistics.rankCorrelation(item.first, item.second))
      #expect(abs(own - item.expected) < 1e-12)
    }
    #expect(Statistics.rankCorrelation([1, 1, 1], [1, 2, 3]) == nil)
  }

  /// True values 10, 20, 30 are 0, ½, 1; estimates 40, 25, 15 are 1.5, 0.75, 0.25.
  @Test func figuresAreByTheirDefinitions() throws {
    let figures = try RankAgreement([40, 25, 15], truth: [10, 20, 30])
    #expect(figures.rankCorrelation == -1)
    #expect(figures.regretAt1 == 1)
    #expect(figures.absoluteError == (1.5 + 0.25 + 0.75) / 3)
    // An estimate counts 2 at most, however great it is.
    #expect(try RankAgreement([1e9, 20, 10], truth: [30, 20, 10]).absoluteError == 1.0 / 3)
    #expect(try RankAgreement([3, 9, 4], truth: [10, 20, 30]).regretAt1 == 0.5)
    #expect(try RankAgreement([1, 2], truth: [5, 5]).regretAt1 == nil)
    #expect(throws: UsageError.self) { try RankAgreement([1], truth: [1]) }
    #expect(throws: UsageError.self) { try RankAgreement([1, .nan], truth: [1, 2]) }
  }
}
