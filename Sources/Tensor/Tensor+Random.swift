import SinewKernels

/// A generator that recorded operations draw from: its position lives in memory of its own and moves on with every run.
///
/// It draws the same words as a ``RandomGenerator`` of the same state: four 32-bit words a block.
public final class RandomStream: Stateful {
  private let state: UnsafeMutablePointer<sinew_random_state>

  /// A stream that starts where `generator` stands.
  public init(_ generator: RandomGenerator) {
    state = .allocate(capacity: 1)
    state.initialize(to: sinew_random_state(key: generator.key, stream: generator.stream, counter: generator.counter))
  }

  deinit { state.deallocate() }

  /// The position.
  public var generator: RandomGenerator {
    get { RandomGenerator(key: state.pointee.key, stream: state.pointee.stream, counter: state.pointee.counter) }
    set { state.pointee = sinew_random_state(key: newValue.key, stream: newValue.stream, counter: newValue.counter) }
  }

  public func saveState(to state: inout StateDictionary, prefix: String) {
    state.set(prefix + "generator", generator: generator)
  }

  public func loadState(from state: StateDictionary, prefix: String) throws {
    generator = try state.generator(prefix + "generator")
  }

  /// Standard normal numbers (Box–Muller), of `shape`.
  public func normal(_ shape: [Int]) -> Tensor { draw(SINEW_RANDOM_NORMAL, shape, [0, 1]) }

  /// Numbers uniform in [lower, upper), of `shape`.
  public func uniform(_ shape: [Int], _ lower: Float = 0, _ upper: Float = 1) -> Tensor {
    draw(SINEW_RANDOM_UNIFORM, shape, [lower, upper])
  }

  private func draw(_ operation: sinew_operation, _ shape: [Int], _ scalars: [Float]) -> Tensor {
    // An effect: a draw whose numbers nobody uses still moves the stream, so that the plan does not change what
    // follows.
    emit(
      sinew_instruction(operation, dimensions: [shape.reduce(1, *)], scalars: scalars), reads: [],
      outputs: [(0, shape)],
      state: [(1, UnsafeMutableRawPointer(state), self)], isEffect: true)[0]
  }
}
