import CZlib
import Foundation
import SinewFiles

/// A zip archive whose members are read as streams: nothing is written anywhere, and a member's name is only compared.
///
/// What the archive says of its members is checked against the file before anything is read or set aside for them.
/// Stored and deflated members; sizes beyond 4 GB; none that is encrypted or in another file.
///
/// Source: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification" 6.3.
final class ZipFile {
  /// As the user named it, for messages.
  let path: String
  /// Bytes on the disk.
  let size: Int
  /// By name.
  let members: [String: Member]
  private let descriptor: Int32

  /// Where a member lies.
  struct Member {
    var isDeflated: Bool
    var checksum: UInt
    var compressedSize: Int
    var size: Int
    /// Of its own header.
    var header: Int
  }

  /// The most bytes and entries of the list of members: a dataset has a dozen.
  private static let (largestList, mostMembers) = (1 << 20, 4096)

  /// Opens an archive. Throws ``DatasetError``.
  init(_ path: String) throws {
    self.path = path
    if let problem = RegularFile.problemOfReading(path) { throw DatasetError(file: path, problem) }
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw DatasetError(file: path, String(cString: strerror(errno))) }
    do {
      var status = stat()
      guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        throw DatasetError("is no file")
      }
      size = Int(status.st_size)
      members = try Self.list(FileBytes(descriptor: descriptor, size: size))
    } catch let error as DatasetError {
      close(descriptor)
      throw DatasetError(file: path, error.problem)
    }
  }

  deinit { close(descriptor) }

  /// Whether a file begins as an archive does.
  static func isArchive(_ path: String) -> Bool {
    guard RegularFile.problemOfReading(path) == nil else { return false }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 4)
    return pread(descriptor, &bytes, 4, 0) == 4 && (bytes == [80, 75, 3, 4] || bytes == [80, 75, 5, 6])
  }

  /// The bytes of a member, from its first on; nil where there is none of that name. Throws ``DatasetError`` without a
  /// file.
  func stream(_ name: String) throws -> ZipStream? {
    guard let member = members[name] else { return nil }
    let file = FileBytes(descriptor: descriptor, size: size)
    // The lengths of name and extra field in a member's own header may differ from those in the list.
    let header = try file.read(member.header, 30)
    guard header.word(0) == 0x0403_4b50 else { throw DatasetError(Self.damage) }
    let start = member.header + 30 + header.half(26) + header.half(28)
    guard start <= size, member.compressedSize <= size - start else { throw DatasetError(Self.truncation) }
    return ZipStream(owner: self, file: file, member: member, start: start)
  }

  private static let damage = "damaged: its list of members does not fit what is there"
  private static let truncation = "damaged or truncated (a member ends beyond the file)"

  private static func list(_ file: FileBytes) throws -> [String: Member] {
    // The end record is followed by a comment of at most 65,535 bytes.
    let tail = try file.read(max(0, file.size - 65_557), min(file.size, 65_557))
    guard let end = stride(from: tail.count - 22, through: 0, by: -1).first(where: { tail.word($0) == 0x0605_4b50 })
    else { throw DatasetError("not a zip archive, or truncated (its list of members is missing)") }
    var (count, listSize, start) = (tail.half(end + 10), tail.word(end + 12), tail.word(end + 16))
    let locator = file.size - tail.count + end - 20
    if count == 0xFFFF || listSize == 0xFFFF_FFFF || start == 0xFFFF_FFFF, locator >= 0 {
      let bytes = try file.read(locator, 20)
      guard bytes.word(0) == 0x0706_4b50, let place = bytes.long(8) else { throw DatasetError(damage) }
      let record = try file.read(place, 56)
      guard record.word(0) == 0x0606_4b50, let longCount = record.long(32), let longSize = record.long(40),
        let longStart = record.long(48)
      else { throw DatasetError(damage) }
      (count, listSize, start) = (longCount, longSize, longStart)
    }
    guard count <= mostMembers, listSize <= largestList else {
      throw DatasetError("has \(count) members; at most \(mostMembers) are read")
    }
    let bytes = try file.read(start, listSize)
    var (members, place) = ([String: Member](), 0)
    for _ in 0..<count {
      guard place + 46 <= bytes.count, bytes.word(place) == 0x0201_4b50 else { throw DatasetError(damage) }
      let (nameLength, extraLength) = (bytes.half(place + 28), bytes.half(place + 30))
      let next = place + 46 + nameLength + extraLength + bytes.half(place + 32)
      guard next <= bytes.count else { throw DatasetError(damage) }
      let name = String(decoding: bytes[place + 46..<place + 46 + nameLength], as: UTF8.self)
      let member = try member(bytes, place, extra: place + 46 + nameLength..<place + 46 + nameLength + extraLength)
      guard members.updateValue(member, forKey: name) == nil else {
        throw DatasetError("has two members of one name, '\(name.printable())'")
      }
      guard member.header <= file.size, member.compressedSize <= file.size - member.header else {
        throw DatasetError(truncation)
      }
      place = next
    }
    return members
  }

  private static func member(_ bytes: [UInt8], _ place: Int, extra: Range<Int>) throws -> Member {
    let (flags, method) = (bytes.half(place + 8), bytes.half(place + 10))
    guard flags & 1 == 0 else { throw DatasetError("is encrypted") }
    guard method == 0 || method == 8 else {
      throw DatasetError("is compressed by zip's method \(method); stored and deflated members are read")
    }
    // Of what does not fit 32 bits the extra field has the long forms, in this order.
    var values = [bytes.word(place + 24), bytes.word(place + 20), bytes.word(place + 42)]
    var field = extra.lowerBound
    while field + 4 <= extra.upperBound {
      let (kind, length) = (bytes.half(field), bytes.half(field + 2))
      let end = field + 4 + length
      guard end <= extra.upperBound else { throw DatasetError(damage) }
      if kind == 1 {
        var from = field + 4
        for index in values.indices where values[index] == 0xFFFF_FFFF {
          guard from + 8 <= end, let long = bytes.long(from) else { throw DatasetError(damage) }
          values[index] = long
          from += 8
        }
      }
      field = end
    }
    let (size, compressed) = (values[0], values[1])
    // Deflate shrinks to a 1,032nd at the most: what claims more was never written.
    let (most, overflow) = compressed.multipliedReportingOverflow(by: method == 8 ? 1032 : 1)
    guard overflow || size <= most + (method == 8 ? 64 : 0), method == 8 || size == compressed else {
      throw DatasetError("damaged or truncated (a member claims more than the file holds)")
    }
    return Member(
      isDeflated: method == 8, checksum: UInt(bytes.word(place + 16)), compressedSize: compressed, size: size,
      header: values[2])
  }
}

/// Bytes of an open file.
struct FileBytes {
  let descriptor: Int32
  let size: Int

  /// So many bytes from a place on. Throws ``DatasetError`` where the file has not as many.
  func read(_ place: Int, _ count: Int) throws -> [UInt8] {
    guard place >= 0, count >= 0, place <= size, count <= size - place else {
      throw DatasetError("damaged or truncated (it ends before what it speaks of)")
    }
    return try [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
      while filled < count {
        let done = pread(descriptor, bytes.baseAddress.map { $0 + filled }, count - filled, off_t(place + filled))
        if done < 0, errno == EINTR { continue }
        guard done >= 0 else { throw DatasetError("cannot be read: \(String(cString: strerror(errno)))") }
        guard done > 0 else { throw DatasetError("was shortened while it was read") }
        filled += done
      }
    }
  }
}

extension [UInt8] {
  /// Little-endian numbers; the caller knows that they are there.
  fileprivate func half(_ place: Int) -> Int { Int(self[place]) | Int(self[place + 1]) << 8 }
  fileprivate func word(_ place: Int) -> Int { half(place) | half(place + 2) << 16 }
  /// nil where it is beyond what a file can have.
  fileprivate func long(_ place: Int) -> Int? {
    let high = word(place + 4)
    return high < 1 << 30 ? word(place) | high << 32 : nil
  }
}
