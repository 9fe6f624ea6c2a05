import Foundation
import SinewSettings
import SinewTensor
import Testing

@testable import SinewEvaluation

/// What rliable computed (`Fixtures/make_rliable.py`), and what follows from the definitions.
@Suite struct ScoresTests {
  private struct Case: Decodable {
    let name: String
    let mine: [[Double]]
    let theirs: [[Double]]
    let mean: Double
    let median: Double
    let iqm: Double
    let optimalityGap: Double
    /// Lower and upper bounds of mean, median, interquartile mean, optimality gap.
    let intervals: [[Double]]
    let deviationOfBoundsAt2000: [[Double]]
    let improvement: Double
    let improvementInterval: [Double]
    let thresholds: [Double]
    let profile: [Double]
  }

  private func cases() throws -> [Case] {
    struct File: Decodable { let cases: [Case] }
    let url = try #require(Bundle.module.url(forResource: "Fixtures/rliable", withExtension: "json"))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(File.self, from: Data(contentsOf: url)).cases
  }

  @Test func pointsAreRliables() throws {
    for item in try cases() {
      let (mine, theirs) = (try Scores(tasks: item.mine), try Scores(tasks: item.theirs))
      let tolerance = 1e-12 * item.mine.joined().reduce(1) { max($0, abs($1)) }
      for (value, expected) in [
        (mine.mean, item.mean), (mine.median, item.median), (mine.interquartileMean, item.iqm),
        (mine.optimalityGap(), item.optimalityGap), (try mine.probabilityOfImprovement(over: theirs), item.improvement),
      ] {
        #expect(abs(value - expected) <= tolerance, "\(item.name)")
      }
      #expect(mine.performanceProfile(thresholds: item.thresholds) == item.profile, "\(item.name)")
    }
  }

  /// Both sides draw, so the bounds differ by what drawing them again changes: five of its standard deviations, and one
  /// part in fifty of the interval where bounds fall on few values.
  @Test func intervalsAreRliables() throws {
    let statistics: [(Scores) -> Double] = [
      { $0.mean }, { $0.median }, { $0.interquartileMean }, { $0.optimalityGap() },
    ]
    for item in try cases() {
      let (mine, theirs) = (try Scores(tasks: item.mine), try Scores(tasks: item.theirs))
      for (index, statistic) in statistics.enumerated() {
        let interval = mine.interval(generator: RandomGenerator(seed: 3), of: statistic)
        let expected = item.intervals[index]
        let width = expected[1] - expected[0]
        for (bound, side) in [(interval.lowerBound, 0), (interval.upperBound, 1)] {
          let allowed = 5 * item.deviationOfBoundsAt2000[index][side] + 0.02 * width
          #expect(abs(bound - expected[side]) <= allowed, "\(item.name), statistic \(index), side \(side)")
        }
      }
      let improvement = try mine.intervalOfImprovement(over: theirs, generator: RandomGenerator(seed: 3))
      #expect(abs(improvement.lowerBound - item.improvementInterval[0]) < 0.02, "\(item.name)")
      #expect(abs(improvement.upperBound - item.improvementInterval[1]) < 0.02, "\(item.name)")
    }
  }

  /// A 95 % interval holds the truth in about 95 % of experiments: of the mean of 30 normal numbers 400 times over.
  @Test func intervalsCoverWhatTheyPromise() throws {
    var generator = RandomGenerator(seed: 5)
    var held = 0
    for experiment in 0..<400 {
      let runs = (0..<30).map { _ in Double(generator.normal()) }
      let scores = try Scores(tasks: [runs])
      let interval = scores.interval(resamples: 500, generator: RandomGenerator(seed: UInt64(experiment)), of: \.mean)
      if interval.contains(0) { held += 1 }
    }
    // The percentile bootstrap of 30 values holds a little less than it says, about 94 %; ±4 standard deviations of 400
    // trials.
    #expect((355...397).contains(held), "\(held) of 400")
  }

  /// Pairs share their starts: their difference is known far better than either side.
  @Test func pairsAreJudgedByTheirDifferences() throws {
    var generator = RandomGenerator(seed: 9)
    let starts = (0..<40).map { _ in 100 * Double(generator.normal()) }
    let first = starts.map { $0 + 1 + 0.1 * Double(generator.normal()) }
    let interval = try Statistics.pairedInterval(first, minus: starts, generator: RandomGenerator(seed: 1))
    #expect(interval.lowerBound > 0.9 && interval.upperBound < 1.1)
    #expect(throws: UsageError.self) {
      try Statistics.pairedInterval([1], minus: [1, 2], generator: RandomGenerator(seed: 1))
    }
  }

  @Test func whatCannotBeAggregatedIsSaid() throws {
    for tasks in [[], [[]], [[1], []], [[Double.nan]]] as [[[Double]]] {
      #expect(throws: UsageError.self) { try Scores(tasks: tasks) }
    }
    let (one, two) = (try Scores(tasks: [[1]]), try Scores(tasks: [[1], [2]]))
    #expect(throws: UsageError.self) { try one.probabilityOfImprovement(over: two) }
  }
}
