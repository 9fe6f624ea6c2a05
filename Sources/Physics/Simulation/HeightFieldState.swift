import COpenDynamicsEngine

/// A height field in the engine's world, and which of its cells are where.
///
/// The engine's own height field only meets shapes with its triangles' planes: what stands on a ridge or a tip sinks
/// in. Balls, capsules and boxes are therefore met here, see ``HeightFieldTouches``; other shapes by the engine.
struct HeightFieldState {
  let columns: Int
  let rows: Int
  let spacing: SIMD2<Double>
  let halfSizes: SIMD2<Double>
  /// Row by row, metres above the field's z = 0.
  let heights: UnsafeMutableBufferPointer<Double>
  /// The field's frame in the engine's world: origin, and its axes as the rows of a matrix.
  let origin: SIMD3<Double>
  let axes: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)
  /// The engine's own data, which look into `heights`.
  let data: dHeightfieldDataID
  private let view: UnsafeMutablePointer<HeightFieldView>

  init(_ field: Model.HeightField, origin: SIMD3<Double>, rotation: Quaternion) {
    (columns, rows, spacing, halfSizes) = (field.columns, field.rows, field.spacing, field.halfSizes)
    heights = .allocate(capacity: field.heights.count)
    _ = heights.initialize(fromContentsOf: field.heights)
    self.origin = origin
    axes = (
      rotation.rotate(SIMD3(1, 0, 0)), rotation.rotate(SIMD3(0, 1, 0)), rotation.rotate(SIMD3(0, 0, 1))
    )
    view = .allocate(capacity: 1)
    view.initialize(to: HeightFieldView(heights: heights.baseAddress, columns: columns))
    data = dGeomHeightfieldDataCreate()
    // The engine's y is up: its x is our y, its z our x.
    dGeomHeightfieldDataBuildCallback(
      data, view,
      { memory, row, column in
        guard let view = memory?.assumingMemoryBound(to: HeightFieldView.self).pointee else { return 0 }
        return view.heights?[Int(row) * view.columns + Int(column)] ?? 0
      }, 2 * halfSizes.y, 2 * halfSizes.x, Int32(rows), Int32(columns), 1, 0, HeightFieldState.thickness, 0)
    noteBounds()
  }

  /// How far below the lowest point the engine's own field is solid, metres.
  private static let thickness = 1.0

  /// Turns the engine's height field, whose y is up, into ours.
  static let engineRotation = Quaternion(w: 0.5, x: 0.5, y: 0.5, z: 0.5)

  func set(_ values: [Double]) {
    _ = heights.update(fromContentsOf: values)
    noteBounds()
  }

  private func noteBounds() {
    view.pointee.highest = heights.max() ?? 0
    dGeomHeightfieldDataSetBounds(data, heights.min() ?? 0, highest)
  }

  /// The greatest height.
  var highest: Double { view.pointee.highest }

  /// Call it after the geometry is gone.
  func deallocate() {
    dGeomHeightfieldDataDestroy(data)
    heights.deallocate()
    view.deallocate()
  }

  // MARK: Places

  func intoField(_ point: SIMD3<Double>) -> SIMD3<Double> { vectorIntoField(point - origin) }

  func vectorIntoField(_ v: SIMD3<Double>) -> SIMD3<Double> { SIMD3(dot(axes.0, v), dot(axes.1, v), dot(axes.2, v)) }

  func vectorFromField(_ v: SIMD3<Double>) -> SIMD3<Double> { v.x * axes.0 + v.y * axes.1 + v.z * axes.2 }

  func fromField(_ point: SIMD3<Double>) -> SIMD3<Double> { origin + vectorFromField(point) }

  /// The surface's point over a point of the grid; beyond the edges as high as there.
  func vertex(_ column: Int, _ row: Int) -> SIMD3<Double> {
    let (c, r) = (min(max(column, 0), columns - 1), min(max(row, 0), rows - 1))
    return SIMD3(
      spacing.x * Double(column) - halfSizes.x, spacing.y * Double(row) - halfSizes.y, heights[r * columns + c])
  }

  /// The cell over which a place lies; beyond the edges there are further cells.
  func cell(_ place: SIMD3<Double>) -> (column: Int, row: Int) {
    // Bounded far away, where a place may be anything.
    let x = min(max((place.x + halfSizes.x) / spacing.x, -1e6), 1e6)
    let y = min(max((place.y + halfSizes.y) / spacing.y, -1e6), 1e6)
    return (Int(x.rounded(.down)), Int(y.rounded(.down)))
  }

  /// The triangle over which a place lies.
  func triangle(over place: SIMD3<Double>) -> FieldTriangle {
    let (column, row) = cell(place)
    let near = vertex(column, row)
    let (x, y) = ((place.x - near.x) / spacing.x, (place.y - near.y) / spacing.y)
    let (second, third) = (vertex(column + 1, row), vertex(column, row + 1))
    return x + y <= 1
      ? FieldTriangle(near, second, third) : FieldTriangle(vertex(column + 1, row + 1), third, second)
  }

  /// How high the surface is at a place of the field's frame.
  func height(at place: SIMD3<Double>) -> Double {
    let triangle = triangle(over: place)
    let normal = triangle.normal
    let apart = triangle.a - place
    return triangle.a.z + (normal.x * apart.x + normal.y * apart.y) / normal.z
  }
}

extension HeightFieldState {
  /// One of the three edges that begin or pass near a point of the grid: along its row, along its column, across the
  /// cell.
  func edge(_ index: Int, _ column: Int, _ row: Int) -> FieldEdge {
    let (second, third) = (vertex(column + 1, row), vertex(column, row + 1))
    switch index {
    case 0:
      return FieldEdge(
        start: vertex(column, row), end: second, left: third, right: vertex(column + 1, row - 1))
    case 1:
      return FieldEdge(
        start: vertex(column, row), end: third, left: vertex(column - 1, row + 1), right: second)
    default:
      return FieldEdge(start: second, end: third, left: vertex(column, row), right: vertex(column + 1, row + 1))
    }
  }

  /// The six points that edges join a point of the grid to.
  private func neighbour(_ index: Int, _ column: Int, _ row: Int) -> SIMD3<Double> {
    switch index {
    case 0: vertex(column + 1, row)
    case 1: vertex(column, row + 1)
    case 2: vertex(column - 1, row + 1)
    case 3: vertex(column - 1, row)
    case 4: vertex(column, row - 1)
    default: vertex(column + 1, row - 1)
    }
  }

  /// Whether a point of the grid is the nearest of the ground around it for what lies from it along `normal`.
  func isNearest(
    _ point: SIMD3<Double>, _ column: Int, _ row: Int, along normal: SIMD3<Double>, tolerance: Double
  ) -> Bool {
    for index in 0..<6 where dot(normal, neighbour(index, column, row) - point) > tolerance { return false }
    return true
  }

  /// Whether the ground falls away from a point of the grid, seen along a direction that need not be exact.
  func sticksOut(_ point: SIMD3<Double>, _ column: Int, _ row: Int, along normal: SIMD3<Double>) -> Bool {
    guard isNearest(point, column, row, along: normal, tolerance: 0.3 * max(spacing.x, spacing.y)) else { return false }
    var sum = 0.0
    for index in 0..<6 { sum += dot(normal, neighbour(index, column, row) - point) }
    return sum < -0.1 * max(spacing.x, spacing.y)
  }
}

/// Where two triangles meet: the edge, and the third corner of each.
struct FieldEdge {
  let start: SIMD3<Double>
  let end: SIMD3<Double>
  let left: SIMD3<Double>
  let right: SIMD3<Double>

  /// Whether the ground falls away on both sides: the right corner lies below the left triangle's plane.
  var sticksOut: Bool {
    let normal = cross(end - start, left - start)
    let side = dot(normal.z > 0 ? normal : -normal, right - start)
    return side < -1e-9 * length(normal)
  }

  /// Whether, for what lies from the edge along `normal`, neither face has a nearer point.
  func isNearest(along normal: SIMD3<Double>) -> Bool {
    let along = end - start
    let unit = along / length(along)
    func into(_ corner: SIMD3<Double>) -> Double {
      let seen = corner - start
      return dot(normal, seen - dot(seen, unit) * unit)
    }
    return into(left) <= 1e-9 && into(right) <= 1e-9
  }
}

/// What the engine's height field is given to look up heights with.
struct HeightFieldView {
  let heights: UnsafeMutablePointer<Double>?
  let columns: Int
  var highest = 0.0
}

/// Three corners of the surface, counter-clockwise from above.
struct FieldTriangle {
  let a: SIMD3<Double>
  let b: SIMD3<Double>
  let c: SIMD3<Double>

  init(_ a: SIMD3<Double>, _ b: SIMD3<Double>, _ c: SIMD3<Double>) { (self.a, self.b, self.c) = (a, b, c) }

  /// Unit normal; z > 0.
  var normal: SIMD3<Double> {
    let n = cross(b - a, c - a)
    return n / length(n)
  }

  /// Whether a point of the triangle's plane is in it.
  func holds(_ p: SIMD3<Double>, normal: SIMD3<Double>) -> Bool {
    // A little outside counts, or a point between two triangles would be in neither.
    dot(cross(b - a, p - a), normal) > -1e-12 && dot(cross(c - b, p - b), normal) > -1e-12
      && dot(cross(a - c, p - c), normal) > -1e-12
  }
}
