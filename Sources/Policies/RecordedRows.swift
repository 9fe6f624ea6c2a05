import SinewTensor

/// Recorded computations from a batch of observations to a batch of actions: one for each count and variant, made when
/// first asked for.
final class RecordedRows {
  private struct Entry {
    var rows: Int
    var variant: Int
    var input: Tensor
    var recorded: Recorded
  }

  private var entries: [Entry] = []

  /// Copies observations in, runs the computation, copies its result out.
  ///
  /// - Parameters:
  ///   - observations: the numbers of the input, [rows, columns].
  ///   - rows: how many observations.
  ///   - columns: numbers in an observation, the same in every call.
  ///   - variant: tells computations of one shape apart.
  ///   - actions: receives the output's numbers.
  ///   - body: from the input to the output; run once for each shape and variant.
  func run(
    _ observations: Span<Float>, rows: Int, columns: Int, variant: Int, into actions: inout MutableSpan<Float>,
    _ body: (Tensor) -> Tensor
  ) {
    let index = entries.firstIndex { $0.variant == variant && $0.rows == rows } ?? add(rows, columns, variant)
    let entry = entries[index]
    entry.input.withMutableFloats { input in
      for place in observations.indices { input[place] = observations[place] }
    }
    let output = entry.recorded([]) { [body(entry.input)] }[0]
    output.withMutableFloats { output in
      for place in output.indices { actions[place] = output[place] }
    }
  }

  private func add(_ rows: Int, _ columns: Int, _ variant: Int) -> Int {
    entries.append(Entry(rows: rows, variant: variant, input: .zeros([rows, columns]), recorded: Recorded()))
    return entries.count - 1
  }
}
