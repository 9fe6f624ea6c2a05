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

  init(rows: DatasetRows, rowLength: Int, observationSize: Int, episodes: [Dataset.Episode]) {
    self.init(observationSize: observationSize)
    let count = Double(episodes.reduce(0) { $0 + $1.count })
    var sums = [Double](repeating: 0, count: observationSize)
    var squares = sums
    var minima = [Float](repeating: .infinity, count: observationSize)
    var maxima = [Float](repeating: -.infinity, count: observationSize)
    func forEachObservation(_ body: (UnsafeBufferPointer<Float>, Int) -> Void) {
      // So many rows at once as a megabyte holds.
      let most = max(1, (1 << 18) / rowLength)
      for episode in episodes {
        for first in stride(from: 0, to: episode.count, by: most) {
          let size = min(most, episode.count - first)
          rows.withNumbers(from: (episode.firstRow + first) * rowLength, atMost: size * rowLength) { numbers in
            for row in 0..<size { body(numbers, row * rowLength) }
          }
        }
      }
    }
    forEachObservation { numbers, start in
      for index in 0..<observationSize {
        let value = numbers[start + index]
        sums[index] += Double(value)
        minima[index] = min(minima[index], value)
        maxima[index] = max(maxima[index], value)
      }
    }
    // A second pass: the difference of large numbers would leave nothing of a small variance.
    forEachObservation { numbers, start in
      for index in 0..<observationSize {
        let difference = Double(numbers[start + index]) - sums[index] / count
        squares[index] += difference * difference
      }
    }
    observationMean = sums.map { Float($0 / count) }
    observationDeviation = squares.map { Float(($0 / count).squareRoot()) }
    (observationMinimum, observationMaximum) = (minima, maxima)
    minimumReturn = episodes.map(\.totalReward).min() ?? 0
    maximumReturn = episodes.map(\.totalReward).max() ?? 1
  }
}
