/// Undoes zlib's compression (RFC 1950 and 1951).
struct Inflater {
  private let bytes: [UInt8]
  private var next = 2
  private var bitBuffer = 0
  private var bitCount = 0
  private var output: [UInt8] = []
  private let count: Int

  /// The `count` bytes that were compressed; nil if the data are damaged or hold more or fewer.
  static func inflate(_ bytes: [UInt8], count: Int) -> [UInt8]? {
    // Method 8, no dictionary, and a header that is a multiple of 31.
    guard bytes.count > 6, bytes[0] & 15 == 8, bytes[1] & 32 == 0, (Int(bytes[0]) << 8 + Int(bytes[1])) % 31 == 0
    else { return nil }
    var inflater = Inflater(bytes: bytes, count: count)
    guard inflater.readBlocks(), inflater.output.count == count, inflater.checksumFits() else { return nil }
    return inflater.output
  }

  private init(bytes: [UInt8], count: Int) {
    (self.bytes, self.count) = (bytes, count)
    output.reserveCapacity(count)
  }

  private mutating func readBlocks() -> Bool {
    while true {
      guard let isLast = bits(1), let kind = bits(2) else { return false }
      switch kind {
      case 0: guard readStored() else { return false }
      case 1: guard readCodes(PrefixCode.fixedLengths, PrefixCode.fixedDistances) else { return false }
      case 2: guard let codes = readCodeLengths(), readCodes(codes.lengths, codes.distances) else { return false }
      default: return false
      }
      if isLast == 1 { return true }
    }
  }

  /// The next bits, the lowest first; nil at the end of the data.
  private mutating func bits(_ wanted: Int) -> Int? {
    while bitCount < wanted {
      guard next < bytes.count else { return nil }
      bitBuffer |= Int(bytes[next]) << bitCount
      next += 1
      bitCount += 8
    }
    let result = bitBuffer & (1 << wanted - 1)
    bitBuffer >>= wanted
    bitCount -= wanted
    return result
  }

  private mutating func readStored() -> Bool {
    (bitBuffer, bitCount) = (0, 0)
    guard let length = bits(16), let complement = bits(16), length == complement ^ 0xFFFF,
      next + length <= bytes.count, output.count + length <= count
    else { return false }
    output += bytes[next..<next + length]
    next += length
    return true
  }

  /// The codes that a block announces, themselves compressed.
  private mutating func readCodeLengths() -> (lengths: PrefixCode, distances: PrefixCode)? {
    guard let lengthCount = bits(5), let distanceCount = bits(5), let orderCount = bits(4) else { return nil }
    var lengths = [Int](repeating: 0, count: 19)
    let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
    for place in order.prefix(orderCount + 4) {
      guard let length = bits(3) else { return nil }
      lengths[place] = length
    }
    guard let code = PrefixCode(lengths) else { return nil }
    let total = lengthCount + 257 + distanceCount + 1
    lengths = []
    while lengths.count < total {
      guard let symbol = symbol(of: code) else { return nil }
      var (value, repeats): (Int, Int?) = (symbol, 1)
      switch symbol {
      case 16:
        guard let last = lengths.last else { return nil }
        (value, repeats) = (last, bits(2).map { $0 + 3 })
      case 17: (value, repeats) = (0, bits(3).map { $0 + 3 })
      case 18: (value, repeats) = (0, bits(7).map { $0 + 11 })
      default: break
      }
      guard let repeats, lengths.count + repeats <= total else { return nil }
      lengths += [Int](repeating: value, count: repeats)
    }
    guard let first = PrefixCode(Array(lengths.prefix(lengthCount + 257))),
      let second = PrefixCode(Array(lengths.dropFirst(lengthCount + 257)))
    else { return nil }
    return (first, second)
  }

  private mutating func readCodes(_ lengths: PrefixCode, _ distances: PrefixCode) -> Bool {
    while true {
      guard let symbol = symbol(of: lengths) else { return false }
      if symbol == 256 { return true }
      if symbol < 256 {
        guard output.count < count else { return false }
        output.append(UInt8(symbol))
        continue
      }
      guard let length = length(symbol - 257), let code = self.symbol(of: distances),
        let distance = distance(code), distance <= output.count, output.count + length <= count
      else { return false }
      // What is copied may be what was just written.
      for _ in 0..<length { output.append(output[output.count - distance]) }
    }
  }

  private mutating func length(_ code: Int) -> Int? {
    if code < 8 { return 3 + code }
    if code >= 28 { return code == 28 ? 258 : nil }
    let extra = code >> 2 - 1
    return bits(extra).map { (4 + code & 3) << extra + 3 + $0 }
  }

  private mutating func distance(_ code: Int) -> Int? {
    if code < 4 { return 1 + code }
    guard code < 30 else { return nil }
    let extra = code >> 1 - 1
    return bits(extra).map { (2 + code & 1) << extra + 1 + $0 }
  }

  private mutating func symbol(of code: PrefixCode) -> Int? {
    var (value, first, index) = (0, 0, 0)
    for length in 1...15 {
      guard let bit = bits(1) else { return nil }
      value |= bit
      let count = code.counts[length]
      if value - first < count { return code.symbols[index + value - first] }
      index += count
      first = (first + count) << 1
      value <<= 1
    }
    return nil
  }

  /// Adler-32 of the output, which follows the blocks.
  private func checksumFits() -> Bool {
    guard next + 4 <= bytes.count else { return false }
    var (a, b) = (1, 0)
    for byte in output {
      a = (a + Int(byte)) % 65521
      b = (b + a) % 65521
    }
    return bytes[next..<next + 4].reduce(0) { $0 << 8 | Int($1) } == b << 16 | a
  }
}

/// Codes of which none begins with another, given by their lengths: codes of one length are consecutive, in the order
/// of their symbols, and follow those that are shorter.
private struct PrefixCode {
  /// How many codes have each length, 1 to 15.
  var counts = [Int](repeating: 0, count: 16)
  /// By code.
  var symbols: [Int] = []

  static let fixedLengths = PrefixCode(fixed: [(144, 8), (112, 9), (24, 7), (8, 8)])
  static let fixedDistances = PrefixCode(fixed: [(30, 5)])

  private init(fixed runs: [(count: Int, length: Int)]) {
    fill(runs.flatMap { [Int](repeating: $0.length, count: $0.count) })
  }

  /// Nil if there are more codes than their lengths leave room for.
  init?(_ lengths: [Int]) {
    fill(lengths)
    var room = 1
    for length in 1...15 {
      room = room << 1 - counts[length]
      if room < 0 { return nil }
    }
  }

  private mutating func fill(_ lengths: [Int]) {
    for length in lengths where length > 0 { counts[length] += 1 }
    symbols = lengths.indices.filter { lengths[$0] > 0 }.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
  }
}
