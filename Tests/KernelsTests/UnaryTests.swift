import Foundation
import SinewKernels
import Testing

@Suite struct UnaryTests {
  struct Function: Sendable, CustomTestStringConvertible {
    let name: String
    let id: sinew_unary
    let range: ClosedRange<Float>
    let scalars: [Float]
    let value: @Sendable (Double) -> Double
    let derivative: @Sendable (Double) -> Double
    var testDescription: String { name }

    init(
      _ name: String, _ id: sinew_unary, over range: ClosedRange<Float> = -6...6, scalars: [Float] = [],
      _ value: @escaping @Sendable (Double) -> Double, _ derivative: @escaping @Sendable (Double) -> Double
    ) {
      self.name = name
      self.id = id
      self.range = range
      self.scalars = scalars
      self.value = value
      self.derivative = derivative
    }
  }

  static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
  static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
  static func density(_ x: Double) -> Double { exp(-x * x / 2) / (2 * Double.pi).squareRoot() }
  static func distribution(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }

  static let functions: [Function] = [
    Function("negate", SINEW_NEGATE, { -$0 }, { _ in -1 }),
    Function("exp", SINEW_EXP, over: -80...80, { exp($0) }, { exp($0) }),
    Function("log", SINEW_LOG, over: 1e-6...1e3, { log($0) }, { 1 / $0 }),
    Function("sqrt", SINEW_SQRT, over: 1e-3...1e3, { $0.squareRoot() }, { 0.5 / $0.squareRoot() }),
    Function("square", SINEW_SQUARE, { $0 * $0 }, { 2 * $0 }),
    Function("abs", SINEW_ABS, { abs($0) }, { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }),
    Function("reciprocal", SINEW_RECIPROCAL, over: 0.1...9, { 1 / $0 }, { -1 / ($0 * $0) }),
    Function("sin", SINEW_SIN, over: -30...30, { sin($0) }, { cos($0) }),
    Function("cos", SINEW_COS, over: -30...30, { cos($0) }, { -sin($0) }),
    Function("tanh", SINEW_TANH, { tanh($0) }, { 1 - tanh($0) * tanh($0) }),
    Function("sigmoid", SINEW_SIGMOID, over: -30...30, { sigmoid($0) }, { sigmoid($0) * sigmoid(-$0) }),
    Function("softplus", SINEW_SOFTPLUS, over: -30...30, { softplus($0) }, { sigmoid($0) }),
    Function("relu", SINEW_RELU, { max($0, 0) }, { $0 > 0 ? 1 : 0 }),
    Function("silu", SINEW_SILU, over: -20...20, { $0 * sigmoid($0) }, { sigmoid($0) * (1 + $0 * sigmoid(-$0)) }),
    Function(
      "mish", SINEW_MISH, over: -25...25, { $0 * tanh(softplus($0)) },
      { x in
        let t = tanh(softplus(x))
        return t + x * sigmoid(x) * (1 - t * t)
      }),
    Function("gelu", SINEW_GELU, over: -5...6, { $0 * distribution($0) }, { distribution($0) + $0 * density($0) }),
    Function(
      "clamp", SINEW_CLAMP, scalars: [-1.5, 2], { min(max($0, -1.5), 2) }, { $0 >= -1.5 && $0 <= 2 ? 1 : 0 }),
    Function("affine", SINEW_AFFINE, scalars: [0.7, -3], { $0 * Double(Float(0.7)) - 3 }, { _ in Double(Float(0.7)) }),
    Function("identity", SINEW_IDENTITY, { $0 }, { _ in 1 }),
  ]

  static let counts = [0, 1, 2, 3, 7, 16, 17, 31, 64, 65, 1000, 40_001]

  @Test(arguments: functions) func valueIsWithinAFewUnits(function: Function) {
    for count in Self.counts {
      var numbers = Numbers(UInt64(count) + 1)
      let x = numbers.floats(count, function.range.lowerBound, function.range.upperBound)
      let expected = x.map { function.value(Double($0)) }
      // Cancellation at the function's zeros is judged absolutely.
      let absolute = function.id == SINEW_LOG || function.id == SINEW_SIN || function.id == SINEW_COS ? 3e-7 : 1e-37
      let relative = function.id == SINEW_GELU || function.id == SINEW_AFFINE ? 3e-6 : 6e-7
      for (set, values) in outputsOfEverySet(
        named: function.name,
        {
          let input = Buffer(x), output = Buffer(count: count)
          return Program(
            instructions: [
              makeInstruction(
                SINEW_UNARY, mode: Int(function.id.rawValue), [count], scalars: function.scalars,
                [output.raw, input.raw])
            ], outputs: [output], inputs: [input])
        })
      {
        expectClose(
          values[0], expected, absolute: function.id == SINEW_AFFINE ? 1e-6 : absolute, relative: relative,
          "\(function.name) of \(count) on \(set)")
      }
    }
  }

  @Test(arguments: functions) func gradientMatchesTheDerivative(function: Function) {
    for count in Self.counts {
      var numbers = Numbers(UInt64(count) + 77)
      let x = numbers.floats(count, function.range.lowerBound, function.range.upperBound)
      let dy = numbers.floats(count, 0.5, 2)
      let y = x.map { Float(function.value(Double($0))) }
      let expected = zip(x, dy).map { function.derivative(Double($0)) * Double($1) }
      let usesOutput = sinew_unary_gradient_uses_output(Int32(function.id.rawValue))
      for (set, values) in outputsOfEverySet(
        named: function.name,
        {
          let output = Buffer(count: count), upstream = Buffer(dy), saved = Buffer(usesOutput ? y : x)
          return Program(
            instructions: [
              makeInstruction(
                SINEW_UNARY_GRADIENT, mode: Int(function.id.rawValue), [count], scalars: function.scalars,
                [output.raw, upstream.raw, usesOutput ? nil : saved.raw, usesOutput ? saved.raw : nil])
            ], outputs: [output], inputs: [upstream, saved])
        })
      {
        expectClose(values[0], expected, absolute: 1e-6, relative: 2e-6, "\(function.name)′ of \(count) on \(set)")
      }
    }
  }

  @Test func specialValues() {
    let x: [Float] = [.nan, .infinity, -.infinity, 0, -0.0, Float(bitPattern: 700), 200, -200, 3e38, -3e38]
    func values(_ function: sinew_unary) -> [(String, [Float])] {
      outputsOfEverySet {
        let input = Buffer(x), output = Buffer(count: x.count)
        return Program(
          instructions: [
            makeInstruction(
              SINEW_UNARY, mode: Int(function.rawValue), [x.count], scalars: [-1, 1], [output.raw, input.raw])
          ], outputs: [output], inputs: [input])
      }.map { ($0.set, $0.values[0]) }
    }
    for (set, y) in values(SINEW_EXP) {
      #expect(y[0].isNaN && y[1] == .infinity && y[2] == 0 && y[3] == 1 && y[6] == .infinity && y[7] == 0, "\(set)")
    }
    for (set, y) in values(SINEW_LOG) {
      #expect(y[0].isNaN && y[1] == .infinity && y[2].isNaN && y[3] == -.infinity && y[4] == -.infinity, "\(set)")
      #expect(abs(y[5] - log(x[5])) < 1e-4, "\(set)")
    }
    for (set, y) in values(SINEW_TANH) {
      #expect(y[0].isNaN && y[1] == 1 && y[2] == -1 && y[3] == 0 && y[5] == x[5] && y[6] == 1, "\(set)")
    }
    for (set, y) in values(SINEW_SIGMOID) { #expect(y[0].isNaN && y[1] == 1 && y[2] == 0 && y[3] == 0.5, "\(set)") }
    for (set, y) in values(SINEW_SOFTPLUS) {
      #expect(y[0].isNaN && y[1] == .infinity && y[2] == 0 && y[6] == 200, "\(set)")
    }
    for function in [SINEW_RELU, SINEW_CLAMP, SINEW_SILU, SINEW_MISH, SINEW_GELU, SINEW_SQRT, SINEW_ABS] {
      for (set, y) in values(function) { #expect(y[0].isNaN, "function \(function.rawValue) hides NaN on \(set)") }
    }
  }

  @Test(arguments: [0, 1, 15, 16, 100, 200_000]) func fill(count: Int) {
    for (set, values) in outputsOfEverySet({
      let output = Buffer(count: count)
      return Program(
        instructions: [makeInstruction(SINEW_FILL, [count], scalars: [2.5], [output.raw])], outputs: [output])
    }) {
      #expect(values[0] == [Float](repeating: 2.5, count: count), "\(set)")
    }
  }
}
