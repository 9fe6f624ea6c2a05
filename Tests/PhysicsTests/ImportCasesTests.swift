import Foundation
import Testing

@testable import SinewPhysics

/// Files that other simulators were reported to misread. The figures are MuJoCo 4.0.0's.
@Suite struct ImportCasesTests {
  private func read(_ text: String) throws -> Model { try Model(mjcf: "<mujoco>\(text)</mujoco>", name: "i.xml") }

  private func error(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "none"
    } catch { return "\(error)" }
  }

  private func close(_ a: SIMD3<Double>, _ b: SIMD3<Double>, _ tolerance: Double = 1e-9) -> Bool {
    length(a - b) < tolerance
  }

  /// A folder with files that is gone afterwards.
  private func withFiles<R>(_ files: [String: String], _ body: (URL) throws -> R) throws -> R {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sinew-case-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files {
      try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
    }
    return try body(folder)
  }

  // MARK: Attached models

  private static let limb = """
    <mujoco model="limb"><worldbody><body name="upper" pos="0 0 .7" euler="0 0 90"><joint name="s" axis="0 1 0"/>
    <geom size=".1" pos=".2 0 0"/></body></worldbody></mujoco>
    """

  /// A body that is attached keeps its own pose, in the frame that it is attached in.
  @Test func attachedBodiesKeepTheirPose() throws {
    let files = [
      "arm.xml": Self.limb,
      "m.xml": """
      <mujoco><asset><model name="limb" file="arm.xml"/></asset><worldbody>
        <frame pos="1 0 .5"><attach model="limb" body="upper" prefix="l_"/></frame></worldbody></mujoco>
      """,
    ]
    let model = try withFiles(files) { try Model(contentsOf: $0.appendingPathComponent("m.xml")) }
    #expect(close(model.bodies[1].pose.position, SIMD3(1, 0, 1.2)))
    #expect(close(model.bodies[1].pose.rotation.rotate(SIMD3(1, 0, 0)), SIMD3(0, 1, 0)))
  }

  /// But not what a frame in its own file did to it, nor where the body it hung on is.
  @Test func attachedBodiesLeaveTheirFrames() throws {
    let files = [
      "leg.xml": """
      <mujoco><worldbody><body name="hip" pos="5 0 0"><frame pos="0 0 7" euler="0 0 90"><body name="thigh" pos="3 2 1">
        <joint/><geom size="0.1"/></body></frame></body></worldbody></mujoco>
      """,
      "m.xml": """
      <mujoco><asset><model name="leg" file="leg.xml"/></asset><worldbody><body name="cart" pos="0 0 1">
        <attach model="leg" body="thigh"/></body></worldbody></mujoco>
      """,
    ]
    let model = try withFiles(files) { try Model(contentsOf: $0.appendingPathComponent("m.xml")) }
    #expect(close(model.bodies[2].pose.position, SIMD3(3, 2, 1)) && model.bodies[2].pose.rotation == .identity)
  }

  @Test func modelsAreCalledAsTheyCallThemselves() throws {
    let scene = """
      <mujoco><asset><model file="arm.xml"/></asset><worldbody><body name="base"><geom size=".2"/>
        <attach model="limb" body="upper" prefix="l_"/></body></worldbody></mujoco>
      """
    try withFiles(["arm.xml": Self.limb, "m.xml": scene]) { folder in
      let model = try Model(contentsOf: folder.appendingPathComponent("m.xml"))
      #expect(model.bodies.map(\.name) == ["world", "base", "l_upper"])
      try FileManager.default.removeItem(at: folder.appendingPathComponent("arm.xml"))
      let missing = error { _ = try Model(contentsOf: folder.appendingPathComponent("m.xml")) }
      #expect(missing.hasPrefix("m.xml:1: model: there is no file"), "\(missing)")
    }
  }

  // MARK: Meshes

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

  // MARK: Servos on tendons

  @Test func dampingRatiosTakeTheInertiaOfAllThatMoves() throws {
    let apart = try read(
      """
      <worldbody><body name="a"><joint name="j" axis="0 1 0"/><geom size=".1" pos=".3 0 0"/></body>
        <body name="c" pos="0 1 0"><joint name="k" axis="0 1 0"/><geom size=".1" pos=".2 0 0"/></body></worldbody>
      <tendon><fixed name="t"><joint joint="j" coef="1"/><joint joint="k" coef="1"/></fixed></tendon>
      <actuator><position name="p" tendon="t" kp="25" dampratio="1"/></actuator>
      """)
    #expect(abs(apart.actuators[0].velocityGain - 3.54319477) < 1e-6)
    let chain = try read(
      """
      <default><default class="arm"><tendon stiffness="12" damping="3" limited="true" range="0 2"/></default></default>
      <worldbody><body name="a"><joint name="j"/><geom size=".1" pos=".3 0 0"/>
        <body name="b" pos=".3 0 0"><joint name="k"/><geom size=".1" pos=".3 0 0"/></body></body></worldbody>
      <tendon><fixed name="t" class="arm"><joint joint="j" coef="1"/><joint joint="k" coef="-.5"/></fixed></tendon>
      <actuator><motor name="m" tendon="t" gear="3" ctrlrange="-1 1"/>
        <position name="p" tendon="t" kp="40" dampratio="1"/><position joint="k" kp="40" dampratio="1"/></actuator>
      """)
    #expect(abs(chain.actuators[1].velocityGain - 3.96263387) < 1e-6)
    // What its class gives the tendon and is left out is said.
    for lost in ["stiffness", "damping", "range"] {
      #expect(chain.warnings.contains { $0.contains("attribute '\(lost)' is skipped") }, "\(lost): \(chain.warnings)")
    }
    // A mass that is scaled afterwards weighs on the damping too: as the root of it.
    let text = """
      <worldbody><body name="a"><joint name="j"/><geom size=".1" pos=".3 0 0"/></body></worldbody>
      <actuator><position joint="j" kp="40" dampratio="1"/></actuator>
      """
    let (whole, scaled) = (try read(text), try read("<compiler settotalmass=\"1\"/>" + text))
    let ratio = scaled.actuators[0].velocityGain / whole.actuators[0].velocityGain
    #expect(abs(ratio - (1 / whole.bodies[1].mass).squareRoot()) < 1e-9)
  }

  // MARK: Moments of inertia

  private func body(_ inertial: String, _ compiler: String = "", _ joint: String = "<freejoint/>") -> String {
    "<compiler \(compiler)/><worldbody><body name=\"a\">\(joint)<inertial pos=\"0 0 0\" mass=\"1\" \(inertial)/></body></worldbody>"
  }

  /// No moment is above the sum of the others.
  @Test func inertiasThatNoBodyHasAreRefused() throws {
    for text in ["diaginertia=\".1 .1 1\"", "fullinertia=\".1 .1 1 0 0 0\"", "fullinertia=\".1 .1 .1 .5 0 0\""] {
      let message = error { _ = try read(body(text)) }
      #expect(message.hasPrefix("i.xml:1: inertial: its moments of inertia are"), "\(message)")
      #expect(message.contains("no body has") && message.contains("balanceinertia"), "\(message)")
    }
    for text in ["diaginertia=\".1 .1 .2\"", "diaginertia=\".1 .2 .3\"", "diaginertia=\"1 1 1\""] {
      #expect(error { _ = try read(body(text)) } == "none")
    }
    let balanced = try read(body("diaginertia=\".1 .1 1\"", "balanceinertia=\"true\""))
    #expect(close(balanced.bodies[1].inertia.diagonal, SIMD3(0.4, 0.4, 0.4)))
    // Inertias that count for nothing may be anything.
    let unused =
      "<compiler inertiafromgeom=\"true\"/>"
      + body("diaginertia=\".1 .1 1\"", "", "<freejoint/><geom size=\".1\"/>")
    #expect(error { _ = try read(unused) } == "none")
    // A model that was not read from a file is judged when it is simulated.
    var model = balanced
    model.bodies[1].massProperties.inertia = InertiaTensor(diagonal: SIMD3(0.1, 0.1, 1))
    let message = error { _ = try Simulation(model: model) }
    #expect(message.contains("body 'a'") && message.contains("no body has one above the sum"), "\(message)")
  }

  private func robot(inertia: String, tool: String = "", extra: String = "", type: String = "continuous") -> String {
    """
    <robot name="r">
    <link name="base"><inertial><mass value="1"/><inertia ixx=".1" iyy=".1" izz="1"/></inertial></link>
    <link name="arm"><inertial><mass value="1"/>
    <inertia \(inertia)/></inertial></link>
    <joint name="j" type="\(type)"><parent link="base"/><child link="arm"/></joint>\(tool)\(extra)</robot>
    """
  }

  @Test func linksWithInertiasThatNoBodyHasAreRefused() throws {
    func message(_ text: String) -> String { error { _ = try Model(urdf: text, name: "r.urdf") } }
    let triangle = "ixx=\".1\" iyy=\".1\" izz=\"1\""
    let refused = message(robot(inertia: triangle))
    #expect(refused.hasPrefix("r.urdf:4: inertia: of link 'arm': its moments of inertia are"), "\(refused)")
    #expect(message(robot(inertia: "ixx=\".1\" iyy=\".1\" izz=\".1\" ixy=\".5\"")).contains("a negative one"))
    // What never moves weighs nothing: the base, and here the arm.
    #expect(message(robot(inertia: triangle, type: "fixed")) == "none")
    // With what is fixed to it, the arm is a body again.
    let tool = """
      <link name="tool"><inertial><origin xyz="0 0 1"/><mass value="1"/><inertia ixx="1" iyy="1" izz="1"/></inertial></link>
      <joint name="m" type="fixed"><parent link="arm"/><child link="tool"/></joint>
      """
    #expect(message(robot(inertia: triangle, tool: tool)) == "none")
    let balanced = try Model(
      urdf: robot(inertia: triangle, extra: "<mujoco><compiler balanceinertia=\"true\"/></mujoco>"), name: "r.urdf")
    #expect(close(balanced.bodies[2].inertia.diagonal, SIMD3(0.4, 0.4, 0.4)))
  }

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

  // MARK: Coupled joints

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

  // MARK: Copies

  private static let row = """
    <worldbody><geom name="floor" size="1 1 1" type="plane"/><body name="first"/>
      <replicate count="3" offset="1 0 0" euler="0 0 90" sep="-">
        <body name="b" pos=".1 0 0"><joint name="j"/><geom name="g" size=".1"/><site name="s"/></body></replicate>
      <body name="last"><joint name="k"/><geom name="h" size=".1"/></body></worldbody>
    <contact><pair geom1="g" geom2="floor"/><exclude body1="b" body2="world"/></contact>
    <tendon><fixed name="t"><joint joint="j" coef="1"/></fixed></tendon>
    <equality><connect name="e" body1="b" anchor="0 0 0"/></equality>
    <actuator><motor name="m" joint="j"/><motor name="n" joint="k"/><position name="z" tendon="t"/></actuator>
    <sensor><jointpos name="q" joint="j"/><jointpos name="r" joint="k"/><actuatorfrc name="f" actuator="m"/></sensor>
    """

  /// Copies stand each in the frame of the one before, with a number behind their names; so does what names them.
  @Test func replicatesAreTheirCopies() throws {
    let model = try read(Self.row)
    #expect(model.bodies.map(\.name) == ["world", "first", "b-0", "b-1", "b-2", "last"])
    #expect(model.joints.map(\.name) == ["j-0", "j-1", "j-2", "k"])
    #expect(model.geometries.map(\.name) == ["floor", "g-0", "g-1", "g-2", "h"])
    #expect(close(model.bodies[2].pose.position, SIMD3(0.1, 0, 0)))
    #expect(close(model.bodies[3].pose.position, SIMD3(1, 0.1, 0)))
    #expect(close(model.bodies[4].pose.position, SIMD3(0.9, 1, 0)))
    #expect(close(model.bodies[4].pose.rotation.rotate(SIMD3(1, 0, 0)), SIMD3(-1, 0, 0)))
    #expect(model.actuators.map(\.name) == ["n", "m-0", "z-0", "m-1", "z-1", "m-2", "z-2"])
    #expect(model.actuators.map(\.joint) == [3, 0, 0, 1, 1, 2, 2])
    #expect(model.sensors.map(\.name) == ["r", "q-0", "f-0", "q-1", "f-1", "q-2", "f-2"])
    let targets: [Model.Sensor.Target] = [
      .joint(3), .joint(0), .actuator(1), .joint(1), .actuator(3), .joint(2), .actuator(5),
    ]
    #expect(model.sensors.map(\.target) == targets)
    #expect(model.contactPairs.map(\.second) == [0, 0, 0] && model.contactPairs.map(\.first) == [1, 2, 3])
    #expect(model.equalities.map(\.name) == ["e-0", "e-1", "e-2"] && model.equalities.map(\.first) == [2, 3, 4])
    #expect(model.excludedPairs.count == 3 && model.warnings.isEmpty, "\(model.warnings)")
  }

  @Test func replicatesNestAndHoldAnything() throws {
    let nested = try read(
      """
      <default><default class="c"><geom size=".3"/></default></default>
      <worldbody><replicate count="2" sep="a" offset="0 1 0"><replicate count="2" sep="b" offset="1 0 0" childclass="c">
        <body name="x"><joint name="j"/><geom/></body></replicate></replicate></worldbody>
      <actuator><motor joint="j"/></actuator>
      """)
    #expect(nested.bodies.dropFirst().map(\.name) == ["xb0a0", "xb1a0", "xb0a1", "xb1a1"])
    #expect(close(nested.bodies[4].pose.position, SIMD3(1, 1, 0)))
    #expect(nested.actuators.map(\.joint) == [0, 1, 2, 3] && nested.geometries[3].shape == .sphere(radius: 0.3))
    // As many digits as the count has; geoms of a body too; and none at all.
    let shapes = try read(
      """
      <worldbody><body><joint/><replicate count="10" offset="1 0 0"><geom size=".1" name="g"/></replicate>
        <replicate count="0"><geom size=".1" name="h"/></replicate></body></worldbody>
      """)
    #expect(shapes.geometries.map(\.name) == (0..<10).map { "g0\($0)" })
    #expect(close(shapes.geometries[9].pose.position, SIMD3(9, 0, 0)))
    let files = [
      "arm.xml": Self.limb,
      "m.xml": """
      <mujoco><asset><model file="arm.xml"/></asset><worldbody><replicate count="2" offset="0 1 0">
        <attach model="limb" body="upper" prefix="l_"/></replicate></worldbody></mujoco>
      """,
    ]
    let attached = try withFiles(files) { try Model(contentsOf: $0.appendingPathComponent("m.xml")) }
    #expect(attached.joints.map(\.name) == ["l_s0", "l_s1"])
    #expect(close(attached.bodies[2].pose.position, SIMD3(0, 1, 0.7)))
  }

  @Test func replicatesAreBounded() {
    for (text, part) in [
      ("<replicate><geom size=\"1\"/></replicate>", "needs the attribute 'count'"),
      ("<replicate count=\"-1\"/>", "whole number"),
      ("<replicate count=\"2\" number=\"1\"/>", "is not one of MJCF's"),
      ("<body><replicate count=\"2\"><joint/></replicate><geom size=\"1\"/></body>", "has no place in replicate"),
      ("<replicate count=\"40000\"><body/></replicate>", "makes more than 50000 elements"),
      (
        String(repeating: "<replicate count=\"1000\">", count: 5) + "<geom size=\"1\"/>"
          + String(repeating: "</replicate>", count: 5), "makes more than 50000 elements"
      ),
      (String(repeating: "<replicate count=\"1\"/>", count: 201), "more than 200"),
    ] {
      let message = error { _ = try read("<worldbody>\(text)</worldbody>") }
      #expect(message.contains(part), "\(text.prefix(100)): \(message)")
    }
  }

  // MARK: Hostile text

  /// The time of the parser behind grows with the square of an element's attributes.
  @Test func attributesAreCountedBeforeTheyAreParsed() throws {
    let many = (0..<300_000).map { "a\($0)=\"\"" }.joined(separator: " ")
    let message = error { _ = try read("\n<worldbody \(many)/>") }
    #expect(message == "i.xml:2: an element has more than 200 attributes")
    // What is no tag may have any number of quotes.
    let quotes = String(repeating: "a='b' ", count: 1000)
    _ = try read("<!-- \(quotes)> <\(quotes) --><?note \(quotes) ?><worldbody/>")
    let late = error { _ = try read("<!--\n\n-->\n<worldbody><geom \(quotes)/></worldbody>") }
    #expect(late.hasPrefix("i.xml:4:"), "\(late)")
  }
}

extension SIMD3<Double> {
  /// The components in rising order.
  fileprivate var sorted: SIMD3<Double> {
    let numbers = [x, y, z].sorted()
    return SIMD3(numbers[0], numbers[1], numbers[2])
  }
}
