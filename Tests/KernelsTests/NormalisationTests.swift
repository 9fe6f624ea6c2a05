import Foundation
import SinewKernels
import Testing

@Suite struct NormalisationTests {
  static let shapes: [[Int]] = [
    [0, 5], [1, 1], [3, 1], [2, 7], [5, 16], [4, 17], [6, 100], [300, 70], [2, 3000],
  ]

  @Test(arguments: shapes) func softmaxAndItsGradient(shape: [Int]) {
    let (rows, length) = (shape[0], shape[1])
    var numbers = Numbers(UInt64(rows * 1000 + length))
    let x = numbers.floats(rows * length, -20, 20), dy = numbers.floats(rows * length)
    var y: [Double] = [], logSums: [Double] = [], dx: [Double] = []
    for row in 0..<rows {
      let terms = x[(row * length)..<((row + 1) * length)].map(Double.init)
      let largest = terms.max() ?? 0
      let sum = terms.map { exp($0 - largest) }.reduce(0, +)
      let softmax = terms.map { exp($0 - largest) / sum }
      let inner = zip(softmax, dy[(row * length)...]).map { $0 * Double($1) }.reduce(0, +)
      y += softmax
      logSums.append(largest + log(sum))
      dx += zip(softmax, dy[(row * length)...]).map { $0 * (Double($1) - inner) }
    }
    for (set, values) in outputsOfEverySet({
      let outputs = [Buffer(count: rows * length), Buffer(count: rows), Buffer(count: rows * length)]
      let inputs = [Buffer(x), Buffer(dy)]
      return Program(
        instructions: [
          makeInstruction(SINEW_SOFTMAX, shape, [outputs[0].raw, inputs[0].raw]),
          makeInstruction(SINEW_LOG_SUM_EXP, shape, [outputs[1].raw, inputs[0].raw]),
          makeInstruction(SINEW_SOFTMAX_GRADIENT, shape, [outputs[2].raw, inputs[1].raw, outputs[0].raw]),
        ], outputs: outputs, inputs: inputs)
    }) {
      expectClose(values[0], y, absolute: 1e-12, relative: 3e-6, "softmax \(shape) on \(set)")
      expectClose(values[1], logSums, absolute: 1e-6, relative: 1e-6, "log-sum-exp \(shape) on \(set)")
      expectClose(values[2], dx, absolute: 1e-6, relative: 1e-5, "softmax gradient \(shape) on \(set)")
    }
  }

  @Test func logSumExpOfInfinities() {
    let x: [Float] = [-.infinity, -.infinity, 1, -.infinity, .infinity, 0, .nan, 1]
    for (set, values) in outputsOfEverySet({
      let output = Buffer(count: 4), input = Buffer(x)
      return Program(
        instructions: [makeInstruction(SINEW_LOG_SUM_EXP, [4, 2], [output.raw, input.raw])], outputs: [output],
        inputs: [input])
    }) {
      #expect(values[0][0] == -.infinity && values[0][1] == 1 && values[0][2] == .infinity, "\(set)")
      #expect(values[0][3].isNaN, "\(set)")
    }
  }

  static let normShapes: [[Int]] = [
    [1, 0, 4], [1, 1, 1], [1, 3, 5], [2, 7, 16], [2, 256, 256], [3, 33, 65], [1, 600, 70], [1, 2, 5000],
  ]

  @Test(arguments: normShapes, [true, false]) func layerNorm(shape: [Int], affine: Bool) {
    let (groups, rows, length) = (shape[0], shape[1], shape[2])
    var numbers = Numbers(UInt64(rows * 1000 + length))
    let x = numbers.floats(groups * rows * length, -2, 3), dy = numbers.floats(groups * rows * length)
    let gain = numbers.floats(groups * length, 0.5, 2), bias = numbers.floats(groups * length)
    let epsilon = 1e-2
    var y: [Double] = [], dx: [Double] = []
    var dGain = [Double](repeating: 0, count: groups * length), dBias = dGain
    for row in 0..<(groups * rows) {
      let group = row / rows
      let terms = x[(row * length)..<((row + 1) * length)].map(Double.init)
      let mean = terms.reduce(0, +) / Double(length)
      let variance = terms.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(length)
      let inverse = 1 / (variance + epsilon).squareRoot()
      let normal = terms.map { ($0 - mean) * inverse }
      let gains =
        affine ? gain[(group * length)..<((group + 1) * length)].map(Double.init) : .init(repeating: 1, count: length)
      let upstream = zip(dy[(row * length)...], gains).map { Double($0) * $1 }
      let first = upstream.reduce(0, +) / Double(length)
      let second = zip(upstream, normal).map(*).reduce(0, +) / Double(length)
      for j in 0..<length {
        y.append(normal[j] * gains[j] + (affine ? Double(bias[group * length + j]) : 0))
        dx.append((upstream[j] - first - normal[j] * second) * inverse)
        dGain[group * length + j] += Double(dy[row * length + j]) * normal[j]
        dBias[group * length + j] += Double(dy[row * length + j])
      }
    }
    for (set, values) in outputsOfEverySet({
      let outputs = [
        Buffer(count: x.count), Buffer(count: x.count), Buffer(count: gain.count), Buffer(count: gain.count),
        Buffer(count: groups * rows * 2),
      ]
      let inputs = [Buffer(x), Buffer(dy), Buffer(gain), Buffer(bias)]
      let gainPointer = affine ? inputs[2].raw : nil, biasPointer = affine ? inputs[3].raw : nil
      return Program(
        instructions: [
          makeInstruction(
            SINEW_LAYER_NORM, shape, scalars: [Float(epsilon)],
            [outputs[0].raw, inputs[0].raw, gainPointer, biasPointer, outputs[4].raw]),
          makeInstruction(
            SINEW_LAYER_NORM_GRADIENT, shape,
            [outputs[1].raw, inputs[1].raw, inputs[0].raw, gainPointer, outputs[4].raw]),
          makeInstruction(
            SINEW_LAYER_NORM_PARAMETER_GRADIENT, shape,
            [outputs[2].raw, inputs[1].raw, inputs[0].raw, outputs[3].raw, outputs[4].raw]),
        ], outputs: outputs, inputs: inputs)
    }) {
      expectClose(values[0], y, absolute: 5e-6, relative: 1e-5, "layer norm \(shape) on \(set)")
      expectClose(values[1], dx, absolute: 2e-5, relative: 1e-5, "layer norm gradient \(shape) on \(set)")
      expectClose(values[2], dGain, absolute: 2e-5, relative: 1e-5, "gain gradient \(shape) on \(set)")
      expectClose(values[3], dBias, absolute: 2e-5, relative: 1e-5, "bias gradient \(shape) on \(set)")
    }
  }
}

@Suite struct BatchNormTests {
  static let shapes: [[Int]] = [[1, 1, 1], [1, 3, 5], [2, 7, 16], [2, 512, 256], [3, 33, 65], [1, 600, 70]]

  /// Against double precision.
  @Test(arguments: shapes) func batchNorm(shape: [Int]) {
    let (groups, rows, length) = (shape[0], shape[1], shape[2])
    var numbers = Numbers(UInt64(rows * 1000 + length))
    let x = numbers.floats(groups * rows * length, -2, 3), dy = numbers.floats(groups * rows * length)
    let gain = numbers.floats(groups * length, 0.5, 2), bias = numbers.floats(groups * length)
    let epsilon = 1e-2
    var y = [Double](repeating: 0, count: x.count), dx = y
    var (dGain, dBias): ([Double], [Double]) = ([], [])
    for group in 0..<groups {
      for column in 0..<length {
        let places = (0..<rows).map { (group * rows + $0) * length + column }
        let (terms, upstream) = (places.map { Double(x[$0]) }, places.map { Double(dy[$0]) })
        let mean = terms.reduce(0, +) / Double(rows)
        let variance = terms.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(rows)
        let normal = terms.map { ($0 - mean) / (variance + epsilon).squareRoot() }
        let scale = Double(gain[group * length + column])
        dBias.append(upstream.reduce(0, +))
        dGain.append(zip(upstream, normal).map(*).reduce(0, +))
        let (first, second) = ((dBias.last ?? 0) / Double(rows), (dGain.last ?? 0) / Double(rows))
        for (row, place) in places.enumerated() {
          y[place] = normal[row] * scale + Double(bias[group * length + column])
          dx[place] = scale / (variance + epsilon).squareRoot() * (upstream[row] - first - normal[row] * second)
        }
      }
    }
    for (set, values) in outputsOfEverySet({
      let outputs = [
        Buffer(count: x.count), Buffer(count: x.count), Buffer(count: gain.count), Buffer(count: gain.count),
        Buffer(count: groups * 2 * length),
      ]
      let inputs = [Buffer(x), Buffer(dy), Buffer(gain), Buffer(bias)]
      let scalars = [Float(epsilon)]
      return Program(
        instructions: [
          makeInstruction(SINEW_BATCH_STATISTICS, shape, [outputs[4].raw, inputs[0].raw]),
          makeInstruction(
            SINEW_BATCH_NORM, shape, scalars: scalars,
            [outputs[0].raw, inputs[0].raw, inputs[2].raw, inputs[3].raw, outputs[4].raw]),
          makeInstruction(
            SINEW_BATCH_NORM_PARAMETER_GRADIENT, shape, scalars: scalars,
            [outputs[2].raw, inputs[1].raw, inputs[0].raw, outputs[3].raw, outputs[4].raw]),
          makeInstruction(
            SINEW_BATCH_NORM_GRADIENT, shape, scalars: scalars,
            [
              outputs[1].raw, inputs[1].raw, inputs[0].raw, inputs[2].raw, outputs[4].raw, outputs[2].raw,
              outputs[3].raw,
            ]),
        ], outputs: outputs, inputs: inputs)
    }) {
      expectClose(values[0], y, absolute: 1e-5, relative: 1e-5, "batch norm \(shape) on \(set)")
      expectClose(values[1], dx, absolute: 5e-5, relative: 1e-5, "batch norm gradient \(shape) on \(set)")
      expectClose(values[2], dGain, absolute: 5e-5, relative: 1e-5, "gain gradient \(shape) on \(set)")
      expectClose(values[3], dBias, absolute: 5e-5, relative: 1e-5, "bias gradient \(shape) on \(set)")
    }
  }
}
