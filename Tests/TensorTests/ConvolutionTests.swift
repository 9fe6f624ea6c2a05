import Foundation
import Testing

@testable import SinewTensor

@Suite(.serialized) struct ConvolutionTests {
  @Test(arguments: 0..<40) func gradientsAtRandomShapes(_ seed: UInt64) {
    var generator = RandomGenerator(seed: seed)
    func pick(_ lengths: [Int]) -> Int { lengths[generator.index(below: lengths.count)] }
    let (kernel, stride, padding) = (pick([1, 2, 3, 4]), pick([1, 1, 2, 3]), pick([0, 0, 1, 2]))
    let least = max(kernel - 2 * padding, 1)
    let images = [pick([0, 1, 2, 3]), least + pick([0, 1, 2, 5]), least + pick([0, 1, 3, 4]), pick([1, 2, 3])]
    let weight = [kernel, kernel, images[3], pick([1, 2, 5])]
    let activation = [Activation.identity, .tanh, .silu, .gelu, .mish][generator.index(below: 5)]
    check([images, weight, [weight[3]]], in: -1...1, seed: seed + 1) {
      convolution2D($0[0], $0[1], bias: $0[2], stride: stride, padding: padding, activation: activation)
    }
  }

  @Test func layersWithoutBiasAndInAStack() {
    check([[2, 5, 4, 2], [3, 3, 2, 3]], in: -1...1) { convolution2D($0[0], $0[1], padding: 1) }
    // A stack, so that the derivative of one layer is fused into the gradient of the next.
    for (activation, stride) in [(Activation.tanh, 1), (.silu, 2), (.gelu, 1), (.mish, 2)] {
      check([[2, 7, 6, 2], [3, 3, 2, 3], [3], [2, 2, 3, 2], [2], [8, 1]], in: -1...1) { p in
        let first = convolution2D(p[0], p[1], bias: p[2], activation: activation)
        let second = convolution2D(first, p[3], bias: p[4], stride: stride, activation: activation)
        return second.slice(0..<2, axis: 1).slice(0..<2, axis: 2).reshaped([2, 8]).squared() * 2
          + matmul(second.slice(0..<2, axis: 1).slice(0..<2, axis: 2).reshaped([2, 8]), p[5])
      }
    }
  }

  @Test func oneWindowOfAWholeImageIsALinearLayer() {
    let stream = RandomStream(RandomGenerator(seed: 1))
    let (images, weight, bias) = (stream.normal([3, 4, 4, 5]), stream.normal([4, 4, 5, 6]), stream.normal([6]))
    let found = convolution2D(images, weight, bias: bias, activation: .relu)
    let expected = linear(images.reshaped([3, 80]), weight.reshaped([80, 6]), bias: bias, activation: .relu)
    #expect(found.shape == [3, 1, 1, 6])
    for (value, reference) in zip(found.floats, expected.floats) { #expect(abs(value - reference) < 1e-5) }
  }

  private func fixture() throws -> StateDictionary {
    let url = try #require(
      Bundle.module.url(forResource: "convolution", withExtension: "safetensors", subdirectory: "Fixtures"))
    return try StateDictionary(contentsOf: url)
  }

  private func expectClose(_ found: Tensor?, _ expected: Tensor, _ label: String) throws {
    let found = try #require(found)
    #expect(found.shape == expected.shape, "\(label)")
    for (value, reference) in zip(found.floats, expected.floats) {
      guard abs(value - reference) > 1e-5 * max(1, abs(reference)) else { continue }
      Issue.record("\(label): \(value) for PyTorch's \(reference)")
      return
    }
  }

  @Test(arguments: 0..<4) func pyTorchsConvolutions(_ number: Int) throws {
    let state = try fixture().section("\(number).")
    func tensor(_ name: String) throws -> Tensor {
      Tensor(try #require(state[floats: name]), shape: try #require(state.shape(name)))
    }
    let sizes = try tensor("sizes").floats.map { Int($0) }
    let (images, weight, bias, factors) = try (
      tensor("images"), tensor("weight"), tensor("bias"), tensor("factors")
    )
    func result() -> Tensor {
      convolution2D(images, weight, bias: bias, stride: sizes[0], padding: sizes[1], activation: .relu)
    }
    try expectClose(result(), tensor("result"), "the result")
    let (_, gradients) = valueAndGradient(of: [images, weight, bias]) { (result() * factors).sum() }
    try expectClose(gradients[images], tensor("images_gradient"), "the images' gradient")
    try expectClose(gradients[weight], tensor("weight_gradient"), "the weight's gradient")
    try expectClose(gradients[bias], tensor("bias_gradient"), "the bias's gradient")
  }

  @Test func pyTorchsEncoder() throws {
    let state = try fixture().section("encoder.")
    var generator = RandomGenerator(seed: 1)
    let layers = [(8, 2), (8, 1), (8, 1)].map { ConvolutionalEncoder.Layer(channels: $0, kernel: 3, stride: $1) }
    let encoder = ConvolutionalEncoder(
      .init(height: 14, width: 16, frames: 2), layers: layers, features: 10, using: &generator)
    try encoder.loadParameters(from: state, prefix: "parameters.")
    let frames = Tensor(try #require(state[floats: "frames"]), shape: [4, encoder.picture.count])
    let features = Tensor(try #require(state[floats: "features"]), shape: [4, 10])
    try expectClose(encoder(frames.brightness()), features, "the features")
    let factors = Tensor((0..<40).map { Float($0) / 40 }, shape: [4, 10])
    let (_, gradients) = valueAndGradient(of: encoder) { (encoder(frames.brightness()) * factors).sum() }
    for (name, parameter) in encoder.parameters {
      let expected = Tensor(try #require(state[floats: "gradients." + name]), shape: parameter.shape)
      try expectClose(gradients[parameter], expected, name)
    }
  }

  @Test func encodersTakeFlatRowsOfFrames() {
    var generator = RandomGenerator(seed: 1)
    let small: [ConvolutionalEncoder.Layer] = [
      .init(channels: 3, kernel: 2, stride: 2), .init(channels: 2, kernel: 2, padding: 1),
    ]
    let encoder = ConvolutionalEncoder(
      .init(height: 5, width: 4, channels: 1, frames: 2), layers: small, features: 3, using: &generator)
    // Smooth enough for differences: pixels away from where a ReLU bends are found by the seed.
    check(encoder, [[2, 40]], tolerance: 5e-2) { encoder($0[0]) }
    #expect(encoder(.zeros([0, 40])).shape == [0, 3])
    #expect(
      encoder.parameters.map(\.name) == [
        "convolutions.0.weight", "convolutions.0.bias", "convolutions.1.weight", "convolutions.1.bias",
        "linear.weight", "linear.bias", "norm.weight", "norm.bias",
      ])
    let full = ConvolutionalEncoder(.init(height: 84, width: 84), using: &generator)
    #expect(full.parameters[8].value.shape == [35 * 35 * 32, 50])
  }

  @Test func whatDoesNotFitIsSaid() {
    let layers = ConvolutionalEncoder.fourLayers
    #expect(ConvolutionalEncoder.problem(.init(height: 84, width: 84), layers) == nil)
    #expect(
      ConvolutionalEncoder.problem(.init(height: 84, width: 12), layers)
        == "convolution 4: no window of 3×3 fits into 37×1 pixels")
    #expect(
      ConvolutionalEncoder.problem(.init(height: 84, width: 84), [.init(channels: 0, kernel: 3)])
        == "convolution 1: channels, kernel and stride must be at least 1 and the padding at least 0")
    #expect(ConvolutionalEncoder.problem(.init(height: 0, width: 84), []) != nil)
  }

  @Test func bytesBecomeBrightness() {
    let brightness = Tensor((0...255).map { Float($0) }).brightness().floats
    #expect(brightness.first == 0 && brightness.last == 1)
    for (byte, value) in brightness.enumerated() {
      let exact = Float(byte) / 255
      #expect(abs(value - exact) <= exact.ulp)
    }
  }

  /// Trains an encoder for some steps; large enough that several parts share each convolution.
  private func train(threads: Int, precision: Precision, isRecorded: Bool = true) -> [Float] {
    let before = Execution.threads
    Execution.threads = threads
    defer { Execution.threads = before }
    var generator = RandomGenerator(seed: 1)
    let encoder = ConvolutionalEncoder(
      .init(height: 24, width: 20), layers: ConvolutionalEncoder.fourLayers, features: 6, using: &generator)
    let optimiser = Adam(encoder, learningRate: 1e-3)
    let recorded = Recorded(precision: precision)
    let pictures = RandomStream(RandomGenerator(seed: 2)).uniform([8, encoder.picture.count])
    func step() -> [Tensor] {
      let (loss, gradients) = valueAndGradient(of: encoder) { (encoder(pictures) - 0.5).squared().mean() }
      optimiser.update(gradients)
      return [loss]
    }
    for _ in 0..<4 { _ = isRecorded ? recorded([pictures], step) : step() }
    return encoder.parameters.flatMap(\.value.floats)
  }

  @Test(arguments: [Precision.float32, .bfloat16]) func anyNumberOfThreadsGivesTheSameBits(_ precision: Precision) {
    let one = train(threads: 1, precision: precision)
    #expect(one.allSatisfy { $0.isFinite })
    #expect(train(threads: 2, precision: precision) == one)
    #expect(train(threads: 5, precision: precision) == one)
    if precision == .float32 {
      let eager = train(threads: 2, precision: precision, isRecorded: false)
      #expect(zip(one, eager).allSatisfy { abs($0 - $1) < 1e-5 })
    }
  }

  /// The derivative of ReLU is applied as a convolution's gradient is written, and pictures get no gradient.
  @Test func layersInARowShareTheirPasses() {
    var generator = RandomGenerator(seed: 1)
    let layers = (0..<3).map { _ in Convolution2D(2, 2, kernel: 3, activation: .relu, using: &generator) }
    struct Stack: Module {
      let layers: [Convolution2D]
      var parameters: [(name: String, value: Tensor)] {
        layers.enumerated().flatMap { prefixed("\($0.offset)", $0.element) }
      }
    }
    let stack = Stack(layers: layers)
    let recorded = Recorded()
    let x = RandomStream(generator).normal([2, 9, 9, 2])
    recorded([x]) {
      let (loss, gradients) = valueAndGradient(of: stack) { layers.reduce(x) { $1($0) }.sum() }
      return [loss] + stack.parameters.compactMap { gradients[$0.value] }
    }
    // Forward 3, by weights 3, by images 2; the sum, its gradient spread over the results, and the last ReLU's.
    #expect(recorded.instructionCount == 11)
  }
}
