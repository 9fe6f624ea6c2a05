extension [Float] {
  /// Draws stretches of `length` floats for some rows of a minibatch and hands each to `body`, with its row.
  ///
  /// They are anywhere in a memory that no cache holds. So every cache line of a block of them is asked for first:
  /// these reads do not wait for each other, as those of `body` would.
  ///
  /// - Parameter draw: index of the first float of a stretch, and whatever `body` needs to know of it.
  func forEachDrawn<Note: BitwiseCopyable>(
    _ rows: Range<Int>, length: Int, draw: () -> (start: Int, note: Note),
    body: (Int, UnsafePointer<Float>, Note) -> Void
  ) {
    withUnsafeBufferPointer { floats in
      guard let base = floats.baseAddress else { return }
      // Small enough for the stack; the last field takes what was read, so that it is read.
      withUnsafeTemporaryAllocation(of: (row: UnsafePointer<Float>, note: Note, seen: Float).self, capacity: 32) {
        block in
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: block.count) {
          let size = Swift.min(block.count, rows.upperBound - start)
          for index in 0..<size {
            let drawn = draw()
            (block[index].row, block[index].note) = (base + drawn.start, drawn.note)
          }
          for index in 0..<size {
            let row = block[index].row
            var seen = row[length - 1]
            for offset in stride(from: 0, to: length - 1, by: 16) { seen += row[offset] }
            block[index].seen = seen
          }
          for index in 0..<size { body(start + index, block[index].row, block[index].note) }
        }
      }
    }
  }
}

extension UnsafeMutableBufferPointer<Float> {
  /// Overwrites row `index` of a matrix of rows of `count` floats.
  func setRow(_ index: Int, to source: UnsafePointer<Float>, count: Int) {
    baseAddress.map { ($0 + index * count).update(from: source, count: count) }
  }
}
