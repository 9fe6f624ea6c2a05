import Foundation
import SinewProductPeak
import SinewTensor
import Synchronization

/// The processor that figures were measured on.
public enum Machine {
  /// Processors that this process may use.
  public static var processorCount: Int { ProcessInfo.processInfo.activeProcessorCount }

  /// The processor's name as the system gives it.
  public static var processor: String {
    guard let file = fopen("/proc/cpuinfo", "r") else { return "unknown" }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 512)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      guard text.hasPrefix("model name"), let colon = text.firstIndex(of: ":") else { continue }
      return text[text.index(after: colon)...].trimmingCharacters(in: .whitespacesAndNewlines)
    }
    return "unknown"
  }

  /// Bytes of this process that are in memory now; nil where the system doesn't say.
  static var residentMemory: Int? {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
    let fields = text.split(separator: " ")
    return fields.count > 1 ? Int(fields[1]).map { $0 * Int(sysconf(Int32(_SC_PAGESIZE))) } : nil
  }

  /// The multiply-add rate of `threads` threads that touch no memory, in floating-point operations a second (a
  /// multiply-add is two), by the instructions that the kernels use for `precision`.
  public static func peak(threads: Int, precision: Precision, seconds: Double = 0.2) -> Double {
    let instructionSet = Execution.instructionSet
    let total = Mutex(0.0)
    DispatchQueue.concurrentPerform(iterations: max(threads, 1)) { _ in
      let rate = sinew_multiply_add_rate(instructionSet, precision == .bfloat16, seconds)
      total.withLock { $0 += rate }
    }
    return total.withLock { $0 }
  }
}
