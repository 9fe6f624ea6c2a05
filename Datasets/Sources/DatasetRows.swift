import Foundation

/// Rows of floats, one after the other: in memory, or, where they are many, in a file of which memory holds what is
/// being read.
///
/// The file lies in `TMPDIR` (`/var/tmp` where there is none), without a name, so that it goes with the process.
final class DatasetRows: Sendable {
  /// The bytes of rows that are kept in memory where nobody says otherwise.
  static let memory = 1 << 29

  /// Rows in memory; empty where they are in a file.
  private let floats: [Float]
  private let file: UnnamedFile?
  /// Numbers of all rows.
  let count: Int

  fileprivate init(floats: [Float], file: UnnamedFile?, count: Int) {
    (self.floats, self.file, self.count) = (floats, file, count)
  }

  /// Rows that a dataset is made of, added one after the other.
  struct Writer {
    private let memory: Int
    private let folder: String?
    private var floats: [Float] = []
    private var file: UnnamedFile?
    private(set) var count = 0

    /// - Parameters:
    ///   - memory: bytes of rows beyond which they go to a file.
    ///   - folder: of the file; nil for `TMPDIR`.
    init(memory: Int, folder: String? = nil) { (self.memory, self.folder) = (memory, folder) }

    /// Adds numbers. Throws ``DatasetError`` where there is no room for the file.
    mutating func append(_ numbers: [Float]) throws {
      floats += numbers
      count += numbers.count
      // A file is written in stretches of at least a megabyte, so that writing costs few system calls.
      if floats.count * 4 > max(memory, 1 << 20) || file != nil && floats.count * 4 > 1 << 20 { try spill() }
    }

    private mutating func spill() throws {
      let file = try file ?? UnnamedFile(in: folder)
      // Where it belongs, whatever another dataset of the same builder has written there.
      try file.write(floats, at: count - floats.count)
      self.file = file
      floats.removeAll(keepingCapacity: floats.count * 4 <= 1 << 22)
    }

    mutating func finish() throws -> DatasetRows {
      if file != nil { try spill() }
      return DatasetRows(floats: floats, file: file, count: count)
    }
  }

  /// The numbers in a range; of a file an array of their own.
  func numbers(_ range: Range<Int>) -> ArraySlice<Float> {
    guard let file else { return floats[range] }
    return ArraySlice(
      [Float](unsafeUninitializedCapacity: range.count) { target, size in
        file.read(target, from: range.lowerBound)
        size = range.count
      })
  }

  /// Hands over the numbers from `start` on.
  ///
  /// - Parameters:
  ///   - start: of the first number, within the rows.
  ///   - length: how many are read at most: fewer where the rows end before.
  func withNumbers<Result>(
    from start: Int, atMost length: Int, _ body: (UnsafeBufferPointer<Float>) -> Result
  ) -> Result {
    let length = min(length, count - start)
    guard let file else {
      return floats.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[start..<start + length])) }
    }
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: length) { target in
      file.read(target, from: start)
      return body(UnsafeBufferPointer(target))
    }
  }

  /// Draws stretches of rows for some rows of a minibatch and hands each to `body`, with its row.
  ///
  /// - Parameters:
  ///   - length: floats that `body` always reads.
  ///   - longest: floats that it reads at most, as far as the rows go.
  ///   - draw: index of the first float of a stretch, and whatever `body` needs to know of it.
  func forEachDrawn<Note: BitwiseCopyable>(
    _ rows: Range<Int>, length: Int, longest: Int, draw: () -> (start: Int, note: Note),
    body: (Int, UnsafePointer<Float>, Note) -> Void
  ) {
    guard file != nil else { return floats.forEachDrawn(rows, length: length, draw: draw, body: body) }
    for row in rows {
      let (start, note) = draw()
      withNumbers(from: start, atMost: longest) { numbers in numbers.baseAddress.map { body(row, $0, note) } }
    }
  }
}

/// A file that nobody else sees.
private final class UnnamedFile: Sendable {
  private let descriptor: Int32
  private let folder: String

  init(in named: String?) throws {
    let named = named ?? ProcessInfo.processInfo.environment["TMPDIR"] ?? ""
    folder = named.isEmpty ? "/var/tmp" : named
    var path = Array("\(folder)/sinew-rows-XXXXXX".utf8CString)
    descriptor = mkstemp(&path)
    guard descriptor >= 0 else { throw Self.problem(folder) }
    unlink(path)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }

  deinit { close(descriptor) }

  private static func problem(_ folder: String) -> DatasetError {
    DatasetError(
      "a dataset that is larger than \(DatasetRows.memory >> 20) MB is laid out in \(folder): "
        + "\(String(cString: strerror(errno))); TMPDIR names another folder")
  }

  func write(_ floats: [Float], at start: Int) throws {
    try floats.withUnsafeBytes { bytes in
      var place = 0
      while place < bytes.count {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[place...])
        let written = pwrite(descriptor, rest.baseAddress, rest.count, off_t(start * 4 + place))
        if written < 0, errno == EINTR { continue }
        guard written > 0 else { throw Self.problem(folder) }
        place += written
      }
    }
  }

  /// Fills `target`. The file is as long as what was written, so that only a broken disk keeps it from that.
  func read(_ target: UnsafeMutableBufferPointer<Float>, from start: Int) {
    var place = 0
    while place < target.count * 4 {
      let count = pread(
        descriptor, target.baseAddress.map { UnsafeMutableRawPointer($0) + place }, target.count * 4 - place,
        off_t(start * 4 + place))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { fatalError("the rows of a dataset cannot be read: \(String(cString: strerror(errno)))") }
      place += count
    }
  }
}
