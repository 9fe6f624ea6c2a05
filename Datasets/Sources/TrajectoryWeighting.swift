import Foundation

/// Which transitions a dataset is sampled from, and how often: a learner of a mixed dataset then stays close to its
/// better part.
///
/// Hong, Agrawal, Tachet des Combes and Laroche, "Harnessing Mixed Offline Reinforcement Learning Datasets via
/// Trajectory Weighting", ICLR 2023. Losses stay as they are: there are no importance weights.
public enum TrajectoryWeighting: Sendable, Equatable {
  /// Every transition alike.
  case none
  /// Each transition of episode i in proportion to exp(gᵢ/α), with gᵢ the episode's undiscounted return scaled to [0,
  /// 1] over the dataset (RW).
  case episodeReturn(temperature: Double)
  /// As RW, with gᵢ from the advantage Gᵢ − V̂(sᵢ₀), where V̂ is the linear regression of returns on first observations
  /// (AW).
  case advantage(temperature: Double)
  /// Every transition of the best episodes by return alike, and no other. The fraction is of the number of episodes.
  case top(fraction: Double)

  /// α where nobody says otherwise, the paper's.
  public static let defaultTemperature = 0.1

  /// The weighting of that name: "none", "return", "advantage", or "top-10%" with any percentage. Nil for anything
  /// else.
  public init?(name: String, temperature: Double = defaultTemperature) {
    switch name {
    case "none": self = .none
    case "return": self = .episodeReturn(temperature: temperature)
    case "advantage": self = .advantage(temperature: temperature)
    default:
      guard name.hasPrefix("top-"), name.hasSuffix("%"), let percent = Double(name.dropFirst(4).dropLast()),
        percent > 0, percent <= 100
      else { return nil }
      self = .top(fraction: percent / 100)
    }
  }

  /// The names that there are, for messages.
  public static let names = "none, return, advantage, or top-10% with any percentage"

  /// The weight of each transition of each episode; the greatest is 1.
  func weights(of dataset: Dataset) -> [Double] {
    switch self {
    case .none:
      return Array(repeating: 1, count: dataset.episodes.count)
    case .episodeReturn(let temperature):
      return Self.softmax(dataset.episodes.map(\.totalReward), temperature)
    case .advantage(let temperature):
      return Self.softmax(dataset.advantages, temperature)
    case .top(let fraction):
      let best = dataset.episodes.indices.sorted {
        let (one, other) = (dataset.episodes[$0].totalReward, dataset.episodes[$1].totalReward)
        return one == other ? $0 < $1 : one > other
      }
      var weights = [Double](repeating: 0, count: dataset.episodes.count)
      for index in best.prefix(max(1, Int(fraction * Double(best.count)))) { weights[index] = 1 }
      return weights
    }
  }

  /// exp(g/α) with g the values scaled to [0, 1], up to a factor that keeps it from overflowing.
  private static func softmax(_ values: [Double], _ temperature: Double) -> [Double] {
    let (least, greatest) = (values.min() ?? 0, values.max() ?? 0)
    // Differences of the size of a float's rounding are none.
    guard greatest - least > 1e-6 * max(abs(least), abs(greatest)) else { return values.map { _ in 1 } }
    return values.map { exp(($0 - greatest) / (greatest - least) / temperature) }
  }
}

extension Dataset {
  /// Gᵢ − V̂(sᵢ₀): how much better each episode went than episodes that began like it.
  ///
  /// V̂ is a ridge regression on first observations, each component scaled to deviation 1, with penalty 1: one more
  /// episode's worth of belief that a component does not matter, which also makes it unique where components go
  /// together.
  var advantages: [Double] {
    let size = info.observationSize
    let returns = episodes.map(\.totalReward)
    let meanReturn = returns.reduce(0, +) / Double(returns.count)
    let features = standardisedFirstObservations
    var matrix = [Double](repeating: 0, count: size * size)
    var right = [Double](repeating: 0, count: size)
    for (row, total) in zip(features, returns) {
      for i in 0..<size where row[i] != 0 {
        right[i] += row[i] * (total - meanReturn)
        for j in 0...i { matrix[i * size + j] += row[i] * row[j] }
      }
    }
    for i in 0..<size { matrix[i * size + i] += 1 }
    let coefficients = solvePositiveDefinite(matrix, right)
    return zip(features, returns).map { row, total in
      var advantage = total - meanReturn
      for index in 0..<size { advantage -= row[index] * coefficients[index] }
      return advantage
    }
  }

  /// The first observation of each episode, every component with mean 0 and deviation 1, or 0 where it never changes.
  private var standardisedFirstObservations: [[Double]] {
    let count = Double(episodes.count)
    var features = episodes.map { observation(inRow: $0.firstRow).map(Double.init) }
    for index in 0..<info.observationSize {
      var (mean, variance) = (0.0, 0.0)
      for row in features { mean += row[index] / count }
      for row in features { variance += (row[index] - mean) * (row[index] - mean) / count }
      let deviation = variance.squareRoot()
      let isConstant = deviation <= 1e-9 * max(1, abs(mean))
      for row in features.indices {
        features[row][index] = isConstant ? 0 : (features[row][index] - mean) / deviation
      }
    }
    return features
  }
}

/// x of A·x = b by Cholesky's decomposition, for a positive definite A of which the lower triangle is given, row-major.
private func solvePositiveDefinite(_ matrix: [Double], _ right: [Double]) -> [Double] {
  let size = right.count
  var lower = matrix
  var solution = right
  for i in 0..<size {
    for j in 0...i {
      var sum = lower[i * size + j]
      for k in 0..<j { sum -= lower[i * size + k] * lower[j * size + k] }
      lower[i * size + j] = i == j ? sum.squareRoot() : sum / lower[j * size + j]
    }
    for k in 0..<i { solution[i] -= lower[i * size + k] * solution[k] }
    solution[i] /= lower[i * size + i]
  }
  for i in (0..<size).reversed() {
    for k in (i + 1)..<max(size, i + 1) { solution[i] -= lower[k * size + i] * solution[k] }
    solution[i] /= lower[i * size + i]
  }
  return solution
}
