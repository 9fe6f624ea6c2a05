import Foundation

/// Bytes of a protocol buffer message, written field by field.
struct ProtocolBuffer {
  /// What has been written.
  private(set) var data = Data()

  private enum WireType: UInt64 {
    case variable = 0
    case fixed64 = 1
    case delimited = 2
    case fixed32 = 5
  }

  private mutating func variable(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      data.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    data.append(UInt8(rest))
  }

  private mutating func key(_ field: UInt64, _ type: WireType) { variable(field << 3 | type.rawValue) }

  /// An integer, enumeration or boolean.
  mutating func integer(_ field: UInt64, _ value: UInt64) {
    key(field, .variable)
    variable(value)
  }

  mutating func double(_ field: UInt64, _ value: Double) {
    key(field, .fixed64)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
  }

  mutating func float(_ field: UInt64, _ value: Float) {
    key(field, .fixed32)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
  }

  mutating func bytes(_ field: UInt64, _ value: Data) {
    key(field, .delimited)
    variable(UInt64(value.count))
    data += value
  }

  mutating func text(_ field: UInt64, _ value: String) { bytes(field, Data(value.utf8)) }

  /// A message within this one.
  mutating func message(_ field: UInt64, _ content: (inout ProtocolBuffer) -> Void) {
    var inner = ProtocolBuffer()
    content(&inner)
    bytes(field, inner.data)
  }

  /// The first integer of that field in a message; nil where there is none, or where the bytes are no message.
  static func integer(_ wanted: UInt64, in message: ArraySlice<UInt8>) -> UInt64? {
    var rest = message
    func variable() -> UInt64? {
      var (value, shift): (UInt64, UInt64) = (0, 0)
      while let byte = rest.popFirst(), shift < 64 {
        value |= UInt64(byte & 0x7f) << shift
        if byte < 0x80 { return value }
        shift += 7
      }
      return nil
    }
    while let key = variable(), let type = WireType(rawValue: key & 7) {
      let length: UInt64?
      switch type {
      case .variable:
        guard let value = variable() else { return nil }
        if key >> 3 == wanted { return value }
        continue
      case .fixed64: length = 8
      case .fixed32: length = 4
      case .delimited: length = variable()
      }
      guard let length, length <= UInt64(rest.count) else { return nil }
      rest = rest.dropFirst(Int(length))
    }
    return nil
  }
}

/// CRC-32C (Castagnoli), as records of event files are guarded by.
enum Checksum {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82f6_3b78 : value >> 1 }
  }

  static func plain(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
  }

  /// Rotated and shifted, so that a checksum of bytes that hold checksums stays useful.
  static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let value = plain(bytes)
    return (value >> 15 | value << 17) &+ 0xa282_ead8
  }
}
