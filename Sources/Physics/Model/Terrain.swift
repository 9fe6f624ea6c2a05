import Foundation

/// Rough ground made from a few numbers; all zero is flat. What they give is added up.
public struct Terrain: Sendable, Equatable {
  /// Rise per metre along x.
  public var slope = 0.0
  /// Greatest height or depth of random bumps, metres: uniform at points `roughnessSpacing` apart, linear in between.
  public var roughness = 0.0
  /// Metres between the random points, > 0.
  public var roughnessSpacing = 0.2
  /// Height of the steps of square stairs that rise outwards from the middle, metres; negative for stairs that go down.
  public var stepHeight = 0.0
  /// Depth of a step, metres, > 0.
  public var stepWidth = 0.4
  /// Amplitude of waves along x and along y, metres.
  public var waveHeight = 0.0
  /// Their length, metres, > 0.
  public var waveLength = 2.0
  /// Half the side of a flat square in the middle, where robots begin, metres.
  public var platform = 0.5

  /// Flat ground.
  public init() {}

  /// The heights that these numbers give on the grid of a field, metres.
  ///
  /// The same generator gives the same ground; it is drawn from if `roughness` is not zero.
  public func heights(on field: Model.HeightField, using generator: inout some RandomNumberGenerator) -> [Double] {
    var bumps = Bumps(field, spacing: max(roughnessSpacing, 1e-3))
    if roughness != 0 { bumps.draw(roughness, using: &generator) }
    var result: [Double] = []
    result.reserveCapacity(field.columns * field.rows)
    for row in 0..<field.rows {
      for column in 0..<field.columns {
        let place = field.place(column: column, row: row)
        let outwards = max(abs(place.x), abs(place.y))
        // The tolerance keeps points that are meant to lie on an edge on one side of it.
        let beyond = outwards - platform + 1e-9
        guard beyond > 0 || platform <= 0 else {
          result.append(0)
          continue
        }
        var height = slope * place.x + stepHeight * (beyond / max(stepWidth, 1e-3)).rounded(.up)
        if waveHeight != 0 {
          let rate = 2 * Double.pi / max(waveLength, 1e-3)
          height += waveHeight / 2 * (sin(rate * place.x) + sin(rate * place.y))
        }
        if roughness != 0 { height += bumps(place) }
        result.append(height)
      }
    }
    return result
  }
}

/// Random heights at the points of a coarse grid, linear between them.
private struct Bumps {
  private let spacing: Double
  private let origin: SIMD2<Double>
  private let columns: Int
  private let rows: Int
  private var values: [Double] = []

  init(_ field: Model.HeightField, spacing: Double) {
    self.spacing = spacing
    origin = -field.halfSizes
    columns = Int((2 * field.halfSizes.x / spacing).rounded(.up)) + 2
    rows = Int((2 * field.halfSizes.y / spacing).rounded(.up)) + 2
  }

  mutating func draw(_ height: Double, using generator: inout some RandomNumberGenerator) {
    values = (0..<columns * rows).map { _ in
      // Fifty-three bits in −1 … 1.
      height * (Double(generator.next() >> 11) * 0x1p-52 - 1)
    }
  }

  func callAsFunction(_ place: SIMD2<Double>) -> Double {
    let position = (place - origin) / spacing
    let (column, row) = (
      min(max(Int(position.x), 0), columns - 2), min(max(Int(position.y), 0), rows - 2)
    )
    let (x, y) = (position.x - Double(column), position.y - Double(row))
    let corner = row * columns + column
    let near = values[corner] + x * (values[corner + 1] - values[corner])
    let far = values[corner + columns] + x * (values[corner + columns + 1] - values[corner + columns])
    return near + y * (far - near)
  }
}
