import Foundation
import SinewKernels
import Testing

@Suite struct GaussianTests {
  static let shapes: [[Int]] = [[0, 3], [1, 1], [3, 1], [5, 6], [256, 6], [257, 17], [2000, 3], [3, 1500]]

  static func logDeviation(_ raw: Double, mode: Int, _ low: Double, _ high: Double) -> Double {
    mode == 0 ? min(max(raw, low), high) : low + 0.5 * (high - low) * (tanh(raw) + 1)
  }

  static func logProbability(_ mean: Double, _ raw: Double, _ noise: Double, mode: Int) -> Double {
    let log = logDeviation(raw, mode: mode, -5, 2), u = mean + exp(log) * noise
    let softplus = UnaryTests.softplus(-2 * u)
    return -0.5 * noise * noise - log - 0.5 * Foundation.log(2 * Double.pi)
      - 2 * (Foundation.log(2.0) - u - softplus)
  }

  @Test(arguments: shapes, [0, 1]) func actionsAndLogProbabilities(shape: [Int], mode: Int) {
    let (rows, actions) = (shape[0], shape[1])
    var numbers = Numbers(UInt64(rows + actions * 10_000 + mode))
    let parameters = (0..<rows).flatMap { _ in numbers.floats(actions, -2, 2) + numbers.floats(actions, -6, 2.5) }
    let noise = numbers.floats(rows * actions, -2.5, 2.5)
    var expected: [Double] = [], logs: [Double] = []
    for row in 0..<rows {
      var sum = 0.0
      for j in 0..<actions {
        let mean = Double(parameters[row * 2 * actions + j]), raw = Double(parameters[(row * 2 + 1) * actions + j])
        let e = Double(noise[row * actions + j])
        expected.append(tanh(mean + exp(Self.logDeviation(raw, mode: mode, -5, 2)) * e))
        sum += Self.logProbability(mean, raw, e, mode: mode)
      }
      logs.append(sum)
    }
    for (set, values) in outputsOfEverySet({
      let outputs = [Buffer(count: rows * actions), Buffer(count: rows)]
      let inputs = [Buffer(parameters), Buffer(noise)]
      return Program(
        instructions: [
          makeInstruction(
            SINEW_SQUASHED_GAUSSIAN, mode: mode, shape, scalars: [-5, 2],
            [outputs[0].raw, inputs[0].raw, inputs[1].raw, outputs[1].raw])
        ], outputs: outputs, inputs: inputs)
    }) {
      expectClose(values[0], expected, absolute: 2e-6, relative: 2e-6, "action \(shape) on \(set)")
      expectClose(
        values[1], logs, absolute: 4e-6 * Double(actions), relative: 2e-6, "log-probability \(shape) on \(set)")
    }
  }

  /// Which upstream gradients are given.
  @Test(arguments: shapes, [(0, true, true), (1, true, true), (0, true, false), (1, false, true)])
  func gradient(shape: [Int], variant: (mode: Int, action: Bool, log: Bool)) {
    let (rows, actions) = (shape[0], shape[1])
    var numbers = Numbers(UInt64(rows + actions * 10_000 + variant.mode))
    let parameters = (0..<rows).flatMap { _ in numbers.floats(actions, -1, 1) + numbers.floats(actions, -3, 2.2) }
    let noise = numbers.floats(rows * actions, -1.5, 1.5)
    let dAction = numbers.floats(rows * actions), dLog = numbers.floats(rows)
    var actionValues: [Float] = []
    var expected = [Double](repeating: 0, count: rows * 2 * actions)
    for row in 0..<rows {
      for j in 0..<actions {
        let e = Double(noise[row * actions + j])
        let up = variant.action ? Double(dAction[row * actions + j]) : 0, upLog = variant.log ? Double(dLog[row]) : 0
        let mean = Double(parameters[row * 2 * actions + j]), raw = Double(parameters[(row * 2 + 1) * actions + j])
        // The objective whose gradient is wanted, differentiated centrally.
        let objective = { (mean: Double, raw: Double) in
          let u = mean + exp(Self.logDeviation(raw, mode: variant.mode, -5, 2)) * e
          return up * tanh(u) + upLog * Self.logProbability(mean, raw, e, mode: variant.mode)
        }
        let h = 1e-5
        expected[row * 2 * actions + j] = (objective(mean + h, raw) - objective(mean - h, raw)) / (2 * h)
        let kink = variant.mode == 0 && abs(raw - 2) < 2 * h
        expected[(row * 2 + 1) * actions + j] =
          kink ? 0 : (objective(mean, raw + h) - objective(mean, raw - h)) / (2 * h)
        actionValues.append(Float(tanh(mean + exp(Self.logDeviation(raw, mode: variant.mode, -5, 2)) * e)))
      }
    }
    for (set, values) in outputsOfEverySet({
      let output = Buffer(count: rows * 2 * actions)
      let inputs = [Buffer(parameters), Buffer(noise), Buffer(actionValues), Buffer(dAction), Buffer(dLog)]
      return Program(
        instructions: [
          makeInstruction(
            SINEW_SQUASHED_GAUSSIAN_GRADIENT, mode: variant.mode, shape, scalars: [-5, 2],
            [
              output.raw, inputs[0].raw, inputs[1].raw, inputs[2].raw, variant.action ? inputs[3].raw : nil,
              variant.log ? inputs[4].raw : nil,
            ])
        ], outputs: [output], inputs: inputs)
    }) {
      expectClose(values[0], expected, absolute: 3e-5, relative: 1e-5, "gradient \(shape) \(variant) on \(set)")
    }
  }
}
