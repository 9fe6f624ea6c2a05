/// 64 bits that differ where what was added to them differs (FNV-1a): for telling things apart, no defence against
/// malice.
package struct Fingerprint {
  /// The bits so far.
  package private(set) var bits: UInt64 = 0xCBF2_9CE4_8422_2325

  package init() {}

  /// Of bytes, one after another.
  package init(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { add(UInt64(byte)) }
  }

  /// Adds a byte, or a whole word at once.
  package mutating func add(_ word: UInt64) { bits = (bits ^ word) &* 0x100_0000_01B3 }
}
