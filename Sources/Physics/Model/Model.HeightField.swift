extension Model {
  /// A surface over a grid of points, with everything below it solid.
  ///
  /// The surface is made of two triangles in each cell, split between the corner of the next column and that of the
  /// next row. Beyond its edges the ground goes on as high as it is there.
  public struct HeightField: Sendable, Equatable {
    /// Half of its extents along local x and y, metres.
    public let halfSizes: SIMD2<Double>
    /// Points along x, at least 2.
    public let columns: Int
    /// Points along y, at least 2.
    public let rows: Int
    /// Heights above local z = 0, metres: row by row from the lowest y, each from the lowest x.
    public let heights: [Double]

    /// A surface over `columns` × `rows` points; flat without `heights`. Counts below 2 are taken for 2, and missing
    /// heights for 0.
    public init(halfSizes: SIMD2<Double>, columns: Int, rows: Int, heights: [Double] = []) {
      self.halfSizes = halfSizes
      self.columns = max(columns, 2)
      self.rows = max(rows, 2)
      let missing = max(0, self.columns * self.rows - heights.count)
      self.heights = Array(heights.prefix(self.columns * self.rows)) + [Double](repeating: 0, count: missing)
    }

    /// The same grid with other heights.
    public func with(heights: [Double]) -> HeightField {
      HeightField(halfSizes: halfSizes, columns: columns, rows: rows, heights: heights)
    }

    /// Sides of a cell along x and y, metres.
    public var spacing: SIMD2<Double> { 2 * halfSizes / SIMD2(Double(columns - 1), Double(rows - 1)) }

    /// The place of a point of the grid, in the field's frame.
    public func place(column: Int, row: Int) -> SIMD2<Double> {
      spacing * SIMD2(Double(column), Double(row)) - halfSizes
    }
  }
}
