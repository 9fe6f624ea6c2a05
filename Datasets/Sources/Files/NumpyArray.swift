import Foundation

/// An array in NumPy's format, read row by row from its first on. Confined to one thread.
///
/// Numbers and truth values of one or two axes, in the order of rows, as processors of today store them. Pickled objects
/// are never looked into.
///
/// Source: NumPy, "NEP 1 — A simple file format for NumPy arrays".
final class NumpyArray {
  let rows: Int
  /// Numbers in a row; 1 of one axis.
  let columns: Int
  /// 1 or 2.
  let axes: Int
  private let stream: ZipStream
  private let kind: Kind

  private enum Kind: String {
    case truth = "b1"
    case int8 = "i1", int16 = "i2", int32 = "i4", int64 = "i8"
    case uint8 = "u1", uint16 = "u2", uint32 = "u4", uint64 = "u8"
    case float16 = "f2", float32 = "f4", float64 = "f8"

    var size: Int { rawValue.last.flatMap { Int(String($0)) } ?? 1 }
  }

  /// Numbers of a row, as of other files.
  private static let mostColumns = 1 << 18
  private static let largestHeader = 1 << 16

  /// Reads the header. Throws ``DatasetError`` without file and field.
  init(_ stream: ZipStream) throws {
    self.stream = stream
    let start = try stream.read(min(8, stream.size))
    guard start.count == 8, start.starts(with: [0x93] + Array("NUMPY".utf8)), (1...3).contains(start[6]) else {
      throw DatasetError("no array of NumPy's")
    }
    let length = try stream.read(start[6] == 1 ? 2 : 4).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= Self.largestHeader else { throw DatasetError("no array of NumPy's") }
    let header = String(decoding: try stream.read(length), as: UTF8.self)
    kind = try Self.kind(header)
    let shape = try Self.shape(header)
    guard shape.count == 1 || shape.count == 2 else {
      throw DatasetError("an array of \(shape.count) axes; 1 or 2 are read")
    }
    (axes, rows, columns) = (shape.count, shape[0], shape.count == 2 ? shape[1] : 1)
    guard columns > 0 else { throw DatasetError("rows without numbers") }
    guard columns <= Self.mostColumns else { throw DatasetError("rows of more than 262,144 numbers") }
    let (bytes, overflow) = rows.multipliedReportingOverflow(by: columns * kind.size)
    guard !overflow, bytes == stream.size - stream.position else {
      throw DatasetError(
        "damaged: it claims \(rows) rows of \(columns) numbers and holds \(stream.size - stream.position) bytes")
    }
    if shape.count == 2, columns > 1, rows > 1, try Self.value("fortran_order", header) != "False" {
      throw DatasetError("is stored column by column (Fortran's order); write it with numpy.ascontiguousarray")
    }
  }

  /// Rows read so far.
  private(set) var position = 0

  /// The next `count` rows as float32; truth values are 0 and 1. There must be as many.
  func read(_ count: Int) throws -> [Float] {
    guard count >= 0, count <= rows - position else { throw DatasetError("ends after \(rows) rows") }
    let bytes = try stream.read(count * columns * kind.size)
    position += count
    return bytes.withUnsafeBytes { bytes in
      func numbers<Stored>(_ type: Stored.Type, _ convert: (Stored) -> Float) -> [Float] {
        (0..<count * columns).map {
          convert(bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Stored>.size, as: type))
        }
      }
      return switch kind {
      case .truth: numbers(UInt8.self) { $0 == 0 ? 0 : 1 }
      case .int8: numbers(Int8.self) { Float($0) }
      case .int16: numbers(Int16.self) { Float($0) }
      case .int32: numbers(Int32.self) { Float($0) }
      case .int64: numbers(Int64.self) { Float($0) }
      case .uint8: numbers(UInt8.self) { Float($0) }
      case .uint16: numbers(UInt16.self) { Float($0) }
      case .uint32: numbers(UInt32.self) { Float($0) }
      case .uint64: numbers(UInt64.self) { Float($0) }
      case .float16: numbers(Float16.self) { Float($0) }
      case .float32: numbers(Float.self) { $0 }
      case .float64: numbers(Double.self) { Float($0) }
      }
    }
  }

  // MARK: The header, a dictionary as Python prints it

  /// What stands behind a key, up to the next comma or bracket.
  private static func value(_ key: String, _ header: String) throws -> Substring {
    guard let place = header.range(of: "'\(key)':") else { throw DatasetError("no array of NumPy's: no '\(key)'") }
    let rest = header[place.upperBound...].drop { $0 == " " }
    return rest.prefix { !",()}".contains($0) }
  }

  private static func kind(_ header: String) throws -> Kind {
    let name = try value("descr", header).trimmingCharacters(in: CharacterSet(charactersIn: "' "))
    if name.hasPrefix("[") { throw DatasetError("records of several fields; arrays of numbers are read") }
    if name.hasPrefix(">") { throw DatasetError("big-endian numbers ('\(name.printable())')") }
    guard let kind = Kind(rawValue: String(name.drop { "<|=".contains($0) })) else {
      throw DatasetError("is of the kind '\(name.printable())'; numbers of at most 64 bits and truth values are read")
    }
    return kind
  }

  private static func shape(_ header: String) throws -> [Int] {
    guard let place = header.range(of: "'shape':"), let open = header[place.upperBound...].firstIndex(of: "("),
      let close = header[open...].firstIndex(of: ")")
    else { throw DatasetError("no array of NumPy's: no 'shape'") }
    let parts = header[header.index(after: open)..<close].split(separator: ",")
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    let shape = parts.compactMap { Int($0) }.filter { $0 >= 0 }
    guard shape.count == parts.count else { throw DatasetError("no array of NumPy's: no 'shape'") }
    return shape
  }
}
