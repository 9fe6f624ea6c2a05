import Foundation

/// Reads the heights of a grid from PNG pictures and MuJoCo's own binary files.
struct HeightFieldFile {
  /// Points along y and along x.
  var rows: Int
  var columns: Int
  /// Row by row from the lowest y, in no unit.
  var values: [Double]

  /// Most points along a side.
  static let most = 2048

  /// Reads a file.
  ///
  /// - Throws: `ModelError` naming the file.
  static func read(_ url: URL, isPicture: Bool) throws(ModelError) -> HeightFieldFile {
    try read(
      [UInt8](ModelFile.bytes(of: url, limit: ImportLimits.meshBytes)), isPicture: isPicture,
      source: url.lastPathComponent)
  }

  /// Reads the bytes of a file.
  ///
  /// - Throws: `ModelError` naming the file.
  static func read(_ bytes: [UInt8], isPicture: Bool, source: String) throws(ModelError) -> HeightFieldFile {
    do {
      return try isPicture ? readPicture(bytes) : readBinary(bytes)
    } catch {
      throw ModelError(source: source, message: error.message)
    }
  }

  private struct Problem: Error {
    var message: String
    init(_ message: String) { self.message = message }
  }

  private static func check(rows: Int, columns: Int) throws(Problem) {
    guard (2...most).contains(rows), (2...most).contains(columns) else {
      throw Problem("has \(rows) rows of \(columns) points; 2 to \(most) are read")
    }
  }

  /// Two 32-bit numbers, rows and columns, and a 32-bit float for each point, all little-endian.
  private static func readBinary(_ bytes: [UInt8]) throws(Problem) -> HeightFieldFile {
    func word(_ index: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[4 * index + $1]) << UInt32(8 * $1) }
    }
    guard bytes.count >= 8 else { throw Problem("is shorter than the numbers of rows and columns") }
    let (rows, columns) = (Int(word(0)), Int(word(1)))
    try check(rows: rows, columns: columns)
    guard bytes.count == 8 + 4 * rows * columns else {
      throw Problem("has \(bytes.count) bytes; \(rows) rows of \(columns) points take \(8 + 4 * rows * columns)")
    }
    let values = (0..<rows * columns).map { Double(Float(bitPattern: word(2 + $0))) }
    guard values.allSatisfy(\.isFinite) else { throw Problem("has a height that is not finite") }
    return HeightFieldFile(rows: rows, columns: columns, values: values)
  }

  /// The picture's grey, or, as in MuJoCo, its red, in 8 bits; it shows the field from above, the highest y first.
  private static func readPicture(_ bytes: [UInt8]) throws(Problem) -> HeightFieldFile {
    guard bytes.starts(with: [137, 80, 78, 71, 13, 10, 26, 10]) else { throw Problem("is not a PNG picture") }
    func number(_ at: Int) -> Int { (0..<4).reduce(0) { $0 << 8 | Int(bytes[at + $1]) } }
    var (header, palette, compressed): ([UInt8], [UInt8], [UInt8]) = ([], [], [])
    var next = 8
    while next + 12 <= bytes.count {
      let length = number(next)
      guard next + 12 + length <= bytes.count else { break }
      let content = bytes[next + 8..<next + 8 + length]
      switch String(decoding: bytes[next + 4..<next + 8], as: UTF8.self) {
      case "IHDR": header = Array(content)
      case "PLTE": palette = Array(content)
      case "IDAT": compressed += content
      default: break
      }
      next += 12 + length
    }
    guard header.count == 13 else { throw Problem("is a PNG picture without a header") }
    let columns = header[0..<4].reduce(0) { $0 << 8 | Int($1) }
    let rows = header[4..<8].reduce(0) { $0 << 8 | Int($1) }
    let (depth, hasPalette) = (Int(header[8]), header[9] == 3)
    try check(rows: rows, columns: columns)
    guard let channels = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][header[9]], [1, 2, 4, 8, 16].contains(depth),
      depth >= 8 || channels == 1, depth <= 8 || !hasPalette
    else { throw Problem("is a PNG picture with colours of no known kind") }
    guard header[12] == 0 else { throw Problem("is an interlaced PNG picture; save it without") }
    let stride = (columns * channels * depth + 7) / 8
    guard let lines = Inflater.inflate(compressed, count: rows * (stride + 1)),
      let pixels = unfilter(lines, rows: rows, stride: stride, step: max(channels * depth / 8, 1))
    else { throw Problem("is a damaged PNG picture") }
    var values: [Double] = []
    values.reserveCapacity(rows * columns)
    for row in (0..<rows).reversed() {
      for column in 0..<columns {
        let bit = column * channels * depth
        let byte = pixels[row * stride + bit / 8]
        // Of 16 bits the upper 8; of fewer than 8 those that belong to the point.
        var value = depth >= 8 ? Int(byte) : Int(byte) >> (8 - depth - bit % 8) & (1 << depth - 1)
        if hasPalette {
          guard 3 * value < palette.count else { throw Problem("is a PNG picture with undefined colours") }
          value = Int(palette[3 * value])
        }
        values.append(Double(value))
      }
    }
    return HeightFieldFile(rows: rows, columns: columns, values: values)
  }

  /// Undoes what each line of a PNG picture was predicted by; nil if a line names no known way.
  private static func unfilter(_ lines: [UInt8], rows: Int, stride: Int, step: Int) -> [UInt8]? {
    var pixels = [UInt8](repeating: 0, count: rows * stride)
    for row in 0..<rows {
      let kind = lines[row * (stride + 1)]
      guard kind <= 4 else { return nil }
      for index in 0..<stride {
        let place = row * stride + index
        let left = index >= step ? Int(pixels[place - step]) : 0
        let above = row > 0 ? Int(pixels[place - stride]) : 0
        let corner = index >= step && row > 0 ? Int(pixels[place - stride - step]) : 0
        let prediction: Int
        switch kind {
        case 1: prediction = left
        case 2: prediction = above
        case 3: prediction = (left + above) / 2
        case 4:
          // Paeth's: the one of the three nearest to left + above − corner.
          let (a, b, c) = (abs(above - corner), abs(left - corner), abs(left + above - 2 * corner))
          prediction = a <= b && a <= c ? left : b <= c ? above : corner
        default: prediction = 0
        }
        pixels[place] = lines[row * (stride + 1) + 1 + index] &+ UInt8(prediction)
      }
    }
    return pixels
  }
}
