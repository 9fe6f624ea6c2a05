import SinewPhysics

/// Triangles with a normal at each corner: what is drawn of a shape, in its own frame.
struct TriangleMesh {
  var positions: [SIMD3<Float>] = []
  var normals: [SIMD3<Float>] = []
  var indices: [UInt32] = []

  /// The surface of a shape; nil for a plane, which has no end.
  ///
  /// - Parameter segments: pieces that a round shape is divided into around, a multiple of 4.
  init?(_ shape: Replay.Shape, segments: Int) {
    let size = shape.size
    switch shape.kind {
    case .sphere: self.init(revolving: Self.arc(radius: size[0], half: 0, segments / 4), segments)
    case .capsule: self.init(revolving: Self.arc(radius: size[0], half: size[1], segments / 4), segments)
    case .cylinder: self.init(revolving: Self.cylinder(radius: size[0], half: size[1]), segments)
    case .box: self.init(box: SIMD3(size[0], size[1], size[2]))
    case .ellipsoid: self.init(ellipsoid: SIMD3(size[0], size[1], size[2]), segments)
    case .mesh:
      guard let mesh = shape.mesh else { return nil }
      self.init(mesh)
    case .plane: return nil
    }
  }

  private mutating func add(_ position: SIMD3<Float>, _ normal: SIMD3<Float>) {
    positions.append(position)
    normals.append(normal)
  }

  // MARK: Round shapes

  /// A point of an outline beside the z axis, and the normal there.
  private struct OutlinePoint {
    var radius: Float
    var z: Float
    var outward: Float
    var upward: Float
  }

  /// Turns an outline, from the lower end of the z axis to the upper, about that axis.
  private init(revolving outline: [OutlinePoint], _ segments: Int) {
    for segment in 0...segments {
      // The last column lies on the first to the bit.
      let angle = 2 * Double.pi * Double(segment % segments) / Double(segments)
      let (x, y) = (Float(cosine(angle)), Float(sine(angle)))
      for point in outline {
        add(
          SIMD3(point.radius * x, point.radius * y, point.z), SIMD3(point.outward * x, point.outward * y, point.upward))
      }
    }
    for segment in 0..<segments {
      for ring in 0..<outline.count - 1 {
        let here = UInt32(segment * outline.count + ring)
        let next = here + UInt32(outline.count)
        // On the axis a ring is a point, and one of the two triangles nothing.
        if outline[ring].radius > 0 { indices += [here, next, here + 1] }
        if outline[ring + 1].radius > 0 { indices += [next, next + 1, here + 1] }
      }
    }
  }

  /// Two quarter circles, drawn apart by a straight part of twice `half`.
  private static func arc(radius: Float, half: Float, _ steps: Int) -> [OutlinePoint] {
    let sides: [(sign: Float, angles: ClosedRange<Int>)] =
      half > 0 ? [(-1, -steps...0), (1, 0...steps)] : [(1, -steps...steps)]
    return sides.flatMap { side in
      side.angles.map { step -> OutlinePoint in
        let angle = Double(step) / Double(steps) * Double.pi / 2
        // The cosine of a right angle is not quite zero.
        let (outward, upward) = (abs(step) == steps ? 0 : Float(cosine(angle)), Float(sine(angle)))
        return OutlinePoint(
          radius: radius * outward, z: radius * upward + side.sign * half, outward: outward, upward: upward)
      }
    }
  }

  private static func cylinder(radius: Float, half: Float) -> [OutlinePoint] {
    [
      OutlinePoint(radius: 0, z: -half, outward: 0, upward: -1),
      OutlinePoint(radius: radius, z: -half, outward: 0, upward: -1),
      OutlinePoint(radius: radius, z: -half, outward: 1, upward: 0),
      OutlinePoint(radius: radius, z: half, outward: 1, upward: 0),
      OutlinePoint(radius: radius, z: half, outward: 0, upward: 1),
      OutlinePoint(radius: 0, z: half, outward: 0, upward: 1),
    ]
  }

  /// A stretched ball; normals stretch the other way.
  private init(ellipsoid half: SIMD3<Float>, _ segments: Int) {
    self.init(revolving: Self.arc(radius: 1, half: 0, segments / 4), segments)
    for index in positions.indices {
      normals[index] = Self.unit(positions[index] / half)
      positions[index] *= half
    }
  }

  // MARK: Flat shapes

  private init(box half: SIMD3<Float>) {
    for axis in 0..<3 {
      for side: Float in [-1, 1] {
        var normal = SIMD3<Float>()
        normal[axis] = side
        let first = UInt32(positions.count)
        for (u, v): (Float, Float) in [(-1, -1), (1, -1), (1, 1), (-1, 1)] {
          var corner = normal
          corner[(axis + 1) % 3] = u * side
          corner[(axis + 2) % 3] = v
          add(corner * half, normal)
        }
        indices += [first, first + 1, first + 2, first, first + 2, first + 3]
      }
    }
  }

  /// A surface with edges where its triangles turn by more than 40 degrees, and smooth elsewhere.
  private init(_ mesh: Replay.Mesh) {
    let points = stride(from: 0, to: mesh.vertices.count - 2, by: 3).map { index in
      SIMD3(mesh.vertices[index], mesh.vertices[index + 1], mesh.vertices[index + 2])
    }
    let corners = mesh.triangles.map { Int($0) }
    // Twice the triangle's area long, so that large triangles count for more.
    let faces = stride(from: 0, to: corners.count - 2, by: 3).map { index in
      let (a, b, c) = (points[corners[index]], points[corners[index + 1]], points[corners[index + 2]])
      return Self.cross(b - a, c - a)
    }
    let units = faces.map(Self.unit)
    // Files give the vertices of a triangle each a copy of their own: what lies at one place is one corner.
    var facesAt: [SIMD3<Float>: [Int]] = [:]
    for index in 0..<3 * faces.count { facesAt[points[corners[index]], default: []].append(index / 3) }
    for index in 0..<3 * faces.count {
      let (place, own) = (points[corners[index]], units[index / 3])
      var normal = SIMD3<Float>()
      for face in facesAt[place] ?? [] where (units[face] * own).sum() > 0.766 { normal += faces[face] }
      add(place, Self.unit(normal))
    }
    indices = positions.indices.map { UInt32($0) }
  }

  private static func cross(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> SIMD3<Float> {
    SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
  }

  private static func unit(_ a: SIMD3<Float>) -> SIMD3<Float> {
    let norm = (a * a).sum().squareRoot()
    return norm > 0 ? a / norm : SIMD3(0, 0, 1)
  }
}
