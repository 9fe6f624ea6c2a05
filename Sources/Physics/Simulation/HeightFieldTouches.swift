import COpenDynamicsEngine

/// Where a shape touches a height field: found anew for each pair, in the field's frame.
///
/// A ball touches the ground where the ground is nearest to its centre: in a face, or at an edge or a tip that sticks
/// out and lies nearer than the faces around it. A capsule is the balls at its ends and what of an edge comes near its
/// middle. A box touches with its corners, and where points of the grid are inside it; where an edge of a box crosses a
/// ridge there is no contact.
struct HeightFieldTouches {
  struct Touch {
    /// Of the shape, where it is deepest.
    var position: SIMD3<Double>
    /// Out of the ground.
    var normal: SIMD3<Double>
    var depth: Double
  }

  private let memory: UnsafeMutableBufferPointer<Touch>
  private var count = 0

  init() { memory = .allocate(capacity: 64) }

  func deallocate() { memory.deallocate() }

  /// Finds the contacts of a geometry with a field, at most `limit`, and writes them as the engine would.
  mutating func collide(
    _ shape: ShapeState, _ field: HeightFieldState, limit: Int, into contacts: UnsafeMutablePointer<dContactGeom>,
    stride: Int
  ) -> Int {
    count = 0
    let p = dGeomGetPosition(shape.geometry)
    let centre = field.intoField(SIMD3(p?[0] ?? 0, p?[1] ?? 0, p?[2] ?? 0))
    guard centre.isFinite, centre.z - shape.bound <= field.highest else { return 0 }
    switch shape.probe {
    case .ball(let radius): addBall(centre, radius, field)
    case .capsule(let radius, let half):
      let axis = column(2, of: shape.geometry, field)
      addCapsule(centre - half * axis, centre + half * axis, radius, field)
    case .box(let half):
      let axes = (
        column(0, of: shape.geometry, field), column(1, of: shape.geometry, field), column(2, of: shape.geometry, field)
      )
      addBox(centre, axes, half, field)
    case .other: break
    }
    choose(limit)
    for index in 0..<count {
      let touch = memory[index]
      let contact = UnsafeMutableRawPointer(contacts).advanced(by: index * stride)
        .assumingMemoryBound(to: dContactGeom.self)
      let (position, normal) = (field.fromField(touch.position), field.vectorFromField(touch.normal))
      contact.pointee.pos = (position.x, position.y, position.z, 0)
      contact.pointee.normal = (normal.x, normal.y, normal.z, 0)
      contact.pointee.depth = touch.depth
      (contact.pointee.g1, contact.pointee.side1, contact.pointee.side2) = (shape.geometry, -1, -1)
    }
    return count
  }

  /// An axis of a geometry in the field's frame.
  private func column(_ index: Int, of geometry: dGeomID, _ field: HeightFieldState) -> SIMD3<Double> {
    guard let r = dGeomGetRotation(geometry) else { return .zero }
    return field.vectorIntoField(SIMD3(r[index], r[4 + index], r[8 + index]))
  }

  private mutating func add(_ touch: Touch) {
    guard count < memory.count else { return }
    memory.initializeElement(at: count, to: touch)
    count += 1
  }

  // MARK: Shapes

  private mutating func addBall(_ centre: SIMD3<Double>, _ radius: Double, _ field: HeightFieldState) {
    addFaces(centre, radius, field)
    addEdgesAndTips(centre, radius, field)
  }

  /// The faces that a ball touches; if its centre is in the ground, only the one through which it is nearest to get
  /// out.
  private mutating func addFaces(_ centre: SIMD3<Double>, _ radius: Double, _ field: HeightFieldState) {
    let isBuried = centre.z < field.height(at: centre)
    var shallowest: Touch?
    eachTriangle(centre, SIMD3(repeating: radius), field) { touches, triangle in
      let normal = triangle.normal
      let above = dot(normal, centre - triangle.a)
      guard above < radius, isBuried == (above < 0), triangle.holds(centre - above * normal, normal: normal) else {
        return
      }
      let touch = Touch(position: centre - radius * normal, normal: normal, depth: radius - above)
      if isBuried {
        if touch.depth < shallowest?.depth ?? .infinity { shallowest = touch }
      } else {
        touches.addNew(touch)
      }
    }
    guard isBuried else { return }
    if let shallowest { return add(shallowest) }
    let triangle = field.triangle(over: centre)
    let normal = triangle.normal
    add(
      Touch(
        position: centre - radius * normal, normal: normal, depth: radius - dot(normal, centre - triangle.a)))
  }

  /// The edges and tips that a ball above the ground touches.
  private mutating func addEdgesAndTips(_ centre: SIMD3<Double>, _ radius: Double, _ field: HeightFieldState) {
    guard centre.z >= field.height(at: centre) else { return }
    eachCorner(centre, SIMD3(repeating: radius), field) { touches, column, row in
      let tip = field.vertex(column, row)
      let apart = centre - tip
      let squared = dot(apart, apart)
      if squared < radius * radius, squared > 1e-18 {
        let normal = apart / squared.squareRoot()
        if field.isNearest(tip, column, row, along: normal, tolerance: 1e-9) {
          touches.addNew(
            Touch(position: centre - radius * normal, normal: normal, depth: radius - squared.squareRoot()))
        }
      }
      for index in 0..<3 {
        let edge = field.edge(index, column, row)
        guard edge.sticksOut else { continue }
        let along = edge.end - edge.start
        let share = dot(centre - edge.start, along) / dot(along, along)
        guard share > 0, share < 1 else { continue }
        touches.add(edge, at: edge.start + share * along, centre, radius, isBuried: false)
      }
    }
  }

  /// Adds a touch with a point of an edge, if no point of the faces beside it is nearer.
  private mutating func add(
    _ edge: FieldEdge, at point: SIMD3<Double>, _ centre: SIMD3<Double>, _ radius: Double, isBuried: Bool
  ) {
    let apart = isBuried ? point - centre : centre - point
    let distance = length(apart)
    guard distance > 1e-9, isBuried || distance < radius else { return }
    let normal = apart / distance
    guard normal.z > 0, edge.isNearest(along: normal) else { return }
    addNew(
      Touch(
        position: centre - radius * normal, normal: normal, depth: isBuried ? radius + distance : radius - distance))
  }

  private mutating func addCapsule(
    _ start: SIMD3<Double>, _ end: SIMD3<Double>, _ radius: Double, _ field: HeightFieldState
  ) {
    addBall(start, radius, field)
    addBall(end, radius, field)
    // Edges near its middle.
    let along = end - start
    let reach = SIMD3(abs(along.x), abs(along.y), abs(along.z)) / 2 + SIMD3(repeating: radius)
    eachCorner((start + end) / 2, reach, field) { touches, column, row in
      for index in 0..<3 {
        let edge = field.edge(index, column, row)
        guard edge.sticksOut, let (own, other) = nearest(start, along, edge.start, edge.end - edge.start) else {
          continue
        }
        let isBuried = own.z < other.z && own.z < field.height(at: own)
        touches.add(edge, at: other, own, radius, isBuried: isBuried)
      }
    }
  }

  private mutating func addBox(
    _ centre: SIMD3<Double>, _ axes: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>), _ half: SIMD3<Double>,
    _ field: HeightFieldState
  ) {
    for corner in 0..<8 {
      let place =
        centre + (corner & 1 == 0 ? -half.x : half.x) * axes.0 + (corner & 2 == 0 ? -half.y : half.y) * axes.1
        + (corner & 4 == 0 ? -half.z : half.z) * axes.2
      guard place.z < field.height(at: place) else { continue }
      addFaces(place, 0, field)
    }
    // Points of the grid inside it push against the side of the box that they are nearest to.
    let reach = SIMD3(
      abs(axes.0.x) * half.x + abs(axes.1.x) * half.y + abs(axes.2.x) * half.z,
      abs(axes.0.y) * half.x + abs(axes.1.y) * half.y + abs(axes.2.y) * half.z,
      abs(axes.0.z) * half.x + abs(axes.1.z) * half.y + abs(axes.2.z) * half.z)
    eachCorner(centre, reach, field) { touches, column, row in
      let point = field.vertex(column, row)
      let seen = point - centre
      let inside = SIMD3(dot(axes.0, seen), dot(axes.1, seen), dot(axes.2, seen))
      let depths = half - SIMD3(abs(inside.x), abs(inside.y), abs(inside.z))
      guard depths.min() > 0 else { return }
      var best: Touch?
      for axis in 0..<3 {
        // Out of the ground is into the box, away from the side.
        let direction = axis == 0 ? axes.0 : axis == 1 ? axes.1 : axes.2
        let normal = inside[axis] > 0 ? -direction : direction
        guard normal.z > 0.2, depths[axis] < best?.depth ?? .infinity else { continue }
        best = Touch(position: point - depths[axis] * normal, normal: normal, depth: depths[axis])
      }
      if let best, field.sticksOut(point, column, row, along: best.normal) { touches.addNew(best) }
    }
  }

  // MARK: Helpers

  /// Calls `body` for the triangles that reach as high as the bottom of a box around `centre`.
  private mutating func eachTriangle(
    _ centre: SIMD3<Double>, _ reach: SIMD3<Double>, _ field: HeightFieldState,
    _ body: (inout HeightFieldTouches, FieldTriangle) -> Void
  ) {
    let (low, high) = (field.cell(centre - reach), field.cell(centre + reach))
    let bottom = centre.z - reach.z
    for row in low.row...high.row {
      for column in low.column...high.column {
        let (a, b) = (field.vertex(column, row), field.vertex(column + 1, row))
        let (c, d) = (field.vertex(column, row + 1), field.vertex(column + 1, row + 1))
        guard max(a.z, b.z, c.z, d.z) > bottom else { continue }
        body(&self, FieldTriangle(a, b, c))
        body(&self, FieldTriangle(d, c, b))
      }
    }
  }

  /// Calls `body` for the points of the grid under a box around `centre` and just beyond.
  private mutating func eachCorner(
    _ centre: SIMD3<Double>, _ reach: SIMD3<Double>, _ field: HeightFieldState,
    _ body: (inout HeightFieldTouches, _ column: Int, _ row: Int) -> Void
  ) {
    let (low, high) = (field.cell(centre - reach), field.cell(centre + reach))
    for row in low.row...high.row + 1 {
      for column in low.column...high.column + 1 { body(&self, column, row) }
    }
  }

  private mutating func addNew(_ touch: Touch) {
    if !isKnown(touch) { add(touch) }
  }

  private func isKnown(_ touch: Touch) -> Bool {
    for index in 0..<count {
      let other = memory[index]
      if dot(other.normal, touch.normal) > 1 - 1e-9, length(other.position - touch.position) < 1e-9 { return true }
    }
    return false
  }

  /// Keeps the deepest touch, and then again and again the one that is farthest from those that are kept.
  private mutating func choose(_ limit: Int) {
    guard count > limit else { return }
    for kept in 0..<limit {
      var best = kept
      var bestValue = -Double.infinity
      for index in kept..<count {
        var value = memory[index].depth
        if kept > 0 {
          value = .infinity
          for other in 0..<kept { value = min(value, length(memory[index].position - memory[other].position)) }
        }
        if value > bestValue { (best, bestValue) = (index, value) }
      }
      memory.swapAt(kept, best)
    }
    count = limit
  }
}

/// The nearest points of two segments, start + share × along, if both are inside them; nil else.
private func nearest(
  _ start: SIMD3<Double>, _ along: SIMD3<Double>, _ otherStart: SIMD3<Double>, _ otherAlong: SIMD3<Double>
) -> (SIMD3<Double>, SIMD3<Double>)? {
  let between = start - otherStart
  let (a, b, e) = (dot(along, along), dot(along, otherAlong), dot(otherAlong, otherAlong))
  let (c, f) = (dot(along, between), dot(otherAlong, between))
  let determinant = a * e - b * b
  guard determinant > 1e-12 * a * e else { return nil }
  let share = (b * f - c * e) / determinant
  let otherShare = (a * f - b * c) / determinant
  guard share > 0, share < 1, otherShare >= 0, otherShare <= 1 else { return nil }
  return (start + share * along, otherStart + otherShare * otherAlong)
}
