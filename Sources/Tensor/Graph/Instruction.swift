import SinewKernels

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
