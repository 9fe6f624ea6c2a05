import Foundation

/// What sizes that come from outside would take, reckoned before anything is allocated.
///
/// Counts are floating-point numbers, in which no product of sizes can overflow. They are estimates, right to within a
/// factor of two of what training takes in memory at its most.
public struct MemoryDemand: Sendable {
  /// The most that any one size can be, whatever memory there is: lengths, widths, counts of rows.
  public static let largestSize = 1_000_000_000
  /// The most layers, or blocks, of one network.
  public static let mostLayers = 1_000
  /// The most parameters of one network.
  public static let mostParameters = 1e9

  private var demands: [(setting: String, value: String, bytes: Double)] = []

  public init() {}

  /// Bytes of all that was added.
  public var bytes: Double { demands.reduce(0) { $0 + $1.bytes } }

  /// Adds `numbers` float32 numbers that a setting asks for.
  ///
  /// - Parameters:
  ///   - setting: its key, which errors name.
  ///   - value: what it is set to.
  ///   - numbers: how many.
  public mutating func add(_ setting: String, _ value: Any, numbers: Double) {
    if let index = demands.firstIndex(where: { $0.setting == setting }) {
      demands[index].bytes += 4 * numbers
    } else {
      demands.append((setting, "\(value)", 4 * numbers))
    }
  }

  /// Throws ``SizeError`` naming the setting that asks for most, where all of them together ask for more than `memory`
  /// bytes.
  public func check(within memory: Double = Self.memory) throws(SizeError) {
    guard bytes > memory, let largest = demands.max(by: { $0.bytes < $1.bytes }) else { return }
    throw SizeError(
      "\(largest.setting) is \(largest.value), which would take about \(Self.text(largest.bytes)) of memory; there are "
        + Self.text(memory))
  }

  /// Bytes that this process may use: the machine's, or less where a limit is set to its control group or its address
  /// space.
  public static let memory: Double = {
    var least = Double(sysconf(Int32(_SC_PHYS_PAGES))) * Double(sysconf(Int32(_SC_PAGESIZE)))
    for file in ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"] {
      guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { continue }
      if let limit = Double(text.trimmingCharacters(in: .whitespacesAndNewlines)) { least = min(least, limit) }
    }
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur != rlim_t.max {
      let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ").first
      let used = Double(pages ?? "0") ?? 0
      least = min(least, max(0, Double(limit.rlim_cur) - used * Double(sysconf(Int32(_SC_PAGESIZE)))))
    }
    return least
  }()

  /// Bytes as people read them.
  static func text(_ bytes: Double) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB", "PB"]
    let index = bytes < 1000 ? 0 : min(Int(log10(bytes) / 3), units.count - 1)
    return String(format: index == 0 ? "%.0f %@" : "%.3g %@", bytes / pow(1000, Double(index)), units[index])
  }

  /// Parameters of a network of fully connected layers, `sizes` from its input to its output.
  public static func parameters(ofLayers sizes: [Double]) -> Double {
    zip(sizes, sizes.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 + $1.1 }
  }
}

/// A size from outside that cannot be: one line.
public struct SizeError: Error, CustomStringConvertible, Equatable {
  /// The setting, its value, and what would be right.
  public let description: String

  /// An error that shows `description`.
  public init(_ description: String) { self.description = description }
}
