import SinewKernels
import Synchronization

/// A recording made ready to run again and again: dead steps dropped, neighbours fused, every buffer placed.
///
/// Running it allocates nothing and counts no references: it is one call into the kernels.
final class Plan {
  private let instructions: UnsafeMutableBufferPointer<sinew_instruction>
  private var workspace: UnsafeMutableRawPointer
  private var workspaceThreads: Int
  private let arena: Storage
  /// Everything that the instructions point into.
  private let owners: [AnyObject]
  private let leaves: [Storage]
  private var seenReplacements = Storage.replacements.load(ordering: .relaxed)
  /// Where each input's address stands in the instructions.
  private var inputs: [Input]
  /// How often it has been run.
  private(set) var runCount = 0
  /// Looked up when the plan is made: the first look at the environment allocates.
  private let trace = Trace.requested

  private struct Input {
    var address: UnsafeMutablePointer<Float>
    var uses: [(instruction: Int, slot: Int, offset: Int)]
  }

  /// - Parameters:
  ///   - recording: the steps; they are changed by fusion and not to be used again.
  ///   - outputs: tensors whose numbers are wanted after each run.
  ///   - inputs: leaf tensors whose memory may be another in later runs.
  init(_ recording: Recording, outputs: [Tensor], inputs: [Tensor] = []) {
    for output in outputs {
      let root = output.value.root.value
      if root.storage == nil { root.storage = Storage(count: root.count) }
    }
    let steps = fused(livingSteps(recording.steps, outputs: outputs), outputs: outputs)
    let placement = Placement(steps)
    let arena = Storage(count: placement.size)
    var uses: [ObjectIdentifier: [(instruction: Int, slot: Int, offset: Int)]] = [:]
    let inputIdentifiers = Set(inputs.map { ObjectIdentifier($0.value.root.value) })

    instructions = .allocate(capacity: steps.count)
    for (index, step) in steps.enumerated() {
      var instruction = step.instruction
      for (slot, value) in step.reads + step.writes where slot >= 0 {
        let (root, offset) = value.root
        let key = ObjectIdentifier(root)
        let start = root.storage?.pointer ?? placement.offsets[key].map { arena.pointer + $0 }
        instruction.setPointer(slot, start.map { $0 + offset })
        if inputIdentifiers.contains(key) { uses[key, default: []].append((index, slot, offset)) }
      }
      instructions.initializeElement(at: index, to: instruction)
    }
    self.arena = arena
    owners = steps.flatMap(\.owners)
    leaves = steps.flatMap { step in (step.reads + step.writes).compactMap { $0.value.root.value.storage } }
    self.inputs = inputs.map { tensor in
      Input(address: tensor.readyPointer, uses: uses[ObjectIdentifier(tensor.value.root.value)] ?? [])
    }
    workspaceThreads = Execution.threads
    workspace = Self.makeWorkspace(instructions, threads: workspaceThreads)
    PlanCollection.current?.plans.append(self)
  }

  /// The matrix products of another plan without what is fused into them, on that plan's memory.
  init(productsOf plan: Plan) {
    let products = plan.instructions.filter { $0.is(SINEW_MATMUL) }
    instructions = .allocate(capacity: products.count)
    for (index, product) in products.enumerated() {
      var instruction = product
      instruction.mode &= Int32(SINEW_MATMUL_TRANSPOSE_A | SINEW_MATMUL_TRANSPOSE_B | SINEW_MATMUL_BF16)
      for slot in 3..<Int(SINEW_MAXIMUM_POINTERS) { instruction.setPointer(slot, nil) }
      instructions.initializeElement(at: index, to: instruction)
    }
    arena = plan.arena
    owners = plan.owners + plan.leaves
    leaves = []
    inputs = []
    // Not a computation of its own, so not one to trace.
    runCount = Trace.runOfInterest
    workspaceThreads = Execution.threads
    workspace = Self.makeWorkspace(instructions, threads: workspaceThreads)
  }

  deinit {
    instructions.deinitialize().deallocate()
    workspace.deallocate()
  }

  private static func makeWorkspace(
    _ instructions: UnsafeMutableBufferPointer<sinew_instruction>, threads: Int
  ) -> UnsafeMutableRawPointer {
    let size = sinew_workspace_size(instructions.baseAddress, instructions.count, Int32(threads))
    return .allocate(byteCount: max(size, 64), alignment: 64)
  }

  /// Whether parameters have moved to other memory since the plan was made (an optimiser or an average was given their
  /// module).
  func isStale() -> Bool {
    let replacements = Storage.replacements.load(ordering: .relaxed)
    if replacements == seenReplacements { return false }
    seenReplacements = replacements
    return leaves.contains(where: \.isReplaced)
  }

  /// How many instructions a run takes.
  var instructionCount: Int { instructions.count }

  /// Its matrix products, in order.
  var products: [ProductShape] { instructions.compactMap(ProductShape.init) }

  /// Points the plan at the memory of `tensors` (as many as the plan's inputs, of the same shapes).
  func bind(_ tensors: [Tensor]) {
    for (index, tensor) in tensors.enumerated() {
      let address = tensor.readyPointer
      guard address != inputs[index].address else { continue }
      inputs[index].address = address
      for use in inputs[index].uses {
        instructions[use.instruction].setPointer(use.slot, address + use.offset)
      }
    }
  }

  /// Runs the instructions; `SINEW_TRACE` asks for one of the runs.
  func run() {
    if runCount + 1 == Trace.runOfInterest, let trace { return run(into: trace) }
    let pool = preparedPool()
    _ = sinew_run(pool.handle, instructions.baseAddress, instructions.count, workspace, nil)
  }

  /// Runs the instructions and adds to `trace` when each thread worked on which.
  func run(into trace: Trace) {
    let pool = preparedPool()
    let events = [sinew_trace_event](unsafeUninitializedCapacity: instructions.count * pool.threads) { events, count in
      count = sinew_run(pool.handle, instructions.baseAddress, instructions.count, workspace, events.baseAddress)
    }
    trace.add(instructions, events)
  }

  /// The pool for the next run, and workspace for its threads.
  private func preparedPool() -> Execution.Pool {
    let pool = Execution.currentPool
    if pool.threads != workspaceThreads {
      workspace.deallocate()
      workspaceThreads = pool.threads
      workspace = Self.makeWorkspace(instructions, threads: workspaceThreads)
    }
    runCount += 1
    return pool
  }
}

/// The steps that an output or an effect depends on, views left out.
private func livingSteps(_ steps: [Step], outputs: [Tensor]) -> [Step] {
  var wanted = Set(outputs.map { ObjectIdentifier($0.value.root.value) })
  var living: [Step] = []
  for step in steps.reversed() where step.instruction.operation != Step.view {
    let makesWanted = step.writes.contains { wanted.contains(ObjectIdentifier($0.value.root.value)) }
    guard step.isEffect || makesWanted else { continue }
    for (_, value) in step.reads { wanted.insert(ObjectIdentifier(value.root.value)) }
    for (_, value) in step.writes { wanted.insert(ObjectIdentifier(value.root.value)) }
    living.append(step)
  }
  return living.reversed()
}

/// Where each transient buffer lies in the arena: freed after its last use, reused best-fit, in place for element-wise
/// steps.
private struct Placement {
  var offsets: [ObjectIdentifier: Int] = [:]
  private(set) var size = 0
  private var free: [(offset: Int, count: Int)] = []

  init(_ steps: [Step]) {
    var lastUse: [ObjectIdentifier: Int] = [:]
    for (index, step) in steps.enumerated() {
      for (_, value) in step.reads + step.writes { lastUse[ObjectIdentifier(value.root.value)] = index }
    }
    var sizes: [ObjectIdentifier: Int] = [:]
    for (index, step) in steps.enumerated() {
      var dying = Set<ObjectIdentifier>()
      for (_, value) in step.reads + step.writes {
        let root = value.root.value
        let key = ObjectIdentifier(root)
        if root.storage == nil && lastUse[key] == index { dying.insert(key) }
      }
      for (_, value) in step.writes {
        let root = value.root.value
        let key = ObjectIdentifier(root)
        guard root.storage == nil, offsets[key] == nil else { continue }
        sizes[key] = padded(root.count)
        if let heir = step.reusableInput(count: root.count, dying: dying), let offset = offsets[heir] {
          offsets[key] = offset
          dying.remove(heir)
        } else {
          offsets[key] = allocate(padded(root.count))
        }
      }
      for key in dying {
        if let offset = offsets[key], let count = sizes[key] { release(offset, count) }
      }
    }
  }

  private mutating func allocate(_ count: Int) -> Int {
    let fitting = free.indices.filter { free[$0].count >= count }
    if let best = fitting.min(by: { free[$0].count < free[$1].count }) {
      let offset = free[best].offset
      if free[best].count == count {
        free.remove(at: best)
      } else {
        free[best] = (offset + count, free[best].count - count)
      }
      return offset
    }
    defer { size += count }
    return size
  }

  private mutating func release(_ offset: Int, _ count: Int) {
    free.append((offset, count))
    free.sort { $0.offset < $1.offset }
    var merged: [(offset: Int, count: Int)] = []
    for block in free {
      if let last = merged.last, last.offset + last.count == block.offset {
        merged[merged.count - 1].count += block.count
      } else {
        merged.append(block)
      }
    }
    free = merged
  }
}

/// Rounded up to a cache line of floats.
func padded(_ count: Int) -> Int { (max(count, 1) + 15) / 16 * 16 }

extension Step {
  /// An input of an element-wise step that dies here, has the output's size and is read in the output's order.
  fileprivate func reusableInput(count: Int, dying: Set<ObjectIdentifier>) -> ObjectIdentifier? {
    let isElementwise =
      instruction.is(SINEW_UNARY) || instruction.is(SINEW_UNARY_GRADIENT) || instruction.is(SINEW_BINARY)
    guard isElementwise else { return nil }
    return reads.first { _, value in
      let root = value.root.value
      return root.count == count && value.count == count && dying.contains(ObjectIdentifier(root))
    }.map { ObjectIdentifier($0.value.root.value) }
  }
}
