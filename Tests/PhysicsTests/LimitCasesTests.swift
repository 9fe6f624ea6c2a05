import Foundation
import Testing

@testable import SinewPhysics

/// Limits, and what touches what, that other simulators were reported to misread. The figures are MuJoCo 4.0.0's.
@Suite struct LimitCasesTests: ImportCases {
  // MARK: Limits

  /// Whatever a class says of limits, a free joint has none; and a ball joint's are left out, with a word.
  @Test func limitsOfFreeAndBallJoints() throws {
    let free = try read(
      """
      <default><joint limited="true" damping="1" actuatorfrclimited="true"/></default><worldbody><body name="a">
        <joint name="root" type="free" damping="0"/><geom size=".1"/></body></worldbody>
      """)
    #expect(free.positionCount == 7 && free.joints[0].range == nil && free.warnings.isEmpty)
    let falling = try read("<worldbody><body><joint type=\"free\" range=\"3 1\"/><geom size=\"1\"/></body></worldbody>")
    #expect(falling.warnings.isEmpty)
    let ball = try read(
      """
      <default><default class="x"><joint limited="true"/></default></default><worldbody>
        <body name="a" childclass="x"><joint name="root" type="ball"/><geom size=".1" pos="0 0 .2"/></body></worldbody>
      """)
    #expect(ball.positionCount == 4 && ball.warnings.count == 1 && ball.warnings[0].contains("'range' is skipped"))
    let open = try read("<worldbody><body><joint type=\"ball\" range=\"0 0\"/><geom size=\"1\"/></body></worldbody>")
    #expect(open.warnings.isEmpty)
  }

  /// Two equal numbers limit nothing, unless the file says that they do.
  @Test func equalEndsAreNoLimit() throws {
    func joint(_ attributes: String, _ compiler: String = "") throws -> Model.Joint {
      try read(
        """
        <compiler angle="radian" \(compiler)/><worldbody><body><joint name="j" \(attributes)/><geom size="1"/></body>
        </worldbody>
        """
      ).joints[0]
    }
    for attributes in ["range=\"0 0\"", "range=\"1 1\"", "limited=\"false\" range=\"-1 1\"", "range=\"-inf inf\""] {
      #expect(try joint(attributes).range == nil)
    }
    #expect(try joint("range=\"0 0\"", "autolimits=\"false\"").range == nil)
    for attributes in ["range=\"0 0\" limited=\"true\"", "limited=\"true\"", "range=\"1 -1\"", "range=\"nan 1\""] {
      #expect(throws: ModelError.self) { try joint(attributes) }
    }
    #expect(throws: ModelError.self) { try joint("range=\"-1 1\"", "autolimits=\"false\"") }
    let half = try joint("range=\"0 inf\"").range
    #expect(half?.lowerBound == 0 && half?.upperBound ?? 0 > 1e9)
    let motor = try read(
      """
      <worldbody><body><joint name="j"/><geom size="1"/></body></worldbody>
      <actuator><motor joint="j" ctrlrange="0 0" forcerange="1 1"/></actuator>
      """
    ).actuators[0]
    #expect(motor.controlRange == nil && motor.forceRange == nil)
  }

  @Test func infiniteLimitsOfLinksAreNone() throws {
    func joint(_ limit: String) throws -> Model {
      try Model(
        urdf: """
          <robot name="r"><link name="base"/><link name="arm"/><joint name="j" type="revolute"><parent link="base"/>
          <child link="arm"/><limit \(limit)/></joint></robot>
          """, name: "r.urdf")
    }
    let open = try joint("lower=\"-inf\" upper=\"inf\" effort=\"inf\" velocity=\"inf\"")
    #expect(open.joints[0].range == nil && open.joints[0].speedLimit == nil)
    #expect(open.actuators[0].controlRange == nil && open.actuators[0].forceRange == nil)
    let half = try joint("lower=\"-1\" upper=\"inf\" effort=\"5\" velocity=\"3\"")
    #expect(half.joints[0].range?.lowerBound == -1 && half.joints[0].range?.upperBound ?? 0 > 1e9)
    for limit in ["lower=\"nan\" upper=\"1\"", "velocity=\"nan\"", "effort=\"-inf\"", "effort=\"-1\""] {
      #expect(throws: ModelError.self) { try joint(limit) }
    }
  }

  /// Numbers of `solimp` beyond their ranges count as the ends.
  @Test func impedancesAreClamped() throws {
    func softness(_ numbers: String) throws -> SoftConstraint {
      try read(
        "<worldbody><body><joint range=\"-1 1\" solimplimit=\"\(numbers)\"/><geom size=\"1\"/></body></worldbody>"
      ).joints[0].limitSoftness
    }
    #expect(try softness("0.89 0.9 0.01 2.1").midpoint == 1)
    #expect(try softness("0.89 0.9 0.01 -1").midpoint == 0)
    let all = try softness("-1 3 -1 0.5 0.2")
    #expect((all.minimumImpedance, all.maximumImpedance) == (0, 1) && (all.width, all.power) == (0, 1))
  }

  // MARK: Contacts

  /// Geoms that a pair of contact or a sensor names are not only to look at.
  @Test func discardedVisualsAreThoseThatNothingNames() throws {
    let model = try read(
      """
      <compiler discardvisual="true"/><asset><mesh name="m" vertex="0 0 0  1 0 0  0 1 0  0 0 1"/></asset><worldbody>
        <geom name="wall" size=".2" contype="0" conaffinity="0" pos=".3 0 .4"/>
        <geom name="edge" type="mesh" mesh="m" contype="0" conaffinity="0" pos="0 0 -2"/>
        <geom name="mark" size=".2" contype="0" conaffinity="0"/>
        <body name="a"><freejoint/><geom name="ball" size=".1"/>
          <geom name="look" size=".3" contype="0" conaffinity="0" mass="0"/></body></worldbody>
      <contact><pair geom1="ball" geom2="wall"/><pair geom1="ball" geom2="edge"/></contact>
      <sensor><framepos objtype="geom" objname="mark"/></sensor>
      """)
    #expect(model.geometries.map(\.name) == ["wall", "edge", "mark", "ball"])
    #expect(model.contactPairs.count == 2 && model.sensors.count == 1 && model.warnings.isEmpty)
    // What only a pair touches touches.
    let shapes = ModelReport(model).bodies[0].geometries
    #expect(shapes.map(\.collides) == [true, true, false])
  }
}
