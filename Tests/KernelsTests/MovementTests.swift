import SinewKernels
import Testing

@Suite struct MovementTests {
  @Test(arguments: [[0, 3, 4], [1, 1, 1], [5, 7, 3], [300, 17, 20], [100, 1000, 64], [7, 0, 2], [3, 5, 0]])
  func gatherAndScatter(shape: [Int]) {
    let (rows, length, sources) = (shape[0], shape[1], shape[2])
    var numbers = Numbers(UInt64(rows * 100 + length))
    let table = numbers.floats(sources * length), dy = numbers.floats(rows * length).map { ($0 * 16).rounded() / 16 }
    // One in eight names no row.
    let index: [Float] = (0..<rows).map { _ in
      sources == 0 || numbers.integer(0...7) == 0
        ? [-1, Float(sources), .nan][numbers.integer(0...2)]
        : Float(numbers.integer(0...(sources - 1)))
    }
    let isValid = index.map { $0 >= 0 && $0 < Float(sources) }
    var scattered = [Float](repeating: 0, count: sources * length)
    for row in 0..<rows where isValid[row] {
      for j in 0..<length { scattered[Int(index[row]) * length + j] += dy[row * length + j] }
    }
    for (set, values) in outputsOfEverySet({
      let outputs = [Buffer(count: rows * length), Buffer(count: sources * length)]
      let inputs = [Buffer(table), Buffer(index), Buffer(dy)]
      return Program(
        instructions: [
          makeInstruction(SINEW_GATHER, shape, [outputs[0].raw, inputs[0].raw, inputs[1].raw]),
          makeInstruction(SINEW_SCATTER_ADD, shape, [outputs[1].raw, inputs[2].raw, inputs[1].raw]),
        ], outputs: outputs, inputs: inputs)
    }) {
      for row in 0..<rows {
        let actual = Array(values[0][(row * length)..<((row + 1) * length)])
        if isValid[row] {
          let source = Int(index[row]) * length
          #expect(actual == Array(table[source..<(source + length)]), "\(shape) on \(set)")
        } else {
          #expect(actual.allSatisfy { $0.isNaN }, "\(shape) on \(set)")
        }
      }
      #expect(values[1] == scattered, "\(shape) on \(set)")
    }
  }

  @Test(arguments: [
    [1, 1, 1, 1, 1, 0], [2, 9, 3, 3, 1, 1], [3, 16, 17, 5, 2, 2], [1, 4, 2, 3, 1, 2], [40, 32, 20, 3, 2, 1],
  ])
  func windowsAndTheirTranspose(shape: [Int]) {
    let (batch, length, channels) = (shape[0], shape[1], shape[2])
    let (kernel, stride, padding) = (shape[3], shape[4], shape[5])
    let outLength = (length + 2 * padding - kernel) / stride + 1
    var numbers = Numbers(UInt64(length * channels))
    let image = numbers.floats(batch * length * channels).map { ($0 * 16).rounded() / 16 }
    let columns = numbers.floats(batch * outLength * kernel * channels).map { ($0 * 16).rounded() / 16 }
    var expectedColumns: [Float] = [], expectedImage = [Float](repeating: 0, count: image.count)
    for b in 0..<batch {
      for o in 0..<outLength {
        for k in 0..<kernel {
          let position = o * stride + k - padding
          for c in 0..<channels {
            let inside = position >= 0 && position < length
            let source = (b * length + position) * channels + c
            if inside { expectedImage[source] += columns[expectedColumns.count] }
            expectedColumns.append(inside ? image[source] : 0)
          }
        }
      }
    }
    for (set, values) in outputsOfEverySet({
      let outputs = [Buffer(count: columns.count), Buffer(count: image.count)]
      let inputs = [Buffer(image), Buffer(columns)]
      let dimensions = shape + [outLength]
      return Program(
        instructions: [
          makeInstruction(SINEW_IM2COL, dimensions, [outputs[0].raw, inputs[0].raw]),
          makeInstruction(SINEW_COL2IM, dimensions, [outputs[1].raw, inputs[1].raw]),
        ], outputs: outputs, inputs: inputs)
    }) {
      #expect(values[0] == expectedColumns, "\(shape) on \(set)")
      #expect(values[1] == expectedImage, "\(shape) on \(set)")
    }
  }
}
