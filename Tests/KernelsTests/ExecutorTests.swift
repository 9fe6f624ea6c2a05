import Foundation
import SinewKernels
import Testing

@Suite struct ExecutorTests {
  /// A chain in which every instruction needs the one before: small and large ones take turns.
  static func chain(length: Int) -> Program {
    var numbers = Numbers(1)
    let square = Buffer(numbers.floats(256 * 256)), weight = Buffer(numbers.floats(256 * 256, -0.05, 0.05))
    let next = Buffer(count: 256 * 256), row = Buffer(count: 256)
    var instructions: [sinew_instruction] = []
    for _ in 0..<length {
      instructions += [
        makeInstruction(
          SINEW_MATMUL, mode: SINEW_MATMUL_ACTIVATION | Int(SINEW_TANH.rawValue) << 8, [1, 256, 256, 256],
          [next.raw, square.raw, weight.raw]),
        makeInstruction(SINEW_REDUCE, mode: Int(SINEW_SUM.rawValue), [1, 256, 256], [row.raw, next.raw]),
        makeInstruction(SINEW_UNARY, mode: Int(SINEW_TANH.rawValue), [256], [row.raw, row.raw]),
        makeInstruction(
          SINEW_BINARY, mode: Int(SINEW_ADD.rawValue), [1, 1, 256, 256, 0, 0, 256, 1, 0, 0, 0, 1],
          [square.raw, next.raw, row.raw]),
      ]
    }
    return Program(instructions: instructions, outputs: [square, row], inputs: [weight, next])
  }

  @Test func chainsGiveTheSameBitsForAnyThreads() {
    for (_, values) in outputsOfEverySet({ Self.chain(length: 20) }) {
      #expect(values[0].contains { $0 != 0 } && values[0].allSatisfy { $0.isFinite })
    }
  }

  @Test func twoCallersShareAPool() async {
    let expected = Self.chain(length: 10)
    expected.run(nil, threads: 1)
    let bits = expected.outputs[0].values
    nonisolated(unsafe) let handle = sinew_pool_create(3)
    let results = await withTaskGroup(of: [Float].self) { group in
      for _ in 0..<6 {
        group.addTask {
          var last: [Float] = []
          for _ in 0..<5 {
            let program = Self.chain(length: 10)
            program.run(handle, threads: 3)
            last = program.outputs[0].values
          }
          return last
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    sinew_pool_destroy(handle)
    for result in results { #expect(result == bits) }
  }

  @Test func sleepingWorkersWakeUp() {
    let pool = Pool(threads: 2)
    let expected = Self.chain(length: 1)
    expected.run(nil, threads: 1)
    for _ in 0..<5 {
      usleep(20_000)  // far longer than workers spin
      let program = Self.chain(length: 1)
      program.run(pool.handle, threads: 2)
      #expect(program.outputs[0].values == expected.outputs[0].values)
    }
  }

  @Test func poolsOfAnySizeComeAndGo() {
    for threads in [-1, 0, 1, 2, 7] {
      let pool = Pool(threads: threads)
      #expect(sinew_pool_threads(pool.handle) == max(1, threads))
    }
    #expect(sinew_pool_threads(nil) == 1)
  }

  @Test func tracesEveryInstructionInOrder() {
    let program = Self.chain(length: 3)
    let pool = Pool(threads: 2), workspace = Workspace(program.instructions, threads: 2)
    var events = [sinew_trace_event](repeating: .init(), count: program.instructions.count * 2)
    let count = sinew_run(
      pool.handle, program.instructions, program.instructions.count, workspace.pointer, &events)
    let used = events.prefix(count)
    #expect(Set(used.map(\.instruction)) == Set(0..<Int32(program.instructions.count)))
    #expect(zip(used, used.dropFirst()).allSatisfy { $0.instruction <= $1.instruction })
    #expect(used.allSatisfy { $0.begin <= $0.end && $0.begin > 0 && (0...1).contains($0.thread) })
  }

  @Test func theForcedSetBelongsToTheThread() {
    let before = sinew_active_instruction_set()
    #expect(sinew_force_instruction_set(SINEW_BASELINE))
    #expect(sinew_active_instruction_set() == SINEW_BASELINE)
    let thread = Thread { #expect(sinew_active_instruction_set() == before) }
    thread.start()
    while !thread.isFinished { usleep(1000) }
    #expect(sinew_force_instruction_set(before))
    #expect(!sinew_force_instruction_set(sinew_instruction_set(rawValue: 99)))
    #expect(availableSets.map { String(cString: sinew_instruction_set_name($0)) }.first == "baseline")
  }
}
