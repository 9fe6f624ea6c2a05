import Foundation
import Testing

@testable import SinewPhysics

/// Masses and inertias that other simulators were reported to misread. The figures are MuJoCo 4.0.0's.
@Suite struct InertiaCasesTests: ImportCases {
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
}
