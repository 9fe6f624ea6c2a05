import Foundation
import Testing

@testable import SinewTensor

@Suite struct BatchNormTests {
  private let noise = RandomStream(RandomGenerator(seed: 1))

  @Test func gradientsAreThoseOfDifferences() {
    for shape in [[5, 4], [7, 1], [3, 17]] {
      let norm = BatchNorm(shape[1])
      check(norm, [shape]) { norm($0[0], .training(noise)) }
      check(norm, [shape]) { norm($0[0], .evaluation) }
    }
    let ensemble = BatchNorm(4, members: 2)
    check(ensemble, [[2, 5, 4]]) { ensemble($0[0], .training(noise)) }
    check(ensemble, [[5, 4]]) { ensemble($0[0], .training(noise)) }
    check(ensemble, [[5, 4]]) { ensemble($0[0], .evaluation) }
  }

  @Test func networksHaveTheirGradients() {
    var generator = RandomGenerator(seed: 5)
    for place in [BatchNormMLP.Place.beforeActivation, .afterActivation] {
      let network = BatchNormMLP([3, 5, 2], members: 2, place: place, activation: .silu, using: &generator)
      check(network, [[6, 3]], tolerance: 5e-2) { network($0[0], .training(noise)) }
    }
    let regularised = MLP([3, 5, 2], members: 2, activation: .silu, layerNorm: true, using: &generator)
    check(regularised, [[6, 3]], tolerance: 5e-2) { regularised($0[0], .training(noise)) }
  }

  /// By the batch while it trains; by what it has seen of batches afterwards, which is saved.
  @Test func statisticsRun() throws {
    let norm = BatchNorm(3)
    let input = noise.normal([400, 3]) * 2 + 5
    for _ in 0..<1000 {
      let output = norm(input, .training(noise))
      for mean in output.mean(axis: 0).floats { #expect(abs(mean) < 1e-4) }
      for variance in output.variance(axis: 0).floats { #expect(abs(variance - 1) < 1e-2) }
    }
    let evaluated = norm(input, .evaluation)
    for mean in evaluated.mean(axis: 0).floats { #expect(abs(mean) < 1e-2) }
    for variance in evaluated.variance(axis: 0).floats { #expect(abs(variance - 1) < 1e-2) }

    var state = StateDictionary()
    norm.saveParameters(to: &state, prefix: "")
    let other = BatchNorm(3)
    try other.loadParameters(from: state, prefix: "")
    #expect(other(input, .evaluation).floats == evaluated.floats)
    #expect(Set(norm.parameters.map(\.name)) == ["weight", "bias"])
  }

  /// After its warm-up a training pass gives what an evaluation gives, as long as the batch is not too unlike what was
  /// seen; beyond that r and d are limited.
  @Test func renormalisation() {
    let norm = BatchNorm(2, renormalisesAfter: 3)
    let input = Tensor([0, 1, 1, 3, 2, 2], shape: [3, 2])
    func plain() -> [Float] {
      let before = BatchNorm(2)
      return before(input, .training(noise)).floats
    }
    for pass in 0..<3 { #expect(norm(input, .training(noise)).floats == plain(), "pass \(pass)") }
    let evaluated = norm(input, .evaluation).floats
    for (found, expected) in zip(norm(input, .training(noise)).floats, evaluated) {
      #expect(abs(found - expected) < 1e-5)
    }
    let far = BatchNorm(1, renormalisesAfter: 0)
    let distant = far(Tensor([100, 104], shape: [2, 1]), .training(noise)).floats
    // σ = 2 against 1.0005, which is within 3; the mean, 102 away, counts as 5.
    let ratio: Float = (4.001 / 1.001 as Float).squareRoot()
    let normal: Float = 2 / (4.001 as Float).squareRoot()
    #expect(abs(distant[0] - (5 - ratio * normal)) < 1e-4 && abs(distant[1] - (5 + ratio * normal)) < 1e-4)
  }

  @Test func residualNetworks() {
    var generator = RandomGenerator(seed: 5)
    let network = ResidualBatchNormMLP(3, 2, width: 4, blocks: 2, members: 2, using: &generator)
    for (name, value) in network.parameters { value.assign(value.floats.map { $0 * 3 + (name == "gain" ? 1 : 0) }) }
    network.normaliseWeights()
    let parameters = Dictionary(uniqueKeysWithValues: network.parameters)
    for (name, value) in parameters {
      if name == "gain" {
        for norm in value.squared().mean(axis: -1).floats { #expect(abs(norm - 1) < 1e-5) }
      } else if let bias = parameters[name.replacing("norm.weight", with: "norm.bias")], name.contains("norm.weight") {
        for norm in (value.squared() + bias.squared()).mean(axis: -1).floats {
          #expect(abs(norm - 1) < 1e-5, "\(name)")
        }
      } else if name.hasSuffix(".weight") {
        for norm in value.squared().sum(axis: -2).floats { #expect(abs(norm - 1) < 1e-5, "\(name)") }
      }
    }
  }

  /// Whatever the length of the input, the features have norm 1, but its direction and length both count.
  @Test func hypersphericalNetworks() {
    var generator = RandomGenerator(seed: 5)
    let network = HypersphericalMLP(3, [2, 1], width: 4, blocks: 2, members: 2, using: &generator)
    network.normaliseWeights()
    for (name, value) in network.parameters where name.hasSuffix("weight") {
      for norm in value.squared().sum(axis: -2).floats { #expect(abs(norm - 1) < 1e-5, "\(name)") }
    }
    let output = network(Tensor([1, 2, 3, 10, 20, 30, 1e6, 2e6, 3e6], shape: [3, 3]), .evaluation)
    #expect(output.shape == [2, 3, 3] && output.floats.allSatisfy { abs($0) < 10 })
    let rows = (0..<3).map { Array(output.floats[($0 * 3)..<($0 * 3 + 3)]) }
    #expect(rows[0] != rows[1] && rows[1] != rows[2])
  }

  @Test func weightsAreKeptAtNormOne() {
    var generator = RandomGenerator(seed: 5)
    let network = BatchNormMLP([3, 7, 2], members: 2, place: .beforeActivation, using: &generator)
    network.normaliseWeights()
    for (name, value) in network.parameters where name.hasPrefix("layers") && name.hasSuffix("weight") {
      for norm in value.squared().sum(axis: -2).floats { #expect(abs(norm - 1) < 1e-5, "\(name)") }
    }
  }

  @Test func dropout() {
    var generator = RandomGenerator(seed: 5)
    let network = MLP([1, 4000, 1], dropout: 0.25, initialisation: .uniform(0), using: &generator)
    // Every hidden feature is 1 and is summed.
    network.layers[0].bias?.assign([Float](repeating: 1, count: 4000))
    network.layers[1].weight.assign([Float](repeating: 1, count: 4000))
    #expect(network(Tensor([1], shape: [1, 1])).floats == [4000])
    let dropped = network(Tensor([1], shape: [1, 1]), .training(noise)).floats[0]
    // The mean stays; the deviation is √(4000·0.25/0.75) = 36.5.
    #expect(abs(dropped - 4000) < 5 * 36.5 && dropped != 4000)
  }
}

@Suite struct DistributionTests {
  @Test func theGreatestAreMarked() {
    let x = Tensor([3, 1, 3, 2, -1, -1, -1, -1], shape: [2, 4])
    #expect(x.isAmongGreatest(0).floats == [Float](repeating: 0, count: 8))
    #expect(x.isAmongGreatest(1).floats == [1, 0, 0, 0, 1, 0, 0, 0])
    #expect(x.isAmongGreatest(3).floats == [1, 0, 1, 1, 1, 1, 1, 0])
    #expect(x.isAmongGreatest(4).floats == [Float](repeating: 1, count: 8))
    #expect(Tensor([0.5, 0.25, 0.75]).isAmongGreatest(2).floats == [1, 0, 1])
  }

  @Test func quantileLosses() {
    // τ = ¼ and ¾; errors 2, −½ and 0, 1, of which the fourth counts twice.
    let prediction = Tensor([0, 1], shape: [1, 1, 2])
    let (target, weight) = (Tensor([2, -0.5], shape: [1, 2]), Tensor([1, 2], shape: [1, 2]))
    let first: Float = 0.25 * 1.5 + 2 * 0.75 * 0.125
    let second: Float = 0.75 * 0.5 + 2 * 0.25 * 1
    let found = quantileHuberLoss(prediction, target, weight: weight)
    #expect(found.shape == [1, 1] && abs(found.floats[0] - first - second) < 1e-6)
    let targets = Tensor((0..<42).map { sin(Float($0) * 1.3) * 2 }, shape: [3, 14])
    let weights = Tensor((0..<42).map { Float($0 % 3) }, shape: [3, 14])
    check([[2, 3, 5]]) { quantileHuberLoss($0[0], targets, weight: weights) }
  }

  /// Nothing is lost, least of all of what lies on a whole atom.
  @Test func projections() {
    func project(_ probability: [Float], _ value: [Float]) -> [Float] {
      categoricalProjection(Tensor(probability, shape: [1, 5]), at: Tensor(value, shape: [1, 5]), onto: -2...2).floats
    }
    #expect(project([0.5, 0.25, 0, 0, 0.25], [-2, -1, 0, 1, 2]) == [0.5, 0.25, 0, 0, 0.25])
    #expect(project([1, 0, 0, 0, 0], [0.25, 0, 0, 0, 0]) == [0, 0, 0.75, 0.25, 0])
    #expect(project([0.5, 0.25, 0.125, 0.125, 0], [-7, 9, 2, -2, .infinity]) == [0.625, 0, 0, 0, 0.375])
    for sum in project([0.2, 0.2, 0.2, 0.2, 0.2], [0, 0, .nan, 0, 0]) { #expect(sum.isNaN) }
    // The mean of places within the range is kept.
    var generator = RandomGenerator(seed: 2)
    let probability = Tensor((0..<300).map { _ in Float(generator.uniform(-2...2)) }, shape: [3, 100]).softmax()
    let value = Tensor((0..<300).map { _ in Float(generator.uniform(-2...2)) }, shape: [3, 100])
    let atoms = Tensor((0..<100).map { -2 + 4 * Float($0) / 99 })
    let projected = categoricalProjection(probability, at: value, onto: -2...2)
    let (sums, means) = (projected.sum(axis: 1).floats, (projected * atoms).sum(axis: 1).floats)
    for (row, mean) in (probability * value).sum(axis: 1).floats.enumerated() {
      #expect(abs(sums[row] - 1) < 1e-5 && abs(means[row] - mean) < 1e-5)
    }
  }
}
