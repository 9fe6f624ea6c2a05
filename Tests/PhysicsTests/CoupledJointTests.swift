import Foundation
import Testing

@testable import SinewPhysics

/// Coupled joints that other simulators were reported to misread. The figures are MuJoCo 4.0.0's.
@Suite struct CoupledJointTests: ImportCases {
  @Test func jointsFollowJoints() throws {
    let world = """
      <compiler angle="radian"/><worldbody><body><joint name="a" axis="0 1 0"/><geom size=".1" pos=".2 0 0"/></body>
        <body pos="0 1 0"><joint name="b" axis="0 1 0" ref="0.5"/><geom size=".1" pos=".2 0 0"/></body>
        <body pos="0 2 0"><joint name="c" axis="0 1 0"/><geom size=".1" pos=".2 0 0"/></body>
        <body pos="0 3 0"><joint name="d" type="ball"/><geom size=".1"/></body></worldbody>
      """
    let model = try read(
      world + """
        <default><equality active="true"/></default><equality><joint name="e" joint1="a" joint2="b" polycoef="0.1 -2"/>
          <joint joint1="c"/><joint name="off" joint1="a" joint2="c" active="false"/></equality>
        """)
    #expect(
      model.jointCouplings == [
        Model.JointCoupling(name: "e", follower: 0, leader: 1, polynomial: [0.1, -2, 0, 0, 0]),
        Model.JointCoupling(name: "", follower: 2, leader: nil, polynomial: [0, 1, 0, 0, 0]),
      ])
    #expect(model.warnings.count == 1 && model.warnings[0].contains("is not active"), "\(model.warnings)")
    #expect(ModelReport(model).equalities == ["couple joint 'a' to joint 'b'", "couple joint 'c'"])
    let simulation = try Simulation(model: model)
    try simulation.setState(
      positions: [0.1, 0.5, 0, 1, 0, 0, 0], velocities: [Double](repeating: 0, count: model.velocityCount))
    for _ in 0..<500 {
      try simulation.step(count: 1)
      let q = simulation.positions
      #expect(abs(q[0] - 0.1 + 2 * (q[1] - 0.5)) < 1e-3 && abs(q[2]) < 1e-3)
    }
    #expect(abs(simulation.positions[0] - 0.1) > 0.1)
    for (text, part) in [
      ("<joint joint1=\"a\" joint2=\"x\"/>", "there is no such joint"),
      ("<joint joint1=\"a\" joint2=\"d\"/>", "names a ball joint"),
      ("<joint joint1=\"a\" joint2=\"a\"/>", "is joint1 itself"),
      ("<joint joint2=\"a\"/>", "needs the attribute 'joint1'"),
      ("<joint joint1=\"a\" polycoef=\"0 1 2 3 4 5\"/>", "it takes 1 to 5 numbers"),
      ("<joint joint1=\"a\" axis=\"1 0 0\"/>", "is not one of MJCF's"),
    ] {
      let message = error { _ = try read(world + "<equality>\(text)</equality>") }
      #expect(message.contains(part), "\(message)")
    }
    #expect(
      try read("<option><flag equality=\"disable\"/></option>" + world + "<equality><joint joint1=\"a\"/></equality>")
        .jointCouplings.isEmpty)
  }

  /// Couplings come with what is attached, and with copies.
  @Test func couplingsAreAttachedAndCopied() throws {
    let hand = """
      <mujoco model="hand"><worldbody><body name="palm"><geom size=".1"/>
        <body name="left"><joint name="l" type="slide"/><geom size=".1"/></body>
        <body name="right"><joint name="r" type="slide"/><geom size=".1"/></body></body></worldbody>
        <equality><joint name="mirror" joint1="r" joint2="l" polycoef="0 -1 0 0 0"/></equality></mujoco>
      """
    let scene = """
      <mujoco><asset><model file="hand.xml"/></asset><worldbody><body><joint/><geom size=".1"/>
        <attach model="hand" body="palm" prefix="h_"/></body></worldbody></mujoco>
      """
    let model = try withFiles(["hand.xml": hand, "m.xml": scene]) {
      try Model(contentsOf: $0.appendingPathComponent("m.xml"))
    }
    let expected = Model.JointCoupling(name: "h_mirror", follower: 2, leader: 1, polynomial: [0, -1, 0, 0, 0])
    #expect(model.jointCouplings == [expected])
    let copies = try read(
      """
      <worldbody><replicate count="2" offset="0 1 0"><body><joint name="a"/><geom size=".1"/></body>
        <body><joint name="b"/><geom size=".1"/></body></replicate></worldbody>
      <equality><joint joint1="a" joint2="b"/></equality>
      """)
    #expect(copies.jointCouplings.map(\.follower) == [0, 2] && copies.jointCouplings.map(\.leader) == [1, 3])
  }

  @Test func linksMimicLinks() throws {
    func robot(_ mimic: String) throws -> Model {
      func part(_ name: String, _ rest: String) -> String {
        """
        <link name="\(name)"><inertial><origin xyz="0 0 -0.1"/><mass value="1"/>
        <inertia ixx="0.01" iyy="0.01" izz="0.01"/></inertial></link>
        <joint name="\(name)_joint" type="revolute"><parent link="base"/><child link="\(name)"/><axis xyz="0 1 0"/>
        <limit lower="-2" upper="2" effort="5" velocity="3"/>\(rest)</joint>
        """
      }
      let text = "<robot name=\"r\"><link name=\"base\"/>\(part("right", mimic))\(part("left", ""))</robot>"
      return try Model(urdf: text, name: "r.urdf")
    }
    let model = try robot("<mimic joint=\"left_joint\" multiplier=\"-0.5\" offset=\"0.2\"/>")
    #expect(model.jointCouplings == [Model.JointCoupling(name: "", follower: 0, leader: 1, polynomial: [0.2, -0.5])])
    #expect(model.actuators.map(\.name) == ["left_joint"])
    let simulation = try Simulation(model: model)
    try simulation.setState(positions: [0.2, 0], velocities: [0, 0])
    for _ in 0..<300 {
      try simulation.step([1])
      #expect(abs(simulation.positions[0] - 0.2 + 0.5 * simulation.positions[1]) < 1e-3)
    }
    #expect(abs(simulation.positions[1]) > 0.05)
    #expect(try robot("<mimic joint=\"left_joint\"/>").jointCouplings[0].polynomial == [0, 1])
    for (mimic, part) in [
      ("<mimic joint=\"middle\"/>", "there is no such joint for joint 'right_joint' to follow"),
      ("<mimic joint=\"right_joint\"/>", "names the joint itself"), ("<mimic/>", "needs the attribute 'joint'"),
      ("<mimic joint=\"left_joint\" multiplier=\"much\"/>", "is not a number"),
    ] {
      let message = error { _ = try robot(mimic) }
      #expect(message.contains(part), "\(message)")
    }
  }
}
