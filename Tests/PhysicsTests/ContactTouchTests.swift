import Testing

@testable import SinewPhysics

/// Pairs of shapes that ``ContactFuzz`` found wrong once.
@Suite struct ContactTouchTests {
  private func simulation(_ first: String, _ second: String, assets: String = "") throws -> Simulation {
    let text = """
      <mujoco><option gravity="0 0 0"/><asset>\(assets)</asset><worldbody><body><freejoint/><geom \(first)/></body>
        <body><freejoint/><geom \(second)/></body></worldbody></mujoco>
      """
    return try Simulation(model: Model(mjcf: text, name: "touch"))
  }

  /// Shapes that touch at no depth, or by rounding not even that, do so where both are.
  @Test(arguments: [
    (
      "type=\"capsule\" size=\"0.2 0.1\"", "type=\"box\" size=\"0.1 0.05 0.05\"",
      [
        0, 0, 0, -0.7071067811865475, -8.713835239405004e-18, 7.999409146413244e-18, 0.7071067811865476,
        -7.311580258645872e-14, 7.528699791697659e-14, -0.350000000000049, -0.7071067802166167, 0.7071067821564784,
        -2.407976556482428e-10, -3.6833555965735156e-11,
      ]
    ),
    (
      "type=\"cylinder\" size=\"0.05 0.4184514593816144\"", "type=\"cylinder\" size=\"0.05 0.1\"",
      [
        0, 0, 0, 1, 0, 0, 0, 0, 0, 0.46845145938161437, 0.7071067810689693, 0.7071067813041257, -3.6803553568325053e-10,
        1.8212688722421815e-11,
      ]
    ),
    (
      "type=\"cylinder\" size=\"0.03 0.2\"", "type=\"cylinder\" size=\"0.03 0.03\"",
      [0, 0, 0, 1, 0, 0, 0, 0, 0.06, -0.23, 6.123233995736766e-17, 0, 1, 0]
    ),
    (
      "type=\"cylinder\" size=\"0.05 0.03\"", "type=\"cylinder\" size=\"0.03 0.03\"",
      [
        0, 0, 0, 0.7071067811865476, 0, 0, 0.7071067811865475, 0.08, 0, 0.06, 1, 5.286037896362115e-18,
        1.0039171841928393e-17, 4.8070019150930724e-18,
      ]
    ),
  ])
  func whatJustTouchesDoesSoWhereBothAre(first: String, second: String, positions: [Double]) throws {
    let simulation = try simulation(first, second)
    try simulation.setState(positions: positions, velocities: [Double](repeating: 0, count: 12))
    let shapes = [simulation.placedShape(0), simulation.placedShape(1)]
    try simulation.step()
    for contact in simulation.contacts {
      for shape in shapes {
        #expect(length(contact.position - shape.centre) <= shape.extent + shape.radius + 1e-6, "\(contact)")
      }
    }
  }

  /// Deep in one another, along each other's edges, where the search for the least overlap folds over by rounding. Of
  /// hulls with the corners of a box.
  @Test(arguments: [
    (
      "type=\"capsule\" size=\"0.049069930644997456 0.04763842280028293\"", "type=\"mesh\" mesh=\"block\"",
      SIMD3(0.1, 0.05, 0.2), 0.13088053247295528,
      [
        0, 0, 0, 0.9238795325112867, 0.3826834323650898, 0, 0, 3.412729212308268e-17, -0.0018748499791476781,
        -7.734346163525081e-17, -1.5316011143901128e-13, 3.1867287132024616e-14, -9.511577949197732e-14, 1,
      ]
    ),
    (
      "type=\"mesh\" mesh=\"block\"", "type=\"cylinder\" size=\"0.03 0.6344343574609672\"",
      SIMD3(0.03, 0.03, 0.002300072929594099), 0.012426406871811674,
      [
        0, 0, 0, 5.657130561438501e-17, -0.3826834323650898, 0.9238795325112867, 2.3432602026631493e-17, 0.06, 0,
        -0.27855563866677197, 1, -2.216438126068214e-12, -1.101661739464125e-12, 2.4547388531787786e-12,
      ]
    ),
  ])
  func theLeastOverlapIsFound(first: String, second: String, half: SIMD3<Double>, overlap: Double, positions: [Double])
    throws
  {
    let corners = (0..<8).map { corner in
      (0..<3).map { "\(corner >> $0 & 1 == 0 ? -half[$0] : half[$0])" }.joined(separator: " ")
    }
    let block = "<mesh name=\"block\" inertia=\"convex\" vertex=\"\(corners.joined(separator: " "))\"/>"
    let simulation = try simulation(first, second, assets: block)
    try simulation.setState(positions: positions, velocities: [Double](repeating: 0, count: 12))
    try simulation.step()
    let deepest = simulation.contacts.map(\.depth).max() ?? 0
    #expect(abs(deepest - overlap) < 1e-9, "\(deepest)")
  }

  /// A grain deep in a block: the engine's factors of its rows come to nothing at the first try.
  @Test(arguments: [
    (
      "type=\"capsule\" size=\"0.00016388343251939593 0.0002125037434045414\"",
      "type=\"cylinder\" size=\"0.1 0.007077968301233879\"",
      [
        0, 0, 0, 4.329780281177467e-17, 0.7071067811865476, 0.7071067811865475, 4.329780281177466e-17,
        2.650653672920517e-06, 0.03736994404683245, 1.0659770458236509e-07, -2.900788206566737e-17, 0.7071067811865477,
        0.7071067811865474, 7.084332669635095e-16,
      ]
    ),
    (
      "type=\"box\" size=\"0.03 0.1 0.2\"", "type=\"capsule\" size=\"0.0001386014265531971 0.0016157245152176986\"",
      [
        0, 0, 0, 4.329780281177467e-17, 0.7071067811865476, 4.329780281177466e-17, -0.7071067811865475,
        0.029903152706824154, 0.023508306349696008, 0.00016466351648262986, -0.9238795325112867, 0.38268343236508984, 0,
        0,
      ]
    ),
  ])
  func grainsInBlocksArePushed(first: String, second: String, positions: [Double]) throws {
    let simulation = try simulation(first, second)
    try simulation.setState(positions: positions, velocities: [Double](repeating: 0, count: 12))
    try simulation.step()
    let fastest = simulation.velocities.map { abs($0) }.max() ?? 0
    #expect(fastest > 1e-3 && fastest < 10)
    #expect(simulation.contacts.allSatisfy { $0.normalForce.isFinite })
  }
}
