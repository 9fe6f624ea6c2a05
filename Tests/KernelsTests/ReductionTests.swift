import Foundation
import SinewKernels
import Testing

@Suite struct ReductionTests {
  static let shapes: [[Int]] = [
    [0, 3, 2], [1, 0, 3], [2, 3, 0], [1, 1, 1], [5, 1, 1], [1, 7, 1], [3, 17, 1], [4, 6, 5], [2, 33, 16], [3, 5, 65],
    [256, 6, 1], [1, 256, 256], [1, 300, 130], [1, 100_003, 1], [2, 70_000, 1], [1, 5000, 17], [300, 257, 1],
    [7, 40, 300],
  ]

  @Test(arguments: shapes) func reduce(shape: [Int]) {
    let (outer, reduced, inner) = (shape[0], shape[1], shape[2])
    var numbers = Numbers(UInt64(outer * 31 + reduced * 7 + inner))
    let x = numbers.floats(outer * reduced * inner)
    for mode in [SINEW_SUM, SINEW_MEAN, SINEW_MAX, SINEW_MIN] {
      var expected: [Double] = []
      for o in 0..<outer {
        for i in 0..<inner {
          let terms = (0..<reduced).map { Double(x[(o * reduced + $0) * inner + i]) }
          switch mode {
          case SINEW_SUM: expected.append(terms.reduce(0, +))
          case SINEW_MEAN: expected.append(terms.reduce(0, +) / Double(reduced))
          case SINEW_MAX: expected.append(terms.max() ?? -.infinity)
          default: expected.append(terms.min() ?? .infinity)
          }
        }
      }
      for (set, values) in outputsOfEverySet({
        let output = Buffer(count: outer * inner), input = Buffer(x)
        return Program(
          instructions: [
            makeInstruction(SINEW_REDUCE, mode: Int(mode.rawValue), shape, [output.raw, input.raw])
          ], outputs: [output], inputs: [input])
      }) {
        let absolute = mode == SINEW_SUM ? 1e-6 * Double(max(reduced, 1)).squareRoot() : mode == SINEW_MEAN ? 1e-6 : 0
        expectClose(values[0], expected, absolute: absolute, relative: 1e-6, "\(mode.rawValue) \(shape) on \(set)")
      }
    }
  }

  @Test func extremaKeepNaN() {
    for mode in [SINEW_MAX, SINEW_MIN] {
      for inner in [1, 3] {
        var x = [Float](repeating: 1, count: 40 * inner)
        x[7 * inner] = .nan
        for (set, values) in outputsOfEverySet({
          let output = Buffer(count: inner, of: 0), input = Buffer(x)
          return Program(
            instructions: [
              makeInstruction(SINEW_REDUCE, mode: Int(mode.rawValue), [1, 40, inner], [output.raw, input.raw])
            ], outputs: [output], inputs: [input])
        }) {
          #expect(values[0][0].isNaN, "\(set)")
        }
      }
    }
  }

  @Test(arguments: shapes.filter { $0[1] > 0 && $0[1] < 10_000 }) func extremumGradient(shape: [Int]) {
    let (outer, reduced, inner) = (shape[0], shape[1], shape[2])
    var numbers = Numbers(UInt64(outer * 31 + reduced * 7 + inner + 5))
    let x = numbers.floats(outer * reduced * inner).map { ($0 * 8).rounded() }  // with ties
    let dy = numbers.floats(outer * inner)
    var y: [Float] = [], expected = [Float](repeating: 0, count: x.count)
    for o in 0..<outer {
      for i in 0..<inner {
        let terms = (0..<reduced).map { x[(o * reduced + $0) * inner + i] }
        let largest = terms.max() ?? 0
        y.append(largest)
        let first = terms.firstIndex(of: largest) ?? 0
        expected[(o * reduced + first) * inner + i] = dy[o * inner + i]
      }
    }
    for (set, values) in outputsOfEverySet({
      let output = Buffer(count: x.count), inputs = [Buffer(dy), Buffer(x), Buffer(y)]
      return Program(
        instructions: [makeInstruction(SINEW_REDUCE_EXTREMUM_GRADIENT, shape, [output.raw] + inputs.map(\.raw))],
        outputs: [output], inputs: inputs)
    }) {
      #expect(values[0] == expected, "\(shape) on \(set)")
    }
  }
}
