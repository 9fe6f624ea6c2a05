import SinewKernels
import Testing

/// Convolutions against sums written out, on every instruction set and with several threads.
@Suite struct ConvolutionTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    var batch: Int, height: Int, width: Int, channels: Int, kernel: Int, stride: Int, padding: Int, outputs: Int
    init(_ sizes: [Int]) {
      (batch, height, width, channels) = (sizes[0], sizes[1], sizes[2], sizes[3])
      (kernel, stride, padding, outputs) = (sizes[4], sizes[5], sizes[6], sizes[7])
    }
    var testDescription: String { "\(dimensions)" }
    var outHeight: Int { (height + 2 * padding - kernel) / stride + 1 }
    var outWidth: Int { (width + 2 * padding - kernel) / stride + 1 }
    var dimensions: [Int] {
      [batch, height, width, channels, kernel, stride, padding, outHeight, outWidth, outputs]
    }
    var inputs: Int { batch * height * width * channels }
    var weights: Int { kernel * kernel * channels * outputs }
    var results: Int { batch * outHeight * outWidth * outputs }

    /// Calls body(result, input, weight) for every product of the sums.
    func forEachTerm(_ body: (Int, Int, Int) -> Void) {
      for b in 0..<batch {
        for y in 0..<outHeight {
          for x in 0..<outWidth {
            for i in 0..<kernel {
              let row = y * stride + i - padding
              guard row >= 0, row < height else { continue }
              for j in 0..<kernel {
                let column = x * stride + j - padding
                guard column >= 0, column < width else { continue }
                for c in 0..<channels {
                  for o in 0..<outputs {
                    body(
                      ((b * outHeight + y) * outWidth + x) * outputs + o,
                      ((b * height + row) * width + column) * channels + c,
                      ((i * kernel + j) * channels + c) * outputs + o)
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  /// Batch, height, width, channels, kernel, stride, padding, outputs.
  static let shapes: [Shape] = [
    [0, 3, 3, 2, 3, 1, 1, 4], [1, 1, 1, 1, 1, 1, 0, 1], [2, 5, 4, 3, 3, 1, 0, 2], [1, 6, 9, 2, 3, 2, 1, 5],
    [3, 7, 5, 4, 1, 1, 0, 33], [2, 7, 8, 1, 4, 4, 0, 16], [2, 8, 7, 5, 2, 3, 0, 17], [1, 9, 9, 2, 5, 3, 2, 3],
    [4, 20, 21, 3, 3, 2, 0, 32], [3, 17, 16, 32, 3, 1, 0, 32], [1, 6, 6, 70, 3, 1, 2, 65], [2, 2, 2, 3, 5, 1, 2, 40],
    [1, 3, 40, 16, 3, 1, 1, 8], [2, 5, 5, 8, 3, 1, 4, 8], [2, 1, 30, 1, 1, 5, 0, 1], [5, 9, 9, 64, 4, 2, 1, 48],
  ].map(Shape.init)

  struct Case {
    var shape: Shape
    var flags = 0
    var activation: sinew_unary = SINEW_RELU
  }

  /// The results of one convolution and of its gradients: out, saved, dx, dw, d_bias.
  private func reference(
    _ test: Case, x: [Float], w: [Float], dy: [Float], bias: [Float], saved: [Float]
  ) -> [[Double]] {
    let shape = test.shape
    let function = UnaryTests.functions[Int(test.activation.rawValue)]
    var out = (0..<shape.results).map { Double(bias[$0 % shape.outputs]) }
    var dx = [Double](repeating: 0, count: shape.inputs)
    var dw = [Double](repeating: 0, count: shape.weights)
    var dBias = [Double](repeating: 0, count: shape.outputs)
    shape.forEachTerm { result, input, weight in
      out[result] += Double(x[input]) * Double(w[weight])
      dx[input] += Double(dy[result]) * Double(w[weight])
      dw[weight] += Double(dy[result]) * Double(x[input])
    }
    for (index, value) in dy.enumerated() { dBias[index % shape.outputs] += Double(value) }
    let usesOutput = sinew_unary_gradient_uses_output(Int32(test.activation.rawValue))
    for index in dx.indices {
      let kept = Double(saved[index])
      dx[index] *= usesOutput ? MatmulTests.Case.derivative(test.activation, output: kept) : function.derivative(kept)
    }
    return [out.map(function.value), out, dx, dw, dBias]
  }

  private func check(_ test: Case, seed: UInt64) {
    let shape = test.shape
    var numbers = Numbers(seed)
    let x = numbers.floats(shape.inputs), w = numbers.floats(shape.weights), dy = numbers.floats(shape.results)
    let bias = numbers.floats(shape.outputs), saved = numbers.floats(shape.inputs).map { $0 * 0.9 }
    let exact = reference(test, x: x, w: w, dy: dy, bias: bias, saved: saved)
    let usesPairs = test.flags & SINEW_MATMUL_BF16 != 0
    let rounded =
      usesPairs
      ? reference(
        test, x: x.map(roundedToBFloat16), w: w.map(roundedToBFloat16), dy: dy.map(roundedToBFloat16), bias: bias,
        saved: saved) : exact
    let stores = !sinew_unary_gradient_uses_output(Int32(test.activation.rawValue))
    let function = Int(test.activation.rawValue) << 8
    let results = outputsOfEverySet(named: shape.testDescription) {
      let inputs = [x, w, dy, bias, saved].map { Buffer($0) }
      let outputs = [shape.results, shape.results, shape.inputs, shape.weights, shape.outputs].map {
        Buffer([Float](repeating: .nan, count: $0))
      }
      return Program(
        instructions: [
          makeInstruction(
            SINEW_CONVOLUTION, mode: test.flags | SINEW_MATMUL_BIAS | SINEW_MATMUL_ACTIVATION | function,
            shape.dimensions, [outputs[0].raw, inputs[0].raw, inputs[1].raw, inputs[3].raw, outputs[1].raw]),
          makeInstruction(
            SINEW_CONVOLUTION_INPUT_GRADIENT, mode: test.flags | SINEW_MATMUL_ACTIVATION_GRADIENT | function,
            shape.dimensions, [outputs[2].raw, inputs[2].raw, inputs[1].raw, nil, inputs[4].raw]),
          makeInstruction(
            SINEW_CONVOLUTION_WEIGHT_GRADIENT, mode: test.flags, shape.dimensions,
            [outputs[3].raw, inputs[0].raw, inputs[2].raw, outputs[4].raw]),
        ], outputs: outputs, inputs: inputs)
    }
    for (set, values) in results {
      let pairs = usesPairs && ["avx512bf16", "amx"].contains(set)
      for (index, name) in ["out", "saved", "dx", "dw", "d_bias"].enumerated() where index != 1 || stores {
        let entries = shape.kernel * shape.kernel
        let forward = entries * shape.channels
        let terms = [forward, forward, entries * shape.outputs, shape.results, shape.results]
        let expected = pairs && multipliesPairs(shape, index) ? rounded[index] : exact[index]
        expectClose(
          values[index], expected, absolute: 1e-5 * Double(max(terms[index], 1)).squareRoot(), relative: 0,
          "\(name) of \(shape.testDescription) on \(set)")
      }
    }
  }

  /// Whether an output is one whose products gain from bfloat16.
  private func multipliesPairs(_ shape: Shape, _ output: Int) -> Bool {
    let entries = shape.kernel * shape.kernel
    return switch output {
    case 0, 1: shape.outputs >= 8 && entries * shape.channels >= 16
    case 2: shape.channels >= 8 && entries * shape.outputs >= 16
    case 3: shape.outputs >= 8 && entries * shape.channels >= 16 && shape.outWidth > 1
    default: false
    }
  }

  @Test(arguments: shapes) func float32(shape: Shape) {
    for (seed, activation) in [SINEW_IDENTITY, SINEW_RELU, SINEW_GELU].enumerated() {
      check(Case(shape: shape, activation: activation), seed: UInt64(seed + 1))
    }
  }

  @Test(arguments: shapes) func bfloat16(shape: Shape) {
    for (seed, activation) in [SINEW_RELU, SINEW_MISH].enumerated() {
      check(Case(shape: shape, flags: SINEW_MATMUL_BF16, activation: activation), seed: UInt64(seed + 1))
    }
  }
}
