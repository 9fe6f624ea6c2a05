import SinewKernels
import SinewTileEmulation
import Synchronization
import Testing

/// Floats at a fixed address.
final class Buffer {
  let pointer: UnsafeMutablePointer<Float>
  let count: Int

  init(_ values: [Float]) {
    count = values.count
    pointer = .allocate(capacity: max(count, 1))
    pointer.initialize(from: values, count: count)
  }

  convenience init(count: Int, of value: Float = .nan) { self.init([Float](repeating: value, count: count)) }

  deinit { pointer.deallocate() }

  var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
  var raw: UnsafeMutableRawPointer { UnsafeMutableRawPointer(pointer) }
}

/// A small fixed generator for shapes and values (splitmix64).
struct Numbers {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }

  mutating func word() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func float(_ low: Float = -1, _ high: Float = 1) -> Float {
    low + (high - low) * Float(word() >> 40) * 0x1p-24
  }

  mutating func floats(_ count: Int, _ low: Float = -1, _ high: Float = 1) -> [Float] {
    (0..<count).map { _ in float(low, high) }
  }

  mutating func integer(_ range: ClosedRange<Int>) -> Int { range.lowerBound + Int(word() % UInt64(range.count)) }
  mutating func chance() -> Bool { word() & 1 == 0 }
}

func makeInstruction(
  _ operation: sinew_operation, mode: Int = 0, _ dimensions: [Int], scalars: [Float] = [],
  _ pointers: [UnsafeMutableRawPointer?]
) -> sinew_instruction {
  var instruction = sinew_instruction()
  instruction.operation = Int32(operation.rawValue)
  instruction.mode = Int32(mode)
  withUnsafeMutableBytes(of: &instruction.dim) { bytes in
    for (index, value) in dimensions.enumerated() { bytes.bindMemory(to: Int64.self)[index] = Int64(value) }
  }
  withUnsafeMutableBytes(of: &instruction.scalar) { bytes in
    for (index, value) in scalars.enumerated() { bytes.bindMemory(to: Float.self)[index] = value }
  }
  withUnsafeMutableBytes(of: &instruction.pointer) { bytes in
    for (index, value) in pointers.enumerated() {
      bytes.bindMemory(to: UnsafeMutableRawPointer?.self)[index] = value
    }
  }
  return instruction
}

/// Memory for a plan's packed operands.
final class Workspace {
  let pointer: UnsafeMutableRawPointer?

  init(_ instructions: [sinew_instruction], threads: Int) {
    let size = sinew_workspace_size(instructions, instructions.count, Int32(threads))
    pointer = size > 0 ? .allocate(byteCount: size, alignment: 64) : nil
    // What a kernel reads before writing shows.
    pointer?.initializeMemory(as: UInt8.self, repeating: 0xff, count: size)
  }

  deinit { pointer?.deallocate() }
}

final class Pool: @unchecked Sendable {
  let handle: OpaquePointer?
  let threads: Int

  init(threads: Int) {
    self.threads = threads
    handle = sinew_pool_create(Int32(threads))
  }

  deinit { sinew_pool_destroy(handle) }
}

/// Pools for all tests; one test at a time, since a second caller would run alone.
private let sharedPools = Mutex([Pool(threads: 2), Pool(threads: 5)])

/// Instructions with the buffers that they work on.
struct Program {
  var instructions: [sinew_instruction]
  /// What is compared.
  var outputs: [Buffer]
  /// Kept alive.
  var inputs: [Buffer] = []

  func run(_ pool: OpaquePointer?, threads: Int) {
    let workspace = Workspace(instructions, threads: threads)
    _ = withExtendedLifetime((inputs, outputs, workspace)) {
      sinew_run(pool, instructions, instructions.count, workspace.pointer, nil)
    }
  }
}

let availableSets = (0...SINEW_AMX.rawValue).map { sinew_instruction_set(rawValue: $0) }.filter {
  sinew_instruction_set_available($0)
}

/// Runs the program on every instruction set with one, two and five threads, which must give the same bits, and returns
/// the outputs of each set.
func outputsOfEverySet(
  named label: String = "", sourceLocation: SourceLocation = #_sourceLocation, _ make: () -> Program
) -> [(set: String, values: [[Float]])] {
  let before = sinew_active_instruction_set()
  defer { _ = sinew_force_instruction_set(before) }
  return availableSets.map { set in
    #expect(sinew_force_instruction_set(set))
    let name = String(cString: sinew_instruction_set_name(set))
    let alone = make()
    alone.run(nil, threads: 1)
    let values = alone.outputs.map(\.values)
    for number in 0..<2 {
      let shared = make()
      let threads = sharedPools.withLock { pools in
        shared.run(pools[number].handle, threads: pools[number].threads)
        return pools[number].threads
      }
      for (index, output) in shared.outputs.enumerated() {
        #expect(
          output.values.map(\.bitPattern) == values[index].map(\.bitPattern),
          "\(label) on \(name): output \(index) differs with \(threads) threads", sourceLocation: sourceLocation)
      }
    }
    return (name, values)
  }
}

/// The outputs of one product by the code for AMX, where the machine has none but can emulate it.
func outputsOfEmulatedTiles(_ make: () -> Program) -> [(set: String, values: [[Float]])] {
  guard !sinew_instruction_set_available(SINEW_AMX) else { return [] }
  let program = make()
  let hasRun = withExtendedLifetime(program) { sinew_multiply_with_emulated_tiles(program.instructions) }
  return hasRun ? [("amx", program.outputs.map(\.values))] : []
}

/// Compares with a reference: |actual − expected| <= absolute + relative·|expected|.
func expectClose(
  _ actual: [Float], _ expected: [Double], absolute: Double = 1e-6, relative: Double = 1e-5, _ label: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.count == expected.count else {
    Issue.record("\(label): \(actual.count) values for \(expected.count)", sourceLocation: sourceLocation)
    return
  }
  for (index, (a, e)) in zip(actual, expected).enumerated() {
    let same = (e.isNaN && a.isNaN) || Double(a) == e || Float(e) == a
    if !same, !(abs(Double(a) - e) <= absolute + relative * abs(e)) {
      Issue.record("\(label)[\(index)] is \(a), should be \(e)", sourceLocation: sourceLocation)
      return
    }
  }
}
