import Foundation
import SinewFiles

// The safetensors format: eight bytes of header length (little-endian), a JSON header that names each array's type,
// shape and byte range, then the bytes. No code, so a file from a stranger can do no more than be wrong.

/// Array types of the format that are read, with their sizes in bytes. F16 and BF16 widen to float32.
private let elementSizes = ["F32": 4, "F64": 8, "U64": 8, "I64": 8, "U8": 1, "BOOL": 1, "BF16": 2, "F16": 2]

/// As in the reference implementation.
private let maximumHeaderLength = 100_000_000

extension StateDictionary {
  /// Writes a safetensors file, beside `url` first and renamed into place when it is on the disk: a reader sees the old
  /// file or the new one, whole.
  ///
  /// - Throws: ``StateError`` with the system's reason (no permission, no space).
  public func write(to url: URL) throws {
    try writeAtomically(to: url) { write in
      try header().withUnsafeBytes { try write($0) }
      for name in orderedNames {
        guard let entry = entries[name] else { continue }
        try entry.value.withUnsafeBytes(write)
      }
    }
  }

  /// Eight-byte types first, so that every array is aligned to its element.
  private var orderedNames: [String] {
    entries.sorted { ($1.value.value.elementSize, $0.key) < ($0.value.value.elementSize, $1.key) }.map(\.key)
  }

  private func header() throws -> Data {
    var offset = 0
    var fields: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
      fields.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    for name in orderedNames {
      guard let entry = entries[name] else { continue }
      let end = offset + entry.value.count * entry.value.elementSize
      let shape = entry.shape.map(String.init).joined(separator: ",")
      fields.append(
        "\(quoted(name)):{\"dtype\":\"\(entry.value.typeName)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}"
      )
      offset = end
    }
    var json = Data("{\(fields.joined(separator: ","))}".utf8)
    json.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
    var length = UInt64(json.count).littleEndian
    return withUnsafeBytes(of: &length) { Data($0) } + json
  }

  /// Reads a safetensors file.
  ///
  /// Types F32, F64, U64, I64 (as words), U8, BOOL (as bytes), F16 and BF16 (widened to float32).
  ///
  /// - Throws: ``StateError`` naming the file and what is wrong with it; memory stays within a few times the file's
  ///   size.
  public init(contentsOf url: URL) throws {
    let data: Data
    if let problem = RegularFile.problemOfReading(url.path) { throw StateError("\(url.path): \(problem)") }
    do {
      data = try Data(contentsOf: url, options: .mappedIfSafe)
    } catch {
      throw StateError("\(url.path): \(systemReason(error))")
    }
    do {
      try self.init(safetensors: data)
    } catch let error as StateError {
      throw StateError("\(url.path): \(error.description)")
    }
  }

  /// Reads the bytes of a safetensors file.
  ///
  /// - Throws: ``StateError`` saying what is wrong.
  public init(safetensors data: Data) throws {
    self.init()
    guard data.count >= 8 else {
      throw StateError("not a safetensors file: \(data.count) bytes, the header length alone takes 8")
    }
    let length = data.prefix(8).enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << (8 * $1.offset) }
    guard length <= maximumHeaderLength, length <= data.count - 8 else {
      throw StateError(
        "not a safetensors file, or truncated: its header claims \(length) bytes, \(data.count - 8) follow")
    }
    let json = data.dropFirst(8).prefix(Int(length))
    guard json.first == UInt8(ascii: "{"), String(data: json, encoding: .utf8) != nil,
      let header = (try? JSONSerialization.jsonObject(with: json)) as? [String: Any]
    else { throw StateError("the safetensors header is not a JSON object") }
    let body = data.dropFirst(8 + Int(length))

    var ranges: [Range<Int>] = []
    for (name, field) in header {
      if name == "__metadata__" {
        guard let pairs = field as? [String: String] else { throw StateError("__metadata__ must map text to text") }
        metadata = pairs
        continue
      }
      let (entry, range) = try Self.entry(name, field, body)
      entries[name] = entry
      ranges.append(range)
    }
    // The arrays must tile the body: nothing hidden between them, nothing shared.
    ranges.sort { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
    var end = 0
    for range in ranges {
      guard range.lowerBound == end else {
        throw StateError("arrays overlap or leave a gap at byte \(end) of the data")
      }
      end = range.upperBound
    }
    guard end == body.count else { throw StateError("the arrays take \(end) bytes, the file holds \(body.count)") }
  }

  private static func entry(_ name: String, _ field: Any, _ body: Data) throws -> (Entry, Range<Int>) {
    guard let field = field as? [String: Any], let type = field["dtype"] as? String,
      let shape = wholeNumbers(field["shape"]), let offsets = wholeNumbers(field["data_offsets"]), offsets.count == 2
    else { throw StateError("the array '\(name)' needs dtype, shape and data_offsets") }
    guard let size = elementSizes[type] else {
      throw StateError(
        "the array '\(name)' has type \(type); known: \(elementSizes.keys.sorted().joined(separator: ", "))")
    }
    var bytes = size
    for dimension in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: dimension)
      guard !overflow else { throw StateError("the array '\(name)' has an impossible shape \(shape)") }
      bytes = product
    }
    guard offsets[0] <= offsets[1], offsets[1] <= body.count, offsets[1] - offsets[0] == bytes else {
      throw StateError(
        "the array '\(name)' of shape \(shape) takes \(bytes) bytes, its offsets \(offsets) lie in \(body.count) bytes")
    }
    let start = body.startIndex + offsets[0]
    let content = body[start..<(start + bytes)]
    let value: Value =
      switch type {
      case "F32": .floats(array(content))
      case "F64": .doubles(array(content))
      case "U64", "I64": .words(array(content))
      case "F16": .floats((array(content) as [UInt16]).map(widenHalf))
      case "BF16": .floats((array(content) as [UInt16]).map { Float(bitPattern: UInt32($0) << 16) })
      default: .bytes(Array(content))
      }
    return (Entry(value: value, shape: shape), offsets[0]..<offsets[1])
  }

  private static func wholeNumbers(_ field: Any?) -> [Int]? {
    guard let numbers = field as? [NSNumber] else { return nil }
    let values = numbers.compactMap { number in
      let value = number.doubleValue
      return value >= 0 && value < 0x1p53 && value == value.rounded() ? Int(value) : nil
    }
    return values.count == numbers.count ? values : nil
  }

  private static func array<Element>(_ bytes: Data) -> [Element] {
    let count = bytes.count / MemoryLayout<Element>.stride
    return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      bytes.copyBytes(to: UnsafeMutableRawBufferPointer(buffer))
      initialized = count
    }
  }

  private static func widenHalf(_ half: UInt16) -> Float {
    let sign: Float = half >> 15 == 0 ? 1 : -1
    let exponent = Int(half >> 10 & 0x1F)
    let fraction = Float(half & 0x3FF)
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default: return sign * (1 + fraction / 1024) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
    }
  }
}

extension StateDictionary.Value {
  fileprivate var typeName: String {
    switch self {
    case .floats: "F32"
    case .doubles: "F64"
    case .words: "U64"
    case .bytes: "U8"
    }
  }

  fileprivate var elementSize: Int {
    switch self {
    case .floats: 4
    case .doubles, .words: 8
    case .bytes: 1
    }
  }

  fileprivate func withUnsafeBytes(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
    switch self {
    case .floats(let values): try values.withUnsafeBytes(body)
    case .doubles(let values): try values.withUnsafeBytes(body)
    case .words(let values): try values.withUnsafeBytes(body)
    case .bytes(let values): try values.withUnsafeBytes(body)
    }
  }
}

private func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case _ where scalar.value < 0x20: result += String(format: "\\u%04x", scalar.value)
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
