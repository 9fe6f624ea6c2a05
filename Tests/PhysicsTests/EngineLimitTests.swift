import Foundation
import Testing

@testable import SinewPhysics

/// Numbers and texts on which the engine, or Foundation, ends the process: each is refused, rounded or thrown.
@Suite struct EngineLimitTests {
  private func read(_ text: String) throws -> Model { try Model(mjcf: "<mujoco>\(text)</mujoco>", name: "e.xml") }

  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "none"
    } catch { return "\(error)" }
  }

  @Test func emptyProcessingInstructions() throws {
    for (text, line) in [
      ("<?x?>", 1), ("\n<?x ?>", 2), ("<!-- <? a b -->\n<?x?>", 2), ("<?a b?><?x?>", 1), ("<?a\nb <?x?>", 2),
    ] {
      #expect(message { _ = try read(text) } == "e.xml:\(line): an empty processing instruction is not allowed")
    }
    _ = try Model(mjcf: "<?xml version=\"1.0\"?><mujoco><?a b?></mujoco>", name: "e.xml")
    // Many cost no more than their length.
    _ = try read(String(repeating: "<?a b?>", count: 200_000))
  }

  @Test(arguments: ["1e-9", "1e9", "1e-300", "1e18"]) func ratiosOfImpedance(ratio: String) {
    #expect(message { _ = try read("<option impratio=\"\(ratio)\"/>") }.contains("impratio must lie in"))
  }

  /// Nearly none is none; of very much, a pyramid is as soft as MuJoCo's, but goes on.
  @Test(arguments: ["1e-300", "1e-170", "1e-9", "1e9", "1e17"], ["pyramidal", "elliptic"])
  func extremeFriction(coefficient: String, cone: String) throws {
    for pair in ["", "<pair geom1=\"floor\" geom2=\"box\" friction=\"\(coefficient)\"/>"] {
      let simulation = try Simulation(
        model: read(
          """
          <option cone="\(cone)"/><default><geom friction="\(coefficient)"/></default>
          <worldbody><geom name="floor" type="plane" size="0 0 1"/><body pos="0 0 0.1"><freejoint/>
            <geom name="box" type="box" size="0.1 0.1 0.1"/></body></worldbody><contact>\(pair)</contact>
          """))
      try simulation.step(count: 200)
      let mayGiveWay = cone == "pyramidal" && !coefficient.hasPrefix("1e-")
      #expect(mayGiveWay || abs(simulation.positions[2] - 0.1) < 0.001)
    }
  }

  /// Damping that moves nothing is none: its inverse, the softness of a row, has no number.
  @Test(arguments: ["damping=\"1e-310\"", "damping=\"1e-17\"", "armature=\"1e-320\""])
  func damplessJoints(attribute: String) throws {
    let simulation = try Simulation(
      model: read(
        """
        <option timestep="0.001" gravity="0 0 -10"/>
        <worldbody><body><joint type="slide" axis="0 0 1" \(attribute)/><geom size="0.1"/></body></worldbody>
        """))
    try simulation.step(count: 100)
    #expect(abs(simulation.velocities[0] + 1) < 1e-9)
  }

  @Test(arguments: ["1 1 1e-13", "1e-30 1e-30 1e-30", "1e12 1e-3 1e12", "1 1 0", "1 1 -1"])
  func moments(of diagonal: String) throws {
    let body =
      "<worldbody><body name=\"b\"><joint/><inertial pos=\"0 0 0\" mass=\"1\" diaginertia=\"\(diagonal)\"/></body></worldbody>"
    let text = message { _ = try Simulation(model: read(body)) }
    #expect(text.contains(": its moments of inertia") || text.contains("body 'b': a moving body needs"))
  }

  /// A shape that covers a country's worth of cells would take minutes a step.
  @Test(arguments: ["size=\"9e4\"", "size=\"0.1\" margin=\"1e4\""]) func hugeShapesOverHeightFields(attributes: String)
    throws
  {
    let model = try read(
      """
      <asset><hfield name="h" nrow="201" ncol="201" size="30 30 5 0.1"/></asset><worldbody>
        <geom type="hfield" hfield="h"/><body><freejoint/><geom name="ball" \(attributes)/></body></worldbody>
      """)
    #expect(message { _ = try Simulation(model: model) }.contains("geom 'ball', "))
  }

  /// Far too light for what its joints carry: the solver's matrix is singular after rounding. That is thrown, and the
  /// simulation goes on from the next state it is given.
  @Test func stepsWithoutSolutionAreThrown() throws {
    let legs = [(0.38, 0.12), (-0.12, 0.38), (-0.38, -0.12), (0.12, -0.38)].map { x, y in
      """
      <body><joint axis="0 0 1"/><geom fromto="0 0 0 \(x) \(y) 0"/><body pos="\(x) \(y) 0">
        <joint axis="\(-y) \(x) 0"/><geom fromto="0 0 0 \(x) \(y) -0.2"/></body></body>
      """
    }.joined()
    let model = try read(
      """
      <option timestep="0.01"/><default><joint armature="1" damping="1"/>
        <geom type="capsule" size="0.08" mass="1e-10" contype="1" conaffinity="0"/></default>
      <worldbody><geom type="plane" size="0 0 1" conaffinity="1"/>
        <body pos="0 0 0.25"><freejoint/><geom type="sphere" size="0.25"/>\(legs)</body></worldbody>
      """)
    let simulation = try Simulation(model: model)
    let start = simulation.snapshot()
    var steps: Set<Int> = []
    for _ in 0..<20 {
      var caught: SimulationError?
      do { try simulation.step(count: 100) } catch { caught = error as? SimulationError }
      guard case .unsolvable(let step)? = caught else {
        Issue.record("not unsolvable: \(String(describing: caught))")
        return
      }
      steps.insert(step)
      #expect(throws: SimulationError.lost(step: step)) { try simulation.step() }
      try simulation.restore(start)
    }
    // The same bits every time.
    #expect(steps.count == 1)
    try simulation.step(count: 5)
  }

  /// More bodies and contacts than the exact solver is asked for: it says so, and the iterative one takes them.
  @Test func manyBodiesAreTheIterativeSolvers() throws {
    let balls = (0..<150).map {
      "<body pos=\"\(0.21 * Double($0 % 13)) \(0.21 * Double($0 / 13)) 0.0999\"><freejoint/><geom size=\"0.1\"/></body>"
    }
    let model = try read("<worldbody><geom type=\"plane\" size=\"0 0 1\"/>\(balls.joined())</worldbody>")
    #expect(message { _ = try Simulation(model: model) }.contains("has 900 velocities; more than 600"))
    var configuration = SimulationConfiguration()
    configuration.iterations = 20
    let simulation = try Simulation(model: model, configuration: configuration)
    try simulation.step(count: 20)
    #expect(simulation.contacts.count == 150)
  }

  /// Twenty boxes laid on one another across each other have more than 512 contacts.
  @Test func contactsAreBoundedByName() throws {
    let boxes = (0..<20).map {
      "<body pos=\"0 0 \(1e-3 * Double($0))\"><freejoint/><geom type=\"box\" size=\"0.1 0.1 0.1\"/></body>"
    }
    let model = try read("<worldbody>\(boxes.joined())</worldbody>")
    let simulation = try Simulation(model: model)
    #expect(throws: SimulationError.contacts(step: 0, limit: 512)) { try simulation.step() }
    #expect(throws: SimulationError.lost(step: 0)) { try simulation.step() }
  }
}
