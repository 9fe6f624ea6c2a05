import SinewPhysics
import Testing

/// What turns fast stays on its joints, at timesteps that are long against the motion.
@Suite struct AssemblyTests {
  /// Two limbs on a body that floats, without gravity; planar or with hinges in space.
  static func swimmer(timestep: Double, planar: Bool) throws -> Simulation {
    let root =
      planar
      ? "<joint type=\"slide\" axis=\"1 0 0\"/><joint type=\"slide\" axis=\"0 0 1\"/><joint axis=\"0 1 0\"/>"
      : "<freejoint/>"
    return try Simulation(
      model: Model(
        mjcf: """
          <mujoco><option gravity="0 0 0" timestep="\(timestep)"/><default><geom contype="0" conaffinity="0"/></default>
          <worldbody><body pos="0 0 1">\(root)<geom type="capsule" size="0.05 0.2"/>
            <body pos="0 0 -0.2"><joint axis="0 1 0"/><geom type="capsule" fromto="0 0 0 0.3 0 0" size="0.05"/>
              <body pos="0.3 0 0"><joint axis="0 1 0"/><geom type="capsule" fromto="0 0 0 0.3 0 0" size="0.04"/></body>
            </body></body></worldbody></mujoco>
          """, name: "limbs"))
  }

  static func energy(_ simulation: Simulation) -> Double {
    var sum = 0.0
    for body in 1..<simulation.model.bodies.count {
      let (v, w) = (simulation.velocityOfCentre(ofBody: body), simulation.angularVelocity(ofBody: body))
      sum += 0.5 * simulation.model.bodies[body].mass * (v * v).sum()
      let inertia = simulation.inertia(ofBody: body)
      let products = inertia.offDiagonal * SIMD3(w.x * w.y, w.x * w.z, w.y * w.z)
      sum += 0.5 * (inertia.diagonal * w * w).sum() + products.sum()
    }
    return sum
  }

  @Test(arguments: [true, false]) func limbsThatSwingFastDoNotStretch(planar: Bool) throws {
    let simulation = try Self.swimmer(timestep: 0.01, planar: planar)
    var velocities = simulation.velocities
    let count = velocities.count
    (velocities[count - 2], velocities[count - 1]) = (15, -25)
    try simulation.setState(positions: simulation.positions, velocities: velocities)
    let before = Self.energy(simulation)
    let (start, momentum) = (simulation.centreOfMass, simulation.centreOfMassVelocity)
    var stretched = 0.0
    var range = (before, before)
    for _ in 0..<200 {
      try simulation.step()
      let knee = simulation.pose(ofBody: 2).apply(SIMD3(0.3, 0, 0)) - simulation.pose(ofBody: 3).position
      stretched = max(stretched, (knee * knee).sum().squareRoot())
      let energy = Self.energy(simulation)
      range = (min(range.0, energy), max(range.1, energy))
    }
    #expect(stretched < 1e-12)
    // Two seconds of limbs at 15 and 25 rad/s, 7 to 14 degrees a step.
    #expect(range.0 > 0.98 * before && range.1 < 1.01 * before)
    // Nothing pushes from outside.
    let drift = simulation.centreOfMass - start - 2 * momentum
    #expect((drift * drift).sum().squareRoot() < 2e-3)
  }
}
