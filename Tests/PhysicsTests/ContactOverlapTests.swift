import Foundation
import SinewPhysics
import Testing

/// Bodies that lie in one another, or exactly against one another, from the beginning.
@Suite struct ContactOverlapTests {
  private func simulation(_ bodies: String, _ extra: String = "") throws -> Simulation {
    try Simulation(model: Model(mjcf: "<mujoco>\(extra)<worldbody>\(bodies)</worldbody></mujoco>", name: "overlap"))
  }

  /// Hinges through the bodies' centres that cannot yield to the contact: MuJoCo's stay at rest (but for what balances
  /// on its edge, which rounding may end). The first two, and one whose parts are 10,000 times apart, were thrown at
  /// 10⁵ m/s and rad/s.
  @Test(arguments: [
    """
    <body><joint/><geom type="box" size=".1 .2 .3"/></body><body><joint/><geom type="box" size=".1 .2 .3"/></body>
    """,
    """
    <body><joint axis="0 0 1"/><geom type="box" size=".1 .1 .1"/></body>
    <body pos="0.05 0 0"><joint axis="1 0 0"/><geom type="box" size=".1 .1 .1"/></body>
    """,
    """
    <body><joint axis="0 0 1"/><geom type="capsule" size=".1 .1"/>
      <body pos="0 0 .3"><joint axis="0 1 0"/><geom type="box" size=".1 .1 .1" mass="100"/></body></body>
    <body pos="0.05 0 0"><joint axis="1 0 0"/><geom type="cylinder" size=".1 .1" mass=".01"/></body>
    """,
    """
    <geom type="box" size=".5 .5 .1"/><body pos="0 0 .15"><joint axis="0 0 1"/>
      <geom type="box" size=".1 .1 .1" mass="500"/><body pos="0 0 .1"><joint axis="0 0 1"/>
      <geom type="cylinder" size=".05 .15"/></body></body>
    """,
  ]) func unyieldingHingesHold(bodies: String) throws {
    let simulation = try simulation(bodies)
    var fastest = 0.0
    for _ in 0..<500 {
      try simulation.step()
      fastest = max(fastest, simulation.velocities.map(abs).max() ?? .infinity)
    }
    #expect(fastest < 10)
    #expect(simulation.jointError < 1e-3)
  }

  /// Free boxes are pushed apart at MuJoCo 4.0.0's 1.69978 m/s.
  @Test func overlappingBoxesPartAtABoundedSpeed() throws {
    let simulation = try simulation(
      """
      <body><freejoint/><geom type="box" size=".1 .1 .1"/></body>
      <body pos=".02 0 0"><freejoint/><geom type="box" size=".1 .1 .1"/></body>
      """, "<option gravity=\"0 0 0\"/>")
    try simulation.step(count: 500)
    #expect(abs(simulation.velocities[0] + 1.6997807) < 1e-6 && abs(simulation.velocities[6] - 1.6997807) < 1e-6)
  }

  /// An ellipsoid and a cube of triangles fall along a box that they touch without depth.
  @Test(arguments: [
    "<geom type=\"ellipsoid\" size=\".05 .04 .03\"/>", "<geom type=\"mesh\" mesh=\"cube\"/>",
  ]) func flushShapesFallPast(geometry: String) throws {
    let simulation = try simulation(
      "<geom type=\"box\" size=\".2 .01 .1\"/><body pos=\"0 -.05 .3\"><freejoint/>\(geometry)</body>",
      """
      <asset><mesh name="cube" vertex="-1 -1 -1 1 -1 -1 -1 1 -1 1 1 -1 -1 -1 1 1 -1 1 -1 1 1 1 1 1" scale=".05 .04 .03"/>
      </asset>
      """)
    try simulation.step(count: 500)
    #expect(simulation.positions[2] < -4.3)
  }

  /// Box, ball and can fall on a plate of a tenth of a millimetre at 3.4 mm a step.
  @Test func aThinPlateHolds() throws {
    let simulation = try simulation(
      """
      <geom type="box" size=".5 .5 .00005" pos="0 0 .5"/>
      <body pos="0 0 .7"><freejoint/><geom type="box" size=".05 .05 .05"/></body>
      <body pos=".3 .3 .7"><freejoint/><geom type="sphere" size=".05"/></body>
      <body pos="-.3 .3 .7"><freejoint/><geom type="cylinder" size=".05 .05"/></body>
      """)
    try simulation.step(count: 1500)
    for body in 0..<3 { #expect(abs(simulation.positions[7 * body + 2] - 0.55) < 1e-3) }
    #expect(simulation.velocities.allSatisfy { abs($0) < 1e-6 })
  }
}
