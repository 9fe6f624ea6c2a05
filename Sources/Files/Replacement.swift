import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// Puts a folder in the place of another in one step: whoever looks sees the old one or the new one, whole. The old one
/// is removed afterwards.
///
/// - Parameters:
///   - folder: the new folder, on the same file system.
///   - place: where it goes; there may be nothing yet.
/// - Throws: ``FileError`` with the system's reason; `place` is then as it was.
public func replaceFolder(at place: URL, with folder: URL) throws {
  func failure() -> FileError { FileError("cannot write \(place.relativePath): \(String(cString: strerror(errno)))") }
  if rename(folder.path, place.path) == 0 { return }
  guard errno == ENOTEMPTY || errno == EEXIST else { throw failure() }
  if exchange(folder.path, place.path) {
    KillPoint.pass()
    try? FileManager.default.removeItem(at: folder)
    return
  }
  // File systems that cannot exchange: for a moment nothing is in the place, and what was there is beside it.
  let old = PartialFile.url(beside: place.appendingPathExtension("old"))
  guard rename(place.path, old.path) == 0 else { throw failure() }
  guard rename(folder.path, place.path) == 0 else {
    let error = failure()
    rename(old.path, place.path)
    throw error
  }
  try? FileManager.default.removeItem(at: old)
}

/// Exchanges two paths in one step; false where the system or the file system cannot.
private func exchange(_ first: String, _ second: String) -> Bool {
  typealias Call = @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32
  // Swift's view of the C library leaves it out.
  guard let symbol = dlsym(nil, "renameat2") else { return false }
  // RENAME_EXCHANGE of <linux/fs.h>.
  return unsafeBitCast(symbol, to: Call.self)(AT_FDCWD, first, AT_FDCWD, second, 2) == 0
}
