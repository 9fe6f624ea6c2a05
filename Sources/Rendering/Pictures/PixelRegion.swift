import SinewGraphics

/// A rectangle of pixels, rows from the bottom as OpenGL counts them.
struct PixelRegion: Equatable {
  var columns: Range<Int>
  var rows: Range<Int>

  init(columns: Range<Int>, rows: Range<Int>) { (self.columns, self.rows) = (columns, rows) }

  /// A whole picture.
  init(width: Int, height: Int) { self.init(columns: 0..<width, rows: 0..<height) }

  var isEmpty: Bool { columns.isEmpty || rows.isEmpty }
  var area: Int { columns.count * rows.count }

  /// The pixels between two places, in −1…1 from the left and from the bottom, and two more on every side for edges
  /// that are smoothed.
  func part(from low: SIMD2<Double>, to high: SIMD2<Double>) -> PixelRegion {
    func range(_ all: Range<Int>, _ low: Double, _ high: Double) -> Range<Int> {
      guard low < high else { return 0..<0 }
      let half = Double(all.count) / 2
      let first = Int(min(max(half * (1 + low) - 2, 0), Double(all.count)).rounded(.down))
      let last = Int(min(max(half * (1 + high) + 2, 0), Double(all.count)).rounded(.up))
      return first..<max(first, last)
    }
    let part = PixelRegion(columns: range(columns, low.x, high.x), rows: range(rows, low.y, high.y))
    return part.isEmpty ? PixelRegion(columns: 0..<0, rows: 0..<0) : part
  }

  /// What is left of a picture around this part of it: below, above, left and right.
  func surroundings(in whole: PixelRegion) -> [PixelRegion] {
    [
      PixelRegion(columns: whole.columns, rows: whole.rows.lowerBound..<rows.lowerBound),
      PixelRegion(columns: whole.columns, rows: rows.upperBound..<whole.rows.upperBound),
      PixelRegion(columns: whole.columns.lowerBound..<columns.lowerBound, rows: rows),
      PixelRegion(columns: columns.upperBound..<whole.columns.upperBound, rows: rows),
    ].filter { !$0.isEmpty }
  }

  /// Lets drawing touch nothing else.
  func scissor(_ gl: sinew_gl) {
    gl.glScissor(Int32(columns.lowerBound), Int32(rows.lowerBound), Int32(columns.count), Int32(rows.count))
  }
}
