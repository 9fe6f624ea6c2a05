import SinewPhysics
import Testing

/// URDF against the same robot in MJCF.
@Suite struct URDFTests {
  private static let arm = """
    <robot name="arm">
      <link name="base"/>
      <link name="upper"><inertial><origin xyz="0 0 -0.2"/><mass value="2"/>
        <inertia ixx="0.03" ixy="0" ixz="0" iyy="0.03" iyz="0" izz="0.002"/></inertial></link>
      <link name="lower"><inertial><origin xyz="0 0 -0.15"/><mass value="1"/>
        <inertia ixx="0.01" ixy="0" ixz="0" iyy="0.01" iyz="0" izz="0.001"/></inertial></link>
      <joint name="shoulder" type="continuous"><parent link="base"/><child link="upper"/><axis xyz="0 1 0"/>
        <dynamics damping="0.1"/></joint>
      <joint name="elbow" type="revolute"><origin xyz="0 0 -0.4"/><parent link="upper"/><child link="lower"/>
        <axis xyz="1 0 0"/><limit lower="-2" upper="2" effort="5" velocity="3"/></joint>
    </robot>
    """

  private static let twin = """
    <mujoco><compiler angle="radian" autolimits="true"/><option timestep="0.001"/><worldbody>
      <body name="upper"><inertial pos="0 0 -0.2" mass="2" diaginertia="0.03 0.03 0.002"/>
        <joint name="shoulder" axis="0 1 0" damping="0.1"/>
        <body name="lower" pos="0 0 -0.4"><inertial pos="0 0 -0.15" mass="1" diaginertia="0.01 0.01 0.001"/>
          <joint name="elbow" axis="1 0 0" range="-2 2"/></body></body></worldbody></mujoco>
    """

  @Test func movesAsItsTwinDoes() throws {
    var arm = try Model(urdf: Self.arm, name: "arm.urdf")
    arm.timestep = 0.001
    #expect(arm.bodies.reduce(0) { $0 + $1.mass } == 3)
    #expect(arm.joints.map(\.name) == ["shoulder", "elbow"])
    let simulations = [try Simulation(model: arm), try Simulation(model: Model(mjcf: Self.twin, name: "arm.xml"))]
    for simulation in simulations {
      try simulation.setState(positions: [1, 0.5], velocities: [0.3, -0.2])
      let control = [Double](repeating: 0, count: simulation.model.controlCount)
      try simulation.step(control: control.span, count: 500)
    }
    let apart = zip(simulations[0].positions, simulations[1].positions).map { abs($0 - $1) }.max() ?? 1
    #expect(apart < 1e-9)
    #expect(abs(simulations[0].positions[0] - 1) > 0.01)
  }

  @Test(arguments: [
    (
      "<robot name=\"r\"><link name=\"a\"/><joint name=\"j\" type=\"revolute\"><parent link=\"a\"/><child link=\"b\"/></joint></robot>",
      "b"
    ),
    ("<robot name=\"r\">", "r.urdf"), ("<robot name=\"r\"/>", "r.urdf"),
  ]) func whatIsMalformedIsNamed(text: String, named: String) throws {
    let error = #expect(throws: ModelError.self) { try Model(urdf: text, name: "r.urdf") }
    #expect("\(try #require(error))".contains(named))
  }
}
