import Foundation
import SinewFiles
import SinewHDF5Reader
import SinewTensor

/// The HDF5 library is not thread safe: whoever uses it in this process, or makes a process that will, holds this.
let hdf5Lock = NSLock()

/// An HDF5 file that is being read, by a process of its own: a damaged file ends that process and is an error here.
///
/// Confined to one thread at a time.
final class HDF5File {
  /// As the user named it, for messages.
  let path: String
  /// Bytes on the disk.
  let size: Int
  private let reader: OpaquePointer

  /// What an array in the file is.
  struct Extent: Equatable {
    /// Axes: 1 or 2.
    var axes: Int
    var rows: Int
    /// Numbers in a row.
    var columns: Int
  }

  /// Opens the file. Throws ``DatasetError`` where it cannot be read.
  init(_ path: String) throws {
    self.path = path
    if let problem = RegularFile.problemOfReading(path) { throw DatasetError(file: path, problem) }
    size = ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber)?.intValue ?? 0
    var answer = SinewHDF5Answer()
    hdf5Lock.lock()
    let reader = sinew_hdf5_open(path, &answer)
    hdf5Lock.unlock()
    guard let reader else { throw DatasetError(file: path, answer.message) }
    self.reader = reader
  }

  deinit { sinew_hdf5_close(reader) }

  /// The extent of an array; nil where there is none of that path.
  func extent(of array: String) throws -> Extent? {
    try request(array, from: 0, count: 0) { _ in }
  }

  /// Appends rows of an array to `numbers`, as many as there are from `first` on and at most `count`, and returns its
  /// extent; nil where there is none of that path.
  ///
  /// - Parameter admit: looks at the extent before memory is taken for it.
  @discardableResult
  func read(
    _ array: String, from first: Int = 0, count: Int = .max, into numbers: inout [Float],
    admit: (Extent) throws -> Void = { _ in }
  ) throws -> Extent? {
    var position = first
    var extent: Extent?
    repeat {
      var brought = 0
      let found = try request(array, from: position, count: count - (position - first)) { part in
        if extent == nil {
          try admit(part.extent)
          numbers.reserveCapacity(numbers.count + min(count, max(0, part.extent.rows - first)) * part.extent.columns)
        }
        numbers.append(contentsOf: part.numbers)
        brought = part.numbers.count / part.extent.columns
      }
      guard let found else { return nil }
      guard extent == nil || extent == found else { throw DatasetError(damage) }
      extent = found
      position += brought
      if brought == 0 { break }
    } while position - first < count && position < (extent?.rows ?? 0)
    return extent
  }

  private struct Part {
    var extent: Extent
    var numbers: UnsafeBufferPointer<Float>
  }

  /// Throws `DatasetError` without file and field, which the caller knows better.
  private func request(
    _ array: String, from first: Int, count: Int, _ body: (Part) throws -> Void
  ) throws -> Extent? {
    var answer = SinewHDF5Answer()
    sinew_hdf5_read(reader, array, UInt64(first), UInt64(count), &answer)
    guard answer.status != Int32(SinewHDF5Absent.rawValue) else { return nil }
    guard answer.status == Int32(SinewHDF5Done.rawValue) else { throw DatasetError(answer.message) }
    // A damaged file may have harmed the reader before it answered.
    let window = Int(SINEW_HDF5_NUMBERS)
    guard let rows = Int(exactly: answer.rows), let columns = Int(exactly: answer.columns),
      let brought = Int(exactly: answer.count), (1...2).contains(answer.rank), (1...window).contains(columns),
      (0...min(rows, count, window / columns)).contains(brought),
      !rows.multipliedReportingOverflow(by: 8 * columns).overflow
    else { throw DatasetError(damage) }
    let extent = Extent(axes: Int(answer.rank), rows: rows, columns: columns)
    try body(Part(extent: extent, numbers: .init(start: sinew_hdf5_window(reader), count: brought * columns)))
    return extent
  }

  private var damage: String { "damaged: its answers contradict each other" }

  /// An attribute of the file itself.
  enum Attribute: Equatable {
    case text(String)
    case numbers([Float])
  }

  /// The attribute of that name, or with "GROUP/NAME" of a group; nil where there is none.
  func attribute(_ name: String) throws -> Attribute? {
    var answer = SinewHDF5Answer()
    sinew_hdf5_attribute(reader, name, &answer)
    guard answer.status != Int32(SinewHDF5Absent.rawValue) else { return nil }
    guard answer.status == Int32(SinewHDF5Done.rawValue) else {
      throw DatasetError(file: path, field: "attribute \(name)", answer.message)
    }
    if answer.rank == 0 { return .text(text(answer.count)) }
    let count = Int(min(answer.count, UInt64(SINEW_HDF5_NUMBERS)))
    return .numbers(Array(UnsafeBufferPointer(start: sinew_hdf5_window(reader), count: count)))
  }

  /// Something that lies in a group.
  struct Entry: Equatable {
    var name: String
    /// Of an array; nil for a group.
    var axes: Int?
  }

  /// What lies in a group; nil where there is no group of that path.
  func entries(of group: String) throws -> [Entry]? {
    var answer = SinewHDF5Answer()
    sinew_hdf5_list(reader, group, &answer)
    guard answer.status != Int32(SinewHDF5Absent.rawValue) else { return nil }
    guard answer.status == Int32(SinewHDF5Done.rawValue) else { throw DatasetError(answer.message) }
    return text(answer.count).split(separator: "\n").compactMap { line in
      let parts = line.split(separator: " ", maxSplits: 1)
      return parts.count == 2 ? Entry(name: String(parts[1]), axes: Int(parts[0])) : nil
    }
  }

  /// The text in the window.
  private func text(_ count: UInt64) -> String {
    let bytes = UnsafeRawBufferPointer(
      start: sinew_hdf5_window(reader), count: Int(min(count, UInt64(SINEW_HDF5_WINDOW))))
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension SinewHDF5Answer {
  /// The text, which may be anything in a damaged file, as one line.
  fileprivate var message: String {
    let bytes = withUnsafeBytes(of: text) { Array($0.prefix { $0 != 0 }) }
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
