import Foundation
import Testing

@testable import SinewPhysics

/// Damaged and hostile files of every kind: a model or one line of error, never a crash, and never for long.
@Suite struct ImportFuzzTests {
  /// Elements of every kind, so that damage meets every reader.
  static let mjcf = """
    <mujoco model="all"><compiler angle="radian" boundmass="0.01" boundinertia="1e-5" balanceinertia="true" inertiagrouprange="0 5"/>
    <option timestep="0.002" gravity="0 0 -9.81" density="1" viscosity="0.1"><flag energy="enable"/></option>
    <default><geom friction="1 0.1 0.1" solref="0.02 1"/><joint damping="0.5"/><default class="c"><position kp="5"/><geom size="0.1"/></default></default>
    <asset><mesh name="m" vertex="0 0 0 1 0 0 0 1 0 0 0 1 1 1 1" scale="0.1 0.1 0.1"/><material name="red" rgba="1 0 0 1"/>
      <mesh name="n" vertex="0 0 0 1 0 0 0 1 0 0 0 1" face="0 2 1 0 1 3 0 3 2 1 2 3" inertia="exact" refpos="0 0 0.1"/></asset>
    <worldbody><geom name="floor" type="plane" size="1 1 1"/><light pos="0 0 1"/>
      <body name="a" pos="0 0 1" childclass="c" gravcomp="0.1"><freejoint name="root"/><geom name="g" type="mesh" mesh="m" material="red"/>
        <site name="s" size="0.1"/>
        <frame pos="0.3 0 0" euler="0 0.1 0"><body name="b"><joint name="j" range="-1 1" armature="0.01" frictionloss="0.1"/>
          <joint name="k" axis="1 0 0" pos="0 0 0.1" springdamper="0.1 1"/><geom type="ellipsoid" size="0.1 0.2 0.1"/>
          <body name="c" pos="0 0 -0.3"><joint name="l" type="slide"/><joint name="p" type="slide" axis="1 0 0"/><geom name="h" type="capsule" size="0.1 0.1" mesh="n"/></body></body></frame></body>
      <body name="d" pos="1 0 1"><joint name="q" type="ball"/><inertial pos="0 0 0.1" mass="1" fullinertia="1 1 1 0 0 0"/><geom type="mesh" mesh="n"/></body></worldbody>
    <tendon><fixed name="t"><joint joint="j" coef="1"/><joint joint="k" coef="-0.5"/></fixed></tendon>
    <equality><connect body1="a" body2="d" anchor="0 0 0.2"/><weld name="w" body1="c" active="false"/></equality>
    <contact><pair geom1="floor" geom2="h" friction="0.5"/><exclude body1="a" body2="d"/></contact>
    <actuator><motor joint="j" gear="10" ctrlrange="-1 1"/><position class="c" joint="k" kv="1"/><general tendon="t" gainprm="3" biastype="affine" biasprm="0 -3 -1"/></actuator>
    <sensor><touch site="s"/><jointpos joint="j"/><framepos objtype="body" objname="a"/></sensor>
    <keyframe><key name="home" qvel="0 0 0 0 0 0 0 0 0 0 0 0 0"/></keyframe></mujoco>
    """

  /// Where the text that is being examined is kept, for when it ends the process.
  static let last = ProcessInfo.processInfo.environment["SINEW_FUZZ_LAST"]

  /// Reads and, if that goes, simulates and describes; what counts is that it returns.
  static func examine(_ text: String) -> Bool {
    if let last { try? text.write(toFile: last, atomically: false, encoding: .utf8) }
    let model: Model
    do {
      model =
        text.contains("<robot") && !text.contains("<mujoco")
        ? try Model(urdf: text, name: "f", freeBase: text.utf8.count % 2 == 0) : try Model(mjcf: text, name: "f")
    } catch {
      #expect(!"\(error)".contains("\n"))
      return false
    }
    let report = ModelReport(model, trial: ModelTrial(model, steps: 3, budget: 0.2))
    #expect(!report.text.isEmpty)
    return true
  }

  /// `SINEW_FUZZ` times as many as in every run, with other seeds.
  static let rounds = ProcessInfo.processInfo.environment["SINEW_FUZZ"].flatMap { Int($0) } ?? 1

  @Test(arguments: [mjcf, URDFTests.arm]) func damagedTextsAreReadOrRefused(original: String) {
    let bytes = Array(original.utf8)
    var (read, refused) = (0, 0)
    for round in 0..<Self.rounds {
      var generator = MJCFFuzzTests.Generator(state: UInt64(7 + round))
      for _ in 0..<400 {
        // Half keep their structure, so that what is behind the reader sees strange numbers.
        var damaged = Bool.random(using: &generator) ? bytes : MJCFFuzzTests.damage(bytes, using: &generator)
        for _ in 0..<Int.random(in: 1...3, using: &generator) { Self.exchange(&damaged, using: &generator) }
        if Self.examine(String(decoding: damaged, as: UTF8.self)) { read += 1 } else { refused += 1 }
      }
    }
    #expect(read > 40 * Self.rounds && refused > 40 * Self.rounds, "\(read) read, \(refused) refused")
  }

  /// Puts a number that may break things in place of another.
  private static func exchange(_ bytes: inout [UInt8], using generator: inout MJCFFuzzTests.Generator) {
    let start = Int.random(in: 0..<bytes.count, using: &generator)
    guard let first = bytes[start...].firstIndex(where: { (48...57).contains($0) }) else { return }
    let end = bytes[first...].firstIndex { !(48...57).contains($0) && $0 != 46 } ?? bytes.count
    let words = [
      "nan", "inf", "1e300", "-1e17", "1e-300", "0", "-1", "1e9", "99999999999999999999", "1e5", "0x7f", "", "0.3", "2",
      "1e-7", "1e17", "1e-17", "1e-12",
    ]
    bytes.replaceSubrange(first..<end, with: Array((words.randomElement(using: &generator) ?? "").utf8))
  }

  @Test func damagedMeshesAreReadOrRefused() {
    let sphere = ConvexHull.sphere(divisions: 2)
    let triangles = sphere.triangles.map { t in [t.x, t.y, t.z].map { SIMD3<Float>(sphere.vertices[Int($0)]) } }
    var object = ""
    for v in sphere.vertices { object += "v \(v.x) \(v.y) \(v.z)\n" }
    for t in sphere.triangles { object += "f \(t.x + 1) \(t.y + 1) \(t.z + 1)\n" }
    var text = "solid s\n"
    for t in triangles.prefix(60) {
      for v in t { text += "vertex \(v.x) \(v.y) \(v.z)\n" }
    }
    var own = Data()
    for count in [4, 0, 0, 4] { withUnsafeBytes(of: Int32(count).littleEndian) { own.append(contentsOf: $0) } }
    for value: Float in [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1] {
      withUnsafeBytes(of: value.bitPattern.littleEndian) { own.append(contentsOf: $0) }
    }
    for value: Int32 in [0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3] {
      withUnsafeBytes(of: value.littleEndian) { own.append(contentsOf: $0) }
    }
    var (read, refused) = (0, 0)
    for round in 0..<Self.rounds {
      var generator = MJCFFuzzTests.Generator(state: UInt64(100 + round))
      for (data, kind) in [
        (MeshTests.binarySTL(triangles), "stl"), (Data(object.utf8), "obj"), (Data(text.utf8), "stl"), (own, "msh"),
      ] {
        for _ in 0..<60 {
          let damaged = Data(MJCFFuzzTests.damage(Array(data), using: &generator))
          guard let surface = try? MeshFile.read(damaged, kind: kind, source: "f") else {
            refused += 1
            continue
          }
          read += 1
          for inertia in Model.Mesh.InertiaSource.allCases { Self.drop(surface, inertia) }
        }
      }
    }
    #expect(read > 20 * Self.rounds && refused > 20 * Self.rounds, "\(read) read, \(refused) refused")
  }

  private static func drop(_ surface: MeshFile.Surface, _ inertia: Model.Mesh.InertiaSource) {
    let mesh = Model.Mesh(name: "f", vertices: surface.vertices, triangles: surface.triangles, inertia: inertia)
    var model = Model(name: "f")
    model.bodies.append(Model.Body(name: "b"))
    model.bodies[1].massProperties = MassProperties(shape: .mesh(mesh), density: 1000)
    model.joints.append(Model.Joint(name: "j", body: 1, kind: .free))
    var geometry = Model.Geometry(name: "g", body: 1, shape: .mesh(mesh))
    if mesh.hull == nil { (geometry.contactType, geometry.contactAffinity) = (0, 0) }
    model.geometries = [
      Model.Geometry(name: "p", body: 0, shape: .plane(halfSizes: .zero)), geometry,
      Model.Geometry(name: "s", body: 0, shape: .sphere(radius: 0.3)),
    ]
    _ = ModelTrial(model, steps: 2, budget: 0.2)
  }

  /// What costs more than its length elsewhere.
  @Test func hostileTextsAreRefusedSoon() {
    func nested(_ tag: String, _ count: Int) -> String {
      "<mujoco><worldbody>" + String(repeating: "<\(tag)>", count: count) + String(repeating: "</\(tag)>", count: count)
        + "</worldbody></mujoco>"
    }
    func bodies(_ body: String, _ count: Int) -> String {
      "<mujoco><worldbody>" + String(repeating: body, count: count) + "</worldbody></mujoco>"
    }
    let laughs = (1..<10).map { "<!ENTITY l\($0) \"" + String(repeating: "&l\($0 - 1);", count: 10) + "\">" }.joined()
    let vertices = String(repeating: "1 2 3 ", count: 200_000)
    let chain = (1..<900).map {
      "<link name=\"l\($0)\"/><joint name=\"j\($0)\" type=\"fixed\"><parent link=\"l\($0 - 1)\"/><child link=\"l\($0)\"/></joint>"
    }.joined()
    let texts = [
      nested("body", 5000), nested("frame", 5000), nested("body", 99),
      "<?xml version=\"1.0\"?><!DOCTYPE l [<!ENTITY l0 \"ha\">\(laughs)]><mujoco>&l9;</mujoco>",
      "<mujoco>&l9;</mujoco>", "<mujoco model=\"" + String(repeating: "a", count: 1 << 20) + "\"/>",
      bodies("<body><freejoint/><geom size='1'/></body>", 999),
      bodies("<body pos='9 9 9'><joint/><geom size='1'/></body>", 500),
      bodies("<geom size='1'/>", 3000),
      "<mujoco><asset><mesh name=\"m\" vertex=\"\(vertices)\"/></asset></mujoco>",
      "<robot name=\"r\">" + String(repeating: "<link name=\"a\"/>", count: 30_000) + "</robot>",
      "<robot name=\"r\"><link name=\"l0\"/>\(chain)</robot>", "", "<", "<mujoco", "\u{FEFF}<mujoco/>", "<mujoco>\u{0}",
      String(repeating: "<", count: 100_000),
      "<robot><link name=\"a\"/><joint name=\"&#10;j\" type=\"x\"><parent link=\"a\"/><child link=\"a\"/></joint></robot>",
    ]
    for text in texts { _ = Self.examine(text) }
  }
}
