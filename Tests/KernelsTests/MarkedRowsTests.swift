import SinewKernels
import Testing

/// Products that are told which rows of A are zero give what they give without knowing.
@Suite struct MarkedRowsTests {
  enum Pattern: CaseIterable { case none, all, one, alternating, random, firstMember }

  private func isZero(_ pattern: Pattern, _ row: Int, _ member: Int, _ numbers: inout Numbers) -> Bool {
    switch pattern {
    case .none: false
    case .all: true
    case .one: row == 5
    case .alternating: (row + member).isMultiple(of: 2)
    case .random: numbers.chance()
    case .firstMember: member == 0
    }
  }

  private func check(_ pattern: Pattern, _ shape: MatmulTests.Shape, flags: Int, seed: UInt64) {
    let (batch, m, n, k) = (shape.batch, shape.m, shape.n, shape.k)
    var numbers = Numbers(seed)
    var a = numbers.floats(batch * m * k), marks = numbers.floats(batch * m, 0.5, 1)
    for row in 0..<(batch * m) where isZero(pattern, row % max(m, 1), row / max(m, 1), &numbers) {
      marks[row] = row.isMultiple(of: 3) ? -0.0 : 0
      for term in 0..<k { a[row * k + term] = 0 }
    }
    let b = numbers.floats(batch * k * n), saved = numbers.floats(batch * m * n), before = numbers.floats(batch * m * n)
    func make(marked: Bool) -> Program {
      let out = Buffer(flags & SINEW_MATMUL_ACCUMULATE != 0 ? before : [Float](repeating: .nan, count: batch * m * n))
      let sums = Buffer(count: batch * n)
      let inputs = [Buffer(a), Buffer(b), Buffer(saved), Buffer(marks)]
      return Program(
        instructions: [
          makeInstruction(
            SINEW_MATMUL, mode: flags, [batch, m, n, k, m * k, k * n, 0],
            [
              out.raw, inputs[0].raw, inputs[1].raw, nil, inputs[2].raw,
              flags & SINEW_MATMUL_COLUMN_SUMS != 0 ? sums.raw : nil, marked ? inputs[3].raw : nil,
            ])
        ], outputs: flags & SINEW_MATMUL_COLUMN_SUMS != 0 ? [out, sums] : [out], inputs: inputs)
    }
    let label = "\(shape.testDescription) flags \(flags) \(pattern)"
    func outputs(marked: Bool) -> [(set: String, values: [[Float]])] {
      outputsOfEverySet(named: label) { make(marked: marked) } + outputsOfEmulatedTiles { make(marked: marked) }
    }
    for (dense, sparse) in zip(outputs(marked: false), outputs(marked: true)) {
      // −0 is 0.
      #expect(dense.values == sparse.values, "\(label) on \(dense.set)")
    }
  }

  static let shapes: [MatmulTests.Shape] = [
    .init(1, 0, 3, 4), .init(2, 1, 1, 1), .init(1, 1, 300, 1), .init(2, 3, 140, 1), .init(2, 256, 256, 1),
    .init(3, 2, 200, 300), .init(2, 256, 1, 64), .init(2, 300, 6, 40), .init(1, 513, 23, 64), .init(2, 40, 12, 16),
    .init(2, 257, 20, 300), .init(2, 33, 70, 24),
  ]

  @Test(arguments: shapes) func zeroRowsAreLeftOut(shape: MatmulTests.Shape) {
    let gradient = SINEW_MATMUL_ACTIVATION_GRADIENT | Int(SINEW_RELU.rawValue) << 8
    let smooth = SINEW_MATMUL_ACTIVATION_GRADIENT | Int(SINEW_SILU.rawValue) << 8
    for (index, pattern) in Pattern.allCases.enumerated() {
      for (place, flags) in [0, gradient, smooth, SINEW_MATMUL_ACCUMULATE | SINEW_MATMUL_COLUMN_SUMS].enumerated() {
        let seed = UInt64(10 * index + place)
        check(pattern, shape, flags: flags | SINEW_MATMUL_TRANSPOSE_B, seed: seed)
        check(pattern, shape, flags: flags | SINEW_MATMUL_TRANSPOSE_B | SINEW_MATMUL_BF16, seed: seed)
        if place < 2 {
          check(pattern, shape, flags: flags | (index.isMultiple(of: 2) ? SINEW_MATMUL_BF16 : 0), seed: seed)
        }
      }
    }
  }
}
