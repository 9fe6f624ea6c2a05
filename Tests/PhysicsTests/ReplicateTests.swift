import Foundation
import Testing

@testable import SinewPhysics

/// Copies, and hostile text, that other simulators were reported to misread. The figures are MuJoCo 4.0.0's.
@Suite struct ReplicateTests: ImportCases {
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
