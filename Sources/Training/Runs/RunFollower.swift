import Foundation
import SinewFiles
import SinewSettings

/// A run that is read again and again while it is written: of its log only what was appended.
package struct RunFollower {
  private let folder: RunFolder
  private var configuration: FileStamp?
  private var log = ReportLog()
  /// The run as it was last read.
  package private(set) var history: RunHistory

  /// Reads a run. Throws where there is none, or where its files are not those of a run.
  package init(_ folder: RunFolder) throws {
    self.folder = folder
    history = RunHistory(folder: folder.url, settings: [], reports: [], isRunning: false)
    try update()
  }

  /// Reads what is new, and says whether anything is. Throws where the run is gone, or its files are no longer those of
  /// a run; what was read before stays.
  @discardableResult package mutating func update() throws -> Bool {
    let stamp = FileStamp(folder.configurationFile)
    let isConfigured = stamp != nil && stamp == configuration
    let settings =
      try isConfigured
      ? history.settings
      : ValueTree.leaves(inYAMLFile: folder.configurationFile).map { RunHistory.Setting(key: $0.key, value: $0.value) }
    let hasNews = try log.update(from: folder.metricsFile)
    let isRunning = folder.isLocked
    guard hasNews || !isConfigured || isRunning != history.isRunning else { return false }
    configuration = stamp
    history = RunHistory(folder: folder.url, settings: settings, reports: log.reports, isRunning: isRunning)
    return true
  }
}

/// What tells a file from the one that was at its place before.
package struct FileStamp: Hashable, Sendable {
  private let device, inode, size, seconds, nanoseconds: Int

  /// The file as it is now; nil where there is none.
  package init?(_ file: URL) {
    var status = stat()
    guard stat(file.path, &status) == 0 else { return nil }
    (device, inode, size) = (Int(status.st_dev), Int(status.st_ino), Int(status.st_size))
    (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
  }
}

/// The reports in `metrics.jsonl`, read as far as it has been written.
struct ReportLog {
  private(set) var reports: [RunHistory.Report] = []
  private var size: UInt64 = 0
  private var lastLine = Data()

  /// Reads the lines that were appended; all of them where the file is another one, or was cut, as a resumed run does.
  /// A last line that is being written is left for the next time. Returns whether anything is new.
  mutating func update(from file: URL) throws -> Bool {
    guard FileSystem.exists(file) else {
      defer { self = ReportLog() }
      return !reports.isEmpty
    }
    if let problem = RegularFile.problemOfReading(file.path) {
      throw FileError("cannot read \(file.relativePath): \(problem)")
    }
    guard let handle = try? FileHandle(forReadingFrom: file) else { throw FileError("read", file.relativePath) }
    defer { try? handle.close() }
    // The last line that was read must still be where it was.
    var data = try read(handle, from: size - UInt64(lastLine.count), file)
    guard data.starts(with: lastLine) else {
      var anew = ReportLog()
      _ = try anew.append(read(handle, from: 0, file), of: file)
      self = anew
      return true
    }
    data = data.dropFirst(lastLine.count)
    return try append(data, of: file)
  }

  private func read(_ handle: FileHandle, from offset: UInt64, _ file: URL) throws -> Data {
    let limit: UInt64 = 1 << 28
    do {
      let end = try handle.seekToEnd()
      guard end >= offset else { return Data() }
      guard end - offset <= limit else {
        throw FileError("cannot read \(file.relativePath): larger than \(limit) bytes")
      }
      try handle.seek(toOffset: offset)
      return try handle.read(upToCount: Int(end - offset)) ?? Data()
    } catch let error as FileError {
      throw error
    } catch {
      throw FileError("cannot read \(file.relativePath): \(systemReason(error))")
    }
  }

  private mutating func append(_ data: Data, of file: URL) throws -> Bool {
    let newline = UInt8(ascii: "\n")
    let lines = data.split(separator: newline, omittingEmptySubsequences: false).dropLast()
    guard let last = lines.last else { return false }
    let decoder = JSONDecoder()
    let added = try lines.enumerated().map { number, line in
      guard let values = try? decoder.decode([String: Double?].self, from: Data(line)),
        let step = values["step"] ?? nil, let count = Int(exactly: step), count >= 0
      else {
        throw UsageError("line \(reports.count + number + 1) of \(file.relativePath) is not a report of a run")
      }
      return RunHistory.Report(step: count, values: values.compactMapValues { $0 })
    }
    reports += added
    size += UInt64(lines.reduce(0) { $0 + $1.count + 1 })
    lastLine = Data(last) + [newline]
    return true
  }
}
