import Foundation
import SinewKernels
import Testing

@Suite struct MatmulTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    var batch: Int, m: Int, n: Int, k: Int
    var testDescription: String { "\(batch)×[\(m)×\(k)]·[\(k)×\(n)]" }
    init(_ batch: Int, _ m: Int, _ n: Int, _ k: Int) { (self.batch, self.m, self.n, self.k) = (batch, m, n, k) }
  }

  static let shapes: [Shape] = [
    Shape(1, 0, 3, 4), Shape(2, 0, 1, 4), Shape(1, 0, 300, 4), Shape(2, 3, 300, 40), Shape(1, 3, 0, 4),
    Shape(2, 3, 4, 0), Shape(0, 3, 4, 5), Shape(1, 1, 1, 1), Shape(1, 1, 256, 17),
    Shape(1, 1, 6, 256), Shape(2, 3, 5, 7), Shape(1, 2, 33, 64), Shape(1, 5, 2, 1), Shape(1, 17, 1, 31),
    Shape(2, 256, 1, 256), Shape(2, 64, 256, 1), Shape(1, 12, 32, 40), Shape(1, 13, 31, 41), Shape(2, 65, 129, 70),
    Shape(3, 256, 256, 23), Shape(2, 100, 48, 300), Shape(1, 150, 130, 290), Shape(1, 7, 300, 1100), Shape(1, 8, 64, 8),
    Shape(2, 4, 12, 256), Shape(1, 256, 12, 256), Shape(1, 23, 256, 256), Shape(1, 300, 40, 20), Shape(1, 45, 37, 1101),
  ]

  /// Products with A, B stored as the flags say, and everything that may follow.
  struct Case {
    var shape: Shape
    var flags: Int
    var activation: sinew_unary = SINEW_RELU
    var sharesA = false
    var sharesB = false
    var sharesBias = false

    func has(_ flag: Int) -> Bool { flags & flag != 0 }

    /// What sinew_kernels.h says of SINEW_MATMUL_BF16.
    func multipliesInBFloat16(on set: String) -> Bool {
      has(SINEW_MATMUL_BF16) && ["avx512bf16", "amx"].contains(set) && shape.m >= 16 && shape.n >= 8 && shape.k >= 16
    }

    func check(_ seed: UInt64, sourceLocation: SourceLocation = #_sourceLocation) {
      let (batch, m, n, k) = (shape.batch, shape.m, shape.n, shape.k)
      var numbers = Numbers(seed)
      let a = numbers.floats((sharesA ? 1 : batch) * m * k), b = numbers.floats((sharesB ? 1 : batch) * k * n)
      let bias = numbers.floats((sharesBias ? 1 : batch) * n), before = numbers.floats(batch * m * n)
      let usesOutput = sinew_unary_gradient_uses_output(Int32(activation.rawValue))
      let function = UnaryTests.functions[Int(activation.rawValue)]
      let savedBefore = numbers.floats(batch * m * n).map { $0 * 0.9 }
      let stores = has(SINEW_MATMUL_ACTIVATION) && !usesOutput
      let label = "\(shape.testDescription) flags \(flags)"
      func reference(_ a: [Float], _ b: [Float]) -> (expected: [Double], preActivation: [Double]) {
        var expected: [Double] = [], preActivation: [Double] = []
        for index in 0..<batch {
          let startA = sharesA ? 0 : index * m * k, startB = sharesB ? 0 : index * k * n
          for row in 0..<m {
            for column in 0..<n {
              var sum = 0.0
              for term in 0..<k {
                let left = a[startA + (has(SINEW_MATMUL_TRANSPOSE_A) ? term * m + row : row * k + term)]
                let right = b[startB + (has(SINEW_MATMUL_TRANSPOSE_B) ? column * k + term : term * n + column)]
                sum += Double(left) * Double(right)
              }
              let position = (index * m + row) * n + column
              if has(SINEW_MATMUL_ACCUMULATE) { sum += Double(before[position]) }
              if has(SINEW_MATMUL_BIAS) { sum += Double(bias[(sharesBias ? 0 : index * n) + column]) }
              preActivation.append(sum)
              if has(SINEW_MATMUL_ACTIVATION) { sum = function.value(sum) }
              if has(SINEW_MATMUL_ACTIVATION_GRADIENT) {
                let saved = Double(savedBefore[position])
                sum *= usesOutput ? Self.derivative(activation, output: saved) : function.derivative(saved)
              }
              expected.append(sum)
            }
          }
        }
        return (expected, preActivation)
      }
      var sums: [Double] = []
      for index in 0..<batch {
        let startB = sharesB ? 0 : index * k * n
        for column in 0..<n {
          sums.append(
            (0..<k).map { term in
              Double(b[startB + (has(SINEW_MATMUL_TRANSPOSE_B) ? column * k + term : term * n + column)])
            }.reduce(0, +))
        }
      }
      let exact = reference(a, b)
      let rounded =
        multipliesInBFloat16(on: "amx")
        ? reference(a.map(roundedToBFloat16), b.map(roundedToBFloat16)) : exact
      func make() -> Program {
        let out = Buffer(has(SINEW_MATMUL_ACCUMULATE) ? before : [Float](repeating: .nan, count: batch * m * n))
        let saved = Buffer(savedBefore), columnSums = Buffer(count: batch * n)
        let inputs = [Buffer(a), Buffer(b), Buffer(bias)]
        let needsSaved = has(SINEW_MATMUL_ACTIVATION) || has(SINEW_MATMUL_ACTIVATION_GRADIENT)
        return Program(
          instructions: [
            makeInstruction(
              SINEW_MATMUL, mode: flags | Int(activation.rawValue) << 8,
              [batch, m, n, k, sharesA ? 0 : m * k, sharesB ? 0 : k * n, sharesBias ? 0 : 1],
              [
                out.raw, inputs[0].raw, inputs[1].raw, inputs[2].raw, needsSaved ? saved.raw : nil,
                has(SINEW_MATMUL_COLUMN_SUMS) ? columnSums.raw : nil,
              ])
          ], outputs: [out, saved, columnSums], inputs: inputs)
      }
      var results = outputsOfEverySet(named: label, sourceLocation: sourceLocation, make)
      if has(SINEW_MATMUL_BF16) { results += outputsOfEmulatedTiles(make) }
      for (set, values) in results {
        let (expected, preActivation) = multipliesInBFloat16(on: set) ? rounded : exact
        let spread = 1e-5 * Double(max(k, 1)).squareRoot()
        expectClose(
          values[0], expected, absolute: spread, relative: 0, "\(label) on \(set)", sourceLocation: sourceLocation)
        expectClose(
          values[1], stores ? preActivation : savedBefore.map(Double.init), absolute: stores ? spread : 0, relative: 0,
          "\(label) saved on \(set)", sourceLocation: sourceLocation)
        if has(SINEW_MATMUL_COLUMN_SUMS) {
          expectClose(
            values[2], sums, absolute: 1e-6 * Double(max(k, 1)).squareRoot(), relative: 1e-6, "\(label) sums on \(set)",
            sourceLocation: sourceLocation)
        }
      }
    }

    static func derivative(_ function: sinew_unary, output y: Double) -> Double {
      switch function {
      case SINEW_RELU: y > 0 ? 1 : 0
      case SINEW_TANH: 1 - y * y
      case SINEW_SIGMOID: y * (1 - y)
      default: .nan
      }
    }
  }

  @Test(arguments: shapes) func everyTransposition(shape: Shape) {
    for flags in 0..<4 {
      Case(shape: shape, flags: flags).check(UInt64(flags + 1))
      Case(shape: shape, flags: flags | SINEW_MATMUL_ACCUMULATE | SINEW_MATMUL_COLUMN_SUMS).check(UInt64(flags + 9))
    }
  }

  @Test(arguments: shapes) func biasAndActivation(shape: Shape) {
    for (index, activation) in [SINEW_RELU, SINEW_TANH, SINEW_SILU, SINEW_MISH, SINEW_GELU, SINEW_IDENTITY].enumerated()
    {
      Case(
        shape: shape, flags: SINEW_MATMUL_BIAS | SINEW_MATMUL_ACTIVATION | (index % 4), activation: activation,
        sharesBias: index == 2
      ).check(UInt64(index))
    }
    Case(shape: shape, flags: SINEW_MATMUL_BIAS).check(100)
  }

  @Test(arguments: shapes) func activationGradient(shape: Shape) {
    for (index, activation) in [SINEW_RELU, SINEW_TANH, SINEW_SILU, SINEW_SIGMOID].enumerated() {
      Case(
        shape: shape, flags: SINEW_MATMUL_TRANSPOSE_B | SINEW_MATMUL_ACTIVATION_GRADIENT, activation: activation
      ).check(UInt64(index))
    }
  }

  @Test func sharedOperands() {
    for shape in [Shape(2, 33, 40, 17), Shape(3, 128, 64, 96), Shape(2, 1, 40, 17), Shape(2, 40, 1, 17)] {
      for flags in 0..<4 {
        Case(shape: shape, flags: flags, sharesA: true).check(1)
        Case(shape: shape, flags: flags | SINEW_MATMUL_COLUMN_SUMS, sharesB: true).check(2)
        Case(shape: shape, flags: flags | SINEW_MATMUL_BF16, sharesA: true).check(3)
        Case(shape: shape, flags: flags | SINEW_MATMUL_BF16, sharesB: true).check(4)
      }
    }
  }

  /// Operands rounded to bfloat16, to nearest and ties to even; everything after that as exact as in float32.
  @Test(arguments: shapes) func bfloat16(shape: Shape) {
    let forward = SINEW_MATMUL_BF16 | SINEW_MATMUL_BIAS | SINEW_MATMUL_ACTIVATION
    for transposed in 0..<4 {
      let backward = SINEW_MATMUL_BF16 | SINEW_MATMUL_COLUMN_SUMS | transposed
      Case(shape: shape, flags: SINEW_MATMUL_BF16 | transposed).check(1)
      Case(shape: shape, flags: backward).check(2)
      Case(shape: shape, flags: backward | SINEW_MATMUL_ACCUMULATE).check(3)
      for activation in [SINEW_RELU, SINEW_TANH, SINEW_SILU] {
        Case(shape: shape, flags: forward | transposed, activation: activation).check(4)
        Case(
          shape: shape, flags: SINEW_MATMUL_BF16 | SINEW_MATMUL_ACTIVATION_GRADIENT | transposed, activation: activation
        ).check(5)
      }
    }
  }

  @Test(arguments: [0, SINEW_MATMUL_BF16]) func nanAndInfinitySurvive(precision: Int) {
    let (m, n, k) = (40, 24, 50)
    var numbers = Numbers(7)
    var a = numbers.floats(m * k, 0.5, 1), b = numbers.floats(k * n, 0.5, 1)
    a[3 * k + 5] = .nan
    a[4 * k] = Float(bitPattern: 0x7f80_0001)  // a NaN whose bits in bfloat16's reach are infinity's
    a[7 * k + 49] = -.infinity
    b[4 * n + 9] = .infinity
    func make() -> Program {
      let out = Buffer(count: m * n, of: 0), inputs = [Buffer(a), Buffer(b)]
      return Program(
        instructions: [
          makeInstruction(
            SINEW_MATMUL, mode: precision, [1, m, n, k, 0, 0, 0], [out.raw, inputs[0].raw, inputs[1].raw])
        ], outputs: [out], inputs: inputs)
    }
    for (set, values) in outputsOfEverySet(make) + outputsOfEmulatedTiles(make) {
      for row in 0..<m {
        for column in 0..<n {
          let value = values[0][row * n + column]
          let isRight =
            switch (row, column) {
            case (3, _), (4, _), (7, 9): value.isNaN
            case (7, _): value == -.infinity
            case (_, 9): value == .infinity
            default: value.isFinite && value > 0
            }
          #expect(isRight, "\(value) at \(row), \(column) on \(set)")
        }
      }
    }
  }

  @Test func randomShapes() {
    var numbers = Numbers(2026)
    for trial in 0..<120 {
      let shape = Shape(
        numbers.integer(1...3), numbers.integer(1...90), numbers.integer(1...150), numbers.integer(1...120))
      var flags = trial & 3
      if trial >= 60 { flags |= SINEW_MATMUL_BF16 }
      if numbers.chance() { flags |= SINEW_MATMUL_BIAS }
      if numbers.chance() { flags |= SINEW_MATMUL_COLUMN_SUMS }
      if numbers.chance() { flags |= SINEW_MATMUL_ACTIVATION }
      Case(shape: shape, flags: flags, activation: SINEW_TANH).check(UInt64(trial))
    }
  }
}

/// The nearest number of 8 significant bits, of two equally near the even one.
func roundedToBFloat16(_ x: Float) -> Float {
  let bits = x.bitPattern
  return Float(bitPattern: (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000)
}
