/// Mean and variance of vectors seen so far, component by component (Welford, "Note on a method for calculating
/// corrected sums of squares and products", Technometrics 4, 1962).
public struct RunningStatistics: Sendable, Equatable {
  /// How many vectors there were.
  public private(set) var count = 0
  /// Mean of each component; 0 before the first vector.
  public private(set) var mean: [Double]
  private var squares: [Double]

  /// Of vectors with `size` components.
  public init(size: Int) {
    mean = Array(repeating: 0, count: size)
    squares = mean
  }

  /// Counts one vector. Does not allocate.
  public mutating func add(_ vector: borrowing Span<Float>) {
    precondition(vector.count == mean.count, "a vector of another size")
    count += 1
    let share = 1 / Double(count)
    for index in mean.indices {
      let value = Double(vector[index])
      let difference = value - mean[index]
      mean[index] += difference * share
      squares[index] += difference * (value - mean[index])
    }
  }

  /// Variance of a component over all vectors; 1 before the second.
  public func variance(_ index: Int) -> Double { count > 1 ? squares[index] / Double(count) : 1 }

  /// Standard deviation of a component, never below 10⁻⁴.
  public func deviation(_ index: Int) -> Double { (variance(index) + 1e-8).squareRoot() }

  /// Adds the exact statistics to a state.
  public func save(to state: inout StateDictionary, prefix: String) {
    state[words: prefix + "count"] = [UInt64(count)]
    state[doubles: prefix + "mean"] = mean
    state[doubles: prefix + "squares"] = squares
  }

  /// Takes them back. Throws ``StateError`` naming what is missing, has another size or cannot be.
  public mutating func load(from state: StateDictionary, prefix: String) throws {
    let count = try state.count(prefix + "count")
    let mean = try state.doubles(prefix + "mean", count: self.mean.count)
    let squares = try state.doubles(prefix + "squares", count: self.squares.count)
    if let negative = squares.first(where: { $0 < 0 }) {
      throw StateError("the array '\(prefix)squares' holds \(negative), expected sums of squares")
    }
    (self.count, self.mean, self.squares) = (count, mean, squares)
  }
}
