extension [Float] {
  /// Draws stretches of `length` floats and hands each to `body`, with its number among the `count` that are drawn.
  ///
  /// They are anywhere in a memory that no cache holds. So every cache line of a block of them is asked for first: these reads
  /// do not wait for each other, as those of `body` would.
  ///
  /// - Parameter draw: index of the first float of a stretch.
  func forEachDrawn(
    _ count: Int, length: Int, draw: () -> Int, body: (Int, UnsafePointer<Float>) -> Void
  ) {
    withUnsafeBufferPointer { rows in
      guard let base = rows.baseAddress else { return }
      // Small enough for the stack; the second half takes what was read, so that it is read.
      withUnsafeTemporaryAllocation(of: (row: UnsafePointer<Float>, seen: Float).self, capacity: 32) { block in
        for start in stride(from: 0, to: count, by: block.count) {
          let size = Swift.min(block.count, count - start)
          for index in 0..<size { block[index].row = base + draw() }
          for index in 0..<size {
            let row = block[index].row
            var seen = row[length - 1]
            for offset in stride(from: 0, to: length - 1, by: 16) { seen += row[offset] }
            block[index].seen = seen
          }
          for index in 0..<size { body(start + index, block[index].row) }
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
