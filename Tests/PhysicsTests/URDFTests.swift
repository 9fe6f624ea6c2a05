import Foundation
import SinewPhysics
import Testing

/// What the reader makes of URDF: the same robot as its MJCF twin, and every element.
@Suite struct URDFTests {
  static let arm = """
    <?xml version="1.0"?>
    <robot name="arm">
      <material name="steel"><color rgba="0.6 0.6 0.7 1"/></material>
      <link name="base"><visual><geometry><cylinder radius="0.1" length="0.05"/></geometry></visual></link>
      <joint name="shoulder" type="revolute">
        <parent link="base"/><child link="upper"/>
        <origin xyz="0.1 0.2 0.3" rpy="0.3 -0.2 0.5"/><axis xyz="0 1 0.2"/>
        <limit lower="-1.5" upper="2" effort="20" velocity="4"/><dynamics damping="0.3" friction="0.05"/>
      </joint>
      <link name="upper">
        <inertial><origin xyz="0 0.01 -0.2" rpy="0.1 0.2 0.3"/><mass value="2"/>
          <inertia ixx="0.03" iyy="0.028" izz="0.004" ixy="0.001" ixz="-0.002" iyz="0.0005"/></inertial>
        <visual><geometry><capsule radius="0.04" length="0.4"/></geometry><material name="steel"/></visual>
        <collision><origin xyz="0 0 -0.2"/><geometry><box size="0.08 0.08 0.4"/></geometry></collision>
      </link>
      <joint name="elbow" type="continuous">
        <parent link="upper"/><child link="lower"/><origin xyz="0 0 -0.4" rpy="0 0.4 0"/><axis xyz="1 0 0"/>
        <limit effort="5" velocity="9"/>
      </joint>
      <link name="lower"><inertial><origin xyz="0 0 -0.1"/><mass value="1"/>
        <inertia ixx="0.01" iyy="0.01" izz="0.001" ixy="0" ixz="0" iyz="0"/></inertial></link>
      <joint name="mount" type="fixed"><parent link="lower"/><child link="tool"/><origin xyz="0 0 -0.2"/></joint>
      <link name="tool"><inertial><mass value="0.2"/>
        <inertia ixx="0.001" iyy="0.001" izz="0.001" ixy="0" ixz="0" iyz="0"/></inertial></link>
      <joint name="finger" type="prismatic"><parent link="tool"/><child link="tip"/><axis xyz="0 0 -1"/>
        <limit lower="0" upper="0.1" effort="3" velocity="1"/></joint>
      <link name="tip"><inertial><mass value="0.1"/>
        <inertia ixx="0.0005" iyy="0.0005" izz="0.0005" ixy="0" ixz="0" iyz="0"/></inertial>
        <collision><geometry><sphere radius="0.02"/></geometry></collision></link>
    </robot>
    """

  /// The twin. Roll, pitch and yaw are about fixed axes: MJCF's sequence XYZ.
  static let twin = """
    <mujoco model="arm">
      <compiler angle="radian" eulerseq="XYZ"/><option timestep="0.002"/>
      <worldbody><body name="base">
        <geom type="cylinder" size="0.1 0.025" mass="0" contype="0" conaffinity="0"/>
        <body name="upper" pos="0.1 0.2 0.3" euler="0.3 -0.2 0.5">
          <inertial pos="0 0.01 -0.2" mass="2" fullinertia="INERTIA"/>
          <joint name="shoulder" axis="0 1 0.2" range="-1.5 2" damping="0.3" frictionloss="0.05"/>
          <geom type="capsule" size="0.04 0.2" contype="0" conaffinity="0"/>
          <geom type="box" size="0.04 0.04 0.2" pos="0 0 -0.2"/>
          <body name="lower" pos="0 0 -0.4" euler="0 0.4 0">
            <inertial pos="0 0 -0.1" mass="1" diaginertia="0.01 0.01 0.001"/>
            <joint name="elbow" axis="1 0 0"/>
            <body name="tool" pos="0 0 -0.2">
              <inertial pos="0 0 0" mass="0.2" diaginertia="0.001 0.001 0.001"/>
              <body name="tip">
                <inertial pos="0 0 0" mass="0.1" diaginertia="0.0005 0.0005 0.0005"/>
                <joint name="finger" type="slide" axis="0 0 -1" range="0 0.1"/>
                <geom size="0.02"/>
              </body></body></body></body></body></worldbody>
      <actuator>
        <motor name="shoulder" joint="shoulder" ctrlrange="-20 20" forcerange="-20 20"/>
        <motor name="elbow" joint="elbow" ctrlrange="-5 5" forcerange="-5 5"/>
        <motor name="finger" joint="finger" ctrlrange="-3 3" forcerange="-3 3"/>
      </actuator>
    </mujoco>
    """

  @Test func moveLikeTheirTwins() throws {
    let urdf = try Model(urdf: Self.arm, name: "arm.urdf")
    let inertia = InertiaTensor(
      diagonal: SIMD3(0.03, 0.028, 0.004), offDiagonal: SIMD3(0.001, -0.002, 0.0005))
    let rotation =
      Quaternion(angle: 0.3, axis: SIMD3(0, 0, 1)) * Quaternion(angle: 0.2, axis: SIMD3(0, 1, 0))
      * Quaternion(angle: 0.1, axis: SIMD3(1, 0, 0))
    let turned = inertia.rotated(by: rotation)
    let (d, o) = (turned.diagonal, turned.offDiagonal)
    let mjcf = try Model(
      mjcf: Self.twin.replacingOccurrences(of: "INERTIA", with: "\(d.x) \(d.y) \(d.z) \(o.x) \(o.y) \(o.z)"),
      name: "arm.xml")
    #expect(urdf.bodies.map(\.name) == mjcf.bodies.map(\.name))
    #expect(urdf.joints.map(\.name) == mjcf.joints.map(\.name))
    #expect(urdf.actuators == mjcf.actuators)
    #expect(urdf.joints.map(\.range) == mjcf.joints.map(\.range))
    #expect(urdf.joints[0].speedLimit == 4 && urdf.geometries[1].colour == SIMD4(0.6, 0.6, 0.7, 1))
    let (a, b) = (try Simulation(model: urdf), try Simulation(model: mjcf))
    for step in 0..<200 {
      let control = [6 * sin(0.02 * Double(step)), -2 * cos(0.03 * Double(step)), 1]
      for simulation in [a, b] { try simulation.step(control, count: 5) }
      for (x, y) in zip(a.positions + a.velocities, b.positions + b.velocities) { #expect(abs(x - y) < 1e-9) }
    }
    #expect(abs(a.positions[0]) > 0.01 && abs(a.positions[1]) > 0.01)
  }

  static func robot(_ joint: String, link: String = "", extra: String = "") -> String {
    """
    <robot name="r"><link name="world"/>
    \(joint)
    <link name="a">\(link)<inertial><mass value="1"/><inertia ixx="1" iyy="1" izz="1"/></inertial></link>
    \(extra)</robot>
    """
  }
  static let ends = "<parent link=\"world\"/><child link=\"a\"/>"

  @Test func everyTypeOfJoint() throws {
    func model(_ type: String, _ inside: String = "") throws -> Model {
      try Model(urdf: Self.robot("<joint name=\"j\" type=\"\(type)\">\(Self.ends)\(inside)</joint>"), name: "r.urdf")
    }
    #expect(try model("fixed").joints.isEmpty)
    #expect(try model("fixed").bodies.count == 2)
    let floating = try model("floating")
    #expect(floating.joints.map(\.kind) == [.free] && floating.actuators.isEmpty)
    let planar = try model("planar", "<axis xyz=\"0 0 1\"/>")
    #expect(planar.joints.map(\.kind) == [.slide, .slide, .hinge])
    #expect(planar.warnings.contains { $0.contains("r.urdf:2: joint 'j': a planar joint is read as two slides") })
    _ = try Simulation(model: planar)
    let wheel = try model("continuous", "<axis xyz=\"0 0 2\"/>")
    #expect(wheel.joints[0].range == nil && wheel.joints[0].axis == SIMD3(0, 0, 1))
    #expect(wheel.actuators.count == 1 && wheel.actuators[0].controlRange == nil)
    let slider = try model("prismatic", "<limit lower=\"-1\" upper=\"2\" effort=\"7\"/>")
    #expect(slider.joints[0].kind == .slide && slider.joints[0].range == -1...2)
    #expect(slider.joints[0].axis == SIMD3(1, 0, 0) && slider.actuators[0].forceRange == -7...7)
  }

  @Test func baseFloatsIfAsked() throws {
    let text = Self.arm
    #expect(try Model(urdf: text, name: "a", freeBase: false).joints.count == 3)
    let model = try Model(
      urdf: text.replacingOccurrences(
        of: "<link name=\"base\">",
        with: "<link name=\"base\"><inertial><mass value=\"1\"/><inertia ixx=\"1\" iyy=\"1\" izz=\"1\"/></inertial>"),
      name: "a", freeBase: true)
    #expect(model.joints[0].kind == .free && model.positionCount == 10)
    _ = try Simulation(model: model)
  }

  @Test func transmissionsChooseTheMotors() throws {
    let model = try Model(
      urdf: Self.arm.replacingOccurrences(
        of: "</robot>",
        with: """
          <transmission name="t"><type>transmission_interface/SimpleTransmission</type>
            <joint name="elbow"><hardwareInterface>EffortJointInterface</hardwareInterface></joint>
            <actuator name="m"><mechanicalReduction>50</mechanicalReduction></actuator></transmission></robot>
          """), name: "arm.urdf")
    #expect(model.actuators.map(\.name) == ["elbow"])
  }

  @Test func sphericalJointsAreBalls() throws {
    let model = try Model(
      urdf: Self.arm.replacingOccurrences(of: "\"elbow\" type=\"continuous\"", with: "\"elbow\" type=\"spherical\""),
      name: "a")
    #expect(model.joints[1].kind == .ball && model.warnings.contains { $0.contains("'elbow': limit is skipped") })
    #expect(!model.actuators.contains { $0.name == "elbow" })
    try Simulation(model: model).step([Double](repeating: 0, count: model.controlCount), count: 20)
  }

  /// What is only drawn, and has no size, is no mistake; what is touched must have one.
  @Test func visualsWithoutSizeAreLeftOut() throws {
    let sphere = "<geometry><sphere radius=\"0.0\"/></geometry>"
    func read(_ kind: String) throws -> Model {
      try Model(
        urdf: Self.arm.replacingOccurrences(
          of: "<link name=\"base\">", with: "<link name=\"base\"><\(kind)>\(sphere)</\(kind)>"), name: "a")
    }
    let model = try read("visual")
    #expect(model.warnings.contains { $0.contains("a sphere of size 0 is not drawn") })
    #expect(try model.geometries.count == Model(urdf: Self.arm, name: "a").geometries.count)
    #expect(throws: ModelError.self) { try read("collision") }
  }

  @Test func meshesAreFoundInPackages() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sinew-urdf-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let robots = folder.appendingPathComponent("my_robot/urdf")
    let meshes = folder.appendingPathComponent("my_robot/meshes")
    try FileManager.default.createDirectory(at: robots, withIntermediateDirectories: true)
    try FileManager.default.createDirectory(at: meshes, withIntermediateDirectories: true)
    try MeshTests.binarySTL(MeshTests.cubeTriangles).write(to: meshes.appendingPathComponent("cube.STL"))
    for name in ["package://my_robot/meshes/cube.STL", "../meshes/cube.STL", "file://\(meshes.path)/cube.STL"] {
      let file = robots.appendingPathComponent("r.urdf")
      let mesh = "<geometry><mesh filename=\"\(name)\" scale=\"0.1 0.2 -0.3\"/></geometry>"
      try Self.robot(
        "<joint name=\"j\" type=\"continuous\">\(Self.ends)</joint>",
        link: "<collision>\(mesh)</collision><visual>\(mesh)</visual>"
      ).write(to: file, atomically: true, encoding: .utf8)
      let model = try Model(contentsOf: file)
      #expect(model.geometries.count == 2 && model.geometries[0].collides && !model.geometries[1].collides)
      guard case .mesh(let shape) = model.geometries[0].shape else {
        Issue.record("no mesh")
        continue
      }
      #expect(shape.hull?.vertices.count == 8 && abs(shape.unitProperties.mass - 0.048) < 1e-6)
    }
  }

  private static func fixed(link: String = "", extra: String = "") -> String {
    robot("<joint name=\"j\" type=\"fixed\">\(ends)</joint>", link: link, extra: extra)
  }

  static let mistakes: [(String, String)] = [
    ("<robot/>", "r: robot: has no links"),
    ("<robot><link/></robot>", "r:1: link: needs the attribute 'name'"),
    ("<robot><link name=\"a\"/><link name=\"a\"/></robot>", "link 'a': the name is already taken"),
    ("<robot><link name=\"a\"/>\n<link name=\"b\"/></robot>", "r:2: link 'b': is a second root beside 'a'"),
    ("<robot xmlns:xacro=\"x\"><xacro:macro/></robot>", "expand the file with xacro"),
    (robot("<joint type=\"fixed\">\(ends)</joint>"), "r:2: joint: needs the attribute 'name'"),
    (robot("<joint name=\"j\" type=\"fixed\"><parent link=\"a\"/></joint>"), "joint 'j': needs <child link"),
    (
      robot("<joint name=\"j\" type=\"fixed\"><parent link=\"x\"/><child link=\"a\"/></joint>"),
      "parent: names the link 'x' of joint 'j'"
    ),
    (robot("<joint name=\"j\" type=\"screw\">\(ends)</joint>"), "joint 'j': type is 'screw'; it takes revolute"),
    (robot("<joint name=\"j\" type=\"revolute\">\(ends)</joint>"), "joint 'j': is revolute and needs <limit"),
    (
      robot("<joint name=\"j\" type=\"revolute\">\(ends)<limit lower=\"1\" upper=\"0\"/></joint>"),
      "of joint 'j' has lower 1.0 above upper 0.0"
    ),
    (
      robot("<joint name=\"j\" type=\"continuous\">\(ends)<axis xyz=\"0 0 0\"/></joint>"),
      "axis: of joint 'j' has no direction"
    ),
    (
      robot("<joint name=\"j\" type=\"continuous\">\(ends)<axis xyz=\"0 0\"/></joint>"),
      "xyz is '0 0'; it takes 3 numbers"
    ),
    (fixed(link: "<collision/>"), "collision: needs <geometry>"),
    (fixed(link: "<collision><geometry><cone/></geometry></collision>"), "cone: is not one of URDF's shapes"),
    (fixed(link: "<collision><geometry><box size=\"1 1 0\"/></geometry></collision>"), "size must be positive"),
    (
      fixed(extra: "<joint name=\"k\" type=\"fixed\"><parent link=\"world\"/><child link=\"a\"/></joint>"),
      "joint 'k': is the second joint whose child is 'a'"
    ),
    (
      "<robot><link name=\"w\"/><link name=\"a\"/><link name=\"b\"/>"
        + "<joint name=\"j\" type=\"fixed\"><parent link=\"a\"/><child link=\"b\"/></joint>"
        + "<joint name=\"k\" type=\"fixed\"><parent link=\"b\"/><child link=\"a\"/></joint></robot>",
      "link 'a': hangs in a ring"
    ),
  ]

  @Test(arguments: mistakes) func mistakeIsNamed(text: String, message: String) {
    do {
      _ = try Model(urdf: text, name: "r")
      Issue.record("read: \(message)")
    } catch { #expect("\(error)".contains(message), "\(error)") }
  }
}
