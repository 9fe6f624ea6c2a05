/// What offline learners need to know of a dataset before they begin.
public struct DatasetStatistics: Sendable, Equatable {
  /// Mean of each observation component over all steps.
  public var observationMean: [Float]
  /// Population standard deviation of each.
  public var observationDeviation: [Float]
  /// The least of each.
  public var observationMinimum: [Float]
  /// The greatest of each.
  public var observationMaximum: [Float]
  /// The least undiscounted return of an episode.
  public var minimumReturn: Double
  /// The greatest.
  public var maximumReturn: Double

  /// What observations are of that are normalised already: mean 0, deviation 1, in [−1, 1], and returns from 0 to 1.
  public init(observationSize: Int) {
    observationMean = Array(repeating: 0, count: observationSize)
    observationDeviation = Array(repeating: 1, count: observationSize)
    observationMinimum = Array(repeating: -1, count: observationSize)
    observationMaximum = Array(repeating: 1, count: observationSize)
    (minimumReturn, maximumReturn) = (0, 1)
  }

  init(rows: [Float], rowLength: Int, observationSize: Int, episodes: [Dataset.Episode]) {
    self.init(observationSize: observationSize)
    let count = Double(episodes.reduce(0) { $0 + $1.count })
    var sums = [Double](repeating: 0, count: observationSize)
    var squares = sums
    var minima = [Float](repeating: .infinity, count: observationSize)
    var maxima = [Float](repeating: -.infinity, count: observationSize)
    rows.withUnsafeBufferPointer { rows in
      func forEachObservation(_ body: (Int) -> Void) {
        for episode in episodes {
          for row in episode.firstRow..<episode.firstRow + episode.count { body(row * rowLength) }
        }
      }
      forEachObservation { start in
        for index in 0..<observationSize {
          let value = rows[start + index]
          sums[index] += Double(value)
          minima[index] = min(minima[index], value)
          maxima[index] = max(maxima[index], value)
        }
      }
      // A second pass: the difference of large numbers would leave nothing of a small variance.
      forEachObservation { start in
        for index in 0..<observationSize {
          let difference = Double(rows[start + index]) - sums[index] / count
          squares[index] += difference * difference
        }
      }
    }
    observationMean = sums.map { Float($0 / count) }
    observationDeviation = squares.map { Float(($0 / count).squareRoot()) }
    (observationMinimum, observationMaximum) = (minima, maxima)
    minimumReturn = episodes.map(\.totalReward).min() ?? 0
    maximumReturn = episodes.map(\.totalReward).max() ?? 1
  }
}
