/// Where observations jump in the midst of an episode: a file that does not say where its episodes were cut shows it
/// so.
///
/// With `next_observations` a jump is where the next row is another observation than the one that followed. Without, it
/// is a step whose components change by more than five times as much as they do on average, on average over the
/// components.
struct D4RLJumps {
  /// Rows after which observations jump.
  private(set) var rows: [Int] = []

  private static let blockLength = 1 << 14
  /// How many times as much as usual.
  private static let threshold = 5.0

  init(
    _ fields: EpisodeFields, _ info: DatasetInfo, _ hasNextObservations: Bool, _ boundaries: D4RLBoundaries
  ) throws {
    let size = info.observationSize
    /// Hands over every two rows that follow each other in an episode, of which nothing says that it ends between them.
    func forEachPair(_ body: (Int, _ first: ArraySlice<Float>, _ second: ArraySlice<Float>) -> Void) throws {
      var boundaries = boundaries
      while let (steps, _) = try boundaries.next() {
        for start in stride(from: steps.lowerBound, to: steps.upperBound - 1, by: Self.blockLength) {
          let end = min(start + Self.blockLength, steps.upperBound - 1)
          let values = try fields.read("observations", columns: size, rows: start..<end + 1)
          let next =
            hasNextObservations ? try fields.read("next_observations", columns: size, rows: start..<end) : values
          for row in start..<end {
            let place = (row - start) * size
            body(row, next[place..<place + size], values[place + size..<place + 2 * size])
          }
        }
      }
    }
    if hasNextObservations {
      try forEachPair { row, expected, found in
        let same = zip(expected, found).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($0)) }
        if !same { rows.append(row) }
      }
      return
    }
    var (changes, count) = ([Double](repeating: 0, count: size), 0.0)
    try forEachPair { _, first, second in
      for (index, pair) in zip(first, second).enumerated() { changes[index] += Double(abs(pair.1 - pair.0)) }
      count += 1
    }
    guard count > 0 else { return }
    let usual = changes.map { $0 / count }
    try forEachPair { row, first, second in
      var (sum, varying) = (0.0, 0.0)
      for (index, pair) in zip(first, second).enumerated() where usual[index] > 0 {
        sum += Double(abs(pair.1 - pair.0)) / usual[index]
        varying += 1
      }
      if varying > 0, sum / varying > Self.threshold { rows.append(row) }
    }
  }

  /// What to tell whoever reads the file.
  var notes: [String] {
    guard let first = rows.first else { return [] }
    let places = rows.count == 1 ? "after row \(first)" : "after \(rows.count) rows, first after row \(first)"
    return [
      "the file has no timeouts, and observations jump \(places), where no episode ends: "
        + "say with --episode-length after how many steps episodes were cut"
    ]
  }
}
