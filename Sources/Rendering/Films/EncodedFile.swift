import Foundation

/// Whether a picture or a film lies whole in its file, as far as its parts say how long they are.
enum EncodedFile {
  /// False for a file that ends early, has no end, or is empty.
  static func isWhole(_ url: URL) -> Bool {
    guard let data = try? Data(contentsOf: url, options: .mappedIfSafe), data.count >= 16 else { return false }
    let isPicture = data.starts(with: [0x89, 0x50, 0x4E, 0x47])
    return isPicture ? data.suffix(8).starts(with: Array("IEND".utf8)) : isWholeFilm(data)
  }

  /// Boxes of MP4 (ISO/IEC 14496-12) that fill the file: 32 bits of length, four letters; a length of 1 is followed by
  /// one of 64 bits.
  private static func isWholeFilm(_ data: Data) -> Bool {
    var kinds: Set<String> = []
    var position = 0
    while position < data.count {
      guard data.count - position >= 16 else { return false }
      func number(_ offset: Int, _ size: Int) -> UInt64 {
        data[(position + offset)..<(position + offset + size)].reduce(0) { $0 << 8 | UInt64($1) }
      }
      let short = number(0, 4)
      let length = short == 1 ? number(8, 8) : short
      guard length >= 8, length <= UInt64(data.count - position) else { return false }
      kinds.insert(String(decoding: data[(position + 4)..<(position + 8)], as: UTF8.self))
      position += Int(length)
    }
    return kinds.isSuperset(of: ["ftyp", "moov", "mdat"])
  }
}
