import CZlib

/// The bytes of a member of an archive, one after the other. Confined to one thread.
final class ZipStream {
  /// Bytes in all.
  let size: Int
  /// Bytes read so far.
  private(set) var position = 0

  // Keeps the file open.
  private let owner: ZipFile
  private let file: FileBytes
  private let member: ZipFile.Member
  /// Where the next compressed bytes are, and how many are left there.
  private var place: Int
  private var left: Int
  private var input: [UInt8] = []
  private var used = 0
  private var checksum: UInt
  private var inflater: UnsafeMutablePointer<z_stream>?

  private static let blockLength = 1 << 16

  init(owner: ZipFile, file: FileBytes, member: ZipFile.Member, start: Int) {
    (self.owner, self.file, self.member, place, left) = (owner, file, member, start, member.compressedSize)
    size = member.size
    checksum = crc32(0, nil, 0)
  }

  deinit {
    if let inflater {
      inflateEnd(inflater)
      inflater.deallocate()
    }
  }

  /// The next `count` bytes. Throws ``DatasetError`` where there are fewer, and at the end where the checksum differs.
  func read(_ count: Int) throws -> [UInt8] {
    guard count >= 0, count <= size - position else { throw Self.damage }
    let bytes = try [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
      while filled < count {
        try refill()
        filled += try member.isDeflated ? inflate(into: bytes, from: filled) : copy(into: bytes, from: filled)
      }
    }
    checksum = bytes.withUnsafeBufferPointer { bytes in
      // zlib counts in 32 bits.
      var (sum, start) = (checksum, 0)
      while start < bytes.count {
        let length = min(bytes.count - start, 1 << 30)
        sum = crc32(sum, bytes.baseAddress.map { $0 + start }, uInt(length))
        start += length
      }
      return sum
    }
    position += count
    guard position < size || checksum == member.checksum else { throw DatasetError("damaged (its checksum differs)") }
    return bytes
  }

  private static let damage = DatasetError("damaged or truncated (it ends before the numbers that it claims)")

  private func refill() throws {
    guard used == input.count, left > 0 else { return }
    input = try file.read(place, min(left, Self.blockLength))
    (used, place, left) = (0, place + input.count, left - input.count)
  }

  private func copy(into bytes: UnsafeMutableBufferPointer<UInt8>, from filled: Int) throws -> Int {
    let count = min(bytes.count - filled, input.count - used)
    guard count > 0 else { throw Self.damage }
    for index in 0..<count { bytes[filled + index] = input[used + index] }
    used += count
    return count
  }

  private func inflate(into bytes: UnsafeMutableBufferPointer<UInt8>, from filled: Int) throws -> Int {
    let stream = try inflater ?? begin()
    let room = min(bytes.count - filled, 1 << 30)
    let (before, wanted) = (used, input.count - used)
    let status = input.withUnsafeMutableBufferPointer { input in
      stream.pointee.next_in = input.baseAddress.map { $0 + before }
      stream.pointee.avail_in = uInt(wanted)
      stream.pointee.next_out = bytes.baseAddress.map { $0 + filled }
      stream.pointee.avail_out = uInt(room)
      return CZlib.inflate(stream, Z_NO_FLUSH)
    }
    used += wanted - Int(stream.pointee.avail_in)
    let made = room - Int(stream.pointee.avail_out)
    guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
      throw DatasetError("damaged (it cannot be decompressed)")
    }
    // Without output it goes on only as long as it takes input.
    guard made > 0 || (status == Z_OK && used > before) else { throw Self.damage }
    return made
  }

  private func begin() throws -> UnsafeMutablePointer<z_stream> {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    guard sinew_inflate_begin(stream) == Z_OK else {
      stream.deallocate()
      throw DatasetError("cannot be decompressed: no memory")
    }
    inflater = stream
    return stream
  }
}
