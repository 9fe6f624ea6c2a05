import Foundation

/// A Gaussian process with a Matérn 5/2 covariance, a length scale for each coordinate, and noise.
///
///     k(x, x′) = σ_f²·(1 + √5ρ + 5ρ²/3)·e^{−√5ρ},   ρ² = Σ (x_i − x′_i)² / ℓ_i²
///     A = K + σ_n²·I,   μ(x) = k(x)ᵀ·A⁻¹·y,   s²(x) = k(x, x) − k(x)ᵀ·A⁻¹·k(x)
///     log p(y) = −½·yᵀ·A⁻¹·y − ½·log|A| − n/2·log 2π
///
/// Values of a setting without order are either the same or 1 apart. Source: Rasmussen and Williams, Gaussian Processes
/// for Machine Learning, 2006, chapters 2 and 5.
public struct GaussianProcess: Sendable {
  /// What the covariance is made of.
  public struct Parameters: Sendable, Equatable {
    /// σ_f², the variance of what is modelled.
    public var signal: Double
    /// ℓ, by coordinate, in units of the unit cube.
    public var lengths: [Double]
    /// σ_n², the variance of the noise of one observation.
    public var noise: Double

    /// Variances and length scales, all above 0.
    public init(signal: Double, lengths: [Double], noise: Double) {
      (self.signal, self.lengths, self.noise) = (signal, lengths, noise)
    }

    init(logarithms: [Double]) {
      let numbers = logarithms.map { exp($0) }
      self.init(signal: numbers[0], lengths: Array(numbers[1..<numbers.count - 1]), noise: numbers[numbers.count - 1])
    }
  }

  /// Its covariance.
  public let parameters: Parameters
  /// log p(y) of the standardised values.
  public let logLikelihood: Double
  private let points: [[Double]]
  private let isChoice: [Bool]
  private let factor: Cholesky
  private let weights: [Double]
  private let offset, scale: Double

  /// The process given what was observed.
  ///
  /// - Parameters:
  ///   - points: in the unit cube, a coordinate for each length scale.
  ///   - values: an observation for each point.
  ///   - isChoice: the coordinates whose values have no order; nil for none.
  ///   - standardised: whether the values' mean and standard deviation are taken off first; the parameters are of
  ///     what is left.
  /// - Returns: nil where the covariance is not positive definite.
  public init?(
    _ points: [[Double]], _ values: [Double], _ parameters: Parameters, isChoice: [Bool]? = nil,
    standardised: Bool = false
  ) {
    let isChoice = isChoice ?? parameters.lengths.map { _ in false }
    let (offset, scale) = standardised ? Self.moments(values) : (0, 1)
    let y = values.map { ($0 - offset) / scale }
    guard
      let factor = Cholesky(
        Covariance(parameters, isChoice).matrix(points, noise: parameters.noise), size: points.count)
    else { return nil }
    weights = factor.solve(y)
    logLikelihood = Self.logLikelihood(y, weights, factor)
    (self.points, self.parameters, self.isChoice, self.factor) = (points, parameters, isChoice, factor)
    (self.offset, self.scale) = (offset, scale)
  }

  /// Mean and variance of what is modelled, without the noise of an observation.
  public func posterior(at point: [Double]) -> (mean: Double, variance: Double) { posterior(ofMeanOver: [point]) }

  /// Mean and variance of the average over several points.
  public func posterior(ofMeanOver average: [[Double]]) -> (mean: Double, variance: Double) {
    let (covariance, count) = (Covariance(parameters, isChoice), Double(average.count))
    let toObserved = points.map { point in average.reduce(0) { $0 + covariance($1, point) } / count }
    let among = average.reduce(0) { sum, a in sum + average.reduce(0) { $0 + covariance(a, $1) } } / (count * count)
    let half = factor.forward(toObserved)
    return (
      offset + scale * zip(toObserved, weights).reduce(0) { $0 + $1.0 * $1.1 },
      scale * scale * max(0, among - half.reduce(0) { $0 + $1 * $1 })
    )
  }

  /// The same process with these points observed too, each at its posterior mean: what trials that still run will say,
  /// as far as is known.
  public func fantasising(_ pending: [[Double]]) -> GaussianProcess {
    if pending.isEmpty { return self }
    let values = observed + pending.map { (posterior(at: $0).mean - offset) / scale }
    let more = GaussianProcess(points + pending, values, parameters, isChoice: isChoice)
    return more.map { GaussianProcess(copying: $0, offset: offset, scale: scale) } ?? self
  }

  private init(copying other: GaussianProcess, offset: Double, scale: Double) {
    (points, parameters, isChoice) = (other.points, other.parameters, other.isChoice)
    (factor, weights, logLikelihood) = (other.factor, other.weights, other.logLikelihood)
    (self.offset, self.scale) = (offset, scale)
  }

  /// The standardised values, which are A times the weights.
  private var observed: [Double] {
    let matrix = Covariance(parameters, isChoice).matrix(points, noise: parameters.noise)
    return points.indices.map { row in
      weights.indices.reduce(0) { $0 + matrix[row * points.count + $1] * weights[$1] }
    }
  }

  private static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    return (mean, variance > 0 ? variance.squareRoot() : 1)
  }

  private static func logLikelihood(_ y: [Double], _ weights: [Double], _ factor: Cholesky) -> Double {
    -0.5 * zip(y, weights).reduce(0) { $0 + $1.0 * $1.1 } - 0.5 * factor.logDeterminant
      - 0.5 * Double(y.count) * log(2 * .pi)
  }
}

extension GaussianProcess {
  /// The process whose covariance makes the standardised values most likely, within bounds: length scales of 0.05 to 3
  /// of the cube's side, a signal of 0.05 to 20 and a noise of 1e-6 to 1 of the values' variance. The best of several
  /// ascents.
  ///
  /// - Returns: nil for no points, or values that are not finite.
  public static func fitted(
    _ points: [[Double]], _ values: [Double], isChoice: [Bool]? = nil
  ) -> GaussianProcess? {
    guard let first = points.first, values.allSatisfy(\.isFinite) else { return nil }
    let isChoice = isChoice ?? first.map { _ in false }
    let (offset, scale) = moments(values)
    let y = values.map { ($0 - offset) / scale }
    func logarithms(signal: Double, length: Double, noise: Double) -> [Double] {
      ([signal] + first.map { _ in length } + [noise]).map { log($0) }
    }
    let lower = logarithms(signal: 0.05, length: 0.05, noise: 1e-6)
    let upper = logarithms(signal: 20, length: 3, noise: 1)
    let starts = [(0.2, 0.01), (0.5, 0.01), (0.5, 0.3), (1.5, 0.1)].map { length, noise in
      logarithms(signal: 1, length: length, noise: noise)
    }
    let found = starts.compactMap { start in
      ascended(from: start, between: lower, and: upper) { logLikelihood(points, y, isChoice, at: $0) }
    }
    guard let best = found.max(by: { $0.value < $1.value }) else { return nil }
    return GaussianProcess(points, values, Parameters(logarithms: best.place), isChoice: isChoice, standardised: true)
  }

  /// log p(y) and its gradient by the logarithms of the parameters (signal, lengths, noise): ½·tr((wwᵀ − A⁻¹)·∂A), w =
  /// A⁻¹y.
  static func logLikelihood(
    _ points: [[Double]], _ y: [Double], _ isChoice: [Bool], at logarithms: [Double]
  ) -> (value: Double, gradient: [Double])? {
    let parameters = Parameters(logarithms: logarithms)
    let covariance = Covariance(parameters, isChoice)
    let count = points.count
    guard let factor = Cholesky(covariance.matrix(points, noise: parameters.noise), size: count) else { return nil }
    let weights = factor.solve(y)
    let inverse = factor.inverse
    var gradient = [Double](repeating: 0, count: logarithms.count)
    for row in 0..<count {
      for column in 0...row {
        let factor = (weights[row] * weights[column] - inverse[row * count + column]) * (row == column ? 0.5 : 1)
        gradient[0] += factor * covariance(points[row], points[column])
        if row == column {
          gradient[gradient.count - 1] += factor * parameters.noise
        } else {
          covariance.addSlopes(points[row], points[column], times: factor, to: &gradient)
        }
      }
    }
    return (logLikelihood(y, weights, factor), gradient)
  }
}

/// k(x, x′) of ``GaussianProcess``.
private struct Covariance {
  let signal: Double
  let squaredLengths: [Double]
  let isChoice: [Bool]

  init(_ parameters: GaussianProcess.Parameters, _ isChoice: [Bool]) {
    signal = parameters.signal
    squaredLengths = parameters.lengths.map { $0 * $0 }
    self.isChoice = isChoice
  }

  /// (x_i − x′_i)² / ℓ_i².
  @inline(__always)
  private func squared(_ i: Int, _ a: [Double], _ b: [Double]) -> Double {
    let difference = isChoice[i] ? (a[i] == b[i] ? 0 : 1) : a[i] - b[i]
    return difference * difference / squaredLengths[i]
  }

  func callAsFunction(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for i in squaredLengths.indices { sum += squared(i, a, b) }
    let r = (5 * sum).squareRoot()
    return signal * (1 + r + r * r / 3) * exp(-r)
  }

  /// Adds ∂k/∂log ℓ_i = σ_f²·5/3·(1 + √5ρ)·e^{−√5ρ}·(x_i − x′_i)²/ℓ_i² to the place of each length, after the first.
  func addSlopes(_ a: [Double], _ b: [Double], times factor: Double, to gradient: inout [Double]) {
    var sum = 0.0
    for i in squaredLengths.indices { sum += squared(i, a, b) }
    let r = (5 * sum).squareRoot()
    let common = factor * signal * 5 / 3 * (1 + r) * exp(-r)
    for i in squaredLengths.indices { gradient[i + 1] += common * squared(i, a, b) }
  }

  /// K + noise·I, row by row.
  func matrix(_ points: [[Double]], noise: Double) -> [Double] {
    let count = points.count
    var matrix = [Double](repeating: 0, count: count * count)
    for row in 0..<count {
      for column in 0...row {
        let value = self(points[row], points[column]) + (row == column ? noise : 0)
        (matrix[row * count + column], matrix[column * count + row]) = (value, value)
      }
    }
    return matrix
  }
}
