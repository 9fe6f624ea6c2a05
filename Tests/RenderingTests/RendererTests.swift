import Foundation
import SinewPhysics
import Testing

@testable import SinewRendering

/// What is drawn, against what geometry says.
struct RendererTests {
  @Test(arguments: [(0.5, 3.0), (0.2, 2.0), (1.0, 2.5)])
  func aBallCoversTheRightPixels(radius: Double, distance: Double) throws {
    let model = try SceneSupport.model(#"<geom type="sphere" size="\#(radius)"/>"#)
    let view = SceneSupport.side(distance, degrees: 60)
    let size = 512
    let depth = try SceneSupport.renderer(model, width: size, height: size)
      .depth(poses: SceneSupport.poses(model), view: view)
    // The cone that touches a ball.
    let edge = SceneSupport.scale(view, height: size) * radius / (distance * distance - radius * radius).squareRoot()
    let area = Double.pi * edge * edge
    // To a tenth of a pixel along the edge; a ball is drawn with 64 sides.
    #expect(abs(Double(depth.covered) - area) < 0.004 * area + 0.2 * .pi * edge)
    let row = (0..<size).filter { depth[size / 2, $0].isFinite }
    #expect(abs(Double(row.count) - 2 * edge) <= 1.5)
    #expect(row.first.map { $0 + row.count } == row.last.map { $0 + 1 } && row.first == size - 1 - (row.last ?? 0))
    // The nearest point is in the middle.
    #expect(abs(Double(depth[size / 2, size / 2]) - (distance - radius)) < 1e-3 * distance)
  }

  @Test func theEdgesOfABoxAreWhereProjectionSaysTheyAre() throws {
    let model = try SceneSupport.model(#"<geom type="box" size="0.3 0.4 0.2"/>"#)
    let view = SceneSupport.side(3)
    let (width, height) = (240, 160)
    let depth = try SceneSupport.renderer(model, width: width, height: height)
      .depth(poses: SceneSupport.poses(model), view: view)
    let scale = SceneSupport.scale(view, height: height)
    for row in 0..<height {
      for column in 0..<width {
        let across = abs(Double(column) + 0.5 - Double(width) / 2) / scale - 0.4 / 2.7
        let up = abs(Double(row) + 0.5 - Double(height) / 2) / scale - 0.2 / 2.7
        // A pixel whose middle lies on the edge may go either way.
        guard abs(across) * scale > 0.01, abs(up) * scale > 0.01 else { continue }
        #expect(depth[row, column].isFinite == (across < 0 && up < 0), "row \(row), column \(column)")
        if depth[row, column].isFinite { #expect(abs(depth[row, column] - 2.7) < 1e-5) }
      }
    }
  }

  /// From far away along x, a shape covers its shadow's area.
  private func expectArea(_ shape: Replay.Shape, _ area: Double, pose: Pose = .identity) throws {
    let renderer = try Renderer(
      scene: Scene(shapes: [shape], radius: 1), configuration: SceneSupport.configuration(400, 400))
    let distance = 1000.0
    let view = SceneSupport.side(distance, degrees: 0.12)
    let depth = try renderer.depth(poses: [pose], view: view)
    let metre = SceneSupport.scale(view, height: 400) / distance
    let seen = Double(depth.covered) / (metre * metre)
    #expect(abs(seen - area) < 0.01 * area, "\(shape.kind): \(seen) of \(area)")
  }

  @Test func roundShapesHaveTheirArea() throws {
    try expectArea(.init(kind: .sphere, size: [0.6]), .pi * 0.36)
    try expectArea(.init(kind: .capsule, size: [0.25, 0.5]), 0.5 * 1 + .pi * 0.0625)
    try expectArea(.init(kind: .cylinder, size: [0.4, 0.5]), 0.8 * 1)
  }

  @Test func shapesOnTheirEndsHaveTheirArea() throws {
    let onEnd = Pose(rotation: Quaternion(angle: .pi / 2, axis: SIMD3(0, 1, 0)))
    try expectArea(.init(kind: .capsule, size: [0.5, 0.5]), .pi * 0.25, pose: onEnd)
    try expectArea(.init(kind: .cylinder, size: [0.5, 0.2]), .pi * 0.25, pose: onEnd)
    try expectArea(.init(kind: .box, size: [0.3, 0.5, 0.7]), 0.6 * 1, pose: onEnd)
    let over = Pose(rotation: Quaternion(angle: -.pi / 2, axis: SIMD3(0, 1, 0)))
    try expectArea(.init(kind: .cylinder, size: [0.5, 0.2]), .pi * 0.25, pose: over)
  }

  @Test func ellipsoidsAndMeshesHaveTheirArea() throws {
    try expectArea(.init(kind: .ellipsoid, size: [0.2, 0.7, 0.4]), .pi * 0.28)
    // A pyramid with one corner on each axis, seen along x: half a square.
    let mesh = Replay.Mesh(
      vertices: [0, 0, 0, 0.5, 0, 0, 0, 0.8, 0, 0, 0, 0.8], triangles: [0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3])
    try expectArea(.init(kind: .mesh, size: [], mesh: mesh), 0.32)
  }

  @Test func theDepthOfAPlaneIsThatOfTheRaysThatMeetIt() throws {
    let model = try SceneSupport.model(#"<geom type="sphere" size="0.5" pos="0 0 -9"/>"#, ground: true)
    let view = View(eye: SIMD3(0.3, -2, 1), target: SIMD3(0, 0.5, 0.6), verticalAngle: 1)
    let (width, height) = (90, 60)
    let depth = try SceneSupport.renderer(model, width: width, height: height)
      .depth(poses: SceneSupport.poses(model), view: view)
    let scale = SceneSupport.scale(view, height: height)
    var met = 0
    for row in 0..<height {
      for column in 0..<width {
        let across = (Double(column) + 0.5 - Double(width) / 2) / scale
        let up = (Double(height) / 2 - Double(row) - 0.5) / scale
        let ray = across * view.right + up * view.above - view.back
        let metres = -view.pose.position.z / ray.z
        if ray.z >= 0 {
          #expect(!depth[row, column].isFinite)
        } else if metres < 30 {
          met += 1
          #expect(abs(Double(depth[row, column]) - metres) < 2e-4 * metres, "row \(row), column \(column)")
        }
      }
    }
    #expect(met > 1000)
  }

  @Test func thingsCastShadowsOnTheGround() throws {
    let model = try SceneSupport.model(#"<geom type="box" size="0.3 0.3 0.05" pos="0 0 1"/>"#, ground: true)
    let view = View(eye: SIMD3(2, -4, 3), target: .zero, verticalAngle: 0.9)
    let poses = try SceneSupport.poses(model)
    let bright = try SceneSupport.renderer(model, shadows: false).image(poses: poses, view: view)
    let dark = try SceneSupport.renderer(model).image(poses: poses, view: view)
    func ratio(_ place: SIMD3<Double>) -> Double {
      let (column, row) = SceneSupport.pixel(place, view, width: 200, height: 200)
      return Double(dark.brightness(Int(row), Int(column))) / Double(bright.brightness(Int(row), Int(column)))
    }
    // Down the lamp's rays: it is at (−0.42, −0.5, 1).
    #expect(abs(ratio(SIMD3(0.42, 0.5, 0)) - 0.52) < 0.02)
    for place in [SIMD3(-0.42, -0.5, 0), SIMD3(1.2, 0.5, 0), SIMD3(0.42, -0.4, 0), SIMD3(0.42, 1.3, 0)] {
      #expect(ratio(place) == 1)
    }
  }

  @Test func moreSamplesSmoothEdges() throws {
    let model = try SceneSupport.model(#"<geom type="box" size="0.3 0.3 0.3" euler="20 0 0" rgba="0.1 0.1 0.1 1"/>"#)
    let poses = try SceneSupport.poses(model)
    let shades = try [1, 4].map { samples in
      let image = try SceneSupport.renderer(model, samples: samples, shadows: false)
        .image(poses: poses, view: SceneSupport.side(2))
      return Set((0..<200).map { image.brightness(50, $0) }).count
    }
    #expect(shades[1] > shades[0])
  }

  @Test func whatIsFaintStopsNoDepthCamera() throws {
    for (opacity, isSeen) in [("1", true), ("0.5", true), ("0.2", false), ("0", false)] {
      let model = try SceneSupport.model(#"<geom type="sphere" size="0.5" rgba="1 0 0 \#(opacity)"/>"#)
      let renderer = try SceneSupport.renderer(model)
      let (poses, view) = (try SceneSupport.poses(model), SceneSupport.side(3))
      #expect(try renderer.depth(poses: poses, view: view)[100, 100].isFinite == isSeen)
      let colour = try renderer.image(poses: poses, view: view)[100, 100]
      #expect((Int(colour.x) > Int(colour.z) + 10) == (opacity != "0"))
    }
  }

  @Test func moreShapesThanOneBatchAreAllDrawn() throws {
    var places: [SIMD3<Double>] = []
    for row in 0..<20 { for column in 0..<30 { places.append(SIMD3(0, Double(column) - 14.5, Double(row) - 9.5)) } }
    let shapes = places.map { _ in Replay.Shape(kind: .sphere, size: [0.3]) }
    let renderer = try Renderer(
      scene: Scene(shapes: shapes, radius: 20), configuration: SceneSupport.configuration(300, 200))
    let view = SceneSupport.side(60, degrees: 20)
    let depth = try renderer.depth(poses: places.map { Pose(position: $0) }, view: view)
    for place in places {
      let (column, row) = SceneSupport.pixel(place, view, width: 300, height: 200)
      #expect(depth[Int(row), Int(column)].isFinite)
    }
    #expect(depth.covered < 300 * 200 / 2)
  }
}

/// The parts of a picture that are drawn with many samples, and with one.
struct PixelRegionTests {
  private let whole = PixelRegion(width: 100, height: 80)

  @Test func aRegionAndWhatIsAroundItAreThePicture() {
    for region in [
      whole, PixelRegion(columns: 10..<30, rows: 5..<80), PixelRegion(columns: 0..<100, rows: 3..<4),
      PixelRegion(columns: 0..<0, rows: 0..<0),
    ] {
      var covered = [Int](repeating: 0, count: whole.area)
      for part in [region] + region.surroundings(in: whole) {
        for row in part.rows { for column in part.columns { covered[row * 100 + column] += 1 } }
      }
      #expect(covered.allSatisfy { $0 == 1 })
    }
  }

  @Test func placesBecomePixels() {
    #expect(whole.part(from: SIMD2(-0.5, 0), to: SIMD2(0, 0.5)) == PixelRegion(columns: 23..<52, rows: 38..<62))
    #expect(whole.part(from: SIMD2(-9, -9), to: SIMD2(9, 9)) == whole)
    #expect(whole.part(from: SIMD2(2, 0), to: SIMD2(3, 1)).isEmpty)
    #expect(whole.part(from: SIMD2(.infinity, .infinity), to: SIMD2(-.infinity, -.infinity)).isEmpty)
  }

  @Test func thePictureDoesNotShowWhereItWasPutTogether() throws {
    // The same ball in a scene where another one, far behind the eye's back, makes the whole picture its region.
    let (ball, plane) = (Replay.Shape(kind: .sphere, size: [0.3]), Replay.Shape(kind: .plane, size: [0, 0]))
    let around = Replay.Shape(kind: .sphere, size: [100], colour: [0, 0, 0, 0.0001])
    let images = try [[ball, plane], [ball, plane, around]].map { shapes in
      let renderer = try Renderer(
        scene: Scene(shapes: shapes, radius: 1), configuration: SceneSupport.configuration(240, 180))
      return try renderer.image(
        poses: [Pose(position: SIMD3(0, 0, 0.5)), .identity, Pose(position: SIMD3(0, 0, 0.5))].prefix(shapes.count).map
        { $0 })
    }
    #expect(images[0].difference(from: images[1]) <= 1)
  }
}
