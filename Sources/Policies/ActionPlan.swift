import SinewTensor

/// Recorded computations from a batch of observations to a batch of actions: one for each count and variant, made when first
/// asked for.
final class ActionPlan {
  private struct Entry {
    var shape: [Int]
    var variant: Int
    var input: Tensor
    var recorded: Recorded
  }

  private var entries: [Entry] = []

  /// Copies observations in, runs the computation, copies its result out.
  ///
  /// - Parameters:
  ///   - observations: the numbers of the input.
  ///   - shape: the input's shape.
  ///   - variant: tells computations of one shape apart.
  ///   - actions: receives the output's numbers.
  ///   - body: from the input to the output; run once for each shape and variant.
  func run(
    _ observations: Span<Float>, _ shape: [Int], variant: Int, into actions: inout MutableSpan<Float>,
    _ body: (Tensor) -> Tensor
  ) {
    let index = entries.firstIndex { $0.variant == variant && $0.shape == shape } ?? add(shape, variant)
    let entry = entries[index]
    entry.input.withMutableFloats { input in
      for place in observations.indices { input[place] = observations[place] }
    }
    let output = entry.recorded([]) { [body(entry.input)] }[0]
    output.withMutableFloats { output in
      for place in output.indices { actions[place] = output[place] }
    }
  }

  private func add(_ shape: [Int], _ variant: Int) -> Int {
    entries.append(Entry(shape: shape, variant: variant, input: .zeros(shape), recorded: Recorded()))
    return entries.count - 1
  }
}
