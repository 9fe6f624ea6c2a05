import Foundation
import SinewKernels
import Synchronization

/// How tensor work is run: on how many threads, by which instructions.
///
/// Results never depend on the number of threads: work is cut by shape alone.
public enum Execution {
  private static let pool = Mutex(Pool(threads: 1))

  /// How many threads share one operation, at least 1 and at most ``mostThreads``. Set it before training; it holds for
  /// the whole process.
  public static var threads: Int {
    get { pool.withLock { $0.threads } }
    set {
      let count = min(max(newValue, 1), mostThreads)
      pool.withLock { if $0.threads != count { $0 = Pool(threads: count) } }
    }
  }

  /// As many threads as there are processors, or 8: more would gain nothing, and each takes memory.
  public static let mostThreads = max(ProcessInfo.processInfo.activeProcessorCount, 8)

  /// The instruction set that the kernels use: the processor's best, or what SINEW_INSTRUCTION_SET asks for.
  public static var instructionSet: String {
    String(cString: sinew_instruction_set_name(sinew_active_instruction_set()))
  }

  static var currentPool: Pool { pool.withLock { $0 } }

  /// Worker threads of the kernels; two runs at once on one pool are safe (the second uses its own thread alone).
  final class Pool: @unchecked Sendable {
    let threads: Int
    let handle: OpaquePointer?

    init(threads: Int) {
      self.threads = threads
      handle = threads > 1 ? sinew_pool_create(Int32(threads)) : nil
    }

    deinit {
      if let handle { sinew_pool_destroy(handle) }
    }
  }
}

/// What products are multiplied in. Sums, weights and optimiser state are float32 in both.
public enum Precision: String, Codable, Sendable, CaseIterable {
  /// Single precision throughout.
  case float32 = "f32"
  /// Products in bfloat16 where the processor has instructions for it, else in float32.
  case bfloat16 = "bf16"
}
