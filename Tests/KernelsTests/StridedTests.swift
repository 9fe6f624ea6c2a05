import SinewKernels
import Testing

@Suite struct StridedTests {
  /// Dimensions and, per operand, strides into a buffer of `extent` floats; some repeat, some are permuted.
  struct Space {
    var dimensions: [Int]
    var strides: [[Int]] = []
    var extents: [Int] = []

    init(_ numbers: inout Numbers, operands: Int, large: Bool) {
      let choices = large ? [3, 9, 20, 33] : [0, 1, 1, 2, 3, 5, 16, 17, 33]
      dimensions = (0..<4).map { _ in choices[numbers.integer(0...(choices.count - 1))] }
      for _ in 0..<operands { add(&numbers, repeats: true) }
    }

    mutating func add(_ numbers: inout Numbers, repeats: Bool) {
      var order = [0, 1, 2, 3]
      if numbers.chance() { order.swapAt(numbers.integer(0...3), numbers.integer(0...3)) }
      var stride = numbers.integer(0...4) == 0 ? 2 : 1
      var result = [0, 0, 0, 0]
      for axis in order.reversed() {
        if repeats, numbers.integer(0...3) == 0 { continue }
        result[axis] = stride
        stride *= max(dimensions[axis], 1)
      }
      strides.append(result)
      extents.append(max(stride, 1) * 2)
    }

    var count: Int { dimensions.reduce(1, *) }

    /// The offset of each element, row-major, in an operand.
    func offsets(_ operand: Int) -> [Int] {
      let stride = strides[operand]
      var result: [Int] = []
      for a in 0..<dimensions[0] {
        for b in 0..<dimensions[1] {
          for c in 0..<dimensions[2] {
            for d in 0..<dimensions[3] {
              result.append(a * stride[0] + b * stride[1] + c * stride[2] + d * stride[3])
            }
          }
        }
      }
      return result
    }
  }

  static let functions: [@Sendable (Float, Float) -> Float] = [
    { $0 + $1 }, { $0 - $1 }, { $0 * $1 }, { $0 / $1 }, { min($0, $1) }, { max($0, $1) }, { $0 > $1 ? 1 : 0 },
    { $0 >= $1 ? 1 : 0 }, { $0 == $1 ? 1 : 0 },
  ]

  @Test(arguments: 0..<9) func binary(function: Int) {
    for trial in 0..<30 {
      var numbers = Numbers(UInt64(function * 100 + trial))
      let space = Space(&numbers, operands: 2, large: trial >= 28)
      let a = numbers.floats(space.extents[0]).map { ($0 * 4).rounded() / 4 }
      let b = numbers.floats(space.extents[1]).map { ($0 * 4).rounded() / 4 }
      let expected = zip(space.offsets(0), space.offsets(1)).map { Self.functions[function](a[$0], b[$1]) }
      for (set, values) in outputsOfEverySet({
        let output = Buffer(count: space.count), left = Buffer(a), right = Buffer(b)
        return Program(
          instructions: [
            makeInstruction(
              SINEW_BINARY, mode: function, space.dimensions + space.strides.flatMap { $0 },
              [output.raw, left.raw, right.raw])
          ], outputs: [output], inputs: [left, right])
      }) {
        expectClose(
          values[0], expected.map(Double.init), absolute: 0, relative: 0, "function \(function) over \(space) on \(set)"
        )
      }
    }
  }

  @Test func extremaKeepNaN() {
    for function in [SINEW_MINIMUM, SINEW_MAXIMUM] {
      for (set, values) in outputsOfEverySet({
        let output = Buffer(count: 2, of: 0), left = Buffer([.nan, 1]), right = Buffer([1, .nan])
        return Program(
          instructions: [
            makeInstruction(
              SINEW_BINARY, mode: Int(function.rawValue), [1, 1, 1, 2, 0, 0, 0, 1, 0, 0, 0, 1],
              [output.raw, left.raw, right.raw])
          ], outputs: [output], inputs: [left, right])
      }) {
        #expect(values[0].allSatisfy { $0.isNaN }, "\(set)")
      }
    }
  }

  @Test func select() {
    for trial in 0..<40 {
      var numbers = Numbers(UInt64(5000 + trial))
      let space = Space(&numbers, operands: 3, large: trial >= 38)
      let mask = numbers.floats(space.extents[0]).map { $0 > 0 ? Float(1) : 0 }
      let a = numbers.floats(space.extents[1]), b = numbers.floats(space.extents[2])
      let from = (0..<3).map { space.offsets($0) }
      let expected = (0..<space.count).map { mask[from[0][$0]] != 0 ? a[from[1][$0]] : b[from[2][$0]] }
      for (set, values) in outputsOfEverySet({
        let output = Buffer(count: space.count), inputs = [Buffer(mask), Buffer(a), Buffer(b)]
        return Program(
          instructions: [
            makeInstruction(
              SINEW_SELECT, space.dimensions + space.strides.flatMap { $0 }, [output.raw] + inputs.map(\.raw))
          ], outputs: [output], inputs: inputs)
      }) {
        #expect(values[0] == expected, "\(space) on \(set)")
      }
    }
  }

  @Test(arguments: [0, 1]) func copy(mode: Int) {
    for trial in 0..<40 {
      var numbers = Numbers(UInt64(7000 + trial))
      var space = Space(&numbers, operands: 0, large: trial >= 38)
      space.add(&numbers, repeats: false)
      space.add(&numbers, repeats: true)
      let before = numbers.floats(space.extents[0]), source = numbers.floats(space.extents[1])
      var expected = before
      for (to, from) in zip(space.offsets(0), space.offsets(1)) {
        expected[to] = mode == 1 ? expected[to] + source[from] : source[from]
      }
      for (set, values) in outputsOfEverySet({
        let output = Buffer(before), input = Buffer(source)
        return Program(
          instructions: [
            makeInstruction(
              SINEW_COPY, mode: mode, space.dimensions + space.strides.flatMap { $0 }, [output.raw, input.raw])
          ], outputs: [output], inputs: [input])
      }) {
        #expect(values[0] == expected, "\(space) on \(set)")
      }
    }
  }
}
