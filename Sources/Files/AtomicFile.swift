import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// Writes a file so that it is never seen half-written: into a temporary file beside `url`, flushed to the disk, then
/// renamed. On an error the temporary file is removed and whatever was at `url` stays.
///
/// - Throws: ``FileError`` with the system's reason or where what is at `url` is no file, or what `body` throws.
public func writeAtomically(
  to url: URL, _ body: (_ write: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
) throws {
  let path = url.path
  try RegularFile.requireReplaceable(url)
  PartialFile.removeLeftovers(beside: url)
  let temporary = PartialFile.url(beside: url).path
  let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
  guard descriptor >= 0 else { throw FileError("cannot write \(path): \(systemReason())") }
  PartialFile.lock(descriptor)
  KillPoint.pass()
  var finished = false
  defer { if !finished { unlink(temporary) } }
  do {
    defer { close(descriptor) }
    try body { bytes in
      var rest = bytes
      while !rest.isEmpty {
        let written = write(descriptor, rest.baseAddress, rest.count)
        if written < 0 && errno == EINTR { continue }
        guard written > 0 else { throw FileError("cannot write \(path): \(systemReason())") }
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
      }
      KillPoint.pass()
    }
    guard fsync(descriptor) == 0 else { throw FileError("cannot write \(path): \(systemReason())") }
  }
  guard rename(temporary, path) == 0 else { throw FileError("cannot write \(path): \(systemReason())") }
  finished = true
  KillPoint.pass()
}

extension Data {
  /// Writes these bytes as ``writeAtomically(to:_:)`` does.
  public func writeDurably(to url: URL) throws {
    try writeAtomically(to: url) { write in try withUnsafeBytes { try write($0) } }
  }
}

/// What the system says of the last failed call.
private func systemReason() -> String {
  String(cString: strerror(errno))
}

/// The system's short reason inside a Foundation error, or the error's own line.
package func systemReason(_ error: any Error) -> String {
  // As any error first: what lies inside is a POSIXError, which Foundation on Linux does not cast to NSError by itself.
  let inner = ((error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error).map { $0 as NSError }
  guard let inner, inner.domain == NSPOSIXErrorDomain else { return error.localizedDescription }
  return String(cString: strerror(Int32(inner.code)))
}
