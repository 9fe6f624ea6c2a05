/// Reads the fields of episodes from an HDF5 file and checks each: an error names file, field, episode and row.
struct EpisodeFields {
  let file: HDF5File
  /// Memory that one episode may take, bytes: four times the file's size, and a constant for small ones.
  private let budget: Int

  init(_ file: HDF5File) {
    self.file = file
    budget = 4 * file.size + 64 << 20
  }

  /// An error about a field.
  func error(_ field: String, episode: Int? = nil, row: Int? = nil, _ problem: String) -> DatasetError {
    DatasetError(file: file.path, field: field, episode: episode, row: row, problem)
  }

  /// Whether the file has an array of that name.
  func has(_ field: String) throws -> Bool {
    do { return try file.extent(of: field) != nil } catch let error as DatasetError {
      throw self.error(field, error.problem)
    }
  }

  /// The extent of an array that must be there.
  func extent(_ field: String) throws -> HDF5File.Extent {
    do {
      if let extent = try file.extent(of: field) { return extent }
    } catch let error as DatasetError {
      throw self.error(field, error.problem)
    }
    throw error(field, "missing")
  }

  /// Throws unless an array has so many rows, as observations do.
  func require(_ field: String, rows: Int) throws {
    let extent = try extent(field)
    guard extent.rows == rows else { throw error(field, "has \(extent.rows) rows, observations have \(rows)") }
  }

  /// Rows of an array that must have `columns` numbers a row, all of them finite.
  ///
  /// - Parameters:
  ///   - field: what the array is called in errors.
  ///   - group: where in the file it lies, with a slash at the end, or nothing.
  ///   - columns: 1 also stands for an array of one axis.
  ///   - rows: which rows; all of them when nil. There must be as many.
  func read(
    _ field: String, in group: String = "", episode: Int? = nil, columns: Int, rows: Range<Int>? = nil
  ) throws -> [Float] {
    var numbers: [Float] = []
    let first = rows?.lowerBound ?? 0
    let extent: HDF5File.Extent?
    do {
      extent = try file.read(group + field, from: first, count: rows?.count ?? .max, into: &numbers) { extent in
        try check(extent, columns: columns)
        let count = rows?.count ?? extent.rows
        guard 4 * count * extent.columns <= budget else {
          throw DatasetError(
            "\(count) rows of \(extent.columns) numbers, more than a file of \(file.size) bytes can hold")
        }
      }
    } catch let error as DatasetError {
      throw self.error(field, episode: episode, error.problem)
    }
    guard extent != nil else { throw error(field, episode: episode, "missing") }
    if let rows, numbers.count != rows.count * columns {
      throw error(field, episode: episode, "ends after \(first + numbers.count / columns) rows")
    }
    if let place = numbers.firstIndex(where: { !$0.isFinite }) {
      let component = columns > 1 ? "component \(place % columns) " : ""
      throw error(
        field, episode: episode, row: first + place / columns,
        "\(component)is \(numbers[place]), expected a finite number")
    }
    return numbers
  }

  private func check(_ extent: HDF5File.Extent, columns: Int) throws {
    guard extent.columns == columns else {
      throw DatasetError("has rows of \(extent.columns) numbers, expected \(columns)")
    }
    guard extent.axes == 2 || columns == 1 else { throw DatasetError("has one axis, expected rows of \(columns)") }
  }

  /// Rows of truth values.
  func readFlags(
    _ field: String, in group: String = "", episode: Int? = nil, rows: Range<Int>? = nil
  ) throws -> [Bool] {
    let numbers = try read(field, in: group, episode: episode, columns: 1, rows: rows)
    if let place = numbers.firstIndex(where: { $0 != 0 && $0 != 1 }) {
      throw error(
        field, episode: episode, row: (rows?.lowerBound ?? 0) + place, "is \(numbers[place]), expected true or false")
    }
    return numbers.map { $0 == 1 }
  }

  /// Parts side by side: `count` rows of each.
  static func rows(of parts: [[Float]], sizes: [Int], count: Int) -> [Float] {
    if parts.count == 1 { return parts[0] }
    var rows: [Float] = []
    rows.reserveCapacity(count * sizes.reduce(0, +))
    for row in 0..<count {
      for (part, size) in zip(parts, sizes) { rows.append(contentsOf: part[row * size..<(row + 1) * size]) }
    }
    return rows
  }
}
