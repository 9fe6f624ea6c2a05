import Foundation
import SinewKernels
import Testing

@Suite struct OptimiserTests {
  static let counts = [0, 1, 5, 16, 63, 1000, 100_003]

  @Test(arguments: counts, [false, true]) func adam(count: Int, decoupledDecay: Bool) {
    var numbers = Numbers(UInt64(count))
    let initial = numbers.floats(count), gradients = numbers.floats(count), target = numbers.floats(count)
    let decay: Float = decoupledDecay ? 0.1 : 0, scale: Float = 0.5, averaging: Float = 0.25
    let (rate, beta1, beta2, epsilon): (Float, Float, Float, Float) = (0.01, 0.9, 0.999, 1e-8)
    var p = initial.map(Double.init), m = p.map { _ in 0.0 }, v = m, t = target.map(Double.init)
    for step in 1...3 {
      for j in 0..<count {
        let g = Double(gradients[j]) * Double(scale)
        p[j] *= 1 - Double(rate) * Double(decay)
        m[j] = Double(beta1) * m[j] + (1 - Double(beta1)) * g
        v[j] = Double(beta2) * v[j] + (1 - Double(beta2)) * g * g
        let mHat = m[j] / (1 - pow(Double(beta1), Double(step))), vHat = v[j] / (1 - pow(Double(beta2), Double(step)))
        p[j] -= Double(rate) * mHat / (vHat.squareRoot() + Double(epsilon))
        t[j] += Double(averaging) * (p[j] - t[j])
      }
    }
    let state = UnsafeMutablePointer<sinew_adam_state>.allocate(capacity: 1)
    defer { state.deallocate() }
    for (set, values) in outputsOfEverySet({
      state.initialize(
        to: sinew_adam_state(
          learning_rate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon, weight_decay: decay, beta1_power: 0,
          beta2_power: 0, step: 0))
      let zeros = [Float](repeating: 0, count: count)
      let outputs = [Buffer(initial), Buffer(zeros), Buffer(zeros), Buffer(target)]
      let inputs = [Buffer(gradients), Buffer([scale])]
      let advance = makeInstruction(SINEW_ADAM_ADVANCE, [], [UnsafeMutableRawPointer(state)])
      let step = makeInstruction(
        SINEW_ADAM, [count], scalars: [averaging],
        [
          outputs[0].raw, inputs[0].raw, outputs[1].raw, outputs[2].raw, UnsafeMutableRawPointer(state), outputs[3].raw,
          inputs[1].raw,
        ])
      return Program(instructions: [advance, step, advance, step, advance, step], outputs: outputs, inputs: inputs)
    }) {
      #expect(state.pointee.step == 3)
      expectClose(values[0], p, absolute: 3e-6, relative: 1e-5, "parameters on \(set)")
      expectClose(values[1], m, absolute: 1e-7, relative: 1e-5, "first moments on \(set)")
      expectClose(values[2], v, absolute: 1e-9, relative: 1e-4, "second moments on \(set)")
      expectClose(values[3], t, absolute: 3e-6, relative: 1e-5, "target on \(set)")
    }
  }

  @Test(arguments: counts) func polyakAveraging(count: Int) {
    var numbers = Numbers(UInt64(count))
    let target = numbers.floats(count), source = numbers.floats(count)
    let expected = zip(target, source).map { Double($0) + 0.005 * (Double($1) - Double($0)) }
    for (set, values) in outputsOfEverySet({
      let output = Buffer(target), input = Buffer(source)
      return Program(
        instructions: [makeInstruction(SINEW_POLYAK, [count], scalars: [0.005], [output.raw, input.raw])],
        outputs: [output], inputs: [input])
    }) {
      expectClose(values[0], expected, absolute: 1e-7, relative: 1e-6, "target on \(set)")
    }
  }

  @Test(arguments: counts + [400_001], [Float(0), 1, 1e6]) func clipScale(count: Int, limit: Float) {
    var numbers = Numbers(UInt64(count))
    let gradients = numbers.floats(count)
    let norm = gradients.map { Double($0) * Double($0) }.reduce(0, +).squareRoot()
    let scale = limit <= 0 ? 1 : min(1, Double(limit) / (norm + 1e-6))
    for (set, values) in outputsOfEverySet({
      let output = Buffer(count: 2), input = Buffer(gradients)
      return Program(
        instructions: [makeInstruction(SINEW_CLIP_SCALE, [count], scalars: [limit], [output.raw, input.raw])],
        outputs: [output], inputs: [input])
    }) {
      expectClose(values[0], [scale, norm], absolute: 0, relative: 1e-5, "clip scale of \(count) on \(set)")
    }
  }
}
