extension MJCFReader {
  /// The height field a geom names; nil if its heights stand in a picture, and a warning says so.
  mutating func heightField(_ geom: MarkupAttributes) throws(ModelError) -> Model.HeightField? {
    guard let name = try geom.string("hfield") else { throw geom.missing("hfield") }
    guard let element = heightFields[name] else {
      throw geom.error("hfield", "names '\(name.prefix(60))', and there is no such height field")
    }
    let values = try attributes(of: element)
    guard values.values["file"] == nil else {
      warn("\(geom.title): its height field '\(name.prefix(60))' is a file, which is not read: nothing is there", geom)
      return nil
    }
    // Half sizes, the height of elevation 1, and the depth of the ground below, which has no end here.
    guard let size = try values.numbers("size", count: 4...4) else { throw values.missing("size") }
    guard size.min() ?? 0 > 0 else { throw values.error("size", "must be positive") }
    guard let rows = try values.integer("nrow", 2...2048) else { throw values.missing("nrow") }
    guard let columns = try values.integer("ncol", 2...2048) else { throw values.missing("ncol") }
    var heights: [Double] = []
    if let given = try values.numbers("elevation", count: rows * columns...rows * columns) {
      let (low, high) = (given.min() ?? 0, given.max() ?? 0)
      // A file shows the field from above: its first row is the one of the highest y.
      for row in (0..<rows).reversed() {
        heights += given[row * columns..<(row + 1) * columns].map {
          high > low ? size[2] * ($0 - low) / (high - low) : 0
        }
      }
    }
    return Model.HeightField(
      halfSizes: SIMD2(size[0], size[1]), columns: columns, rows: rows, heights: heights)
  }
}
