import Foundation
import SinewTensor

/// Bayesian optimisation: points that fill the cube evenly, then the greatest expected improvement by a Gaussian
/// process of what is known.
///
/// Values are those of a few noisy runs, so the improvement is over the greatest posterior mean of a point that was
/// tried, not over the luckiest value. Source: Frazier, A Tutorial on Bayesian Optimization, arXiv 1807.02811.
public struct BayesianSearch: SearchMethod {
  public let space: SearchSpace
  public let trials: Int
  /// How many trials go on at a time.
  public let atOnce: Int
  /// How many points fill the cube first: two for each coordinate and two more, at most half of all.
  public let first: Int
  private let generator: RandomGenerator

  /// A search of so many trials, of which `atOnce` go on at a time.
  public init(_ space: SearchSpace, trials: Int, atOnce: Int = 1, seed: UInt64) {
    (self.space, self.trials, self.atOnce) = (space, trials, max(1, atOnce))
    first = max(1, min(2 * (space.dimensions.count + 1), trials / 2))
    generator = RandomGenerator(seed: seed).split("bayesian search")
  }

  public func needed(for index: Int) -> Int { index < first ? 0 : max(0, index + 1 - atOnce) }

  public func proposal(for index: Int, known: [Observation], pending: [[Double]]) -> Proposal? {
    if index < first { return Proposal(point: latinHypercube[index]) }
    var generator = generator.split(UInt64(index))
    let tried = known.map(\.point) + pending
    let drawn = space.draw(1_000, besides: tried, from: &generator)
    guard let process = Surrogate(space, known)?.process.fantasising(pending), let any = drawn.first else {
      return drawn.first.map { Proposal(point: $0) }
    }
    let best = tried.map { process.posterior(at: $0).mean }.max() ?? 0
    func improvement(_ point: [Double]) -> Double {
      let (mean, variance) = process.posterior(at: point)
      return logExpectedImprovement(mean: mean, deviation: variance.squareRoot(), over: best)
    }
    // From the best of many places by steps of which ever smaller ones are kept where they help.
    var places = drawn.map { (point: $0, value: improvement($0)) }.sorted { $0.value > $1.value }.prefix(5).map { $0 }
    let seen = Set(tried)
    for scale in [0.2, 0.1, 0.05, 0.02, 0.01] {
      for index in places.indices {
        for _ in 0..<20 {
          let moved = space.snapped(
            zip(space.dimensions, places[index].point).map { dimension, coordinate in
              if dimension.isChoice { return generator.uniform() < 0.2 ? generator.uniform() : coordinate }
              return min(max(coordinate + scale * generator.normal(), 0), 1)
            })
          let value = improvement(moved)
          if value > places[index].value, !seen.contains(moved) { places[index] = (moved, value) }
        }
      }
    }
    return Proposal(point: places.max { $0.value < $1.value }?.point ?? any)
  }

  /// The first points: as many layers as points in each coordinate, a point in each. Source: McKay, Beckman and
  /// Conover, 1979.
  private var latinHypercube: [[Double]] {
    let columns = space.dimensions.indices.map { coordinate in
      var generator = generator.split("latin hypercube").split(UInt64(coordinate))
      return (0..<first).shuffled(using: &generator).map { (Double($0) + generator.uniform()) / Double(first) }
    }
    return (0..<first).map { index in space.snapped(columns.map { $0[index] }) }
  }
}

/// What is known of a space: a Gaussian process fitted to trials.
public struct Surrogate: Sendable {
  /// The process, of values as they were observed.
  public let process: GaussianProcess
  /// Every trial with the value that it counts as.
  public let observed: [(point: [Double], value: Double)]
  private let space: SearchSpace

  /// Nil where no trial has a value.
  ///
  /// A failed trial counts as the worst of the others. Values far below the rest, such as those of a run that diverged,
  /// count as the lower quartile less three times the range between the quartiles: how bad they are exactly would only
  /// blur what is good.
  public init?(_ space: SearchSpace, _ observations: [Observation]) {
    let values = observations.compactMap(\.value).sorted()
    guard let worst = values.first else { return nil }
    func quantile(_ share: Double) -> Double {
      let position = share * Double(values.count - 1)
      let below = Int(position)
      let above = min(below + 1, values.count - 1)
      return values[below] + (position - Double(below)) * (values[above] - values[below])
    }
    let fence = quantile(0.25) - 3 * (quantile(0.75) - quantile(0.25))
    let observed = observations.map { (point: $0.point, value: max(fence, $0.value ?? worst)) }
    let process = GaussianProcess.fitted(
      observed.map(\.point), observed.map(\.value), isChoice: space.dimensions.map(\.isChoice))
    guard let process else { return nil }
    (self.process, self.observed, self.space) = (process, observed, space)
  }

  /// A setting's effect: the mean over many values of the others, at places from its low end to its high one.
  public struct Marginal: Sendable {
    /// The coordinate, 0 to 1.
    public var coordinate: Double
    /// Posterior mean and standard deviation of the average over the others.
    public var mean, deviation: Double
  }

  /// The effect of a setting at so many places; at each of its values, of choices.
  public func marginal(of index: Int, places: Int = 41, over samples: Int = 64) -> [Marginal] {
    var generator = RandomGenerator(seed: 0).split("marginal")
    let others = (0..<samples).map { _ in space.snapped(space.dimensions.map { _ in generator.uniform() }) }
    let coordinates: [Double]
    if case .choices(let choices) = space.dimensions[index].values {
      coordinates = choices.indices.map { (Double($0) + 0.5) / Double(choices.count) }
    } else {
      coordinates = (0..<places).map { Double($0) / Double(places - 1) }
    }
    return coordinates.map { coordinate in
      let (mean, variance) = process.posterior(
        ofMeanOver: others.map { other in
          var point = other
          point[index] = coordinate
          return point
        })
      return Marginal(coordinate: coordinate, mean: mean, deviation: variance.squareRoot())
    }
  }
}
