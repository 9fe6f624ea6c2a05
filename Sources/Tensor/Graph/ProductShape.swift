import SinewKernels

/// The sizes and layout of one matrix product of a plan: for each member, [rows, depth] by [depth, columns].
public struct ProductShape: Hashable, Sendable, Codable {
  /// Products of this size done by one instruction (an ensemble's members).
  public var members: Int
  /// M, the rows of the result.
  public var rows: Int
  /// N, the columns of the result.
  public var columns: Int
  /// K, the length of the sums.
  public var depth: Int
  /// Whether the left operand is stored [depth, rows].
  public var transposesLeft = false
  /// Whether the right operand is stored [columns, depth].
  public var transposesRight = false
  /// Whether every member multiplies the same left operand.
  public var sharesLeft = false
  /// Whether every member multiplies by the same right operand.
  public var sharesRight = false

  /// A product of the given sizes, operands stored as they are multiplied.
  public init(
    members: Int = 1, rows: Int, columns: Int, depth: Int, transposesLeft: Bool = false, transposesRight: Bool = false
  ) {
    (self.members, self.rows, self.columns, self.depth) = (members, rows, columns, depth)
    (self.transposesLeft, self.transposesRight) = (transposesLeft, transposesRight)
  }

  init?(_ instruction: sinew_instruction) {
    guard instruction.is(SINEW_MATMUL) else { return nil }
    members = instruction.dimension(0)
    (rows, columns, depth) = (instruction.dimension(1), instruction.dimension(2), instruction.dimension(3))
    transposesLeft = instruction.mode & Int32(SINEW_MATMUL_TRANSPOSE_A) != 0
    transposesRight = instruction.mode & Int32(SINEW_MATMUL_TRANSPOSE_B) != 0
    sharesLeft = members > 1 && instruction.dimension(4) == 0
    sharesRight = members > 1 && instruction.dimension(5) == 0
  }

  /// Floating-point operations, a multiply-add being two.
  public var operationCount: Int { 2 * members * rows * columns * depth }

  /// How the operands are stored, in BLAS's letters: `nn`, `tn` (left transposed), `nt` (right transposed), `tt`.
  public var layout: String { (transposesLeft ? "t" : "n") + (transposesRight ? "t" : "n") }
}

extension ProductShape: CustomStringConvertible {
  /// `2 of 256×23·23×256`, with ᵀ behind an operand that is stored transposed.
  public var description: String {
    let left = transposesLeft ? "(\(depth)×\(rows))ᵀ" : "\(rows)×\(depth)"
    let right = transposesRight ? "(\(columns)×\(depth))ᵀ" : "\(depth)×\(columns)"
    return (members > 1 ? "\(members) of " : "") + left + " · " + right
  }
}
