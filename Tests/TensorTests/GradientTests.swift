import Testing

@testable import SinewTensor

/// Every differentiable operation against central finite differences.
@Suite struct GradientTests {
  @Test func arithmeticBroadcasts() {
    for (left, right) in [
      ([3, 4], [3, 4]), ([3, 4], [4]), ([3, 1], [1, 4]), ([], [2, 3]), ([2, 3, 4], [3, 1]), ([1], [5]),
    ] {
      check([left, right]) { $0[0] + $0[1] }
      check([left, right]) { $0[0] - $0[1] }
      check([left, right]) { $0[0] * $0[1] }
      check([left, right], in: 0.5...2) { $0[0] / $0[1] }
      check([left, right]) { minimum($0[0], $0[1]) * 2 }
      check([left, right]) { maximum($0[0], $0[1]) }
    }
    check([[3]]) { 2 - $0[0] * 3 + 1 }
    check([[3]], in: 0.5...2) { 2 / $0[0] }
  }

  @Test func functions() {
    for shape in [[7], [3, 5], [1, 1], [33]] {
      check([shape]) { $0[0].exp() }
      check([shape], in: 0.5...3) { $0[0].log() }
      check([shape], in: 0.5...3) { $0[0].sqrt() }
      check([shape]) { $0[0].squared() }
      check([shape], in: 0.1...2) { $0[0].abs() }
      check([shape], in: -2 ... -0.1) { $0[0].abs() }
      check([shape], in: 0.5...2) { $0[0].reciprocal() }
      check([shape]) { $0[0].sin() }
      check([shape]) { $0[0].cos() }
      check([shape], in: 0.1...2) { $0[0].relu() }
      check([shape], in: -2 ... -0.1) { $0[0].relu() }
      check([shape], in: -0.9...0.9) { $0[0].clamped(to: -1...1) }
      check([shape], in: 1.1...2) { $0[0].clamped(to: -1...1) + $0[0] * 0.1 }
      for activation in Activation.allCases where activation != .relu {
        check([shape]) { activation($0[0]) }
      }
      check([shape]) { $0[0].softplus() }
    }
  }

  @Test func reductions() {
    check([[2, 3, 4]]) { $0[0].sum() }
    check([[2, 3, 4]]) { $0[0].mean() }
    for axis in -3..<3 {
      check([[2, 3, 4]]) { $0[0].sum(axis: axis) }
      check([[2, 3, 4]]) { $0[0].mean(axis: axis, keepingDimension: true) }
      check([[2, 3, 4]], seed: 5) { $0[0].maximum(axis: axis) }
      check([[2, 3, 4]], seed: 5) { $0[0].minimum(axis: axis) }
      check([[2, 3, 4]]) { $0[0].variance(axis: axis) }
    }
    check([[3, 5]]) { $0[0].logSumExp() }
    check([[3, 5]]) { $0[0].softmax() }
    check([[1, 1]]) { $0[0].softmax() + $0[0] }
  }

  @Test func shapes() {
    check([[2, 3, 4]]) { $0[0].reshaped([6, -1]) }
    check([[3, 1]]) { $0[0].broadcast(to: [2, 3, 4]) }
    check([[2, 3, 4]]) { $0[0].transposed([2, 0, 1]) }
    check([[2, 3, 4]]) { $0[0].transposed() }
    check([[2, 3, 4]]) { $0[0].slice(1..<3, axis: 1) }
    check([[4, 3]]) { $0[0].slice(1..<3, axis: 0).squared() }
    check([[4, 3]]) { $0[0].slice(0..<2, axis: 1) * $0[0].slice(1..<3, axis: 1) }
    check([[2, 3], [2, 1], [2, 4]]) { concatenated($0, axis: 1) }
    check([[2, 3], [1, 3]]) { concatenated($0, axis: 0).squared() }
    check([[2, 3], [2, 3]]) { select(Tensor([1, 0, 1, 0, 0, 1], shape: [2, 3]), $0[0], $0[1]) }
  }

  @Test func products() {
    check([[3, 5], [5, 2]]) { matmul($0[0], $0[1]) }
    check([[5, 3], [5, 2]]) { matmul($0[0], $0[1], transposeLeft: true) }
    check([[3, 5], [2, 5]]) { matmul($0[0], $0[1], transposeRight: true) }
    check([[5, 3], [2, 5]]) { matmul($0[0], $0[1], transposeLeft: true, transposeRight: true) }
    check([[2, 3, 5], [2, 5, 4]]) { matmul($0[0], $0[1]) }
    check([[3, 5], [2, 5, 4]]) { matmul($0[0], $0[1]) }
    check([[2, 3, 5], [5, 4]]) { matmul($0[0], $0[1]) }
    check([[2, 3, 5], [4, 5]]) { matmul($0[0], $0[1], transposeRight: true) }
    check([[1, 1], [1, 1]]) { matmul($0[0], $0[1]) }
  }

  @Test func layers() {
    for activation in Activation.allCases where activation != .relu {
      check([[4, 3], [3, 5], [5]]) { linear($0[0], $0[1], bias: $0[2], activation: activation) }
      check([[4, 3], [2, 3, 5], [2, 5]]) { linear($0[0], $0[1], bias: $0[2], activation: activation) }
      check([[2, 4, 3], [2, 3, 5], [2, 5]]) { linear($0[0], $0[1], bias: $0[2], activation: activation) }
      check([[2, 4, 3], [3, 5], [5]]) { linear($0[0], $0[1], bias: $0[2], activation: activation) }
    }
    // A stack, so that the derivative of one layer is fused into the product of the next.
    for activation in [Activation.tanh, .silu, .gelu, .mish] {
      check([[4, 3], [3, 6], [6], [6, 6], [6], [6, 1], [1]]) { p in
        let first = linear(p[0], p[1], bias: p[2], activation: activation)
        let second = linear(first, p[3], bias: p[4], activation: activation)
        return linear(second, p[5], bias: p[6], activation: .identity)
      }
    }
  }

  @Test func squashedGaussians() {
    var generator = RandomGenerator(seed: 3)
    let noise = Tensor((0..<12).map { _ in Float(generator.normal()) }, shape: [4, 3])
    for form in [LogStandardDeviation.clamped(-20...2), .squashed(-5...2)] {
      check([[4, 6]], in: -1...1) { squashedGaussian($0[0], noise: noise, logStandardDeviation: form).action }
      check([[4, 6]], in: -1...1) { squashedGaussian($0[0], noise: noise, logStandardDeviation: form).logProbability }
      check([[4, 6]], in: -1...1) { inputs in
        let (action, logProbability) = squashedGaussian(inputs[0], noise: noise, logStandardDeviation: form)
        return action.sum(axis: 1, keepingDimension: true) * logProbability
      }
    }
  }

  @Test func onlyWhatWasAskedForReceivesAGradient() {
    let (x, y) = (Tensor([2]), Tensor([3]))
    let (value, gradients) = valueAndGradient(of: [x]) { (x * y.detached() * x).sum() }
    #expect(value.item() == 12)
    #expect(gradients[x]?.floats == [12])
    #expect(gradients[y] == nil)
    let (_, stopped) = valueAndGradient(of: [x]) { (x * x.detached()).sum() }
    #expect(stopped[x]?.floats == [2])
  }
}
