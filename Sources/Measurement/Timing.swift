import Glibc
import SinewEvaluation

/// Nanoseconds of the monotonic clock.
func monotonicNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Seconds that `body` takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
  let start = monotonicNanoseconds()
  try body()
  return Double(monotonicNanoseconds() - start) * 1e-9
}

/// Seconds that this thread has computed: what else the machine does is not its.
var threadTime: Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// Durations of the same work, in seconds; short stretches are timed together, so that the clock does not matter.
struct Timings {
  private(set) var values: [Double] = []

  /// Adds a stretch in which the work was done `count` times.
  mutating func append(_ duration: Double, count: Int) {
    values.append(duration / Double(max(count, 1)))
  }

  var median: Double { Statistics.quantile(0.5, of: values) }
  var minimum: Double { values.min() ?? .nan }
  func quantile(_ probability: Double) -> Double { Statistics.quantile(probability, of: values) }
}

/// How often work that takes `duration` seconds fits into a stretch of `stretch` seconds; at least once.
func repetitions(of duration: Double, in stretch: Double) -> Int {
  max(1, Int(min(stretch / max(duration, 1e-9), 1e7)))
}
