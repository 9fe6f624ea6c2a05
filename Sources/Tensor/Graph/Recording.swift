import SinewKernels
import Synchronization

/// The operations of one computation in the order in which they were written down.
///
/// While a recording is in progress on a thread, operations append to it instead of running. Outside one they run at
/// once.
final class Recording {
  private(set) var steps: [Step] = []
  let precision: Precision
  /// Tells this recording's values from those of every other.
  private let serial = Recording.serials.add(1, ordering: .relaxed).newValue
  private static let serials = Atomic<UInt64>(0)

  init(precision: Precision) {
    self.precision = precision
  }

  static var current: Recording? {
    sinew_thread_recording().map { Unmanaged<Recording>.fromOpaque($0).takeUnretainedValue() }
  }

  func record<Result>(_ body: () throws -> Result) rethrows -> Result {
    let outer = sinew_thread_recording()
    sinew_set_thread_recording(Unmanaged.passUnretained(self).toOpaque())
    defer { sinew_set_thread_recording(outer) }
    return try body()
  }

  fileprivate func append(_ step: Step) { steps.append(step) }

  fileprivate var nextMaker: Value.Maker { Value.Maker(recording: serial, step: steps.count) }

  /// The step of this recording that makes `value`, if one does.
  func step(making value: Value) -> Int? {
    value.maker.flatMap { $0.recording == serial ? $0.step : nil }
  }
}

/// Writes one operation down in the current recording, or runs it at once where there is none.
///
/// - Parameters:
///   - instruction: what to do, without pointers.
///   - reads: pointer slots and the tensors they read.
///   - outputs: pointer slots and the shapes of the tensors they make.
///   - state: pointer slots and memory that lives outside the recording (generators, optimiser state).
///   - writes: pointer slots and existing tensors that the operation changes.
///   - dependencies: tensors that must have been computed before, though no slot reads them.
///   - isEffect: whether it changes memory that outlives the recording (parameters), so that it is never dropped.
///   - inputs: the tensors that a gradient flows to.
///   - gradient: from the outputs' gradients to the inputs'.
@discardableResult
func emit(
  _ instruction: sinew_instruction, reads: [(Int, Tensor)], outputs shapes: [(Int, [Int])],
  state: [(Int, UnsafeMutableRawPointer, AnyObject)] = [], writes: [(Int, Tensor)] = [],
  after dependencies: [Tensor] = [],
  isEffect: Bool = false, inputs: [Tensor] = [], gradient: (([Tensor?]) -> [Tensor?])? = nil
) -> [Tensor] {
  var instruction = instruction
  for (slot, address, _) in state { instruction.setPointer(slot, address) }
  guard let recording = Recording.current else {
    let outputs = shapes.map { Value(shape: $0.1, storage: Storage(count: $0.1.reduce(1, *))) }
    for (slot, tensor) in reads + writes { instruction.setPointer(slot, tensor.readyPointer) }
    for ((slot, _), value) in zip(shapes, outputs) { instruction.setPointer(slot, value.pointer) }
    run([instruction])
    return outputs.map(Tensor.init)
  }
  let outputs = shapes.map { Value(shape: $0.1, maker: recording.nextMaker) }
  let written = writes.map { (slot: $0.0, value: $0.1.value) }
  recording.append(
    Step(
      instruction: instruction,
      reads: reads.map { (slot: $0.0, value: $0.1.value) } + dependencies.map { (slot: -1, value: $0.value) },
      writes: zip(shapes, outputs).map { (slot: $0.0, value: $1) } + written,
      isEffect: isEffect, owners: state.map(\.2), inputs: inputs.map(\.value), outputs: outputs,
      gradient: gradient))
  return outputs.map(Tensor.init)
}

/// A tensor that shares `base`'s memory; a gradient flows through `gradient`.
func view(_ base: Tensor, shape: [Int], offset: Int = 0, gradient: @escaping (Tensor) -> Tensor) -> Tensor {
  guard let recording = Recording.current else {
    return Tensor(Value(shape: shape, base: base.value, offset: offset))
  }
  let output = Value(shape: shape, maker: recording.nextMaker, base: base.value, offset: offset)
  var instruction = sinew_instruction()
  instruction.operation = Step.view
  recording.append(
    Step(
      instruction: instruction, reads: [(-1, base.value)], writes: [], isEffect: false, owners: [],
      inputs: [base.value], outputs: [output], gradient: { [$0[0].map(gradient)] }))
  return Tensor(output)
}

/// Runs instructions once, with workspace of their own.
private func run(_ instructions: [sinew_instruction]) {
  let pool = Execution.currentPool
  let size = sinew_workspace_size(instructions, instructions.count, Int32(pool.threads))
  let workspace = UnsafeMutableRawPointer.allocate(byteCount: max(size, 64), alignment: 64)
  defer { workspace.deallocate() }
  _ = sinew_run(pool.handle, instructions, instructions.count, workspace, nil)
}
