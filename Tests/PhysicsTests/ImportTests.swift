import Foundation
import Testing

@testable import SinewPhysics

/// The wider parts of MJCF: what each element becomes.
@Suite struct ImportTests {
  private func read(_ text: String) throws -> Model { try Model(mjcf: "<mujoco>\(text)</mujoco>", name: "i.xml") }

  private func close(_ a: SIMD3<Double>, _ b: SIMD3<Double>, _ tolerance: Double = 1e-12) -> Bool {
    length(a - b) < tolerance
  }

  /// A folder with files that is gone afterwards.
  private func withFiles<R>(_ files: [String: String], _ body: (URL) throws -> R) throws -> R {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sinew-mjcf-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files {
      let url = folder.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: url, atomically: true, encoding: .utf8)
    }
    return try body(folder)
  }

  @Test func framesMoveWhatTheyHold() throws {
    let model = try read(
      """
      <worldbody><frame pos="1 0 0" euler="0 0 90"><frame pos="1 0 0">
        <body name="b" pos="1 0 0"><frame pos="0 0 1" euler="0 90 0"><joint axis="0 0 1" pos="0 0 1"/>
          <geom size="1" pos="0 0 1"/></frame></body></frame><site name="s" pos="0 2 0"/></frame></worldbody>
      """)
    #expect(close(model.bodies[1].pose.position, SIMD3(1, 2, 0)))
    #expect(close(model.joints[0].axis, SIMD3(1, 0, 0)) && close(model.joints[0].anchor, SIMD3(1, 0, 1)))
    #expect(close(model.geometries[0].pose.position, SIMD3(1, 0, 1)))
    #expect(close(model.sites[0].pose.position, SIMD3(-1, 0, 0)))
  }

  @Test func includesAreReadWhereTheyStand() throws {
    let leg = "<mujocoinclude><joint name=\"j\"/><geom name=\"g\"/>"
    let files = [
      "robot.xml": """
      <mujoco><include file="parts/defaults.xml"/>
      <worldbody><body><include file="parts/leg.xml"/></body></worldbody></mujoco>
      """,
      "parts/defaults.xml": "<mujocoinclude><default><geom size=\"0.3\"/></default></mujocoinclude>",
      "parts/leg.xml": leg + "\n<geom name=\"bad\" size=\"x\"/></mujocoinclude>",
      "ring.xml": "<mujoco>\n<include file=\"ring2.xml\"/></mujoco>",
      "ring2.xml": "<mujoco><include file=\"ring.xml\"/></mujoco>",
      "self.xml": "<mujoco><include file=\"./self.xml\"/></mujoco>",
      "lost.xml": "<mujoco>\n\n<include file=\"nowhere.xml\"/></mujoco>",
    ]
    try withFiles(files) { folder in
      func error(_ name: String) -> String {
        do {
          _ = try Model(contentsOf: folder.appendingPathComponent(name))
          return "none"
        } catch { return "\(error)" }
      }
      #expect(error("robot.xml").hasPrefix("leg.xml:2: geom: size is 'x'"), "\(error("robot.xml"))")
      #expect(error("ring.xml").contains("includes itself"), "\(error("ring.xml"))")
      #expect(error("self.xml").contains("self.xml:1: include: the file './self.xml' includes itself"))
      #expect(error("lost.xml").hasPrefix("lost.xml:3: include: there is no file 'nowhere.xml'"))
      try (leg + "</mujocoinclude>").write(
        to: folder.appendingPathComponent("parts/leg.xml"), atomically: true, encoding: .utf8)
      let model = try Model(contentsOf: folder.appendingPathComponent("robot.xml"))
      #expect(model.name == "robot" && model.joints[0].name == "j")
      #expect(model.geometries[0].shape == .sphere(radius: 0.3))
    }
  }

  @Test func filesAreAttached() throws {
    let files = [
      "scene.xml": """
      <mujoco><asset><model name="arm" file="arm.urdf"/><model name="leg" file="leg.xml"/></asset>
      <worldbody><geom type="plane" size="1 1 1"/>
        <body name="cart" pos="0 0 1"><freejoint/><geom size="0.1"/>
          <frame pos="1 0 0"><attach model="arm" prefix="left_"/></frame>
          <attach model="leg" body="thigh" prefix="leg_"/></body></worldbody>
      <actuator><motor joint="leg_knee"/></actuator></mujoco>
      """,
      "arm.urdf": URDFTests.arm,
      "leg.xml": """
      <mujoco><worldbody><body name="hip"><body name="thigh" pos="3 3 3"><geom size="0.1"/>
        <body name="shin" pos="0 0 -1"><joint name="knee"/><geom size="0.1"/></body></body></body></worldbody></mujoco>
      """,
      "ring.xml": """
      <mujoco><asset><model name="r" file="ring.xml"/></asset><worldbody><attach model="r"/></worldbody></mujoco>
      """,
    ]
    try withFiles(files) { folder in
      let model = try Model(contentsOf: folder.appendingPathComponent("scene.xml"))
      let base = try #require(model.body(named: "left_base"))
      #expect(close(model.bodies[base].pose.position, SIMD3(1, 0, 0)) && model.bodies[base].parent == 1)
      let thigh = try #require(model.body(named: "leg_thigh"))
      #expect(close(model.bodies[thigh].pose.position, SIMD3(3, 3, 3)) && model.bodies[thigh].parent == 1)
      #expect(model.body(named: "leg_hip") == nil && model.joint(named: "left_elbow") != nil)
      #expect(model.actuators.count == 4)
      let simulation = try Simulation(model: model)
      try simulation.step([1, 1, 1, 1], count: 50)
      #expect(throws: ModelError.self) { _ = try Model(contentsOf: folder.appendingPathComponent("ring.xml")) }
    }
  }

  @Test func boundsOfMassAndInertia() throws {
    let body = """
      <body><joint/><inertial pos="0 0 0" mass="0.001" diaginertia="0.1 0.2 0.3"/></body>
      <body><joint/><geom size="0.1" group="1"/><geom size="0.1" group="4"/></body>
      """
    let bounded = try read(
      "<compiler boundmass=\"0.5\" boundinertia=\"0.15\" inertiagrouprange=\"0 3\"/><worldbody>\(body)</worldbody>")
    #expect(bounded.bodies[1].mass == 0.5 && close(bounded.bodies[1].inertia.diagonal, SIMD3(0.15, 0.2, 0.3)))
    #expect(abs(bounded.bodies[2].mass - 4000.0 / 3 * .pi * 0.001) < 1e-9)
    // 0.1 + 0.2 < 1 is the inertia of nothing.
    let nothing = body.replacingOccurrences(of: "0.2 0.3", with: "0.2 1")
    let balanced = try read("<compiler balanceinertia=\"true\"/><worldbody>\(nothing)</worldbody>")
    let third = 1.3 / 3
    #expect(close(balanced.bodies[1].inertia.diagonal, SIMD3(third, third, third)))
    let seen = try read(
      """
      <compiler discardvisual="true"/>
      <worldbody><body><joint/><geom size="1" contype="0" conaffinity="0"/></body></worldbody>
      """)
    #expect(seen.geometries.isEmpty && seen.bodies[1].mass > 4000)
  }

  @Test func flagsSwitchPartsOff() throws {
    let world = """
      <worldbody><body name="a"><joint range="-1 1" stiffness="1" damping="1" frictionloss="1"/><geom size="1"/></body>
      <body name="b"/></worldbody><equality><weld body1="a" body2="b"/></equality>
      """
    let off = try read("<option><flag constraint=\"disable\" gravity=\"disable\"/></option>" + world)
    #expect(off.gravity == .zero && off.joints[0].range == nil && off.joints[0].frictionLoss == 0)
    #expect(!off.geometries[0].collides && off.equalities.isEmpty && off.joints[0].stiffness == 1)
    let passive = try read("<option><flag spring=\"disable\" damper=\"disable\"/></option>" + world)
    #expect(passive.joints[0].stiffness == 0 && passive.joints[0].damping == 0 && passive.joints[0].range != nil)
    #expect(passive.equalities.count == 1)
  }

  @Test func actuatorsShareDefaultsAndReduce() throws {
    let model = try read(
      """
      <default><general ctrlrange="-2 2" gear="3"/><default class="servo"><position kp="40" kv="2"/></default></default>
      <worldbody><body><joint name="j" range="-90 90" actuatorfrcrange="-6 6"/><geom size="1"/>
        <body pos="0 0 1"><joint name="k"/><geom size="1"/></body></body></worldbody>
      <tendon><fixed name="t"><joint joint="j" coef="0.5"/><joint joint="k" coef="-2"/></fixed></tendon>
      <actuator><motor joint="j"/><position class="servo" joint="k" inheritrange="1"/>
        <general joint="k" gainprm="7" biastype="affine" biasprm="1 -5 -0.5"/>
        <general joint="k" gainprm="7" dyntype="filter"/><muscle joint="k"/><motor name="pull" tendon="t" gear="1"/>
        <general joint="k" biastype="muscle"/><motor site="s"/><velocity joint="k" kv="3"/></actuator>
      """)
    #expect(model.actuators.count == 6)
    #expect(model.actuators[0].gear == 3 && model.actuators[0].controlRange == -2...2)
    #expect(model.actuators[0].forceRange == -2...2)
    #expect(model.actuators[1].positionGain == 40 && model.actuators[1].velocityGain == 2)
    let general = model.actuators[2]
    #expect((general.controlGain, general.bias, general.positionGain, general.velocityGain) == (7, 1, 5, 0.5))
    #expect(model.actuators[4].couplings.map(\.coefficient) == [0.5, -2])
    #expect(model.actuators[5].velocityGain == 3 && model.actuators[5].controlGain == 3)
    for text in ["dyntype 'filter' is skipped", "muscle is skipped", "biastype 'muscle'", "acts on a site"] {
      #expect(model.warnings.contains { $0.contains(text) }, "\(text): \(model.warnings)")
    }
  }

  /// A tendon's force f makes cᵢ·f at each joint, and its servo sees Σ cᵢqᵢ.
  @Test func tendonsPullOnTheirJoints() throws {
    let model = try read(
      """
      <option timestep="0.001" gravity="0 0 0"/><worldbody>
        <body><joint name="x" type="slide" axis="1 0 0"/><geom size="0.1" mass="2"/></body>
        <body pos="0 2 0"><joint name="y" type="slide" axis="1 0 0"/><geom size="0.1" mass="3"/></body></worldbody>
      <tendon><fixed name="t"><joint joint="x" coef="0.5"/><joint joint="y" coef="-2"/></fixed></tendon>
      <actuator><position tendon="t" kp="10"/></actuator>
      """)
    let simulation = try Simulation(model: model)
    try simulation.setState(positions: [0.2, 0.1], velocities: [0, 0])
    try simulation.step([0.3])
    let force = 10 * (0.3 - (0.5 * 0.2 - 2 * 0.1))
    #expect(abs(simulation.velocities[0] - 0.001 * 0.5 * force / 2) < 1e-12)
    #expect(abs(simulation.velocities[1] + 0.001 * 2 * force / 3) < 1e-12)
  }

  /// A stiff servo with damping far beyond what an explicit step would stand.
  @Test func servoDampingIsImplicit() throws {
    let model = try read(
      """
      <option timestep="0.002" gravity="0 0 0" integrator="implicitfast"/>
      <worldbody><body><joint name="j" axis="0 1 0" armature="0.1"/><geom size="0.05" pos="0 0 -0.2"/></body></worldbody>
      <actuator><general joint="j" gainprm="2000" biastype="affine" biasprm="0 -2000 -400"/></actuator>
      """)
    let simulation = try Simulation(model: model)
    try simulation.step([0.7], count: 3000)
    #expect(abs(simulation.positions[0] - 0.7) < 1e-6 && abs(simulation.velocities[0]) < 1e-6)
  }

  /// Dry friction holds a slide against its weight up to its force, and beyond takes just that from the acceleration.
  @Test func dryFrictionHoldsAndBrakes() throws {
    func slide(_ friction: Double) throws -> Simulation {
      try Simulation(
        model: read(
          """
          <option timestep="0.001" gravity="0 0 -10"/>
          <worldbody><body><joint type="slide" axis="0 0 1" frictionloss="\(friction)"/>
          <geom size="0.1" mass="2"/></body></worldbody>
          """))
    }
    let held = try slide(20.5)
    try held.step(count: 500)
    #expect(abs(held.positions[0]) < 1e-6)
    let braked = try slide(5)
    try braked.step(count: 500)
    #expect(abs(braked.velocities[0] + 0.5 * (20 - 5) / 2) < 1e-6)
  }

  /// A weight that is held up falls as if gravity were smaller.
  @Test func gravityIsCompensated() throws {
    let model = try read(
      """
      <option timestep="0.001" gravity="0 0 -10"/>
      <worldbody><body gravcomp="0.75"><freejoint/><geom size="0.1" pos="0.3 0 0"/></body></worldbody>
      """)
    let simulation = try Simulation(model: model)
    try simulation.step(count: 100)
    #expect(abs(simulation.velocities[2] + 0.25) < 1e-9 && simulation.velocities[3...5].allSatisfy { abs($0) < 1e-9 })
  }

  /// `connect` to the world is a joint: the pendulum it makes swings like one on a ball joint.
  @Test func connectIsABallJoint() throws {
    func pendulum(_ joint: String, _ equality: String) throws -> Simulation {
      try Simulation(
        model: read(
          """
          <option timestep="0.001"/><worldbody><body name="rod" pos="0 0 -0.5">\(joint)
          <geom type="capsule" size="0.03 0.4" contype="0" conaffinity="0"/></body></worldbody><equality>\(equality)</equality>
          """))
    }
    let hinged = try pendulum("<joint type=\"ball\" pos=\"0 0 0.5\"/>", "")
    let tied = try pendulum("<freejoint/>", "<connect body1=\"rod\" anchor=\"0 0 0.5\"/>")
    for simulation in [hinged, tied] {
      // Turning about the anchor at 2 rad/s.
      let velocities = simulation === tied ? [-1.0, 0, 0, 0, 2, 0] : [0.0, 2, 0]
      try simulation.setState(positions: simulation.model.initialPositions, velocities: velocities)
      try simulation.step(count: 400)
    }
    let (a, b) = (hinged.pose(ofBody: 1), tied.pose(ofBody: 1))
    #expect(length(a.position - b.position) < 1e-4 && length(a.position - SIMD3(0, 0, -0.5)) > 0.1)
    #expect(length(b.apply(SIMD3(0, 0, 0.5))) < 1e-5)
  }

  /// A four-bar linkage, closed by `connect`, keeps its lengths under a motor.
  @Test func loopsStayClosed() throws {
    let model = try read(
      """
      <option timestep="0.001"/>
      <default><geom type="capsule" contype="0" conaffinity="0" size="0.02"/><joint axis="0 1 0" damping="0.1"/></default>
      <worldbody><body name="crank"><joint name="drive"/><geom fromto="0 0 0 0 0 0.2"/>
        <body name="coupler" pos="0 0 0.2"><joint/><geom fromto="0 0 0 0.5 0 0.1"/>
          <body name="rocker" pos="0.5 0 0.1"><joint/><geom fromto="0 0 0 0 0 -0.3"/></body></body></body></worldbody>
      <equality><connect body1="rocker" anchor="0 0 -0.3"/></equality><actuator><motor joint="drive"/></actuator>
      """)
    let simulation = try Simulation(model: model)
    var turned = 0.0
    for _ in 0..<2000 {
      try simulation.step([2])
      turned = max(turned, abs(simulation.positions[0]))
      let end = simulation.pose(ofBody: 3).apply(SIMD3(0, 0, -0.3))
      guard length(end - SIMD3(0.5, 0, 0)) < 1e-3 else {
        Issue.record("the loop opened: \(end)")
        return
      }
    }
    #expect(turned > 3)
  }

  @Test func weldHoldsARelativePose() throws {
    let model = try read(
      """
      <worldbody><body name="hand"><joint axis="0 1 0"/><geom size="0.1" contype="0"/></body>
        <body name="cup" pos="1 0 0"><freejoint/><geom type="box" size="0.1 0.1 0.1" conaffinity="0"/></body></worldbody>
      <equality><weld body1="hand" body2="cup" relpose="0.5 0 0 0 0 0 1"/></equality>
      """)
    let given = Pose(position: SIMD3(0.5, 0, 0), rotation: Quaternion(w: 0, x: 0, y: 0, z: 1))
    #expect(model.equalities[0].kind == .weld(given))
    let simulation = try Simulation(model: model)
    try simulation.step(count: 1000)
    let relative = simulation.pose(ofBody: 1).inverse * simulation.pose(ofBody: 2)
    #expect(length(relative.position - given.position) < 1e-3 && abs(abs(relative.rotation.z) - 1) < 1e-4)
    #expect(abs(simulation.positions[0]) > 0.1)
  }

  /// Pairs touch whatever their kinds say, with friction of their own.
  @Test func pairsTouch() throws {
    let model = try read(
      """
      <worldbody><geom name="floor" type="plane" size="0 0 1" contype="0" conaffinity="0"/>
        <body pos="0 0 0.1"><freejoint/>
          <geom name="box" type="box" size="0.1 0.1 0.1" contype="0" conaffinity="0"/></body></worldbody>
      <contact><pair geom1="floor" geom2="box" friction="0.3 0.3" condim="3"/></contact>
      """)
    #expect(model.contactPairs[0].friction == 0.3)
    let simulation = try Simulation(model: model)
    try simulation.step(count: 500)
    #expect(abs(simulation.positions[2] - 0.1) < 2e-3 && simulation.contacts.count == 4)
  }

  @Test func sitesSensorsAndKeyframesAreKept() throws {
    let model = try read(
      """
      <worldbody><body name="b"><joint name="j"/><geom name="g" size="1"/>
        <site name="s" type="box" size="0.1 0.2 0.3" pos="1 2 3"/></body></worldbody>
      <actuator><motor name="m" joint="j"/></actuator>
      <sensor><touch name="t" site="s"/><jointpos joint="j"/><framepos name="f" objtype="geom" objname="g"/>
        <subtreecom body="b"/><actuatorfrc actuator="m"/><gyro site="s"/><rangefinder site="s"/></sensor>
      <keyframe><key name="k" qpos="0.5" ctrl="1"/><key name="bad" qpos="1 2"/></keyframe>
      """)
    #expect(model.sites[0].shape == .box(halfSizes: SIMD3(0.1, 0.2, 0.3)))
    #expect(model.sites[0].pose.position == SIMD3(1, 2, 3))
    #expect(
      model.sensors.map(\.kind) == [.touch, .jointPosition, .framePosition, .subtreeCentre, .actuatorForce, .gyro])
    #expect(model.sensors.map(\.target) == [.site(0), .joint(0), .geometry(0), .body(1), .actuator(0), .site(0)])
    #expect(model.keyframes.map(\.name) == ["k"] && model.keyframes[0].positions == [0.5])
    #expect(model.warnings.contains { $0.contains("rangefinder is skipped") })
    #expect(model.warnings.contains { $0.contains("key 'bad' is skipped: qpos has 2 numbers") })
  }

  /// Elevations are scaled so that the lowest is 0 and the highest the size's third number, and begin at the highest y;
  /// hulls rest on them.
  @Test func heightFieldsAreGround() throws {
    let model = try read(
      """
      <asset><hfield name="h" nrow="2" ncol="3" size="3 2 0.5 0.1" elevation="1 1 3 1 1 2"/></asset>
      <worldbody><geom type="hfield" hfield="h"/>
        <body pos="-1.5 0 0.2"><freejoint/><geom type="ellipsoid" size="0.1 0.1 0.1"/></body></worldbody>
      """)
    let field = Model.HeightField(halfSizes: SIMD2(3, 2), columns: 3, rows: 2, heights: [0, 0, 0.25, 0, 0, 0.5])
    #expect(model.geometries[0].shape == .heightField(field))
    let simulation = try Simulation(model: model)
    try simulation.step(count: 400)
    #expect(abs(simulation.positions[2] - 0.1) < 5e-3)
  }

  /// k = 1/(w·t²·ζ²) and b = 2/(w·t), w the joint's inverse inertia.
  @Test func springsFromTimeAndRatio() throws {
    let model = try read(
      """
      <worldbody><body><joint type="slide" springdamper="0.5 0.8"/><geom size="0.1" mass="3"/></body></worldbody>
      """)
    #expect(abs(model.joints[0].stiffness - 3 / (0.25 * 0.64)) < 1e-9 && abs(model.joints[0].damping - 12) < 1e-9)
  }

  @Test func whatTheEngineCannotDoIsAWarning() throws {
    let model = try read(
      """
      <worldbody><body name="a"><joint name="j"/><geom size="1"/><composite prefix="r"/><flexcomp name="cloth"/></body>
        <body name="b" pos="4 0 0"><joint name="k" type="ball" damping="1"/><geom size="1"/><geom type="sdf"/></body></worldbody>
      <tendon><spatial name="rope" range="0 1"><site site="x"/></spatial>
        <fixed name="f" stiffness="3"><joint joint="j" coef="1"/></fixed></tendon>
      <equality><tendon tendon1="rope"/></equality><deformable/><extension/>
      <actuator><motor tendon="rope"/></actuator>
      """)
    for text in [
      "composite is skipped", "flexcomp 'cloth' is skipped", "'damping' is skipped: a ball joint",
      "type 'sdf' is skipped",
      "spatial 'rope' is skipped", "fixed: attribute 'stiffness' is skipped",
      "equality/tendon is skipped", "deformable is skipped", "extension is skipped",
      "the tendon 'rope', which is not there",
    ] {
      #expect(
        model.warnings.contains { $0.contains(text) && $0.hasPrefix("i.xml:") }, "\(text): \(model.warnings)")
    }
    #expect(model.actuators.isEmpty)
    _ = try Simulation(model: model)
  }

  /// Bodies with joints of which the engine makes no single one, against MuJoCo without contact.
  @Test func severalJointsOnABodyMoveAsInMuJoCo() throws {
    struct Trajectory: Decodable {
      struct State: Decodable {
        var positions: [Double]
        var velocities: [Double]
      }
      var substeps: Int
      var start: State
      var frames: [State]
    }
    let reference = try JSONDecoder().decode(Trajectory.self, from: Data(contentsOf: fixture("joints.json")))
    let simulation = try Simulation(model: Model(mjcf: fixture("joints.xml")))
    try simulation.setState(positions: reference.start.positions, velocities: reference.start.velocities)
    var worst = 0.0
    for frame in reference.frames {
      try simulation.step(count: reference.substeps)
      for (a, b) in zip(simulation.positions, frame.positions) { worst = max(worst, abs(a - b)) }
    }
    #expect(worst < 5e-3, "\(worst)")
  }

  /// What MuJoCo makes of the models that come with gymnasium and dm_control, where those are installed.
  @Test(.enabled(if: ImportTests.packages != nil)) func publicModelsWeighWhatTheyDoInMuJoCo() throws {
    struct Expected: Decodable {
      struct Properties: Decodable {
        var positions, velocities, controls: Int
        var masses: [Double]
        var inertias: [[Double]]
      }
      var models: [String: Properties]
    }
    let expected = try JSONDecoder().decode(Expected.self, from: Data(contentsOf: fixture("models.json")))
    let packages = try #require(Self.packages)
    for (name, properties) in expected.models {
      let file = name.replacingOccurrences(of: "gymnasium/", with: "gymnasium/envs/mujoco/assets/")
        .replacingOccurrences(of: "dm_control/", with: "dm_control/suite/")
      let url = packages.appendingPathComponent(file)
      guard FileManager.default.fileExists(atPath: url.path) else { continue }
      let model = try Model(contentsOf: url)
      let counts = [model.positionCount, model.velocityCount, model.controlCount]
      #expect(counts == [properties.positions, properties.velocities, properties.controls], "\(name)")
      #expect(model.bodies.count == properties.masses.count)
      for (body, (mass, inertia)) in zip(model.bodies, zip(properties.masses, properties.inertias)).dropFirst() {
        #expect(abs(body.mass - mass) <= 1e-6 * mass + 1e-12, "\(name) \(body.name)")
        let moments = body.inertia.principal.moments
        for (a, b) in zip([moments.x, moments.y, moments.z].sorted(), inertia) {
          #expect(abs(a - b) <= 1e-5 * inertia[2] + 1e-15, "\(name) \(body.name)")
        }
      }
    }
  }

  /// Where Python's packages are: `SINEW_PYTHON_PACKAGES`, a `site-packages` folder.
  static let packages = ProcessInfo.processInfo.environment["SINEW_PYTHON_PACKAGES"].map { URL(fileURLWithPath: $0) }
}
