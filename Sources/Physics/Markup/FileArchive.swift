import Foundation
import Synchronization

/// The files that a robot is read from: recorded while it is read, so that it can be read again from the same bytes
/// wherever the files are by then.
public final class FileArchive: Sendable {
  @TaskLocal private static var active: FileArchive?

  private let contents: Mutex<[String: Data]>
  private let isSealed: Bool

  /// An empty archive, which takes up what is read.
  public init() {
    contents = Mutex([:])
    isSealed = false
  }

  /// An archive of these files, by absolute path: nothing else is read.
  public init(_ files: [String: Data]) {
    contents = Mutex(files)
    isSealed = true
  }

  /// What it holds, by absolute path.
  public var files: [String: Data] { contents.withLock { $0 } }

  /// Reads models and tasks through the archive: from its files, if it was made of some, else from the disk and into
  /// it.
  public func reading<Result>(_ body: () throws -> Result) rethrows -> Result {
    try Self.$active.withValue(self) { try body() }
  }

  /// What the archive that is read through says about a file; nil where the disk is to be asked, and nothing is read
  /// through any.
  static func exists(_ url: URL) -> Bool? {
    guard let active, active.isSealed else { return nil }
    return active.files[path(url)] != nil
  }

  /// The bytes of a file, by `read` where the archive that is read through is not made of files; nil where it has none
  /// of that path.
  public static func bytes<Failure>(
    of url: URL, read: () throws(Failure) -> Data
  ) throws(Failure) -> Data? {
    guard let active else { return try read() }
    if active.isSealed { return active.files[path(url)] }
    let data = try read()
    active.contents.withLock { $0[path(url)] = data }
    return data
  }

  private static func path(_ url: URL) -> String { url.absoluteURL.standardizedFileURL.path }
}
