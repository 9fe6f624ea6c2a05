/// The last few rows of numbers, of which one is shown: what a delay remembers.
struct DelayLine<Number> {
  /// Numbers in a row.
  let width: Int
  /// Rows from what goes in to what is shown.
  private(set) var delay: Int
  private var rows: [Number]
  /// Where the newest row is.
  private var newest = 0

  /// A line of `delay` + 1 rows that all are `row`.
  init(delay: Int, filledWith row: [Number]) {
    width = row.count
    self.delay = delay
    rows = Array(repeatElement(row, count: delay + 1).joined())
  }

  /// Rows that are kept.
  private var count: Int { delay + 1 }

  /// Puts a row in; the oldest one falls out.
  mutating func push(_ row: (Int) -> Number) {
    newest = (newest + 1) % count
    for index in 0..<width { rows[newest * width + index] = row(index) }
  }

  /// A number of the row that went in `age` rows ago, 0 … delay.
  func number(_ index: Int, age: Int) -> Number { rows[(newest + count - age) % count * width + index] }

  /// All rows, the oldest first: what ``load(_:)`` takes back.
  var contents: [Number] {
    (0..<count).flatMap { age in (0..<width).map { number($0, age: delay - age) } }
  }

  /// Takes rows back, `(delay + 1) × width` numbers.
  mutating func load(_ contents: [Number]) {
    precondition(contents.count == rows.count, "a delay line of another size")
    rows = contents
    newest = delay
  }
}
