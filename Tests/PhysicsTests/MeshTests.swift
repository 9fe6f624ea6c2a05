import Foundation
import Testing

@testable import SinewPhysics

/// Convex hulls, and masses and inertias of meshes against closed forms; files of meshes.
@Suite struct MeshTests {
  static let cube: [SIMD3<Double>] = (0..<8).map { i in
    SIMD3(i & 1 == 0 ? -1 : 1, i & 2 == 0 ? -1 : 1, i & 4 == 0 ? -1 : 1)
  }

  private func isConvexAndClosed(_ hull: ConvexHull, around points: [SIMD3<Double>], within: Double = 1e-9) -> Bool {
    var edges: [SIMD2<Int32>: Int] = [:]
    for t in hull.triangles {
      for edge in [SIMD2(t.x, t.y), SIMD2(t.y, t.z), SIMD2(t.z, t.x)] { edges[edge, default: 0] += 1 }
    }
    let isClosed = edges.allSatisfy { $0.value == 1 && edges[SIMD2($0.key.y, $0.key.x)] == 1 }
    // Euler: V − E + F = 2.
    let isSphere = hull.vertices.count - edges.count / 2 + hull.triangles.count == 2
    let holdsAll = hull.triangles.indices.allSatisfy { index in
      let (normal, distance) = hull.plane(of: index)
      return points.allSatisfy { dot(normal, $0) - distance <= within }
    }
    return isClosed && isSphere && holdsAll
  }

  @Test func hullOfACubeWithPointsInside() throws {
    var generator = MJCFFuzzTests.Generator(state: 1)
    var points = Self.cube
    for _ in 0..<500 {
      points.append(SIMD3<Double>.random(in: -1...1, using: &generator))
      // On faces and edges, too.
      points.append(
        SIMD3(1, Double.random(in: -1...1, using: &generator), Double.random(in: -1...1, using: &generator)))
    }
    let hull = try #require(ConvexHull(points))
    #expect(isConvexAndClosed(hull, around: points))
    let properties = MassProperties.enclosed(by: hull.triangles, of: hull.vertices, isSigned: true)
    #expect(abs(properties.mass - 8) < 1e-6)
  }

  @Test func hullOfASphere() throws {
    var generator = MJCFFuzzTests.Generator(state: 2)
    let points = (0..<2000).compactMap { _ in direction(SIMD3<Double>.random(in: -1...1, using: &generator)) }
    let whole = try #require(ConvexHull(points))
    #expect(whole.vertices.count == points.count && isConvexAndClosed(whole, around: points))
    let few = try #require(ConvexHull(points, maximumVertices: 40))
    #expect(few.vertices.count == 40 && few.deviation > 0.01 && few.deviation < 0.2)
    #expect(isConvexAndClosed(few, around: few.vertices) && isConvexAndClosed(few, around: points, within: 0.2))
  }

  @Test func flatPointsHaveNoHull() {
    let plane = (0..<20).map { SIMD3(Double($0 % 5), Double($0 / 5), 1) }
    #expect(ConvexHull(plane) == nil)
    #expect(ConvexHull([SIMD3(0, 0, 0), SIMD3(1, 0, 0), SIMD3(2, 0, 0), SIMD3(3, 0, 0)]) == nil)
    #expect(ConvexHull([]) == nil)
    #expect(ConvexHull([SIMD3<Double>](repeating: SIMD3(1, 2, 3), count: 10)) == nil)
  }

  /// Boxes of half sizes a: m/3·(b² + c²). Tetrahedron on the axes with legs 1: m = 1/6, centre 1/4,
  /// ∫x² = 1/60, ∫xy = 1/120 about the origin.
  @Test func massOfCubeAndTetrahedron() throws {
    let half = SIMD3(0.1, 0.2, 0.3)
    let corners = Self.cube.map { $0 * half + SIMD3(1, -2, 3) }
    let hull = try #require(ConvexHull(corners))
    for inertia in [Model.Mesh.InertiaSource.exact, .legacy, .convex] {
      let mesh = Model.Mesh(name: "box", vertices: hull.vertices, triangles: hull.triangles, inertia: inertia)
      let solid = MassProperties(shape: .mesh(mesh), density: 500)
      let expected = MassProperties(shape: .box(halfSizes: half), density: 500)
      #expect(abs(solid.mass - expected.mass) < 1e-9)
      #expect(length(solid.centre - SIMD3(1, -2, 3)) < 1e-12)
      #expect(length(solid.inertia.diagonal - expected.inertia.diagonal) < 1e-9)
      #expect(length(solid.inertia.offDiagonal) < 1e-9)
    }
    let tetrahedron = Model.Mesh(
      name: "t", vertices: [.zero, SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)],
      triangles: [SIMD3(0, 2, 1), SIMD3(0, 1, 3), SIMD3(0, 3, 2), SIMD3(1, 2, 3)], inertia: .exact)
    let unit = tetrahedron.unitProperties
    let quarter = 1.0 / 4
    #expect(abs(unit.mass - 1.0 / 6) < 1e-15 && length(unit.centre - SIMD3(quarter, quarter, quarter)) < 1e-15)
    let square = 1.0 / 60 - 1.0 / 96
    let product = 1.0 / 120 - 1.0 / 96
    #expect(length(unit.inertia.diagonal - 2 * SIMD3(square, square, square)) < 1e-15)
    #expect(length(unit.inertia.offDiagonal + SIMD3(product, product, product)) < 1e-15)
  }

  /// A sheet over a cube's faces of half size a: I = 10/9·m·a².
  @Test func massOfAShell() throws {
    let hull = try #require(ConvexHull(Self.cube))
    let mesh = Model.Mesh(name: "s", vertices: hull.vertices, triangles: hull.triangles, inertia: .shell)
    #expect(abs(mesh.unitProperties.mass - 24) < 1e-12)
    #expect(abs(mesh.unitProperties.inertia.diagonal.x - 24 * 10.0 / 9) < 1e-9)
  }

  /// Icospheres approach the ball: volume and inertia from below, with the square of the edge.
  @Test func icospheresApproachTheBall() {
    var errors: [Double] = []
    for divisions in 1...4 {
      let sphere = ConvexHull.sphere(divisions: divisions)
      let unit = MassProperties.enclosed(by: sphere.triangles, of: sphere.vertices, isSigned: true)
      errors.append(1 - unit.mass / (4.0 / 3 * .pi))
      let ratio = unit.inertia.diagonal.x / (0.4 * unit.mass)
      #expect(ratio < 1 && 1 - ratio < errors[errors.count - 1])
    }
    for (coarse, fine) in zip(errors, errors.dropFirst()) { #expect(abs(coarse / fine - 4) < 0.4) }
    #expect(errors[1] < 0.037)
  }

  // MARK: Files

  static func binarySTL(_ triangles: [[SIMD3<Float>]]) -> Data {
    var data = Data(count: 80)
    withUnsafeBytes(of: UInt32(triangles.count).littleEndian) { data.append(contentsOf: $0) }
    for triangle in triangles {
      data.append(Data(count: 12))
      for corner in triangle {
        for axis in 0..<3 { withUnsafeBytes(of: corner[axis].bitPattern.littleEndian) { data.append(contentsOf: $0) } }
      }
      data.append(Data(count: 2))
    }
    return data
  }

  static var cubeTriangles: [[SIMD3<Float>]] {
    guard let hull = ConvexHull(cube) else { return [] }
    return hull.triangles.map { t in [t.x, t.y, t.z].map { SIMD3<Float>(hull.vertices[Int($0)]) } }
  }

  @Test func kindsOfFilesHoldTheSameCube() throws {
    let binary = Self.binarySTL(Self.cubeTriangles)
    var text = "solid cube\n"
    for triangle in Self.cubeTriangles {
      text += "facet normal 0 0 0\nouter loop\n"
      for corner in triangle { text += "vertex \(corner.x) \(corner.y) \(corner.z)\n" }
      text += "endloop\nendfacet\n"
    }
    text += "endsolid\n"
    var object = "# a cube\n"
    for corner in Self.cube { object += "v \(corner.x) \(corner.y) \(corner.z)\n" }
    object += "f 1/1/1 3/2/1 4//1 2\nf 5 6 8 7\nf 1 2 6 5\nf 3 7 8 4\nf 1 5 7 3\nf -7 -5 -1 -3\n"
    var own = Data()
    for count in [8, 0, 0, 12] { withUnsafeBytes(of: Int32(count).littleEndian) { own.append(contentsOf: $0) } }
    let hull = try #require(ConvexHull(Self.cube))
    for vertex in hull.vertices {
      for axis in 0..<3 {
        withUnsafeBytes(of: Float(vertex[axis]).bitPattern.littleEndian) { own.append(contentsOf: $0) }
      }
    }
    for triangle in hull.triangles {
      for k in 0..<3 { withUnsafeBytes(of: triangle[k].littleEndian) { own.append(contentsOf: $0) } }
    }
    for (data, kind) in [(binary, "stl"), (Data(text.utf8), "stl"), (Data(object.utf8), "obj"), (own, "msh")] {
      let surface = try MeshFile.read(data, kind: kind, source: "cube.\(kind)")
      #expect(surface.vertices.count == 8 && surface.triangles.count == 12)
      let unit = MassProperties.enclosed(by: surface.triangles, of: surface.vertices, isSigned: true)
      #expect(abs(unit.mass - 8) < 1e-6, "\(kind)")
    }
    // A binary file may begin like a text.
    var disguised = binary
    disguised.replaceSubrange(0..<6, with: Data("solid ".utf8))
    #expect(try MeshFile.read(disguised, kind: "stl", source: "d.stl").triangles.count == 12)
  }

  @Test func damagedMeshesAreNamed() {
    var notANumber = Self.binarySTL(Self.cubeTriangles)
    notANumber.replaceSubrange(96..<100, with: [0, 0, 0xC0, 0x7F])
    let cases: [(Data, String, String)] = [
      (Data(), "stl", "no triangles"), (Data("solid\nvertex 1 2\n".utf8), "stl", "m:2: vertex takes three numbers"),
      (Data("solid\nvertex 1 2 3\n".utf8), "stl", "ends within a triangle"),
      (Self.binarySTL(Self.cubeTriangles).dropLast(50), "stl", "announces 12 triangles"),
      (notANumber, "stl", "not finite"), (Data("v 0 0 0\nf 1 2 3\n".utf8), "obj", "m:2: f names vertex 2"),
      (Data("v 0 0\n".utf8), "obj", "v takes three numbers"), (Data("v 0 0 0\nf 1 1 1\n".utf8), "obj", "with an area"),
      (Data("v 0 0 0\nf a b c\n".utf8), "obj", "the corner 'a'"), (Data([1, 2, 3]), "msh", "too short"),
      (Data([255, 255, 255, 255] + [UInt8](repeating: 0, count: 12)), "msh", "more than"),
      (Data([9, 0, 0, 0] + [UInt8](repeating: 0, count: 12)), "msh", "has 16 bytes where its counts make 124"),
      (Data(), "dae", "kind 'dae' are not read"),
    ]
    for (data, kind, message) in cases {
      do {
        _ = try MeshFile.read(data, kind: kind, source: "m")
        Issue.record("read: \(message)")
      } catch { #expect("\(error)".contains(message), "\(error)") }
    }
  }

  // MARK: Contacts

  private func scene(_ geom: String, _ asset: String = "") -> String {
    """
    <mujoco><option timestep="0.002"/><asset>\(asset)</asset>
    <worldbody><geom type="plane" size="0 0 1"/>
      <body name="b" pos="0 0 0.35" quat="0.99 0.05 0.03 0"><freejoint/>\(geom)</body></worldbody></mujoco>
    """
  }

  /// A cube of triangles falls, comes to rest and stays where a box does.
  @Test func aMeshComesToRestLikeABox() throws {
    let corners = Self.cube.map { "\($0.x * 0.1) \($0.y * 0.15) \($0.z * 0.2)" }.joined(separator: " ")
    let mesh = try Simulation(
      model: Model(
        mjcf: scene("<geom type=\"mesh\" mesh=\"m\"/>", "<mesh name=\"m\" vertex=\"\(corners)\"/>"), name: "mesh"))
    let box = try Simulation(
      model: Model(mjcf: scene("<geom type=\"box\" size=\"0.1 0.15 0.2\"/>"), name: "box"))
    #expect(abs(mesh.model.bodies[1].mass - box.model.bodies[1].mass) < 1e-9)
    for simulation in [mesh, box] { try simulation.step(count: 2000) }
    #expect(abs(mesh.positions[2] - box.positions[2]) < 1e-4)
    #expect(abs(mesh.positions[2] - 0.2) < 2e-3)
    #expect(mesh.contacts.count == 4)
    #expect(mesh.velocities.allSatisfy { abs($0) < 1e-3 })
  }

  /// An ellipsoid rocks for long on its shortest half size. Heights are MuJoCo 4.0.0's.
  @Test func anEllipsoidRocksAsInMuJoCo() throws {
    let simulation = try Simulation(
      model: Model(mjcf: scene("<geom type=\"ellipsoid\" size=\"0.2 0.2 0.1\"/>"), name: "ellipsoid"))
    let expected = MassProperties(shape: .ellipsoid(halfSizes: SIMD3(0.2, 0.2, 0.1)), density: 1000)
    #expect(abs(simulation.model.bodies[1].mass - 4000.0 / 3 * .pi * 0.004) < 1e-9)
    #expect(abs(expected.inertia.diagonal.z - expected.mass / 5 * 0.08) < 1e-12)
    try simulation.step(count: 1000)
    #expect(abs(simulation.positions[2] - 0.113033384) < 1e-6)
    try simulation.step(count: 2000)
    #expect(abs(simulation.positions[2] - 0.108512117) < 1e-5)
  }

  /// A hull wholly below the ground is pushed out, which the engine's own collider would not do.
  @Test func aHullBelowTheGroundComesUp() throws {
    let simulation = try Simulation(
      model: Model(mjcf: scene("<geom type=\"ellipsoid\" size=\"0.05 0.05 0.05\"/>"), name: "below"))
    try simulation.setState(positions: [0, 0, -0.06, 1, 0, 0, 0], velocities: [0, 0, 0, 0, 0, 0])
    try simulation.step(count: 1)
    #expect(!simulation.contacts.isEmpty && simulation.velocities[2] > 0)
  }
}
