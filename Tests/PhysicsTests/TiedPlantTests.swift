import Foundation
import SinewPhysics
import Testing

/// Plants held together by equalities whose motion has a closed form.
@Suite struct TiedPlantTests {
  /// Two equal rods and what joins their ends swing as one pendulum: (2·I + M·l²)·θ″ = −(m + M)·g·l·sin θ.
  @Test func parallelogramSwings() throws {
    let linkage = try PlantTests.simulation(
      """
      <body name="one"><joint axis="0 1 0"/><inertial pos="0 0 -0.2" mass="1" diaginertia="0.01 0.01 0.01"/>
        <body name="bar" pos="0 0 -0.4"><joint axis="0 1 0"/>
          <inertial pos="0.25 0 0" mass="2" diaginertia="0.05 0.05 0.05"/></body></body>
      <body name="two" pos="0.5 0 0"><joint axis="0 1 0"/>
        <inertial pos="0 0 -0.2" mass="1" diaginertia="0.01 0.01 0.01"/></body>
      """, rest: "<equality><connect body1=\"two\" body2=\"bar\" anchor=\"0 0 -0.4\"/></equality>")
    try linkage.setState(positions: [1, -1, 1], velocities: [0, 0, 0])
    let inertia = 2 * (0.01 + 0.04) + 2 * 0.16
    let omega = (3 * 9.81 * 0.4 / inertia).squareRoot()
    #expect(try PlantTests.worst(linkage, seconds: 3, PlantTests.swing(1, omega)) < 5e-3)
    #expect(abs(linkage.positions[0] - linkage.positions[2]) < 1e-4)
    #expect(abs(linkage.positions[0] + linkage.positions[1]) < 1e-4)
  }

  /// A rod on a hinge and a free one welded to its end swing as one rod of both.
  @Test func weldedRodsSwing() throws {
    let rods = try PlantTests.simulation(
      """
      <body name="low" pos="0 0 -0.6"><freejoint/><inertial pos="0 0 0" mass="2" diaginertia="0.02 0.02 0.02"/></body>
      <body name="high"><joint axis="0 1 0"/><inertial pos="0 0 -0.2" mass="1" diaginertia="0.01 0.01 0.01"/></body>
      """, rest: "<equality><weld body1=\"high\" body2=\"low\"/></equality>")
    let turned = Quaternion(angle: 1, axis: SIMD3(0, 1, 0))
    let at = turned.rotate(SIMD3(0, 0, -0.6))
    try rods.setState(
      positions: [at.x, at.y, at.z, turned.w, turned.x, turned.y, turned.z, 1],
      velocities: [Double](repeating: 0, count: 7))
    let omega = (9.81 * (0.2 + 2 * 0.6) / (0.01 + 0.04 + 0.02 + 2 * 0.36)).squareRoot()
    #expect(try PlantTests.worst(rods, seconds: 3, coordinate: 7, PlantTests.swing(1, omega)) < 5e-3)
  }

  /// A weight on a rack that turns a drum: x″ = −g·m / (m + I/r²), exactly as semi-implicit steps give it.
  @Test(arguments: [true, false]) func weightTurnsADrum(rackFollows: Bool) throws {
    var model = try PlantTests.simulation(
      """
      <body><joint type="slide" axis="0 0 1"/><inertial pos="0 0 0" mass="2" diaginertia="1 1 1"/></body>
      <body pos="1 0 0"><joint axis="0 1 0" armature="0.01"/>
        <inertial pos="0 0 0" mass="2" diaginertia="1 0.02 1"/></body>
      """
    ).model
    let radius = 0.2
    model.jointCouplings = [
      rackFollows
        ? Model.JointCoupling(name: "", follower: 0, leader: 1, polynomial: [0, radius])
        : Model.JointCoupling(name: "", follower: 1, leader: 0, polynomial: [0, 1 / radius])
    ]
    let drum = try Simulation(model: model)
    try drum.step(count: 2000)
    let acceleration = -9.81 * 2 / (2 + 0.03 / (radius * radius))
    let wanted = acceleration / 2 * (1 + model.timestep)
    #expect(abs(drum.positions[0] - wanted) < 1e-6 && abs(drum.positions[1] - wanted / radius) < 1e-5)
  }

  /// A spring on one of two geared wheels: ω² = k / (I₁ + n²·I₂), with another gear behind the second.
  @Test func gearedWheelsSwing() throws {
    var model = try PlantTests.simulation(
      """
      <body><joint axis="0 1 0" stiffness="20"/><inertial pos="0 0 0" mass="1" diaginertia="1 0.1 1"/></body>
      <body pos="1 0 0"><joint axis="0 1 0"/><inertial pos="0 0 0" mass="1" diaginertia="1 0.02 1"/></body>
      <body pos="2 0 0"><joint axis="1 0 0"/><inertial pos="0 0 0" mass="1" diaginertia="0.005 1 1"/></body>
      """, timestep: 0.001
    ).model
    model.jointCouplings = [
      Model.JointCoupling(name: "", follower: 1, leader: 0, polynomial: [0, -3]),
      Model.JointCoupling(name: "", follower: 2, leader: 1, polynomial: [0, 2]),
    ]
    let wheels = try Simulation(model: model)
    try wheels.setState(positions: [0.1, -0.3, -0.6], velocities: [0, 0, 0])
    let omega = (20 / (0.1 + 9 * 0.02 + 36 * 0.005)).squareRoot()
    #expect(try PlantTests.worst(wheels, seconds: 2) { 0.1 * cos(omega * $0) } < 1e-3)
    #expect(abs(wheels.positions[2] + 6 * wheels.positions[0]) < 1e-6)
  }

  /// A cam: the follower's height is a quadratic function of the angle, and the energy stays.
  @Test func camKeepsItsEnergy() throws {
    var model = try PlantTests.simulation(
      """
      <body><joint type="slide" axis="0 0 1"/><inertial pos="0 0 0" mass="1" diaginertia="1 1 1"/></body>
      <body pos="1 0 0"><joint axis="0 1 0"/><inertial pos="0 0 0" mass="1" diaginertia="1 0.05 1"/></body>
      """, timestep: 0.001
    ).model
    model.jointCouplings = [Model.JointCoupling(name: "", follower: 0, leader: 1, polynomial: [0, 0, 0.2])]
    let cam = try Simulation(model: model)
    try cam.setState(positions: [0.2, 1], velocities: [0, 0])
    var worst = 0.0
    for _ in 0..<3000 {
      try cam.step()
      let (q, v) = (cam.positions, cam.velocities)
      worst = max(worst, abs(v[0] * v[0] / 2 + 0.05 * v[1] * v[1] / 2 + 9.81 * (q[0] - 0.2)))
      #expect(abs(q[0] - 0.2 * q[1] * q[1]) < 1e-3)
    }
    #expect(worst < 0.05)
  }
}
