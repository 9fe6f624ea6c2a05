import SinewPhysics
import Testing

/// What a soft contact asks of a foot that is carried round by turning limbs.
@Suite struct SteadyMotionTests {
  private static let upper =
    "<geom type='capsule' fromto='0 0 0 0 0 -0.5' size='0.03' density='1000' contype='0' conaffinity='0'/>"
  private static let foot = "<geom type='sphere' pos='0 0 -0.43' size='0.05' density='1000'/>"

  /// A foot that begins 2 cm deep in the ground, on each kind of joint; with MuJoCo 4.0.0's velocities after 50 steps
  /// of 0.2 ms.
  static let cases: [(name: String, body: String, positions: [Double], velocities: [Double], expected: [Double])] = [
    (
      "two hinges",
      "<body pos='0 0 0.96'><joint type='hinge' axis='0 1 0'/>\(upper)"
        + "<body pos='0 0 -0.5'><joint type='hinge' axis='0 1 0'/>\(foot)</body></body>",
      [0.1, -0.2], [5, -12], [4.77449, -11.422]
    ),
    (
      "a slide on a turning arm",
      "<body pos='0 0 0.46'><joint type='hinge' axis='0 1 0'/>"
        + "<geom type='box' size='0.1 0.05 0.05' density='1000' contype='0' conaffinity='0'/>"
        + "<body><joint type='slide' axis='0 0 1'/>\(foot)</body></body>",
      [0.1, 0], [6, 2], [6.47896, 1.73914]
    ),
    (
      "a ball joint", "<body pos='0 0 0.36'><joint type='ball'/>\(foot)</body>",
      [0.94, 0, 0.34, 0], [3, -5, 4], [3.03541, -0.814458, 4]
    ),
    (
      "two hinges of one body",
      "<body pos='0 0 0.36'><joint type='hinge' axis='1 0 0'/><joint type='hinge' axis='0 1 0'/>\(foot)</body>",
      [0.5, 0.5], [-5, 6], [-4.90287, 6.26224]
    ),
    (
      "a free body beside its frame", "<body pos='0 0 0.46'><freejoint/>\(foot)</body>",
      [0, 0, 0.46, 1, 0, 0, 0], [0, 0, 0, 8, 5, 0], [-0.00936934, 0.0149909, 0.0975203, 8, 5, 0]
    ),
  ]

  @Test(arguments: cases.indices) func contactsSeeWhatTheJointsRatesMake(index: Int) throws {
    let one = Self.cases[index]
    let simulation = try Simulation(
      model: Model(
        mjcf: """
          <mujoco><option timestep="0.0002"/>
            <default><geom solref="0.02 1" solimp="0.8 0.8 0.01" condim="1"/></default>
            <worldbody><geom name="ground" type="plane" size="5 5 1"/>\(one.body)</worldbody></mujoco>
          """, name: "steady"))
    try simulation.setState(positions: one.positions, velocities: one.velocities)
    for _ in 0..<50 { try simulation.step() }
    for (found, expected) in zip(simulation.velocities, one.expected) {
      #expect(abs(found - expected) < 0.03, "\(one.name): \(simulation.velocities)")
    }
  }
}
