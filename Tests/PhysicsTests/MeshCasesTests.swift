import Foundation
import Testing

@testable import SinewPhysics

/// Meshes that other simulators were reported to misread. The figures are MuJoCo 4.0.0's.
@Suite struct MeshCasesTests: ImportCases {
  /// First the reference pose is taken away, then the result is scaled along its axes.
  @Test func meshesAreMovedBeforeTheyAreScaled() throws {
    func body(_ mesh: String, _ geom: String = "") throws -> Model.Body {
      try read(
        """
        <asset><mesh name="m" \(mesh)/></asset>
        <worldbody><body><joint/><geom type="mesh" mesh="m" \(geom)/></body></worldbody>
        """
      ).bodies[1]
    }
    let both = try body(
      """
      vertex="0 0 0  2 0 0  0 1 0  0 0 3" refpos="1 2 3" refquat="0.7071067811865476 0 0 0.7071067811865476" scale="2 3 4"
      """, "density=\"10\"")
    #expect(abs(both.mass - 240) < 1e-9 && close(both.centreOfMass, SIMD3(-3.5, 1.5, -9)))
    #expect(close(both.inertia.principal.moments.sorted, SIMD3(311.12784898, 1368, 1632.87215102), 1e-6))
    let turned = try body(
      "vertex=\"0 0 0  1 0 0  0 1 0  0 0 1\" refquat=\"0.7071067811865476 0 0.7071067811865476 0\" scale=\"1 2 3\"")
    #expect(abs(turned.mass - 1000) < 1e-9 && close(turned.centreOfMass, SIMD3(-0.25, 0.5, 0.75)))
    #expect(close(turned.inertia.principal.moments.sorted, SIMD3(158.91753023, 388.61481474, 502.46765503), 1e-6))
  }

  private static let cube = """
    v -.1 -.1 .1
    v .1 -.1 .1
    v -.1 .1 .1
    v .1 .1 .1
    v -.1 .1 -.1
    v .1 .1 -.1
    v -.1 -.1 -.1
    v .1 -.1 -.1

    """

  @Test func pointsWithoutTrianglesAreTheirHull() throws {
    let scene = """
      <mujoco><asset><mesh file="pts.obj"/></asset><worldbody><body name="a"><freejoint/>
        <geom type="mesh" mesh="pts"/></body></worldbody></mujoco>
      """
    try withFiles(["pts.obj": Self.cube, "m.xml": scene]) { folder in
      let model = try Model(contentsOf: folder.appendingPathComponent("m.xml"))
      #expect(abs(model.bodies[1].mass - 8) < 1e-6)
      #expect(close(model.bodies[1].inertia.diagonal, SIMD3(0.0533333, 0.0533333, 0.0533333), 1e-6))
      let flat = Self.cube.split(separator: "\n").prefix(4).joined(separator: "\n")
      try flat.write(to: folder.appendingPathComponent("pts.obj"), atomically: true, encoding: .utf8)
      let message = error { _ = try Model(contentsOf: folder.appendingPathComponent("m.xml")) }
      #expect(message.contains("lie in a plane"), "\(message)")
    }
  }

  @Test func oneScaleServesAllAxes() throws {
    let files = [
      "c.obj": Self.cube,
      "r.urdf": """
      <robot name="r"><link name="base"><visual><geometry><mesh filename="c.obj" scale="0.5"/></geometry></visual>
      </link></robot>
      """,
      "two.urdf": """
      <robot name="r"><link name="base"><visual><geometry><mesh filename="c.obj" scale="0.5 1"/></geometry></visual>
      </link></robot>
      """,
    ]
    try withFiles(files) { folder in
      let model = try Model(contentsOf: folder.appendingPathComponent("r.urdf"))
      guard case .mesh(let mesh) = model.geometries[0].shape else {
        Issue.record("there is no mesh")
        return
      }
      #expect(close(mesh.boundingHalfSizes, SIMD3(0.05, 0.05, 0.05)))
      let message = error { _ = try Model(contentsOf: folder.appendingPathComponent("two.urdf")) }
      #expect(message.contains("it takes 1 or 3"), "\(message)")
    }
  }
}

extension SIMD3<Double> {
  /// The components in rising order.
  fileprivate var sorted: SIMD3<Double> {
    let numbers = [x, y, z].sorted()
    return SIMD3(numbers[0], numbers[1], numbers[2])
  }
}
