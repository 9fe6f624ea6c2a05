import Foundation
import Testing

@testable import SinewPhysics

/// Attached models that other simulators were reported to misread. The figures are MuJoCo 4.0.0's.
@Suite struct AttachedModelTests: ImportCases {
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

  /// Sensors come along, with those of the whole model on what is attached of it, and are of the same things.
  @Test func sensorsComeAlong() throws {
    let arm = """
      <mujoco model="arm"><worldbody><body name="base"><geom name="rump" size=".1"/><site name="other"/>
        <body name="upper"><joint name="s" axis="0 1 0"/><geom name="shell" size=".1"/><site name="tip"/></body></body></worldbody>
        <actuator><motor name="m" joint="s"/></actuator><sensor><gyro name="g" site="tip"/><jointpos name="q" joint="s"/>
        <actuatorfrc name="f" actuator="m"/><framepos name="p" objtype="geom" objname="shell"/><subtreecom name="c" body="upper"/>
        <touch name="outside" site="other"/></sensor></mujoco>
      """
    let scene = """
      <mujoco><asset><model name="arm" file="arm.xml"/></asset><worldbody><site name="tip"/><body name="cart"><joint name="s"/>
        <geom name="shell" size=".2"/><attach model="arm" body="upper" prefix="l_"/></body></worldbody>
        <actuator><motor name="m" joint="s"/></actuator></mujoco>
      """
    let model = try withFiles(["arm.xml": arm, "m.xml": scene]) {
      try Model(contentsOf: $0.appendingPathComponent("m.xml"))
    }
    #expect(model.sensors.map(\.name) == ["l_g", "l_q", "l_f", "l_p", "l_c"])
    #expect(
      model.sensors.map(\.target) == [
        .site(model.site(named: "l_tip") ?? -1), .joint(model.joint(named: "l_s") ?? -1),
        .actuator(model.actuator(named: "l_m") ?? -1), .geometry(model.geometry(named: "l_shell") ?? -1),
        .body(model.body(named: "l_upper") ?? -1),
      ])
    // Twice without a prefix, their names would be the same.
    let twice = """
      <mujoco><asset><model name="arm" file="arm.xml"/></asset><worldbody><attach model="arm" prefix="a_"/>
        <attach model="arm" prefix="b_"/></worldbody></mujoco>
      """
    let both = try withFiles(["arm.xml": arm, "m.xml": twice]) {
      try Model(contentsOf: $0.appendingPathComponent("m.xml"))
    }
    #expect(both.sensors.count == 12 && both.sensors[11].target == .site(both.site(named: "b_other") ?? -1))
  }
}
