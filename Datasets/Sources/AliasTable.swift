import SinewTensor

/// Draws an index in proportion to weights, in the same time for any number of them (Walker 1977, in Vose's
/// construction).
struct AliasTable: Sendable {
  /// How often a column keeps its own index instead of its alias.
  private var thresholds: [Double]
  /// A column's own index where it needs no other.
  private var aliases: [Int32]

  /// A table of weights that are finite, not negative, and not all 0.
  init(_ weights: [Double]) {
    precondition(weights.count < Int(Int32.max), "too many weights")
    let total = weights.reduce(0, +)
    precondition(total > 0 && total.isFinite, "weights need a positive sum")
    thresholds = weights.map { $0 / total * Double(weights.count) }
    aliases = weights.indices.map { Int32($0) }
    var small = thresholds.indices.filter { thresholds[$0] < 1 }
    var large = thresholds.indices.filter { thresholds[$0] >= 1 }
    while let upper = large.last, let lower = small.popLast() {
      aliases[lower] = Int32(upper)
      thresholds[upper] -= 1 - thresholds[lower]
      if thresholds[upper] < 1 {
        large.removeLast()
        small.append(upper)
      }
    }
  }

  /// An index, each with the probability of its weight; one draw of the generator.
  func draw(using generator: inout RandomGenerator) -> Int {
    // The high word is uniform over the columns; within a column the low word is uniform over all 64-bit words.
    let (column, side) = generator.next().multipliedFullWidth(by: UInt64(thresholds.count))
    let index = Int(truncatingIfNeeded: column)
    return Double(side >> 11) * 0x1p-53 < thresholds[index] ? index : Int(aliases[index])
  }

  /// The probability of each index, as the table gives it.
  var probabilities: [Double] {
    var probabilities = [Double](repeating: 0, count: thresholds.count)
    for (index, threshold) in thresholds.enumerated() {
      probabilities[index] += min(threshold, 1)
      probabilities[Int(aliases[index])] += 1 - min(threshold, 1)
    }
    return probabilities.map { $0 / Double(thresholds.count) }
  }
}
