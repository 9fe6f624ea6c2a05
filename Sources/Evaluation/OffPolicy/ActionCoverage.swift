import Foundation
import SinewDatasets
import SinewTensor

/// How far a policy's actions lie from those that a dataset has in like places: what says whether anything estimated from
/// the dataset can be about this policy.
///
/// Up to 1,000 recorded steps are asked. In each, what the recording did there, and what the policy does there, are
/// compared with what was done in the five nearest of up to 5,000 other recorded observations (each component divided by
/// its deviation).
public struct ActionCoverage: Sendable {
  private let observations: [Float]
  private let actions: [Float]
  private let actionSize: Int
  /// What was done in the nearest observations of each step that is asked.
  private let neighbours: [[Float]]
  /// The distance to the nearest of them that 19 in 20 of the recorded actions keep.
  private let usual: Double

  private static let (asked, others, nearest) = (1_000, 5_000, 5)

  /// Looks up the neighbours; the same generator takes the same steps.
  public init(of dataset: Dataset, generator: RandomGenerator) {
    let info = dataset.info
    let (size, count) = (info.observationSize, min(Self.asked, max(dataset.count / 2, 1)))
    actionSize = info.actionSize
    var generator = generator
    // A shuffle's beginning: all different.
    var order = Array(0..<dataset.count)
    let taken = min(count + Self.others, order.count)
    for place in 0..<taken { order.swapAt(place, place + generator.index(below: order.count - place)) }
    let rows = order.prefix(taken).map { dataset.row(ofTransition: $0) }
    let scales = dataset.statistics.observationDeviation.map { $0 > 0 ? 1 / $0 : 0 }
    func scaled(_ row: Int) -> [Float] { zip(dataset.observation(inRow: row), scales).map { $0 * $1 } }
    let pool = rows.dropFirst(count).map { (place: scaled($0), action: Array(dataset.action(inRow: $0))) }
    let chosen = rows.prefix(count)
    observations = chosen.flatMap { dataset.observation(inRow: $0) }
    actions = chosen.flatMap { dataset.action(inRow: $0) }
    neighbours = chosen.map { row in
      let own = scaled(row)
      var best: [(distance: Float, index: Int)] = []
      for (index, other) in pool.enumerated() {
        var distance: Float = 0
        for component in 0..<size {
          let difference = own[component] - other.place[component]
          distance += difference * difference
        }
        if best.count < Self.nearest || distance < best[best.count - 1].distance {
          let place = best.firstIndex { $0.distance > distance } ?? best.count
          best.insert((distance, index), at: place)
          if best.count > Self.nearest { best.removeLast() }
        }
      }
      return best.flatMap { pool[$0.index].action }
    }
    usual = Statistics.quantile(0.95, of: Self.distances(actions, neighbours, actionSize))
  }

  /// The distance from each action to the nearest of its neighbours'.
  private static func distances(_ actions: [Float], _ neighbours: [[Float]], _ size: Int) -> [Double] {
    neighbours.enumerated().map { row, others in
      stride(from: 0, to: others.count, by: size).map { start in
        (0..<size).reduce(0.0) { sum, index in
          let difference = Double(actions[row * size + index] - others[start + index])
          return sum + difference * difference
        }.squareRoot()
      }.min() ?? 0
    }
  }

  /// What it says of a policy.
  public struct Figures: Sendable, Codable, Equatable {
    /// Mean distance between the policy's action and the recorded one in the same place.
    public var distance: Double
    /// Share of the policy's actions that are further from their neighbours' than 19 in 20 recorded ones are: 0.05 for
    /// the recording itself.
    public var outside: Double
  }

  /// Figures of a policy.
  public func figures(of target: TargetPolicy) -> Figures {
    let chosen = target.actions(observations, count: neighbours.count)
    let own = Self.distances(chosen, neighbours, actionSize)
    let recorded = neighbours.indices.map { Array(actions[$0 * actionSize..<($0 + 1) * actionSize]) }
    return Figures(
      distance: Statistics.mean(Self.distances(chosen, recorded, actionSize)),
      outside: own.isEmpty ? 0 : Double(own.count { $0 > usual }) / Double(own.count))
  }
}
