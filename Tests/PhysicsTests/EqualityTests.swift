import Foundation
import SinewPhysics
import Testing

/// Loops and ties between bodies that both move.
@Suite struct EqualityTests {
  static func simulation(_ content: String) throws -> Simulation {
    try Simulation(
      model: Model(
        mjcf: """
          <mujoco><option timestep="0.002"/><default><geom contype="0" conaffinity="0"/></default>\(content)</mujoco>
          """, name: "equality"))
  }

  /// A four-bar linkage that stands on its dead centre: nothing drives it.
  @Test func fourBarLinkageStands() throws {
    let loop = try Self.simulation(
      """
      <default><geom type="capsule" size="0.02 0.1"/></default>
      <worldbody><body name="crank"><joint axis="0 1 0" damping="0.01"/><geom fromto="0 0 0 0 0 0.3"/>
        <body name="bar" pos="0 0 0.3"><joint axis="0 1 0"/><geom fromto="0 0 0 0.6 0 0.3"/></body></body>
        <body name="rocker" pos="0.6 0 0"><joint axis="0 1 0"/><geom fromto="0 0 0 0 0 0.6"/></body></worldbody>
      <equality><connect body1="bar" body2="rocker" anchor="0.6 0 0.3"/></equality>
      """)
    try loop.step(count: 250)
    for (position, velocity) in zip(loop.positions, loop.velocities) {
      #expect(abs(position) < 1e-3 && abs(velocity) < 3e-3)
    }
  }

  @Test func bodiesHangTogether() throws {
    let hung = try Self.simulation(
      """
      <worldbody><body name="a" pos="0 0 1"><joint axis="0 1 0"/><geom type="box" size="0.05 0.05 0.2" pos="0 0 -0.2"/>
        <site name="low" pos="0 0 -0.4"/></body>
        <body name="c" pos="0 0 0.5"><freejoint/><geom type="box" size="0.1 0.05 0.05"/><site name="high" pos="0 0 0.1"/>
        </body></worldbody><equality><connect site1="low" site2="high"/></equality>
      """)
    try hung.step(count: 250)
    #expect(abs(hung.positions[3] - 0.5) < 1e-3 && hung.velocities.allSatisfy { abs($0) < 1e-6 })
    // Two that fall together keep their distance.
    let falling = try Self.simulation(
      """
      <worldbody><body name="a" pos="1 0 1"><freejoint/><geom type="box" size="0.05 0.05 0.2"/></body>
        <body name="c" pos="1 0 0.5"><freejoint/><geom type="box" size="0.05 0.05 0.2"/></body></worldbody>
      <equality><connect body1="a" body2="c" anchor="0 0 -0.25"/></equality>
      """)
    try falling.step(count: 250)
    #expect(abs(falling.positions[2] + 0.231155) < 1e-9 && abs(falling.positions[9] + 0.731155) < 1e-9)
    #expect(falling.velocities[3...5].allSatisfy { abs($0) < 1e-9 })
  }

  /// Loops and couplings that start 0.1 m and 0.3 rad open close within a quarter of a second, and nothing is thrown.
  @Test func gapsCloseAtABoundedSpeed() throws {
    let world =
      """
      <worldbody><body name="a" pos="0 0 1"><joint axis="0 1 0" damping="0.1"/>
        <geom type="capsule" size="0.03" fromto="0 0 0 0 0 -0.4"/></body>
        <body name="b" pos="0.5 0 1"><joint axis="0 1 0" damping="0.1"/>
        <geom type="capsule" size="0.03" fromto="0 0 0 0 0 -0.4"/></body>
        <body name="c" pos="0.1 0 0.5"><freejoint/><geom size="0.05"/></body></worldbody>
      """
    for tie in [
      "<connect body1=\"a\" body2=\"c\" anchor=\"0 0 -0.5\"/>",
      "<weld body1=\"a\" body2=\"c\" relpose=\"0 0 -0.5 0.98 0 0.2 0\"/>", "",
    ] {
      var model = try Self.simulation("\(world)<equality>\(tie)</equality>").model
      if tie.isEmpty { model.jointCouplings = [Model.JointCoupling(name: "", follower: 0, leader: 1)] }
      if case .connect(let point, _)? = model.equalities.first?.kind {
        model.equalities[0].kind = .connect(point, .zero)
      }
      let simulation = try Simulation(model: model)
      var positions = simulation.positions
      (positions[0], positions[1]) = (0.2, -0.1)
      try simulation.setState(positions: positions, velocities: simulation.velocities)
      var fastest = 0.0
      for _ in 0..<125 {
        try simulation.step()
        fastest = max(fastest, simulation.velocities.map(abs).max() ?? 0)
      }
      // A step's worth of closing it at once were 50 m/s and 150 rad/s.
      #expect(fastest < 15, "\(tie)")
      let gap: Double
      switch model.equalities.first?.kind {
      case .connect(let point, _):
        gap = length(simulation.pose(ofBody: 1).apply(point) - simulation.pose(ofBody: 3).position)
      case .weld(let pose):
        let wanted = simulation.pose(ofBody: 1) * pose
        let found = simulation.pose(ofBody: 3)
        gap =
          length(wanted.position - found.position)
          + 2 * length((wanted.rotation.conjugate * found.rotation).imaginary)
      case nil: gap = abs(simulation.positions[0] - simulation.positions[1])
      }
      #expect(gap < 1e-3, "\(tie): \(gap)")
    }
  }

  /// Two fingers, one motor: the second mirrors the first, both press the ball alike, and friction holds it up.
  @Test func gripperHoldsWhatItGrasps() throws {
    var model = try Model(
      mjcf: """
        <mujoco><option timestep="0.002"/><worldbody>
          <body pos="-0.1 0 0"><joint name="left" type="slide" axis="1 0 0" range="-0.05 0.1" damping="1"/>
            <geom name="left" type="box" size="0.01 0.05 0.05" friction="1"/></body>
          <body pos="0.1 0 0"><joint name="right" type="slide" axis="1 0 0" range="-0.1 0.05" damping="1"/>
            <geom name="right" type="box" size="0.01 0.05 0.05" friction="1"/></body>
          <body pos="0 0 0.03"><freejoint/><geom name="ball" size="0.03" mass="0.05"/></body>
          <body pos="0 0 -0.05"><joint name="table" type="slide" axis="0 0 1" range="-1 0" frictionloss="20"/>
            <geom type="box" size="0.012 0.05 0.05"/></body></worldbody>
          <actuator><motor joint="left"/><motor joint="table"/></actuator></mujoco>
        """, name: "gripper")
    model.jointCouplings = [Model.JointCoupling(name: "fingers", follower: 1, leader: 0, polynomial: [0, -1])]
    let gripper = try Simulation(model: model)
    try gripper.step([6, 0], count: 300)
    #expect(abs(gripper.positions[0] - 0.06) < 2e-3 && abs(gripper.positions[0] + gripper.positions[1]) < 1e-6)
    let pressed = (0..<2).map { gripper.contactForce(ofGeometry: $0) }
    // The motor's force is shared out by the gears.
    #expect(abs(pressed[0] - 3) < 0.05 && abs(pressed[1] - 3) < 0.05)
    // The table is pulled away, and the ball stays.
    try gripper.step([6, -40], count: 500)
    #expect(gripper.positions[9] < -0.2 && abs(gripper.positions[4] - 0.03) < 0.01)
    let state = gripper.snapshot()
    try gripper.step([6, -40], count: 20)
    let once = gripper.positions
    try gripper.restore(state)
    try gripper.step([6, -40], count: 20)
    #expect(gripper.positions == once)
  }

  /// What cannot be coupled is refused in one line.
  @Test func couplingsAreChecked() throws {
    var model = try Self.simulation(
      "<worldbody><body><joint/><geom size=\"0.1\"/></body><body><freejoint/><geom size=\"0.1\"/></body></worldbody>"
    ).model
    for coupling in [
      Model.JointCoupling(name: "c", follower: 0, leader: 1), Model.JointCoupling(name: "c", follower: 0, leader: 0),
      Model.JointCoupling(name: "c", follower: 7, leader: nil),
      Model.JointCoupling(name: "c", follower: 0, leader: nil, polynomial: []),
      Model.JointCoupling(name: "c", follower: 0, leader: nil, polynomial: [.nan]),
    ] {
      model.jointCouplings = [coupling]
      #expect(throws: SimulationError.self) { try Simulation(model: model) }
    }
    let cubic = Model.JointCoupling(name: "", follower: 0, leader: 1, polynomial: [1, 2, 3, 4])
    #expect(cubic.follow(0.5) == (position: 1 + 1 + 0.75 + 0.5, slope: 2 + 3 + 3))
  }
}

/// Loops, welds and couplings that MuJoCo moved, in every arrangement of joints, poses and orders of bodies.
@Suite struct EqualitiesOfMuJoCoTests {
  struct File: Decodable {
    let cases: [Case]
  }
  struct Case: Decodable {
    struct State: Decodable {
      let positions: [Double]
      let velocities: [Double]
    }
    struct Coupling: Decodable {
      let follower: Int
      let leader: Int?
      let polynomial: [Double]
    }
    let name: String
    let mjcf: String
    let couplings: [Coupling]
    let start: State
    let end: State
  }

  static let cases: [Case] =
    (try? JSONDecoder().decode(File.self, from: Data(contentsOf: fixture("equalities.json"))))?
    .cases ?? []

  @Test func thereAreCases() { #expect(Self.cases.count == 36) }

  @Test(arguments: 0..<36) func movesAsInMuJoCo(index: Int) throws {
    let example = Self.cases[index]
    var errors: [Double] = []
    for timestep in [0.001, 0.0005] {
      var model = try Model(mjcf: example.mjcf, name: example.name)
      model.timestep = timestep
      model.jointCouplings = example.couplings.map {
        Model.JointCoupling(name: "", follower: $0.follower, leader: $0.leader, polynomial: $0.polynomial)
      }
      let simulation = try Simulation(model: model)
      try simulation.setState(positions: example.start.positions, velocities: example.start.velocities)
      try simulation.step(count: Int((0.3 / timestep).rounded()))
      errors.append(zip(simulation.positions, example.end.positions).map { abs($0 - $1) }.max() ?? 1)
    }
    // The engine's steps are of first order: half the step, half the error.
    #expect(errors[1] < 0.02 && errors[1] < 0.7 * errors[0], "\(example.name): \(errors)")
  }
}
