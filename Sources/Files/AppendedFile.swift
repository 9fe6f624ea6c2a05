import Foundation

/// A file of records that a run appends to: each is written whole or not at all, and a resumed run drops what came
/// after its checkpoint.
package final class AppendedFile {
  private let file: URL
  private let descriptor: Int32
  private var size: off_t = 0

  /// Opens the file, made where it is not there, and keeps as many of its first bytes as `kept` says of them.
  package init(_ file: URL, keeping kept: (Data) -> Int) throws {
    self.file = file
    try RegularFile.requireReplaceable(file)
    descriptor = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
    guard descriptor >= 0 else { throw FileError("write", file.relativePath) }
    let data: Data
    do { data = try FileHandle(fileDescriptor: descriptor).readToEnd() ?? Data() } catch {
      throw FileError("cannot read \(file.relativePath)")
    }
    size = off_t(kept(data))
    guard ftruncate(descriptor, size) == 0 else { throw FileError("write", file.relativePath) }
  }

  deinit { close(descriptor) }

  /// Appends a record; where that fails nothing of it stays.
  package func append(_ record: Data) throws {
    do {
      guard lseek(descriptor, size, SEEK_SET) == size else { throw FileError("write", file.relativePath) }
      KillPoint.pass()
      try FileSystem.write(record, to: descriptor, name: file.relativePath)
      KillPoint.pass()
      size += off_t(record.count)
    } catch {
      ftruncate(descriptor, size)
      throw error
    }
  }

  /// Makes the records so far survive a power cut.
  package func synchronize() throws {
    if fsync(descriptor) != 0 { throw FileError("write", file.relativePath) }
  }
}
