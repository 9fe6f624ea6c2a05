import Foundation
import Synchronization

/// Points in the life of a file at which tests end the process, to see that whatever is on the disk then can be
/// continued from.
///
/// With `SINEW_KILL_AT_POINT=N` in the environment the N-th point that is passed, counted from 1, ends the process as
/// SIGKILL does. Without it a point costs one comparison.
public enum KillPoint {
  private static let chosen = ProcessInfo.processInfo.environment["SINEW_KILL_AT_POINT"].flatMap { Int($0) }
  private static let passed = Atomic<Int>(0)

  /// Passes the next point.
  public static func pass() {
    guard let chosen else { return }
    if passed.add(1, ordering: .relaxed).newValue == chosen { kill(getpid(), SIGKILL) }
  }
}
