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
