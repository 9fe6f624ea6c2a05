import Foundation
import Testing

@testable import SinewTensor

@Suite struct LayerTests {
  private func make<Result>(_ body: (inout RandomGenerator) -> Result) -> Result {
    var generator = RandomGenerator(seed: 5)
    return body(&generator)
  }

  @Test func normalisations() {
    for shape in [[3, 4], [1, 7], [2, 3, 5]] {
      let norm = LayerNorm(shape[shape.count - 1])
      check(norm, [shape]) { norm($0[0]) }
    }
    let ensemble = LayerNorm(4, members: 2)
    check(ensemble, [[2, 3, 4]]) { ensemble($0[0]) }
    let groups = GroupNorm(groups: 2, features: 6, length: 3)
    check(groups, [[2, 3, 6]]) { groups($0[0]) }
  }

  @Test func layerNormNormalises() {
    let norm = LayerNorm(50)
    let output = norm(RandomStream(RandomGenerator(seed: 1)).normal([4, 50]) * 3 + 7)
    for mean in output.mean(axis: 1).floats { #expect(abs(mean) < 1e-5) }
    for variance in output.variance(axis: 1).floats { #expect(abs(variance - 1) < 1e-3) }
  }

  @Test func embeddings() {
    let sinusoidal = SinusoidalEmbedding(size: 8, longestPeriod: 10)
    check([[3, 1]]) { sinusoidal($0[0]) }
    let film = make { FiLM(condition: 3, features: 4, using: &$0) }
    check(film, [[2, 4], [2, 3]]) { film($0[0], $0[1]) }
    check(film, [[2, 5, 4], [2, 3]]) { film($0[0], $0[1]) }
  }

  @Test func networks() {
    let residual = make { ResidualMLP(3, 2, width: 6, blocks: 2, using: &$0) }
    check(residual, [[4, 3]], tolerance: 5e-2) { residual($0[0]) }
    for members in [nil, 2] {
      let network = make { MLP([3, 5, 2], members: members, activation: .silu, using: &$0) }
      check(network, [[4, 3]]) { network($0[0]) }
    }
  }

  @Test func sequences() {
    for (kernel, stride, padding) in [(3, 1, 1), (4, 2, 1), (5, 1, 2), (1, 1, 0)] {
      let convolution = make { Convolution1D(2, 3, kernel: kernel, stride: stride, padding: padding, using: &$0) }
      check(convolution, [[2, 6, 2]]) { convolution($0[0]) }
    }
    let transposed = make { TransposedConvolution1D(2, 3, kernel: 4, stride: 2, padding: 1, using: &$0) }
    check(transposed, [[2, 3, 2]]) { transposed($0[0]) }
    #expect(transposed(.zeros([2, 3, 2])).shape == [2, 6, 3])
    let block = make { TemporalBlock(2, 4, length: 3, condition: 2, kernel: 3, groups: 2, using: &$0) }
    check(block, [[2, 3, 2], [2, 2]], tolerance: 5e-2) { block($0[0], $0[1]) }
    for isCausal in [false, true] {
      let attention = make { MultiHeadAttention(features: 4, heads: 2, using: &$0) }
      check(attention, [[2, 3, 4]], tolerance: 5e-2) { attention($0[0], isCausal: isCausal) }
    }
    check([[4, 3]]) { $0[0].rows(at: Tensor([2, 0, 2])) }
  }

  @Test func causalAttentionDoesNotSeeTheFuture() {
    let attention = make { MultiHeadAttention(features: 4, heads: 2, using: &$0) }
    let x = RandomStream(RandomGenerator(seed: 2)).normal([1, 5, 4])
    let before = attention(x, isCausal: true).floats
    var changed = x.floats
    for index in 12..<20 { changed[index] += 1 }
    let after = attention(Tensor(changed, shape: [1, 5, 4]), isCausal: true).floats
    #expect(Array(before[..<12]) == Array(after[..<12]))
    #expect(before[12...] != after[12...])
  }

  /// Hand-computed values.
  @Test func losses() {
    let (x, y) = (Tensor([0, 2, -3]), Tensor([1, 0, -3]))
    #expect(meanSquaredError(x, y, .none).floats == [1, 4, 0])
    #expect(huberLoss(x, y, delta: 1.5, .none).floats == [0.5, 1.5 * (2 - 0.75), 0])
    #expect(expectileLoss(x, y, level: 0.7, .none).floats.map { ($0 * 100).rounded() } == [70, 120, 0])
    let likelihood = gaussianNegativeLogLikelihood(x, logStandardDeviation: Tensor([0, 0.5, 0]), y, .none).floats
    let constant = 0.5 * log(2 * Float.pi)
    let scaled: Float = 2 * exp(-1) + 0.5
    expectClose(likelihood, [0.5 + constant, scaled + constant, constant])
    let unlikely: Float = log(1 + exp(2))
    let likely: Float = log(1 + exp(-3)) + 1.5
    expectClose(logisticLoss(x, Tensor([1, 0, 0.5]), .none).floats, [log(2), unlikely, likely])
    #expect(meanSquaredError(x, y, .sum).item() == 5)
    check([[7], [7]]) { huberLoss($0[0], $0[1], delta: 0.5) }
    check([[7], [7]]) { expectileLoss($0[0], $0[1], level: 0.8) }
    check([[7], [7], [7]], in: -1...1) { gaussianNegativeLogLikelihood($0[0], logStandardDeviation: $0[1], $0[2]) }
    check([[7], [7]]) { logisticLoss($0[0], $0[1]) }
  }

  private func expectClose(_ found: [Float], _ expected: [Float]) {
    for (value, reference) in zip(found, expected) { #expect(abs(value - reference) < 1e-5) }
  }

  @Test func initialisations() {
    func moments(_ initialisation: Initialisation) -> (mean: Double, variance: Double) {
      let values = make { initialisation.weights(inputs: 100, outputs: 300, using: &$0) }.map { Double($0) }
      let count = Double(values.count)
      let mean: Double = values.reduce(0, +) / count
      let square: Double = values.reduce(0) { $0 + $1 * $1 } / count
      return (mean, square - mean * mean)
    }
    let expected: [(Initialisation, Double)] = [
      (.uniformFanIn, 1 / 300.0), (.uniform(0.3), 0.03), (.kaimingNormal, 0.02), (.kaimingUniform, 0.02),
      (.xavierUniform, 2 / 400.0), (.xavierNormal, 2 / 400.0), (.lecunNormal, 0.01), (.orthogonal(gain: 2), 4 / 300.0),
      (.zero, 0),
    ]
    for (initialisation, variance) in expected {
      let found = moments(initialisation)
      #expect(abs(found.mean) < 0.01, "\(initialisation)")
      #expect(abs(found.variance - variance) <= 0.05 * variance, "\(initialisation): \(found.variance)")
    }
    for (inputs, outputs) in [(5, 8), (8, 5), (6, 6)] {
      let weights = make { Initialisation.orthogonal(gain: 3).weights(inputs: inputs, outputs: outputs, using: &$0) }
      let w = Tensor(weights, shape: [inputs, outputs])
      let product = inputs <= outputs ? matmul(w, w, transposeRight: true) : matmul(w, w, transposeLeft: true)
      let size = min(inputs, outputs)
      for (index, value) in product.floats.enumerated() {
        #expect(abs(value - (index / size == index % size ? 9 : 0)) < 1e-4)
      }
    }
  }

  @Test func schedules() {
    #expect(LearningRateSchedule.constant.factor(at: 10) == 1)
    #expect(
      [0, 5, 10, 20].map { LearningRateSchedule.linear(steps: 10, end: 0.2).factor(at: $0) } == [1, 0.6, 0.2, 0.2])
    let cosine = LearningRateSchedule.cosine(steps: 12, warmUp: 2)
    #expect([0, 1, 2, 12, 50].map(cosine.factor) == [0, 0.5, 1, 0, 0])
    #expect(abs(cosine.factor(at: 7) - 0.5) < 1e-6)
    let half = LearningRateSchedule.cosine(steps: 12, end: 0.5)
    #expect([0, 12, 50].map(half.factor) == [1, 0.5, 0.5] && abs(half.factor(at: 6) - 0.75) < 1e-6)
  }
}
