/// Moments and extremes of columns, and which of them are the same, over rows that come one after the other.
struct ColumnScan {
  let width: Int
  private(set) var count = 0
  private(set) var mean: [Double]
  private var squares: [Double]
  private(set) var minimum: [Float]
  private(set) var maximum: [Float]
  /// The first column that was the same in every row so far.
  private(set) var leaders: [Int]

  init(width: Int) {
    self.width = width
    mean = Array(repeating: 0, count: width)
    squares = mean
    minimum = Array(repeating: .infinity, count: width)
    maximum = Array(repeating: -.infinity, count: width)
    leaders = Array(repeating: 0, count: width)
  }

  /// The population standard deviation of a column.
  func deviation(_ column: Int) -> Double { (squares[column] / Double(max(count, 1))).squareRoot() }

  func isConstant(_ column: Int) -> Bool { minimum[column] == maximum[column] }

  /// Adds `rows` × width numbers, row by row: Welford's recursion.
  mutating func add(_ numbers: [Float], rows: Int) {
    numbers.withUnsafeBufferPointer { numbers in
      for row in 0..<rows {
        count += 1
        let (start, share) = (row * width, 1 / Double(count))
        var areAlike = true
        for column in 0..<width {
          let value = numbers[start + column]
          let difference = Double(value) - mean[column]
          mean[column] += difference * share
          squares[column] += difference * (Double(value) - mean[column])
          if value < minimum[column] { minimum[column] = value }
          if value > maximum[column] { maximum[column] = value }
          if value != numbers[start + leaders[column]] { areAlike = false }
        }
        if !areAlike { partLeaders(numbers, start) }
      }
    }
  }

  /// Columns that were the same until now and differ in this row part ways.
  private mutating func partLeaders(_ numbers: UnsafeBufferPointer<Float>, _ start: Int) {
    struct Kind: Hashable {
      var leader: Int
      var value: Float
    }
    var first: [Kind: Int] = [:]
    for column in 0..<width {
      let kind = Kind(leader: leaders[column], value: numbers[start + column])
      leaders[column] = first[kind] ?? column
      if first[kind] == nil { first[kind] = column }
    }
  }
}

/// How the values of columns lie in equal bins between two bounds; values beyond them count in the outermost.
struct ColumnHistograms {
  private let low: [Float]
  /// Bins a unit.
  private let scale: [Double]
  private let bins: Int
  /// Column by column.
  private var counts: [Int]

  init(low: [Float], high: [Float], bins: Int) {
    (self.low, self.bins) = (low, bins)
    scale = zip(low, high).map { $1 > $0 ? Double(bins) / (Double($1) - Double($0)) : 0 }
    counts = Array(repeating: 0, count: bins * low.count)
  }

  mutating func add(_ numbers: [Float], rows: Int) {
    let width = low.count
    numbers.withUnsafeBufferPointer { numbers in
      for row in 0..<rows {
        for column in 0..<width {
          let place = (Double(numbers[row * width + column]) - Double(low[column])) * scale[column]
          // Clamped before it is made whole: a number far outside has no place among the integers.
          counts[column * bins + Int(min(max(place, 0), Double(bins - 1)))] += 1
        }
      }
    }
  }

  subscript(column: Int) -> [Int] { Array(counts[column * bins..<(column + 1) * bins]) }
}

/// Over how many independent directions rows spread: the participation ratio of their correlations, D² / Σ r², which is
/// D where columns vary independently of each other and 1 where all follow one.
struct SpreadDirections {
  private let columns: [Int]
  private let mean: [Double]
  private let deviation: [Double]
  private let width: Int
  /// Every how many rows one is looked at.
  private let stride: Int
  private var seen = 0
  private var used = 0
  private var products: [Double]
  private var row: [Double]

  /// nil where nothing varies, or of more columns than it can be asked of.
  init?(_ scan: ColumnScan) {
    columns = (0..<scan.width).filter { !scan.isConstant($0) && scan.deviation($0) > 0 }
    guard (1...1024).contains(columns.count) else { return nil }
    (mean, deviation) = (columns.map { scan.mean[$0] }, columns.map(scan.deviation))
    width = scan.width
    let work = Double(scan.count) * Double(columns.count * columns.count)
    stride = max(1, Int((work / 1e9).rounded(.up)))
    products = Array(repeating: 0, count: columns.count * columns.count)
    row = Array(repeating: 0, count: columns.count)
  }

  mutating func add(_ numbers: [Float], rows: Int) {
    for index in 0..<rows {
      seen += 1
      guard seen % stride == 0 else { continue }
      used += 1
      for (place, column) in columns.enumerated() {
        row[place] = (Double(numbers[index * width + column]) - mean[place]) / deviation[place]
      }
      for first in row.indices {
        let value = row[first]
        for second in first..<row.count { products[first * row.count + second] += value * row[second] }
      }
    }
  }

  /// From 1 to the number of columns; nil of no rows.
  var count: Double? {
    guard used > 0 else { return nil }
    let size = row.count
    var (sum, trace) = (0.0, 0.0)
    for first in 0..<size {
      trace += products[first * size + first]
      for second in first..<size {
        let product = products[first * size + second]
        sum += (second == first ? 1 : 2) * product * product
      }
    }
    return sum > 0 ? trace * trace / sum : nil
  }
}
