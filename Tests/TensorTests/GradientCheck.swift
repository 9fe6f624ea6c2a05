import Testing

@testable import SinewTensor

/// Compares the gradient of Σ weights∘f(inputs) with central differences, in every element of every input.
func check(
  _ shapes: [[Int]], in range: ClosedRange<Double> = -2...2, seed: UInt64 = 1, tolerance: Float = 2e-2,
  _ function: ([Tensor]) -> Tensor
) {
  var generator = RandomGenerator(seed: seed)
  let inputs = shapes.map { shape in
    Tensor((0..<shape.reduce(1, *)).map { _ in Float(generator.uniform(range)) }, shape: shape)
  }
  check(inputs, &generator, tolerance: tolerance) { function(inputs) }
}

/// The same for a module's parameters and the inputs it is given.
func check(_ module: some Module, _ shapes: [[Int]], tolerance: Float = 2e-2, _ function: ([Tensor]) -> Tensor) {
  var generator = RandomGenerator(seed: 1)
  let inputs = shapes.map { shape in
    Tensor((0..<shape.reduce(1, *)).map { _ in Float(generator.uniform(-1...1)) }, shape: shape)
  }
  // Away from special values such as a gain of one.
  for parameter in module.parameters {
    parameter.value.assign(parameter.value.floats.map { $0 + Float(generator.uniform(-0.3...0.3)) })
  }
  check(inputs + module.parameters.map(\.value), &generator, tolerance: tolerance) { function(inputs) }
}

private func check(_ inputs: [Tensor], _ generator: inout RandomGenerator, tolerance: Float, _ function: () -> Tensor) {
  let sample = function()
  let weights = Tensor((0..<sample.count).map { _ in Float(generator.uniform(-1...1)) }, shape: sample.shape)
  func loss() -> Tensor { (function() * weights).sum() }
  let (_, gradients) = valueAndGradient(of: inputs, loss)
  for (input, gradient) in zip(inputs, gradients.tensors) {
    guard let analytic = gradient?.floats else {
      Issue.record("no gradient for an input of shape \(input.shape)")
      continue
    }
    let original = input.floats
    let step: Float = 1e-2
    for index in original.indices {
      func evaluate(_ offset: Float) -> Float {
        var moved = original
        moved[index] += offset
        input.assign(moved)
        return loss().item()
      }
      // Fourth-order differences, so that the step may be large enough for float32.
      let near = evaluate(step) - evaluate(-step)
      let far = evaluate(2 * step) - evaluate(-2 * step)
      let numeric = (8 * near - far) / (12 * step)
      input.assign(original)
      #expect(
        abs(analytic[index] - numeric) <= tolerance * max(1, abs(numeric)),
        "element \(index) of \(input.shape): \(analytic[index]), by differences \(numeric)")
    }
  }
}
