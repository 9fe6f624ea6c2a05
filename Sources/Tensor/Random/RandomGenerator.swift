import Foundation

/// A splittable, seeded stream of random numbers: Philox4x32-10.
///
/// Philox (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011) is a counter-based
/// generator: draw number `counter` is a function of (key, stream, counter) alone. So a stream is three words, any
/// number of independent streams come from one seed by ``split(_:)-(UInt64)``, and nothing depends on threads or on the
/// order in which streams are used. The tensor core's random operations use the same function (see ``RandomStream``).
///
/// A generator is a value: copying it copies the position. Each draw moves the counter by one.
public struct RandomGenerator: RandomNumberGenerator, Sendable, Equatable {
  private(set) var key: UInt64
  private(set) var stream: UInt64
  private(set) var counter: UInt64

  /// A generator at the start of the root stream of `seed`.
  public init(seed: UInt64) {
    self.init(key: seed, stream: 0, counter: 0)
  }

  init(key: UInt64, stream: UInt64, counter: UInt64) {
    (self.key, self.stream, self.counter) = (key, stream, counter)
  }

  /// The next 64 uniformly distributed bits.
  public mutating func next() -> UInt64 {
    nextBlock().0
  }

  /// An independent child stream named by `label`. The parent does not move, and its position does not matter: the same
  /// label always names the same child.
  public func split(_ label: UInt64) -> RandomGenerator {
    // A key derived from the parent's keeps children apart from every stream that the parent itself draws from.
    let block = philox(key: key ^ 0x9E37_79B9_7F4A_7C15, stream: label, counter: stream)
    return RandomGenerator(key: block.0, stream: block.1, counter: 0)
  }

  /// An independent child stream named by a string, for example `seedGenerator.split("noise")`.
  public func split(_ label: String) -> RandomGenerator {
    split(Fingerprint(label.utf8).bits)
  }

  /// A number uniform in [0, 1), with 53 random bits.
  public mutating func uniform() -> Double {
    Self.unit(next())
  }

  /// A number uniform in `range`.
  public mutating func uniform(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// A whole number uniform in 0 ..< `bound`, which must be positive. The bias is below bound / 2⁶⁴.
  public mutating func index(below bound: Int) -> Int {
    Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A standard normal number (Box–Muller, the cosine branch).
  public mutating func normal() -> Double {
    let block = nextBlock()
    // 1 − u lies in (0, 1], so the logarithm is finite.
    return sqrt(-2 * log(1 - Self.unit(block.0))) * cos(2 * .pi * Self.unit(block.1))
  }

  /// The exact state, for checkpoints: key, stream, counter.
  public var words: [UInt64] { [key, stream, counter] }

  /// Restores a state that ``words`` gave.
  ///
  /// - Throws: ``StateError`` unless there are three words.
  public init(words: [UInt64]) throws {
    guard words.count == 3 else {
      throw StateError("a random generator's state has 3 words, found \(words.count)")
    }
    self.init(key: words[0], stream: words[1], counter: words[2])
  }

  private mutating func nextBlock() -> (UInt64, UInt64) {
    defer { counter &+= 1 }
    return philox(key: key, stream: stream, counter: counter)
  }

  private static func unit(_ bits: UInt64) -> Double {
    Double(bits >> 11) * 0x1p-53
  }
}

/// Philox4x32-10: the 128-bit block of (stream, counter) under `key`, words 0–1 and 2–3 (low word first).
@inline(__always)
func philox(key: UInt64, stream: UInt64, counter: UInt64) -> (UInt64, UInt64) {
  var c0 = UInt32(truncatingIfNeeded: counter)
  var c1 = UInt32(truncatingIfNeeded: counter >> 32)
  var c2 = UInt32(truncatingIfNeeded: stream)
  var c3 = UInt32(truncatingIfNeeded: stream >> 32)
  var k0 = UInt32(truncatingIfNeeded: key)
  var k1 = UInt32(truncatingIfNeeded: key >> 32)
  for _ in 0..<10 {
    let first = UInt64(c0) &* 0xD251_1F53
    let second = UInt64(c2) &* 0xCD9E_8D57
    (c0, c1, c2, c3) = (
      UInt32(truncatingIfNeeded: second >> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: second),
      UInt32(truncatingIfNeeded: first >> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: first)
    )
    k0 &+= 0x9E37_79B9
    k1 &+= 0xBB67_AE85
  }
  return (UInt64(c0) | UInt64(c1) << 32, UInt64(c2) | UInt64(c3) << 32)
}
