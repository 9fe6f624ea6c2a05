import Foundation
import SinewFiles
import SinewSettings
import SinewTensor

/// Appends lines of JSON to the `metrics.jsonl` of a run.
///
/// Every line has `step` and `seconds` (since the run began, pauses between resumes left out). A line is written
/// whole or not at all.
final class MetricsLogger {
  private let file: URL
  private let descriptor: Int32
  private var size: off_t = 0
  /// Seconds that the lines kept from before the resume account for.
  private(set) var secondsBefore = 0.0

  /// Opens the file and drops what was logged after `step`, and a last line that a kill cut short.
  init(_ file: URL, keepingUpTo step: Int) throws {
    self.file = file
    try RegularFile.requireReplaceable(file)
    descriptor = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
    guard descriptor >= 0 else { throw FileError("write", file.relativePath) }
    let data: Data
    do { data = try FileHandle(fileDescriptor: descriptor).readToEnd() ?? Data() } catch {
      throw FileError("cannot read \(file.relativePath)")
    }
    let text = String(decoding: data, as: UTF8.self)
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      guard let entry = try? JSONDecoder().decode(Stamp.self, from: Data(line.utf8)), entry.step <= step else { break }
      size += off_t(line.utf8.count + 1)
      secondsBefore = entry.seconds
    }
    guard ftruncate(descriptor, size) == 0 else { throw FileError("write", file.relativePath) }
  }

  deinit { close(descriptor) }

  private struct Stamp: Decodable {
    let step: Int
    let seconds: Double
  }

  /// Appends one object with the given values, in their order.
  func log(_ values: [(name: String, value: ValueTree)]) throws {
    let line = ValueTree.table(values.map { ValueTree.Entry($0.name, $0.value) }).json + "\n"
    do {
      guard lseek(descriptor, size, SEEK_SET) == size else { throw FileError("write", file.relativePath) }
      KillPoint.pass()
      try FileSystem.write(line, to: descriptor, name: file.relativePath)
      KillPoint.pass()
      size += off_t(line.utf8.count)
    } catch {
      ftruncate(descriptor, size)
      throw error
    }
  }

  /// Makes the lines so far survive a power cut.
  func synchronize() throws {
    if fsync(descriptor) != 0 { throw FileError("write", file.relativePath) }
  }
}
