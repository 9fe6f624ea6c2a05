import Foundation
import SinewPhysics
import Testing

@Suite struct ContactTests {
  static func world(
    _ bodies: String, gravity: String = "0 0 -9.81", plane: String = "", option: String = ""
  ) throws -> Simulation {
    try Simulation(
      model: Model(
        mjcf: """
          <mujoco><option gravity="\(gravity)"/>\(option)
          <worldbody><geom name="floor" type="plane" size="5 5 0.1" \(plane)/>\(bodies)</worldbody></mujoco>
          """, name: "contact"))
  }

  struct Drops: Decodable {
    struct Drop: Decodable {
      let height, timestep: Double
      let solref, solimp: String
      let deepest, resting: Double
    }
    let drops: [Drop]
  }

  /// How deep balls sink that fall on grounds of several softnesses (Fixtures/make_drops.py).
  @Test func droppedSpheresSinkAsDeepAsInMuJoCo() throws {
    for drop in try JSONDecoder().decode(Drops.self, from: Data(contentsOf: fixture("drops.json"))).drops {
      let soft = "solimp=\"\(drop.solimp)\" solref=\"\(drop.solref)\""
      let simulation = try Self.world(
        "<body pos=\"0 0 \(drop.height)\"><freejoint/><geom size=\"0.1\" \(soft)/></body>", plane: soft,
        option: "<option timestep=\"\(drop.timestep)\"/>")
      var lowest = drop.height
      for _ in 0..<Int((3 / drop.timestep).rounded()) {
        try simulation.step()
        lowest = min(lowest, simulation.positions[2])
      }
      let (deepest, resting) = (0.1 - lowest, 0.1 - simulation.positions[2])
      #expect(abs(deepest - drop.deepest) < 1e-9)
      #expect(abs(resting - drop.resting) < 1e-9)
    }
  }

  /// Heights of a dropped ball in MuJoCo 4.0.0 with the same model, after 41, 83, 124 … steps.
  @Test func droppedSphereSinksAsInMuJoCo() throws {
    let soft = "solimp=\"0.8 0.8 0.01\" solref=\"0.02 1\""
    let simulation = try Self.world(
      "<body pos=\"0 0 0.2\"><freejoint/><geom size=\"0.1\" \(soft)/></body>", plane: soft)
    var lowest = 1.0
    for _ in 0..<500 {
      try simulation.step()
      lowest = min(lowest, simulation.positions[2])
    }
    #expect(abs(lowest - 0.09121932) < 1e-6)
    #expect(abs(simulation.positions[2] - 0.099215) < 1e-6)
    // What is left is the weight.
    let weight = simulation.model.bodies[1].mass * 9.81
    let contact = try #require(simulation.contacts.first)
    #expect(abs(contact.normalForce - weight) < 1e-6 * weight)
    #expect(simulation.contacts.count == 1)
    #expect(Set([contact.first, contact.second]) == [0, 1])
    let up = contact.first == 0 ? contact.normal.z : -contact.normal.z
    #expect(abs(up - 1) < 1e-9)
    #expect(abs(contact.depth - 0.000785) < 1e-6 && abs(contact.position.z) < 0.001)
  }

  @Test(arguments: [
    "<geom type=\"box\" size=\"0.1 0.2 0.05\"/>", "<geom type=\"capsule\" size=\"0.1 0.2\" euler=\"90 0 0\"/>",
    "<geom size=\"0.1\"/>", "<geom type=\"cylinder\" size=\"0.1 0.05\"/>",
  ])
  func restingBodyStaysPut(geometry: String) throws {
    let simulation = try Self.world("<body pos=\"0 0 0.1\"><freejoint/>\(geometry)</body>")
    try simulation.step(count: 2000)
    let settled = simulation.positions
    try simulation.step(count: 30_000)
    let drift = zip(simulation.positions, settled).map { abs($0 - $1) }.max() ?? 1
    #expect(drift < 1e-6)
    #expect(settled[2] > 0.04 && settled[2] < 0.11)
  }

  @Test func slopeHoldsBelowTheFrictionAngleAndSlidesAbove() throws {
    // Gravity is tilted instead of the floor: tan = 0.5.
    let box = { (friction: Double) in
      "<body pos=\"0 0 0.05\"><freejoint/><geom type=\"box\" size=\"0.1 0.1 0.05\" friction=\"\(friction)\"/></body>"
    }
    let stiff = "<option cone=\"elliptic\"/>"
    let holds = try Self.world(box(0.6), gravity: "4 0 -8", plane: "friction=\"0.1\"", option: stiff)
    try holds.step(count: 1000)
    #expect(abs(holds.velocities[0]) < 1e-6 && abs(holds.positions[0]) < 0.01)
    // The pyramid's normal force is the softer, the more friction; the other cone's isn't: heights are MuJoCo 4.0.0's.
    for (option, heights) in [(stiff, [0.0498922, 0.0498922, 0.0498922]), ("", [0.0499946, 0.0498922, 0.0340587])] {
      for (friction, height) in zip([0.3, 1, 5], heights) {
        let rests = try Self.world(box(friction), plane: "friction=\"0.1\"", option: option)
        try rests.step(count: 1000)
        #expect(abs(rests.positions[2] - height) < 2e-6, "\(option) \(friction): \(rests.positions[2])")
      }
    }
    // A pyramid creeps, as far as MuJoCo's: after 2 s by 5.2246 mm at 2.5837 mm/s, a tenth of the speed with impratio
    // 10.
    let creeps = try Self.world(box(0.6), gravity: "4 0 -8", plane: "friction=\"0.1\"")
    try creeps.step(count: 1000)
    #expect(abs(creeps.velocities[0] - 0.0025837) < 1e-4 && abs(creeps.positions[0] - 0.0052246) < 1e-4)
    let less = try Self.world(
      box(0.6), gravity: "4 0 -8", plane: "friction=\"0.1\"", option: "<option impratio=\"10\"/>")
    try less.step(count: 1000)
    #expect(abs(less.velocities[0] - 0.0002584) < 2e-5)
    // Coulomb's 4 − 0.3 · 8. On a pyramid the box tilts and chatters as it slides, in MuJoCo too (1.6216).
    for (option, tolerance) in [(stiff, 0.02), ("", 0.03)] {
      let slides = try Self.world(box(0.3), gravity: "4 0 -8", plane: "friction=\"0.1\"", option: option)
      try slides.step(count: 500)
      let before = slides.velocities[0]
      try slides.step(count: 500)
      #expect(abs(slides.velocities[0] - before - (4 - 0.3 * 8)) < tolerance)
    }
    // One dimension is no friction at all.
    let ice = try Self.world(
      box(0.6).replacing("friction", with: "condim=\"1\" friction"), gravity: "4 0 -8", plane: "condim=\"1\"")
    try ice.step(count: 500)
    #expect(abs(ice.velocities[0] - 4) < 1e-6)
  }

  @Test func bitsAndExclusionsDecideWhoMeets() throws {
    func height(_ attributes: String, _ extra: String = "") throws -> Double {
      let model = try Model(
        mjcf: """
          <mujoco><worldbody><geom type="plane" size="5 5 0.1" contype="1" conaffinity="2"/>
            <body name="a" pos="0 0 0.1"><freejoint/><geom size="0.1" \(attributes)/></body></worldbody>\(extra)</mujoco>
          """, name: "bits")
      let simulation = try Simulation(model: model)
      try simulation.step(count: 500)
      return simulation.positions[2]
    }
    #expect(try height("contype=\"0\" conaffinity=\"1\"") > 0.09)
    #expect(try height("contype=\"2\" conaffinity=\"0\"") > 0.09)
    #expect(try height("contype=\"1\" conaffinity=\"2\"") < -1)
    #expect(
      try height("", "<contact><exclude body1=\"a\" body2=\"world\"/></contact>") < -1)
  }

  /// A link does not collide with its parent, but does with its grandparent; a child of the world does with the world.
  @Test func neighboursDoNotCollide() throws {
    let simulation = try Simulation(
      model: Model(
        mjcf: """
          <mujoco><option gravity="0 0 0"/><worldbody>
            <body><freejoint/><geom size="0.1"/>
              <body><joint axis="0 0 1"/><geom size="0.1"/>
                <body><joint axis="0 0 1"/><geom size="0.1"/></body></body></body>
          </worldbody></mujoco>
          """, name: "neighbours"))
    try simulation.step()
    #expect(simulation.contacts.map { Set([$0.first, $0.second]) } == [[0, 2]])
  }
}
