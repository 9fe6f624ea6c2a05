import SinewTensor

/// The few statistics that learning results are reported with.
public enum Statistics {
  /// Arithmetic mean; NaN for no values.
  public static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  /// Standard deviation of the values themselves (divided by n, as NumPy's `std`); NaN for no values.
  public static func standardDeviation(_ values: [Double]) -> Double {
    let mean = mean(values)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
  }

  /// Interquartile mean: the mean without the lowest and the highest quarter, each rounded down to whole values
  /// (SciPy's `trim_mean(values, 0.25)`).
  ///
  /// Source: Agarwal et al., Deep Reinforcement Learning at the Edge of the Statistical Precipice, 2021.
  public static func interquartileMean(_ values: [Double]) -> Double {
    let cut = values.count / 4
    return mean(Array(values.sorted().dropFirst(cut).dropLast(cut)))
  }

  /// The value below which a share `probability` of the values lies, linear between neighbours (NumPy's default).
  public static func quantile(_ probability: Double, of values: [Double]) -> Double {
    let sorted = values.sorted()
    guard let last = sorted.last else { return .nan }
    let position = probability * Double(sorted.count - 1)
    let below = Int(position)
    guard below + 1 < sorted.count else { return last }
    return sorted[below] + (position - Double(below)) * (sorted[below + 1] - sorted[below])
  }

  /// Percentile bootstrap interval of a statistic.
  ///
  /// Each stratum (a task, or a seed's episodes) is resampled with replacement by itself, and the statistic is taken
  /// over all of them together; one stratum gives the ordinary bootstrap. The same generator gives the same interval.
  public static func bootstrapInterval(
    strata: [[Double]], confidence: Double = 0.95, resamples: Int = 10_000, generator: RandomGenerator,
    statistic: ([Double]) -> Double = Statistics.mean
  ) -> ClosedRange<Double> {
    var generator = generator
    var sample = [Double](repeating: 0, count: strata.reduce(0) { $0 + $1.count })
    let estimates = (0..<resamples).map { _ in
      var position = 0
      for stratum in strata {
        for _ in stratum.indices {
          sample[position] = stratum[Int.random(in: stratum.indices, using: &generator)]
          position += 1
        }
      }
      return statistic(sample)
    }
    return percentileInterval(estimates, confidence: confidence)
  }

  /// Wilson's score interval of a share, 95 %: sensible also for none or all of few trials.
  public static func wilsonInterval(successes: Int, of count: Int) -> ClosedRange<Double> {
    let (n, z) = (Double(count), 1.959964)
    let share = Double(successes) / n
    let middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    return max(0, middle - half)...min(1, middle + half)
  }
}
