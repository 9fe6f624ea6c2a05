import Foundation
import SinewPhysics

extension Replay.Mesh {
  /// The vertices as points.
  var points: [SIMD3<Double>] {
    stride(from: 0, to: vertices.count - 2, by: 3).map { index in
      SIMD3(Double(vertices[index]), Double(vertices[index + 1]), Double(vertices[index + 2]))
    }
  }
}

extension Replay.Mesh {
  /// The surface of a height field, in its frame.
  public init(_ field: Model.HeightField) {
    var (vertices, triangles) = ([Float](), [UInt32]())
    vertices.reserveCapacity(3 * field.heights.count)
    triangles.reserveCapacity(6 * field.heights.count)
    for row in 0..<field.rows {
      for column in 0..<field.columns {
        let place = field.place(column: column, row: row)
        let index = row * field.columns + column
        vertices += [Float(place.x), Float(place.y), Float(field.heights[index])]
        guard row + 1 < field.rows, column + 1 < field.columns else { continue }
        let (a, c) = (UInt32(index), UInt32(index + field.columns))
        triangles += [a, a + 1, c, c + 1, c, a + 1]
      }
    }
    self.init(vertices: vertices, triangles: triangles)
  }
}

extension Replay.Mesh: Codable {
  private enum CodingKeys: String, CodingKey {
    case vertices, triangles
  }

  /// Writes both arrays as base64 of little-endian 32-bit numbers: half the size of decimal text, and exact.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(PackedReplay.base64(vertices.map(\.bitPattern.littleEndian)), forKey: .vertices)
    try container.encode(PackedReplay.base64(triangles.map(\.littleEndian)), forKey: .triangles)
  }

  /// Reads what ``encode(to:)`` wrote.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func words(_ key: CodingKeys) throws -> [UInt32] {
      guard let data = Data(base64Encoded: try container.decode(String.self, forKey: key)),
        data.count.isMultiple(of: 4)
      else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: container, debugDescription: "not base64 of 32-bit numbers")
      }
      return data.withUnsafeBytes { bytes in
        stride(from: 0, to: bytes.count, by: 4).map {
          UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self))
        }
      }
    }
    self.init(vertices: try words(.vertices).map { Float(bitPattern: $0) }, triangles: try words(.triangles))
  }
}
