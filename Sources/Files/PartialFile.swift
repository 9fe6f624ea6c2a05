import Foundation

/// What is written beside its place until it is whole: `.NAME.PID.partial`, a file or a folder.
///
/// A killed process leaves it behind; the next one that writes into the folder takes it away.
public enum PartialFile {
  /// Where this process writes what will be at `url`.
  ///
  /// - Parameter ending: "partial", or "unfinished" for what another program writes.
  public static func url(beside url: URL, ending: String = "partial") -> URL {
    url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).\(getpid()).\(ending)")
  }

  /// Says that this process is still writing, for other machines and containers, which see other process numbers; gone
  /// when the descriptor is closed.
  public static func lock(_ descriptor: Int32) { flock(descriptor, LOCK_EX | LOCK_NB) }

  /// Removes what processes that are no more have left in the folder of `url`. What cannot be removed stays.
  public static func removeLeftovers(beside url: URL) {
    let folder = url.deletingLastPathComponent()
    guard let handle = opendir(folder.path) else { return }
    defer { closedir(handle) }
    var leftovers: [URL] = []
    while let entry = readdir(handle) {
      // Most folders hold nothing of the kind, so the first letter is looked at before a text is made.
      guard entry.pointee.d_name.0 == CChar(bitPattern: UInt8(ascii: ".")) else { continue }
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      if let owner = owner(ofName: name), isGone(owner) { leftovers.append(folder.appending(path: name)) }
    }
    for leftover in leftovers where !isLocked(leftover) { try? FileManager.default.removeItem(at: leftover) }
  }

  /// The process that wrote something of that name.
  private static func owner(ofName name: String) -> pid_t? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count >= 4, parts[0].isEmpty, ["partial", "unfinished"].contains(parts[parts.count - 1]) else {
      return nil
    }
    return pid_t(parts[parts.count - 2]).flatMap { $0 > 0 ? $0 : nil }
  }

  private static func isGone(_ process: pid_t) -> Bool { kill(process, 0) != 0 && errno == ESRCH }

  private static func isLocked(_ url: URL) -> Bool {
    let descriptor = open(url.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }
}
