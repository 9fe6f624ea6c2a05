extension Model {
  /// A surface of triangles. It is drawn as it is; it collides as its convex hull; it weighs what it encloses.
  public struct Mesh: Sendable, Equatable {
    /// Name, for messages.
    public let name: String
    /// Corners in the frame of the geometry, metres.
    public let vertices: [SIMD3<Double>]
    /// Triangles as indices into `vertices`, counterclockwise seen from outside.
    public let triangles: [SIMD3<Int32>]
    /// What it collides as; nil if it is flat, or was not asked for.
    public let hull: ConvexHull?
    /// Mass, centre and inertia of the mesh at a density of 1 kg/m³ (or 1 kg/m² of a shell).
    public let unitProperties: MassProperties
    /// Centre and half sizes of the box around the mesh in its own axes.
    public let boundingCentre: SIMD3<Double>
    public let boundingHalfSizes: SIMD3<Double>

    /// More corners than this make contacts slower, and hardly better.
    public static let hullVertices = 96
    /// Points this share of the mesh's extent outside the hull are left there.
    public static let hullTolerance = 5e-4

    /// A mesh from its parts. Indices must be in range.
    ///
    /// - Parameters:
    ///   - makesHull: whether it will collide.
    ///   - maximumHullVertices: bounds the corners of the hull, ≥ 4.
    public init(
      name: String, vertices: [SIMD3<Double>], triangles: [SIMD3<Int32>], inertia: InertiaSource = .legacy,
      makesHull: Bool = true, maximumHullVertices: Int = Mesh.hullVertices
    ) {
      self.name = name
      self.vertices = vertices
      self.triangles = triangles
      var (low, high) = (vertices.first ?? .zero, vertices.first ?? .zero)
      for vertex in vertices { (low, high) = (pointwiseMin(low, vertex), pointwiseMax(high, vertex)) }
      (boundingCentre, boundingHalfSizes) = ((low + high) / 2, (high - low) / 2)
      hull =
        makesHull
        ? ConvexHull(vertices, maximumVertices: max(maximumHullVertices, 4), tolerance: Mesh.hullTolerance) : nil
      switch inertia {
      case .exact: unitProperties = .enclosed(by: triangles, of: vertices, isSigned: true)
      case .legacy: unitProperties = .enclosed(by: triangles, of: vertices, isSigned: false)
      case .shell: unitProperties = .shell(of: triangles, of: vertices)
      case .convex:
        let whole = ConvexHull(vertices)
        unitProperties = whole.map { .enclosed(by: $0.triangles, of: $0.vertices, isSigned: true) } ?? .init()
      }
    }

    /// How a mesh's mass and inertia follow from its triangles (MJCF `mesh/@inertia`).
    public enum InertiaSource: String, Sendable, CaseIterable {
      /// Of the volume enclosed: right for closed meshes whose triangles all wind alike.
      case exact
      /// Every tetrahedron from the surface's centre to a triangle counts as positive: too much where a mesh is not
      /// convex, but blind to winding. MuJoCo's default.
      case legacy
      /// Of the convex hull.
      case convex
      /// Of the surface, as a sheet.
      case shell
    }

  }
}

/// Integrals of 1, x, (xx, yy, zz) and (xy, xz, yz) over pieces whose corners are known.
private struct Moments {
  var mass = 0.0
  var first = SIMD3<Double>.zero
  var squares = SIMD3<Double>.zero
  var products = SIMD3<Double>.zero

  /// Adds a triangle with 3 corners or, with the origin as its fourth, a tetrahedron: the integral of xᵢxⱼ over one is
  /// mass/((n + 1)·n) times the sum over corners, and over their sum, of xᵢxⱼ, with n corners.
  mutating func add(mass piece: Double, corners a: SIMD3<Double>, _ b: SIMD3<Double>, _ c: SIMD3<Double>, count: Double)
  {
    let sum = a + b + c
    mass += piece
    first += piece / count * sum
    let share = piece / (count * (count + 1))
    for v in [a, b, c, sum] {
      squares += share * v * v
      products += share * SIMD3(v.x * v.y, v.x * v.z, v.y * v.z)
    }
  }

  func properties(about origin: SIMD3<Double>) -> MassProperties {
    guard mass.isFinite, abs(mass) > 1e-300 else { return MassProperties() }
    let centre = first / mass
    let s = squares - mass * centre * centre
    let p = products - mass * SIMD3(centre.x * centre.y, centre.x * centre.z, centre.y * centre.z)
    return MassProperties(
      mass: mass, centre: origin + centre,
      inertia: InertiaTensor(diagonal: SIMD3(s.y + s.z, s.x + s.z, s.x + s.y), offDiagonal: -p))
  }
}

extension MassProperties {
  /// What a surface encloses at unit density, as the sum of tetrahedra between a point inside and its triangles.
  ///
  /// Unsigned, tetrahedra that a surface folded over itself counts with minus count with plus; the point that they meet
  /// in matters then. MuJoCo takes the surface's centre for the centre of mass, and that for mass and inertia.
  static func enclosed(
    by triangles: [SIMD3<Int32>], of vertices: [SIMD3<Double>], isSigned: Bool
  ) -> MassProperties {
    func moments(about origin: SIMD3<Double>) -> Moments {
      var moments = Moments()
      for triangle in triangles {
        let a = vertices[Int(triangle.x)] - origin
        let b = vertices[Int(triangle.y)] - origin
        let c = vertices[Int(triangle.z)] - origin
        let volume = dot(a, cross(b, c)) / 6
        moments.add(mass: isSigned ? volume : abs(volume), corners: a, b, c, count: 4)
      }
      return moments
    }
    let origin = surfaceCentre(triangles, vertices)
    let properties = moments(about: origin).properties(about: origin)
    if isSigned || properties.mass == 0 { return properties }
    var second = moments(about: properties.centre)
    second.first = .zero
    return second.properties(about: properties.centre)
  }

  /// A sheet over the triangles at unit density per area.
  static func shell(of triangles: [SIMD3<Int32>], of vertices: [SIMD3<Double>]) -> MassProperties {
    let origin = surfaceCentre(triangles, vertices)
    var moments = Moments()
    for triangle in triangles {
      let a = vertices[Int(triangle.x)] - origin
      let b = vertices[Int(triangle.y)] - origin
      let c = vertices[Int(triangle.z)] - origin
      moments.add(mass: length(cross(b - a, c - a)) / 2, corners: a, b, c, count: 3)
    }
    return moments.properties(about: origin)
  }

  /// The mean of the triangles' centres, by area.
  private static func surfaceCentre(_ triangles: [SIMD3<Int32>], _ vertices: [SIMD3<Double>]) -> SIMD3<Double> {
    var (area, moment) = (0.0, SIMD3<Double>.zero)
    for triangle in triangles {
      let (a, b, c) = (vertices[Int(triangle.x)], vertices[Int(triangle.y)], vertices[Int(triangle.z)])
      let part = length(cross(b - a, c - a)) / 2
      area += part
      moment += part / 3 * (a + b + c)
    }
    return area > 0 ? moment / area : vertices.first ?? .zero
  }
}
