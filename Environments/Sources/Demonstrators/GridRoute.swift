import SinewTensor

/// The cheapest way over a grid of points, pulled taut.
///
/// Each free point's cost is drawn between 1 and `1 + spread`, so that of several ways round about as long any may be
/// taken.
struct GridRoute {
  /// Rows and columns of the grid.
  let (rows, columns): (Int, Int)
  /// Whether the grid's point may be gone through.
  let isFree: (Int, Int) -> Bool
  /// Where the grid's point is.
  let place: (Int, Int) -> SIMD2<Double>
  /// Whether the straight way between two places is free.
  let isClear: (SIMD2<Double>, SIMD2<Double>) -> Bool

  /// The corners of a way, with its ends; nil if there is none.
  ///
  /// - Parameters:
  ///   - start, goal: the ends, and the points of the grid that stand for them.
  ///   - spread: how much dearer one point may be than another, ≥ 0.
  func route(
    from start: (place: SIMD2<Double>, row: Int, column: Int), to goal: (place: SIMD2<Double>, row: Int, column: Int),
    spread: Double, using generator: inout RandomGenerator
  ) -> [SIMD2<Double>]? {
    guard
      let points = cheapest(
        from: start.row * columns + start.column, to: goal.row * columns + goal.column, spread, &generator)
    else { return nil }
    let inner = points.map { place($0 / columns, $0 % columns) }
    return taut([start.place] + inner + [goal.place])
  }

  /// Dijkstra's algorithm over the eight neighbours, never between two corners of what is not free.
  private func cheapest(
    from start: Int, to goal: Int, _ spread: Double, _ generator: inout RandomGenerator
  ) -> [Int]? {
    let count = rows * columns
    var prices = [Double](repeating: .infinity, count: count)
    for index in 0..<count where index == start || index == goal || isFree(index / columns, index % columns) {
      prices[index] = 1 + spread * generator.uniform()
    }
    var costs = [Double](repeating: .infinity, count: count)
    var previous = [Int](repeating: -1, count: count)
    var open = [start]
    costs[start] = 0
    while let next = open.indices.min(by: { costs[open[$0]] < costs[open[$1]] }) {
      let here = open.remove(at: next)
      if here == goal { break }
      let (row, column) = (here / columns, here % columns)
      for (down, right) in [(0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)] {
        guard (0..<rows).contains(row + down), (0..<columns).contains(column + right) else { continue }
        let there = here + down * columns + right
        let isDiagonal = down != 0 && right != 0
        if isDiagonal, !prices[here + right].isFinite || !prices[here + down * columns].isFinite { continue }
        let cost = costs[here] + (isDiagonal ? 2.0.squareRoot() : 1) * (prices[here] + prices[there]) / 2
        guard cost < costs[there] else { continue }
        if !costs[there].isFinite { open.append(there) }
        (costs[there], previous[there]) = (cost, here)
      }
    }
    guard costs[goal].isFinite else { return nil }
    var points = [goal]
    while let last = points.last, last != start { points.append(previous[last]) }
    return points.reversed()
  }

  /// Leaves out every corner that can be cut.
  private func taut(_ points: [SIMD2<Double>]) -> [SIMD2<Double>] {
    var result = [points[0]]
    var index = 0
    while index < points.count - 1 {
      var next = index + 1
      for candidate in stride(from: points.count - 1, to: index + 1, by: -1)
      where isClear(points[index], points[candidate]) {
        next = candidate
        break
      }
      result.append(points[next])
      index = next
    }
    return result
  }
}

/// A way made of straight pieces, by the distance gone on it.
struct Path {
  /// Corners with both ends, at least one.
  let points: [SIMD2<Double>]
  /// Length of the whole way.
  let length: Double

  init(_ points: [SIMD2<Double>]) {
    self.points = points
    length = zip(points, points.dropFirst()).reduce(0) { $0 + SinewEnvironments.length($1.1 - $1.0) }
  }

  /// The place after a distance; an end beyond it.
  func point(at distance: Double) -> SIMD2<Double> {
    var rest = max(0, distance)
    for (start, end) in zip(points, points.dropFirst()) {
      let piece = SinewEnvironments.length(end - start)
      if rest < piece { return start + rest / piece * (end - start) }
      rest -= piece
    }
    return points[points.count - 1]
  }

  /// The distance of the place nearest to `point` among those between `start` and `start + reach`.
  func distance(nearest point: SIMD2<Double>, from start: Double, reach: Double) -> Double {
    var best = (gap: Double.infinity, at: start)
    var passed = 0.0
    for (from, to) in zip(points, points.dropFirst()) {
      let piece = SinewEnvironments.length(to - from)
      let (low, high) = (max(start - passed, 0), min(start + reach - passed, piece))
      if low <= high, piece > 0 {
        let along = min(max(dot(point - from, to - from) / piece, low), high)
        let gap = SinewEnvironments.length(point - from - along / piece * (to - from))
        if gap < best.gap { best = (gap, passed + along) }
      }
      passed += piece
    }
    return best.at
  }
}
