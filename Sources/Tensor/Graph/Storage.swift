import SinewKernels
import Synchronization

/// Float32 memory, aligned to 64 bytes and zeroed: an allocation of its own, or a slice of another.
final class Storage {
  let pointer: UnsafeMutablePointer<Float>
  let count: Int
  let parent: Storage?
  /// Its numbers have moved elsewhere: a plan that points here must be made anew.
  private(set) var isReplaced = false
  /// Counts replacements in the whole process, so that plans need to look only when there was one.
  static let replacements = Atomic<Int>(0)

  init(count: Int) {
    let raw = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * 4, alignment: 64)
    pointer = raw.bindMemory(to: Float.self, capacity: count)
    pointer.initialize(repeating: 0, count: count)
    self.count = count
    parent = nil
  }

  init(slice parent: Storage, offset: Int, count: Int) {
    precondition(offset >= 0 && offset + count <= parent.count)
    pointer = parent.pointer + offset
    self.count = count
    self.parent = parent
  }

  deinit {
    if parent == nil { UnsafeMutableRawPointer(pointer).deallocate() }
  }

  func markReplaced() {
    isReplaced = true
    Self.replacements.add(1, ordering: .relaxed)
  }

  func assign(_ values: some Collection<Float>) {
    precondition(values.count == count)
    _ = UnsafeMutableBufferPointer(start: pointer, count: count).update(fromContentsOf: values)
  }

  var floats: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
}

/// The identity of a tensor: a shape, and either numbers (a leaf, a result) or the place in a recording that will make them.
final class Value {
  let shape: [Int]
  let count: Int
  /// The step that makes it; nil for leaves and detached views.
  let origin: Origin?
  /// A view shares the memory of its base, from `offset` on.
  let base: Value?
  let offset: Int
  /// Nil while the numbers exist only in a recording.
  var storage: Storage?

  /// A place in a recording.
  struct Origin: Equatable {
    var recording: UInt64
    var step: Int
  }

  init(shape: [Int], storage: Storage? = nil, origin: Origin? = nil, base: Value? = nil, offset: Int = 0) {
    self.shape = shape
    self.count = shape.reduce(1, *)
    self.storage = storage
    self.origin = origin
    self.base = base
    self.offset = offset
  }

  /// The value whose memory this one lives in, and where in it.
  var root: (value: Value, offset: Int) {
    guard let base else { return (self, 0) }
    let (value, start) = base.root
    return (value, start + offset)
  }

  var pointer: UnsafeMutablePointer<Float>? {
    let (value, offset) = root
    return value.storage.map { $0.pointer + offset }
  }
}

/// One operation of a recording: an instruction without its pointers, and the values that fill them.
final class Step {
  /// The operation is `Step.view` where no work is done: the output shares its input's memory.
  var instruction: sinew_instruction
  var reads: [(slot: Int, value: Value)]
  var writes: [(slot: Int, value: Value)]
  /// Changes memory that outlives the recording, so it is never dropped.
  let isEffect: Bool
  /// Objects whose memory the instruction points to directly.
  let owners: [AnyObject]
  /// The values that a gradient flows to, in the order in which `gradient` returns theirs.
  let inputs: [Value]
  let outputs: [Value]
  /// From the gradients of the outputs (nil where none flows) to those of the inputs.
  let gradient: (([Tensor?]) -> [Tensor?])?

  static let view: Int32 = -1

  init(
    instruction: sinew_instruction, reads: [(slot: Int, value: Value)], writes: [(slot: Int, value: Value)],
    isEffect: Bool, owners: [AnyObject], inputs: [Value], outputs: [Value],
    gradient: (([Tensor?]) -> [Tensor?])?
  ) {
    self.instruction = instruction
    self.reads = reads
    self.writes = writes
    self.isEffect = isEffect
    self.owners = owners
    self.inputs = inputs
    self.outputs = outputs
    self.gradient = gradient
  }
}

extension sinew_instruction {
  init(_ operation: sinew_operation, mode: Int32 = 0, dimensions: [Int] = [], scalars: [Float] = []) {
    self.init()
    self.operation = Int32(operation.rawValue)
    self.mode = mode
    withUnsafeMutableBytes(of: &dim) { bytes in
      let slots = bytes.bindMemory(to: Int64.self)
      for (index, dimension) in dimensions.enumerated() { slots[index] = Int64(dimension) }
    }
    withUnsafeMutableBytes(of: &scalar) { bytes in
      let slots = bytes.bindMemory(to: Float.self)
      for (index, value) in scalars.enumerated() { slots[index] = value }
    }
  }

  mutating func setPointer(_ slot: Int, _ address: UnsafeMutableRawPointer?) {
    withUnsafeMutableBytes(of: &pointer) { $0.bindMemory(to: UnsafeMutableRawPointer?.self)[slot] = address }
  }

  func dimension(_ index: Int) -> Int {
    withUnsafeBytes(of: dim) { Int($0.bindMemory(to: Int64.self)[index]) }
  }

  func `is`(_ operation: sinew_operation) -> Bool { self.operation == Int32(operation.rawValue) }
}
