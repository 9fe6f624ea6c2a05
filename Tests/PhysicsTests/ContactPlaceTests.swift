import SinewPhysics
import Testing

/// Where a soft contact with the ground lies, and so what friction turns a body by.
@Suite struct ContactPlaceTests {
  /// A body that begins 10 mm deep in the ground and slides along it at 1 m/s.
  private func sliding(_ geometry: String, lying: Bool = false) throws -> Simulation {
    let simulation = try Simulation(
      model: Model(
        mjcf: """
          <mujoco><option timestep="0.002"/>
            <default><geom solref="0.02 1" solimp="0.8 0.8 0.01" friction="1"/></default>
            <worldbody><geom name="ground" type="plane" size="5 5 1"/>
              <body pos="0 0 0.09"><freejoint/><geom \(geometry) density="1000"/></body></worldbody></mujoco>
          """, name: "sliding"))
    let half = 0.5.squareRoot()
    try simulation.setState(
      positions: [0, 0, 0.09] + (lying ? [half, half, 0, 0] : [1, 0, 0, 0]), velocities: [1, 0, 0, 0, 0, 0])
    return simulation
  }

  /// MuJoCo 4.0.0's velocities after five steps of 2 ms: along x and z, and about the axis that the body rolls about.
  /// At the deepest point friction would turn the ball by a tenth more.
  @Test(arguments: [
    ("type='sphere' size='0.1'", false, 0.7951656867784387, 0.1646797169684814, 4.871883996687635, 4),
    ("type='capsule' size='0.1 0.2'", true, 0.7581985734361115, 0.17563689081772754, -4.843432013934727, 5),
    ("type='box' size='0.1 0.1 0.1'", false, 0.5400989241674357, 0.3618010758325644, 0.520092410712226, 4),
  ])
  func frictionTurnsBodiesAsMuJoCosDoes(
    geometry: String, lying: Bool, along: Double, up: Double, turning: Double, axis: Int
  ) throws {
    let simulation = try sliding(geometry, lying: lying)
    for _ in 0..<5 { try simulation.step() }
    let found = simulation.velocities
    #expect(abs(found[0] - along) < 1e-3 && abs(found[2] - up) < 1e-3, "\(found)")
    #expect(abs(found[axis] - turning) < 5e-3, "\(found)")
  }

  @Test func contactsLieHalfwayToTheGround() throws {
    for geometry in ["type='sphere' size='0.1'", "type='box' size='0.1 0.1 0.1'", "type='cylinder' size='0.1 0.1'"] {
      let simulation = try sliding(geometry)
      try simulation.step()
      #expect(!simulation.contacts.isEmpty)
      for contact in simulation.contacts {
        #expect(abs(contact.depth - 0.01) < 1e-9 && abs(contact.position.z + 0.005) < 1e-9, "\(geometry): \(contact)")
      }
    }
  }
}
