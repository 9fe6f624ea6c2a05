import Foundation
import SinewTensor
import Testing

@testable import SinewTuning

/// Figures that other libraries compute: Fixtures/make_gaussian_process.py.
private struct Fixture: Decodable {
  let points, places: [[Double]]
  let values, lengths, gradient, mean, variance: [Double]
  let signal, noise, likelihood, greatestLikelihood: Double
  let logImprovements: [[Double]]

  static func load() throws -> Fixture {
    let folder = try #require(Bundle.module.resourceURL)
    return try JSONDecoder().decode(
      Fixture.self, from: Data(contentsOf: folder.appending(path: "Fixtures/gaussian_process.json")))
  }

  var parameters: GaussianProcess.Parameters { .init(signal: signal, lengths: lengths, noise: noise) }
}

struct GaussianProcessTests {
  @Test func posteriorIsThatOfScikitLearn() throws {
    let fixture = try Fixture.load()
    let process = try #require(GaussianProcess(fixture.points, fixture.values, fixture.parameters))
    #expect(abs(process.logLikelihood - fixture.likelihood) < 1e-9)
    for (index, place) in fixture.places.enumerated() {
      let (mean, variance) = process.posterior(at: place)
      #expect(abs(mean - fixture.mean[index]) < 1e-9)
      #expect(abs(variance - fixture.variance[index]) < 1e-9)
    }
    let logarithms = ([fixture.signal] + fixture.lengths + [fixture.noise]).map { log($0) }
    let found = try #require(
      GaussianProcess.logLikelihood(fixture.points, fixture.values, [false, false, false], at: logarithms))
    for (mine, theirs) in zip(found.gradient, fixture.gradient) { #expect(abs(mine - theirs) < 1e-8) }
  }

  /// Of one observation everything can be written down: k(r) of r = 0.5 in units of the length.
  @Test func posteriorOfOneObservation() throws {
    let process = try #require(
      GaussianProcess([[0.2]], [3], .init(signal: 4, lengths: [0.5], noise: 0.25)))
    let r = 5.0.squareRoot() * 0.5
    let k = 4 * (1 + r + r * r / 3) * exp(-r)
    let (mean, variance) = process.posterior(at: [0.45])
    #expect(abs(mean - k / 4.25 * 3) < 1e-12)
    #expect(abs(variance - (4 - k * k / 4.25)) < 1e-12)
    // Far away it knows nothing.
    #expect(abs(process.posterior(at: [50]).mean) < 1e-12)
  }

  @Test func theFitIsAsLikelyAsScikitLearns() throws {
    let fixture = try Fixture.load()
    let process = try #require(GaussianProcess.fitted(fixture.points, fixture.values))
    #expect(process.logLikelihood > fixture.greatestLikelihood - 1e-3)
    // Of values in other units it is the same process.
    let scaled = try #require(GaussianProcess.fitted(fixture.points, fixture.values.map { 1000 * $0 - 7 }))
    let (a, b) = (process.posterior(at: fixture.places[0]), scaled.posterior(at: fixture.places[0]))
    #expect(abs(1000 * a.mean - 7 - b.mean) < 0.1 && abs(1e6 * a.variance - b.variance) < 1e6 * 1e-3 * a.variance + 1)
  }

  @Test func noiseAndIrrelevantSettingsAreFound() throws {
    var generator = RandomGenerator(seed: 3)
    let points = (0..<60).map { _ in [generator.uniform(), generator.uniform()] }
    let values = points.map { sin(6 * $0[0]) + 0.3 * generator.normal() }
    let process = try #require(GaussianProcess.fitted(points, values))
    let variance = values.map { $0 * $0 }.reduce(0, +) / 60 - pow(values.reduce(0, +) / 60, 2)
    let noise = (process.parameters.noise * variance).squareRoot()
    #expect((0.2...0.4).contains(noise), "\(noise)")
    #expect(process.parameters.lengths[1] > 2 * process.parameters.lengths[0])
  }

  @Test func choicesAreEquallyFarApart() throws {
    let parameters = GaussianProcess.Parameters(signal: 1, lengths: [1], noise: 0.01)
    let process = try #require(GaussianProcess([[0.1]], [1], parameters, isChoice: [true]))
    #expect(process.posterior(at: [0.5]).mean == process.posterior(at: [0.9]).mean)
    #expect(process.posterior(at: [0.1]).mean > process.posterior(at: [0.5]).mean)
  }

  @Test func fantasiesChangeNoMeanAndTakeTheDoubtAway() throws {
    let fixture = try Fixture.load()
    let process = try #require(GaussianProcess.fitted(fixture.points, fixture.values))
    let place = fixture.places[0]
    let told = process.fantasising([place])
    for other in fixture.places {
      #expect(abs(told.posterior(at: other).mean - process.posterior(at: other).mean) < 1e-6)
    }
    #expect(told.posterior(at: place).variance < 0.7 * process.posterior(at: place).variance)
  }

  /// The variance of an average is not the average of the variances.
  @Test func averageOfTwoPlaces() throws {
    let fixture = try Fixture.load()
    let process = try #require(GaussianProcess(fixture.points, fixture.values, fixture.parameters))
    let (a, b) = (fixture.places[0], fixture.places[1])
    let both = process.posterior(ofMeanOver: [a, b])
    #expect(abs(both.mean - (process.posterior(at: a).mean + process.posterior(at: b).mean) / 2) < 1e-10)
    #expect(abs(process.posterior(ofMeanOver: [a, a]).variance - process.posterior(at: a).variance) < 1e-10)
    #expect(both.variance < (process.posterior(at: a).variance + process.posterior(at: b).variance) / 2)
  }
}

struct ExpectedImprovementTests {
  @Test func asInSixtyDigits() throws {
    for pair in try Fixture.load().logImprovements {
      let mine = logExpectedImprovement(mean: pair[0], deviation: 1, over: 0)
      #expect(abs(mine - pair[1]) < 1e-7 * max(1, abs(pair[1])), "\(pair[0]): \(mine), not \(pair[1])")
    }
    #expect(logExpectedImprovement(mean: 1, deviation: 0, over: 1) == -.infinity)
    #expect(logExpectedImprovement(mean: 3, deviation: 0, over: 1) == log(2))
  }

  @Test(arguments: [(0.0, 1.0, 0.5), (2.0, 0.3, 1.5), (-1.0, 2.0, 0.0)])
  func asDrawn(mean: Double, deviation: Double, best: Double) {
    var generator = RandomGenerator(seed: 11)
    let count = 200_000
    let gains = (0..<count).map { _ in max(0, mean + deviation * generator.normal() - best) }
    let average = gains.reduce(0, +) / Double(count)
    let error = (gains.reduce(0) { $0 + ($1 - average) * ($1 - average) } / Double(count * count)).squareRoot()
    #expect(abs(exp(logExpectedImprovement(mean: mean, deviation: deviation, over: best)) - average) < 5 * error)
  }
}
