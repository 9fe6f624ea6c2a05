import Testing

@testable import SinewTensor

/// Operations at random shapes, empty and single ones included, against finite differences.
@Suite struct RandomisedGradientTests {
  private static let lengths = [0, 1, 1, 2, 3, 5, 7]

  private func shape(_ generator: inout RandomGenerator, rank: Int) -> [Int] {
    (0..<rank).map { _ in Self.lengths[generator.index(below: Self.lengths.count)] }
  }

  /// A shape that broadcasts against `shape`: some dimensions 1, some leading ones missing.
  private func broadcastable(_ shape: [Int], _ generator: inout RandomGenerator) -> [Int] {
    let kept = shape.suffix(generator.index(below: shape.count + 1))
    return kept.map { generator.index(below: 3) == 0 ? 1 : $0 }
  }

  @Test(arguments: 0..<40) func elementwise(_ seed: UInt64) {
    var generator = RandomGenerator(seed: seed)
    let left = shape(&generator, rank: 1 + generator.index(below: 4))
    let right = broadcastable(left, &generator)
    let operations: [([Tensor]) -> Tensor] = [
      { $0[0] + $0[1] }, { $0[0] - $0[1] }, { $0[1] - $0[0] * $0[0] }, { $0[0] * $0[1] }, { $0[0] / $0[1] },
      { ($0[0] * $0[1]).tanh() }, { $0[1].exp() * $0[0].sigmoid() }, { ($0[0] + $0[1]).softplus().sqrt() },
    ]
    check([left, right], in: 0.5...1.5, seed: seed + 1, operations[generator.index(below: operations.count)])
  }

  @Test(arguments: 0..<40) func reductionsAndShapes(_ seed: UInt64) {
    var generator = RandomGenerator(seed: 100 + seed)
    let rank = 1 + generator.index(below: 4)
    let shape = shape(&generator, rank: rank)
    let axis = generator.index(below: rank)
    let length = shape[axis]
    let start = length == 0 ? 0 : generator.index(below: length)
    let order = (0..<rank).map { ($0 + axis) % rank }
    let operations: [([Tensor]) -> Tensor] = [
      { $0[0].sum(axis: axis) }, { $0[0].squared().sum(axis: axis, keepingDimension: true) }, { $0[0].sum() },
      { $0[0].transposed(order).exp() }, { $0[0].slice(start..<length, axis: axis) * 2 },
      { concatenated([$0[0], $0[0].squared()], axis: axis) }, { $0[0].reshaped([$0[0].count]).tanh() },
    ]
    check([shape], seed: seed + 1, operations[generator.index(below: operations.count)])
  }

  @Test(arguments: 0..<60) func products(_ seed: UInt64) {
    var generator = RandomGenerator(seed: 200 + seed)
    let sizes = (0..<4).map { _ in Self.lengths[generator.index(below: Self.lengths.count)] }
    let (members, m, n, k) = (sizes[0], sizes[1], sizes[2], sizes[3])
    let (transposeLeft, transposeRight) = (generator.index(below: 2) == 1, generator.index(below: 2) == 1)
    let batches: [([Int], [Int])] = [([], []), ([members], [members]), ([members], []), ([], [members])]
    let (leftBatch, rightBatch) = batches[generator.index(below: 4)]
    let left = leftBatch + (transposeLeft ? [k, m] : [m, k])
    let right = rightBatch + (transposeRight ? [n, k] : [k, n])
    check([left, right], in: -1...1, seed: seed + 1) {
      matmul($0[0], $0[1], transposeLeft: transposeLeft, transposeRight: transposeRight)
    }
    let activation = [Activation.identity, .tanh, .silu, .gelu, .mish, .sigmoid][generator.index(below: 6)]
    check([leftBatch + [m, k], rightBatch + [k, n], rightBatch + [n]], in: -1...1, seed: seed + 1) {
      linear($0[0], $0[1], bias: $0[2], activation: activation)
    }
  }

  @Test(arguments: 0..<30) func rowsOfAnyLength(_ seed: UInt64) {
    var generator = RandomGenerator(seed: 300 + seed)
    let rows = Self.lengths[generator.index(below: 7)]
    let length = 1 + generator.index(below: 40)
    let operations: [([Tensor]) -> Tensor] = [
      { $0[0].softmax() }, { $0[0].logSumExp() },
      { layerNorm($0[0], gain: $0[1], bias: $0[2], epsilon: 1e-1) + 0 * $0[0] },
    ]
    let which = generator.index(below: 3)
    check(which == 2 ? [[rows, length], [length], [length]] : [[rows, length]], seed: seed + 1, operations[which])
    let actions = 1 + generator.index(below: 9)
    let noise = RandomStream(generator).normal([rows, actions])
    check([[rows, 2 * actions]], in: -1...1, seed: seed + 1) { inputs in
      let (action, logProbability) = squashedGaussian(inputs[0], noise: noise, logStandardDeviation: .clamped(-5...2))
      return action + logProbability
    }
  }
}
