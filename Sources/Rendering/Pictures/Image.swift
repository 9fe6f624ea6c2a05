/// A picture: red, green, blue in 0…255, row by row from the top left.
public struct Image: Sendable, Equatable {
  /// Pixels across.
  public let width: Int
  /// Pixels down.
  public let height: Int
  /// height × width × 3.
  public var pixels: [UInt8]

  /// A black picture.
  public init(width: Int, height: Int) {
    (self.width, self.height) = (width, height)
    pixels = [UInt8](repeating: 0, count: 3 * width * height)
  }

  /// The colour of a pixel.
  public subscript(row: Int, column: Int) -> SIMD3<UInt8> {
    let index = 3 * (row * width + column)
    return SIMD3(pixels[index], pixels[index + 1], pixels[index + 2])
  }
}

/// How far away what is seen is: metres along the direction of view (not along the ray), row by row from the top left;
/// infinite where there is nothing.
public struct DepthImage: Sendable, Equatable {
  /// Pixels across.
  public let width: Int
  /// Pixels down.
  public let height: Int
  /// height × width.
  public var metres: [Float]

  /// An empty view.
  public init(width: Int, height: Int) {
    (self.width, self.height) = (width, height)
    metres = [Float](repeating: .infinity, count: width * height)
  }

  /// The depth at a pixel.
  public subscript(row: Int, column: Int) -> Float { metres[row * width + column] }
}
