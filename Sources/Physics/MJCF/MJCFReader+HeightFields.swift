import Foundation

extension MJCFReader {
  /// The height field a geom names, with its file read.
  mutating func heightField(_ geom: MarkupAttributes) throws(ModelError) -> Model.HeightField {
    guard let name = try geom.string("hfield") else { throw geom.missing("hfield") }
    guard let element = heightFields[name] else {
      throw geom.error("hfield", "names '\(name.prefix(60))', and there is no such height field")
    }
    let values = try attributes(of: element)
    // Half sizes, the height of elevation 1, and the depth of the ground below, which has no end here.
    guard let size = try values.numbers("size", count: 4...4) else { throw values.missing("size") }
    guard size.min() ?? 0 > 0 else { throw values.error("size", "must be positive") }
    let grid = try values.values["file"] == nil ? readElevation(values) : readHeights(values)
    let (low, high) = (grid.values.min() ?? 0, grid.values.max() ?? 0)
    return Model.HeightField(
      halfSizes: SIMD2(size[0], size[1]), columns: grid.columns, rows: grid.rows,
      heights: grid.values.map { high > low ? size[2] * ($0 - low) / (high - low) : 0 })
  }

  /// Heights in the model's text; flat without.
  private func readElevation(_ values: MarkupAttributes) throws(ModelError) -> HeightFieldFile {
    guard let rows = try values.integer("nrow", 2...HeightFieldFile.most) else { throw values.missing("nrow") }
    guard let columns = try values.integer("ncol", 2...HeightFieldFile.most) else { throw values.missing("ncol") }
    var grid = HeightFieldFile(rows: rows, columns: columns, values: [])
    guard let given = try values.numbers("elevation", count: rows * columns...rows * columns) else {
      grid.values = [Double](repeating: 0, count: rows * columns)
      return grid
    }
    // The text shows the field from above: its first row is the one of the highest y.
    for row in (0..<rows).reversed() { grid.values += given[row * columns..<(row + 1) * columns] }
    return grid
  }

  /// Heights in a file, which count instead of those in the text.
  private func readHeights(_ values: MarkupAttributes) throws(ModelError) -> HeightFieldFile {
    guard let file = try values.string("file") else { throw values.missing("file") }
    guard let folder else {
      throw values.error("file", "is '\(file.prefix(200))', but the model is a text without a place")
    }
    let url = assetURL(file, folder: folder)
    guard ModelFile.exists(url) else { throw values.error("file", "there is no '\(url.path)'") }
    let type = try values.keyword("content_type", ["image/png", "image/vnd.mujoco.hfield"])
    let isPicture = type.map { $0 == "image/png" } ?? (url.pathExtension.lowercased() == "png")
    do { return try HeightFieldFile.read(url, isPicture: isPicture) } catch {
      throw values.error("file", "\(error)")
    }
  }
}
