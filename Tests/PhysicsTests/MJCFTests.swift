import Foundation
import SinewPhysics
import Testing

/// What the reader makes of MJCF: numbers against MuJoCo's, warnings, errors.
@Suite struct MJCFTests {
  static func world(_ inside: String, before: String = "", after: String = "") -> String {
    "<mujoco model=\"m\">\n\(before)\n<worldbody>\n\(inside)\n</worldbody>\n\(after)\n</mujoco>"
  }

  static func close(_ a: Double, _ b: Double, _ tolerance: Double = 1e-9) -> Bool { abs(a - b) <= tolerance }

  /// Masses and inertias of MuJoCo 4.0.0 for the same file (`body_mass`, `body_inertia`).
  @Test func hopperWeighsWhatItDoesInMuJoCo() throws {
    let model = try Model(mjcf: fixture("hopper.xml"))
    #expect(model.name == "hopper" && model.warnings.isEmpty)
    #expect(model.bodies.map(\.name) == ["world", "torso", "thigh", "leg", "foot"])
    let expected: [(mass: Double, across: Double, along: Double)] = [
      (3.66519143, 0.06924594, 0.00445059), (4.05789051, 0.09329876, 0.00494146), (2.7813567, 0.07230254, 0.00218219),
      (5.31557477, 0.10352308, 0.00924231),
    ]
    for (body, numbers) in zip(model.bodies.dropFirst(), expected) {
      let i = body.inertia.diagonal
      let sorted = [i.x, i.y, i.z].sorted()
      #expect(Self.close(body.mass, numbers.mass, 1e-8))
      #expect(Self.close(sorted[0], numbers.along, 1e-8) && Self.close(sorted[2], numbers.across, 1e-8))
      #expect(Self.close(i.y, numbers.across, 1e-8))
    }
    #expect(Self.close(model.bodies.reduce(0) { $0 + $1.mass }, 15.8200134, 1e-6))
    #expect((model.positionCount, model.velocityCount, model.controlCount) == (6, 6, 3))
    let knee = try #require(model.joint(named: "knee"))
    #expect(model.positionIndex(ofJoint: knee) == 4)
    #expect(model.joints[knee].armature == 1 && model.joints[knee].damping == 1)
    #expect(model.joints[knee].range.map { Self.close($0.lowerBound, -150 * .pi / 180) } == true)
    #expect(model.joints[0].armature == 0 && model.joints[0].kind == .slide)
    let foot = try #require(model.geometry(named: "foot"))
    #expect(model.geometries[foot].friction == SIMD3(2, 0.005, 0.0001))
    #expect(model.geometries[foot].softness.maximumImpedance == 0.8)
    #expect(model.actuators.map(\.gear) == [200, 200, 200])
    #expect(model.initialPositions == [0, 1.25, 0, 0, 0, 0])
  }

  @Test func classesNestAndNearestWins() throws {
    let model = try Model(
      mjcf: Self.world(
        """
        <body name="a" childclass="outer">
          <joint name="outer"/><geom name="g" size="0.2"/>
          <body name="b" childclass="inner"><joint name="inner"/><geom name="h" friction="0.7"/>
            <body name="c"><joint name="own" class="main" damping="9"/><geom name="i" class="outer"/></body></body>
        </body>
        """,
        before: """
          <default><joint damping="1" armature="2"/><geom size="0.1" friction="0.4 0.3 0.2"/>
            <default class="outer"><joint damping="3"/>
              <default class="inner"><joint armature="4" range="-10 20"/><geom density="7"/></default></default></default>
          """), name: "classes")
    #expect(model.joints.map(\.damping) == [3, 3, 9])
    #expect(model.joints.map(\.armature) == [2, 4, 2])
    #expect(model.joints.map { $0.range == nil } == [true, false, true])
    #expect(model.geometries[0].shape == .sphere(radius: 0.2))
    // A shorter list replaces the first numbers only, as in MuJoCo.
    #expect(model.geometries[1].friction == SIMD3(0.7, 0.3, 0.2))
    #expect(Self.close(model.bodies[2].mass / model.bodies[3].mass, 0.007))
  }

  @Test func orientations() throws {
    func rotation(_ text: String, _ compiler: String = "") throws -> Quaternion {
      let geom = "<geom type=\"box\" size=\"1 1 1\" \(text)/>"
      return try Model(mjcf: Self.world(geom, before: "<compiler \(compiler)/>"), name: "o").geometries[0].pose.rotation
    }
    // MuJoCo's geom_quat for the same attributes.
    let half = 0.5.squareRoot()
    let cases: [(String, String, Quaternion)] = [
      ("quat=\"2 0 0 0\"", "", .identity),
      ("axisangle=\"0 0 3 90\"", "", Quaternion(w: half, x: 0, y: 0, z: half)),
      ("axisangle=\"1 0 0 1.5707963267948966\"", "angle=\"radian\"", Quaternion(w: half, x: half, y: 0, z: 0)),
      ("euler=\"90 90 0\"", "", Quaternion(w: 0.5, x: 0.5, y: 0.5, z: 0.5)),
      ("euler=\"90 90 0\"", "eulerseq=\"XYZ\"", Quaternion(w: 0.5, x: 0.5, y: 0.5, z: -0.5)),
      ("euler=\"0 90 90\"", "eulerseq=\"zyx\"", Quaternion(w: 0.5, x: 0.5, y: 0.5, z: -0.5)),
      ("xyaxes=\"0 1 0 -1 0 0\"", "", Quaternion(w: half, x: 0, y: 0, z: half)),
      ("zaxis=\"1 0 0\"", "", Quaternion(w: half, x: 0, y: half, z: 0)),
    ]
    for (text, compiler, expected) in cases {
      let q = try rotation(text, compiler)
      let product = q.w * expected.w + q.x * expected.x + q.y * expected.y + q.z * expected.z
      #expect(abs(abs(product) - 1) < 1e-12, "\(text): \(q)")
    }
  }

  @Test func inertialAndTotalMass() throws {
    let body = """
      <body name="a"><joint/><inertial pos="0 0 0.1" mass="2" diaginertia="1 2 3"/><geom size="0.1"/></body>
      <body name="b"><joint/><geom type="box" size="0.1 0.2 0.3" mass="3" pos="0 0.5 0"/></body>
      """
    let automatic = try Model(mjcf: Self.world(body), name: "i")
    #expect(automatic.bodies[1].mass == 2 && automatic.bodies[1].inertia.diagonal == SIMD3(1, 2, 3))
    #expect(automatic.bodies[2].centreOfMass == SIMD3(0, 0.5, 0))
    #expect(Self.close(automatic.bodies[2].inertia.diagonal.x, 3.0 / 3 * (0.04 + 0.09)))
    let scaled = try Model(
      mjcf: Self.world(body, before: "<compiler inertiafromgeom=\"true\" settotalmass=\"14\"/>"), name: "i")
    #expect(Self.close(scaled.bodies[1].mass + scaled.bodies[2].mass, 14))
    #expect(scaled.bodies[1].centreOfMass == .zero)
    let full = try Model(
      mjcf: Self.world(
        "<body><joint/><inertial pos=\"0 0 0\" mass=\"1\" fullinertia=\"1 2 2.5 0.1 0.2 0.3\"/></body>"), name: "i")
    #expect(full.bodies[1].inertia.offDiagonal == SIMD3(0.1, 0.2, 0.3))
  }

  @Test func whatIsSkippedIsSaid() throws {
    let model = try Model(
      mjcf: Self.world(
        """
        <light pos="0 0 3"/>
        <body><joint frictionloss="0.1"/><geom size="0.1" material="steel" condim="6"/><site name="s"/></body>
        <body><joint frictionloss="0"/><geom size="0.1" material="wood"/></body>
        """, before: "<option integrator=\"RK4\"><flag warmstart=\"enable\"/></option><asset><texture/></asset>"),
      name: "w.xml")
    let expected = ["option: attribute 'integrator'", "condim 6 is read as 3"]
    #expect(model.warnings.count == expected.count)
    for text in expected { #expect(model.warnings.contains { $0.contains(text) }, "\(text)") }
    #expect(model.warnings.contains { $0.hasPrefix("w.xml:2: option") })
  }

  struct Mistake: CustomTestStringConvertible {
    var text: String
    var line: Int?
    var message: String
    var testDescription: String { message }

    init(_ text: String, _ line: Int?, _ message: String) {
      (self.text, self.line, self.message) = (text, line, message)
    }
    /// A mistake on line 4, the first inside worldbody.
    init(world: String, _ message: String) { self.init(MJCFTests.world(world), 4, message) }
    init(before: String, _ message: String) { self.init(MJCFTests.world("", before: before), 2, message) }
    init(after: String, _ message: String) {
      self.init(
        MJCFTests.world("<body name=\"b\"><joint name=\"j\"/><geom size=\"1\"/></body>", after: after), 6, message)
    }
  }

  static let mistakes: [Mistake] = [
    Mistake("", 1, "not well-formed"),
    Mistake("<mujoco>\n<worldbody>\n</mujoco>", nil, "not well-formed"),
    Mistake("<robot/>", 1, "root element is 'robot'"),
    Mistake("<!DOCTYPE a [<!ENTITY b \"c\">]>\n<mujoco/>", 1, "entities are not allowed"),
    Mistake("<?xml version=\"1.0\" encoding=\"UTF-16\"?><mujoco/>", 1, "UTF-8"),
    Mistake("\n<?xml\tversion=\"1.0\" encoding=\"UTF-16\"?><mujoco/>", 1, "UTF-8"),
    Mistake("<mujoco>\u{0}</mujoco>", nil, "zero byte"),
    Mistake("<mujoco>\n<wheels/></mujoco>", 2, "wheels: has no place in mujoco"),
    Mistake(before: "<default><wheel/></default>", "wheel: has no place in default"),
    Mistake(world: "<joint/>", "joint: has no place in worldbody"),
    Mistake(world: "<body><wheel/></body>", "wheel: has no place in body"),
    Mistake(world: "<geom size=\"1\" colour=\"1\"/>", "attribute 'colour' is not one of MJCF's; there are"),
    Mistake(after: "<actuator><wheel joint=\"j\"/></actuator>", "wheel: has no place in actuator"),
    Mistake("<mujoco model=\"a\" modle=\"b\"/>", 1, "attribute 'modle'"),
    Mistake(String(repeating: "<a>", count: 200), 1, "nested deeper"),
    Mistake(String(repeating: " ", count: 5 << 20), nil, "larger than"),
    Mistake(before: "<compiler angle=\"grad\"/>", "angle is 'grad'; it takes degree, radian"),
    Mistake(before: "<compiler coordinate=\"global\"/>", "coordinate is 'global'"),
    Mistake(before: "<compiler eulerseq=\"xy\"/>", "eulerseq is 'xy'"),
    Mistake(before: "<compiler settotalmass=\"3\"/>", "settotalmass without mass").onLine(1),
    Mistake(before: "<option timestep=\"0\"/>", "timestep is 0"),
    Mistake(before: "<option gravity=\"0 0\"/>", "gravity is '0 0'; it takes 3 numbers"),
    Mistake(before: "<default class=\"x\"/>", "the outermost class is 'main'"),
    Mistake(before: "<default><default/></default>", "default: needs a class"),
    Mistake(before: "<default><default class=\"main\"/></default>", "'main' is already taken"),
    Mistake(before: "<default><geom colour=\"red\"/></default>", "geom: attribute 'colour'"),
    Mistake(world: "<geom size=\"0.1\" class=\"x\"/>", "there is no class 'x'"),
    Mistake(world: "<body childclass=\"x\"/>", "childclass 'x' does not exist"),
    Mistake(world: "<geom/>", "needs the attribute 'size'"),
    Mistake(world: "<geom size=\"a\"/>", "'a' is not a number"),
    Mistake(world: "<geom size=\"nan\"/>", "'nan' is not a number"),
    Mistake(world: "<geom size=\"1e300\"/>", "is not a number within"),
    Mistake(world: "<geom size=\"0\"/>", "radius 0.0"),
    Mistake(world: "<geom size=\"-1\"/>", "radius -1.0"),
    Mistake(world: "<geom type=\"capsule\" size=\"1\"/>", "needs its half length too"),
    Mistake(world: "<geom type=\"capsule\" size=\"1\" fromto=\"0 0 0 0 0 0\"/>", "two equal ends"),
    Mistake(world: "<geom type=\"sphere\" size=\"1\" fromto=\"0 0 0 0 0 1\"/>", "no meaning for a sphere"),
    Mistake(world: "<geom type=\"box\" size=\"1 1\"/>", "a box takes 3"),
    Mistake(world: "<geom size=\"1\" quat=\"0 0 0 0\"/>", "quat is zero"),
    Mistake(world: "<geom size=\"1\" quat=\"1 0 0 0\" euler=\"0 0 0\"/>", "both give an orientation"),
    Mistake(world: "<geom size=\"1\" friction=\"-1\"/>", "friction must not be negative"),
    Mistake(world: "<geom size=\"1\" condim=\"2\"/>", "condim is 2"),
    Mistake(world: "<geom size=\"1\" contype=\"0.5\"/>", "contype is 0.5; it takes a whole number"),
    Mistake(world: "<geom size=\"1\" solref=\"0.1 -1\"/>", "solref takes two positive"),
    Mistake(world: "<geom size=\"1\" rgba=\"1 1 1\"/>", "it takes 4 numbers"),
    Mistake(world: "<geom size=\"1\" density=\"-3\"/>", "density is -3.0"),
    Mistake(world: "<geom name=\"a\" size=\"1\"/><geom name=\"a\" size=\"1\"/>", "'a' is already taken"),
    Mistake(world: "<body><joint type=\"screw\"/></body>", "type is 'screw'"),
    Mistake(world: "<body><joint axis=\"0 0 0\"/></body>", "axis has no direction"),
    Mistake(world: "<body><joint range=\"1 -1\"/></body>", "the first must be smaller"),
    Mistake(world: "<body><joint limited=\"true\"/></body>", "limited is true without 'range'"),
    Mistake(world: "<body><joint damping=\"-1\"/></body>", "damping is -1.0; it must not be negative"),
    Mistake(world: "<body><joint armature=\"x\"/></body>", "'x' is not a number"),
    Mistake(world: "<body><inertial mass=\"1\"/></body>", "needs the attribute 'pos'"),
    Mistake(world: "<body><inertial pos=\"0 0 0\" mass=\"1\"/></body>", "needs the attribute 'diaginertia'"),
    Mistake(world: "<body><joint/><geom size=\"1\" type=\"plane\"/></body>", "it takes").orMessage("size"),
    Mistake(world: "<body name=\"b\"><body><freejoint/><geom size=\"1\"/></body></body>", "world as parent").onLine(
      nil),
    Mistake(world: "<body><freejoint/><joint/><geom size=\"1\"/></body>", "only one").onLine(nil),
    Mistake(world: "<body><joint/><geom type=\"plane\" size=\"1 1 1\"/></body>", "fixed to the world").onLine(nil),
    Mistake(after: "<actuator><motor/></actuator>", "motor: needs the attribute 'joint'"),
    Mistake(after: "<actuator><motor joint=\"x\"/></actuator>", "there is no such joint"),
    Mistake(after: "<actuator><position joint=\"j\" kp=\"-1\"/></actuator>", "kp is -1.0; it must not be negative"),
    Mistake(after: "<actuator><motor joint=\"j\" gear=\"1 2\"/></actuator>", "gear has more than one"),
    Mistake(after: "<actuator><motor joint=\"j\" ctrlrange=\"1\"/></actuator>", "it takes 2 numbers"),
    Mistake(after: "<contact><exclude body1=\"b\" body2=\"c\"/></contact>", "there is no such body"),
  ]

  @Test(arguments: mistakes) func mistakeIsNamed(_ mistake: Mistake) throws {
    var caught: ModelError?
    do { _ = try Model(mjcf: mistake.text, name: "m.xml") } catch { caught = error }
    let error = try #require(caught)
    #expect(error.description.hasPrefix("m.xml"))
    #expect(error.message.contains(mistake.message), "\(error)")
    if let line = mistake.line { #expect(error.line == line, "\(error)") }
    #expect(!error.description.contains("\n"))
  }

  /// A declaration counts for its encoding only: PyBullet's files declare a version 0.0, and some end in a zero byte.
  @Test(arguments: [
    "<?xml version=\"0.0\" ?>", "\n\n<?xml version=\"1.0\"?>", "\u{FEFF}<?xml version='1.0' encoding='utf-8'?>",
    "\u{FEFF}",
  ])
  func declarations(declaration: String) throws {
    #expect(try Model(mjcf: declaration + "<mujoco model=\"d\"/>\n\u{0}", name: "d.xml").name == "d")
    let error = #expect(throws: ModelError.self) {
      try Model(mjcf: declaration + "\n<mujoco>\n<a/></mujoco>", name: "d.xml")
    }
    #expect(error?.line == 3 + declaration.filter { $0 == "\n" }.count)
  }

  @Test func aBodyWithoutMassCannotBeSimulated() throws {
    let model = try Model(mjcf: Self.world("<body name=\"b\"><joint/></body>"), name: "s.xml")
    let error = #expect(throws: SimulationError.self) { try Simulation(model: model) }
    #expect("\(try #require(error))".contains("mass"))
  }

  @Test func filesThatAreNotThereOrNotFiles() {
    for path in ["/nowhere/robot.xml", "/dev/zero", "/tmp"] {
      #expect(throws: ModelError.self) { _ = try Model(mjcf: URL(fileURLWithPath: path)) }
    }
  }
}

extension MJCFTests.Mistake {
  func onLine(_ line: Int?) -> Self {
    var result = self
    result.line = line
    return result
  }

  func orMessage(_ message: String) -> Self {
    var result = self
    result.message = message
    return result
  }
}
