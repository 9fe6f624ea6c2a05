import SinewTensor
import Testing

@testable import SinewEvaluation

/// Expected numbers by hand, or from NumPy 2 and SciPy 1 where it says so.
struct StatisticsTests {
  let values = [3.0, -1.5, 8.25, 0, 4.5, 4.5, -7, 12, 1, 2]

  @Test func meanAndDeviation() {
    #expect(Statistics.mean(values) == 2.675)
    // numpy.std
    #expect(abs(Statistics.standardDeviation(values) - 4.962421284010458) < 1e-14)
    #expect(Statistics.standardDeviation([5]) == 0)
    #expect(Statistics.mean([]).isNaN)
  }

  @Test func interquartileMean() {
    // scipy.stats.trim_mean(values, 0.25)
    #expect(Statistics.interquartileMean(values) == 2.5)
    // Of three values a quarter rounds down to none, of four to one, of seven to one at each end.
    #expect(Statistics.interquartileMean(Array(values[..<3])) == 3.25)
    #expect(Statistics.interquartileMean(Array(values[..<4])) == 1.5)
    #expect(abs(Statistics.interquartileMean(Array(values[..<7])) - 2.1) < 1e-15)
  }

  @Test func quantiles() {
    // numpy.quantile
    #expect(abs(Statistics.quantile(0.025, of: values) - -5.7625) < 1e-14)
    #expect(abs(Statistics.quantile(0.9, of: values) - 8.625) < 1e-14)
    #expect(Statistics.quantile(0, of: values) == -7)
    #expect(Statistics.quantile(1, of: values) == 12)
    #expect(Statistics.quantile(0.5, of: [4]) == 4)
  }

  private func interval(
    _ strata: [[Double]], seed: UInt64 = 1, statistic: @escaping ([Double]) -> Double = Statistics.mean
  ) -> ClosedRange<Double> {
    Statistics.bootstrapInterval(
      strata: strata, resamples: 40_000, generator: RandomGenerator(seed: seed), statistic: statistic)
  }

  /// scipy.stats.bootstrap, percentile, 400,000 resamples: −0.4 to 5.75, and −0.417 to 5.958 for the interquartile
  /// mean. The standard error of a 2.5 % quantile from 40,000 resamples is below 0.02.
  @Test func bootstrapIntervalAgreesWithSciPy() {
    let mean = interval([values])
    #expect(abs(mean.lowerBound - -0.4) < 0.08)
    #expect(abs(mean.upperBound - 5.75) < 0.08)
    let interquartile = interval([values], statistic: Statistics.interquartileMean)
    #expect(abs(interquartile.lowerBound - -0.417) < 0.1)
    #expect(abs(interquartile.upperBound - 5.958) < 0.1)
  }

  /// The same resampling written with NumPy: 0.675 to 4.75. Resampled together the interval would be −0.4 to 5.75.
  @Test func strataAreResampledApart() {
    let strata = interval([[-7, -1.5, 0, 1], [2, 3, 4.5, 4.5, 8.25, 12]])
    #expect(abs(strata.lowerBound - 0.675) < 0.06)
    #expect(abs(strata.upperBound - 4.75) < 0.06)
  }

  @Test func bootstrapFollowsItsSeed() {
    func interval(_ seed: UInt64) -> ClosedRange<Double> {
      Statistics.bootstrapInterval(strata: [values], resamples: 200, generator: RandomGenerator(seed: seed))
    }
    #expect(interval(5) == interval(5))
    #expect(interval(5) != interval(6))
    #expect(self.interval([[2, 2, 2]]) == 2...2)
  }
}
