import Foundation
import SinewPhysics
import SinewTensor
import Testing

@testable import SinewEnvironments

/// Shared areas of polygons against analytic cases and against counting random points.
@Suite struct FootprintTests {
  private func rectangle(_ x: ClosedRange<Double>, _ y: ClosedRange<Double>) -> ConvexPolygon {
    ConvexPolygon(
      corners: [
        SIMD2(x.lowerBound, y.lowerBound), SIMD2(x.upperBound, y.lowerBound), SIMD2(x.upperBound, y.upperBound),
        SIMD2(x.lowerBound, y.upperBound),
      ])
  }
  private let here = PlanarPose(position: .zero, angle: 0)

  @Test func sharedAreasInClosedForm() {
    let square = rectangle(-1...1, -1...1)
    #expect(square.area == 4)
    #expect(square.sharedArea(with: square, placement: here) == 4)
    // Shifted by (0.5, 0.25): 1.5 × 1.75. Inside: its own area. Apart, and touching: none.
    let shifted = PlanarPose(position: SIMD2(0.5, 0.25), angle: 0)
    #expect(abs(square.sharedArea(with: square, placement: shifted) - 1.5 * 1.75) < 1e-12)
    #expect(abs(rectangle(-0.1...0.2, 0...0.3).sharedArea(with: square, placement: here) - 0.09) < 1e-12)
    #expect(abs(square.sharedArea(with: rectangle(-0.1...0.2, 0...0.3), placement: here) - 0.09) < 1e-12)
    for x in [2.0, 2.1, 50] {
      #expect(square.sharedArea(with: square, placement: PlanarPose(position: SIMD2(x, 0), angle: 0)) < 1e-12)
    }
    // Two squares of side 2, one turned by 45°: a regular octagon of inradius 1, area 8 (√2 − 1).
    let turned = PlanarPose(position: .zero, angle: .pi / 4)
    #expect(abs(square.sharedArea(with: square, placement: turned) - 8 * (2.0.squareRoot() - 1)) < 1e-12)
  }

  /// The T at random poses: how many of 40,000 points of one lie in the other too.
  @Test func coverageAgreesWithCounting() throws {
    let model = try EnvironmentCatalogue.definition("push-t").model
    let block = try Footprint(ofBody: #require(model.body(named: "block")), in: model)
    #expect(abs(block.area - 0.0063) < 1e-15)
    var generator = RandomGenerator(seed: 1)
    for _ in 0..<40 {
      let pose = PlanarPose(
        position: SIMD2(generator.uniform(-0.05...0.05), generator.uniform(-0.05...0.05)),
        angle: generator.uniform(-4...4))
      let goal = PlanarPose(position: SIMD2(0.2, 0.3), angle: 0.7)
      let placed = PlanarPose(position: goal.apply(pose.position), angle: pose.angle + goal.angle)
      let count = 40_000
      var inBoth = 0
      for _ in 0..<count {
        let point = SIMD2(generator.uniform(-0.06...0.06), generator.uniform(0...0.12))
        let isBlock = Self.isInT(point)
        if isBlock && Self.isInT(goal.local(placed.apply(point))) { inBoth += 1 }
      }
      let counted = Double(inBoth) / Double(count) * 0.0144
      let share = block.sharedArea(at: placed, with: block, at: goal)
      #expect(abs(share - counted) < 5 * 0.0144 * (0.25 / Double(count)).squareRoot())
    }
  }

  private static func isInT(_ point: SIMD2<Double>) -> Bool {
    let (x, y) = (abs(point.x), point.y)
    return y >= 0 && (y <= 0.03 ? x <= 0.06 : y <= 0.12 && x <= 0.015)
  }

  @Test(arguments: [
    ("<geom type='sphere' size='1'/>", "has no box"),
    ("<geom type='box' size='1 1 1' euler='30 0 0'/>", "tilted"),
    ("<geom type='box' size='1 1 1'/><geom type='box' size='1 1 1' pos='1.9 0 0'/>", "overlap"),
  ]) func refusesWhatHasNoFootprint(geometries: String, problem: String) throws {
    let model = try Model(
      mjcf: "<mujoco><worldbody><body name='b'>\(geometries)</body></worldbody></mujoco>", name: "test")
    #expect(message { try Footprint(ofBody: 1, in: model) }.contains(problem))
  }
}
