import SinewEnvironments
import SinewPhysics
import SinewTestSupport
import Testing

/// Other Gymnasium tasks said as data alone, with simplified robots: no new Swift is needed for them.
@Suite struct OtherRobotsTests {
  private func make(_ folder: TemporaryFolder, model: String, task: String) throws -> any Environment {
    try folder.write(model, to: "robot.xml")
    return try EnvironmentCatalogue.make(try folder.write("model: robot.xml\n" + task, to: "task.yaml"))
  }

  /// A planar robot on two legs of one link each, with springs: HalfCheetah-v5's task.
  @Test func halfCheetah() throws {
    let folder = try TemporaryFolder()
    let environment = try make(
      folder,
      model: """
        <mujoco>
          <compiler angle="radian"/><option timestep="0.01"/>
          <default>
            <joint armature="0.1" damping="6" stiffness="240" range="-0.5 1"/>
            <geom friction="0.4"/><motor ctrlrange="-1 1"/>
          </default>
          <worldbody>
            <geom type="plane" size="9 9 1"/>
            <body name="torso" pos="0 0 0.7">
              <joint name="rootx" type="slide" axis="1 0 0" limited="false" armature="0" damping="0" stiffness="0"/>
              <joint name="rootz" type="slide" axis="0 0 1" limited="false" armature="0" damping="0" stiffness="0"/>
              <joint name="rooty" type="hinge" axis="0 1 0" limited="false" armature="0" damping="0" stiffness="0"/>
              <geom type="capsule" fromto="-0.5 0 0 0.5 0 0" size="0.046"/>
              <body name="back" pos="-0.5 0 0">
                <joint name="back" axis="0 1 0"/><geom type="capsule" fromto="0 0 0 0.1 0 -0.6" size="0.046"/>
              </body>
              <body name="front" pos="0.5 0 0">
                <joint name="front" axis="0 1 0"/><geom type="capsule" fromto="0 0 0 -0.1 0 -0.6" size="0.046"/>
              </body>
            </body>
          </worldbody>
          <actuator><motor joint="back" gear="120"/><motor joint="front" gear="60"/></actuator>
        </mujoco>
        """,
      task: """
        control_period: 0.05
        time_limit: 1000
        observation: [positions: {except: [rootx]}, velocities]
        reward:
          - forward_velocity: {coordinate: rootx, weight: 1}
          - action_squared: {weight: -0.1}
        reset: [positions: {uniform: 0.1}, velocities: {normal: 0.1}]
        """)
    #expect(environment.observationSpace.count == 9)
    try checkTrajectory(environment)
  }

  /// A ball with two hips on a free joint: Ant-v4's task.
  @Test func ant() throws {
    let folder = try TemporaryFolder()
    let environment = try make(
      folder,
      model: """
        <mujoco>
          <option timestep="0.01"/>
          <default>
            <joint armature="1" damping="1" range="-30 30"/>
            <geom density="5" margin="0.01"/><motor ctrlrange="-1 1" gear="150"/>
          </default>
          <worldbody>
            <geom type="plane" size="9 9 1"/>
            <body name="torso" pos="0 0 0.75">
              <freejoint name="root"/>
              <geom type="sphere" size="0.25"/>
              <body name="left" pos="0 0.2 0">
                <joint name="left" axis="0 0 1"/><geom type="capsule" fromto="0 0 0 0 0.6 -0.4" size="0.08"/>
              </body>
              <body name="right" pos="0 -0.2 0">
                <joint name="right" axis="0 0 1"/><geom type="capsule" fromto="0 0 0 0 -0.6 -0.4" size="0.08"/>
              </body>
            </body>
          </worldbody>
          <actuator><motor joint="left"/><motor joint="right"/></actuator>
        </mujoco>
        """,
      task: """
        control_period: 0.05
        time_limit: 300
        observation: [positions: {except: [root.x, root.y]}, velocities]
        reward:
          - forward_velocity: {coordinate: root.x, weight: 1}
          - alive: {weight: 1, name: healthy}
          - action_squared: {weight: -0.5}
        termination: [position_outside: {coordinate: root.z, low: 0.2, high: 1}]
        reset: [positions: {uniform: 0.1}, velocities: {normal: 0.1}]
        """)
    #expect(environment.observationSpace.count == 7 + 8)
    #expect(environment.rewardTerms.map(\.name) == ["forward_velocity", "healthy", "action_squared"])
    let observation = try environment.reset(seed: 3)
    let quaternion = observation[1...4]
    #expect(abs(quaternion.reduce(0) { $0 + $1 * $1 } - 1) < 1e-6)
    try checkTrajectory(environment)
  }

  /// InvertedPendulum-v5's task.
  @Test func invertedPendulum() throws {
    let folder = try TemporaryFolder()
    let environment = try make(
      folder,
      model: """
        <mujoco>
          <option timestep="0.02"/>
          <default><geom contype="0" conaffinity="0"/></default>
          <worldbody>
            <body name="cart">
              <joint name="slider" type="slide" axis="1 0 0" range="-1 1" damping="1"/>
              <geom type="capsule" fromto="-0.1 0 0 0.1 0 0" size="0.1"/>
              <body name="pole">
                <joint name="hinge" axis="0 1 0" damping="1" range="-90 90"/>
                <geom type="capsule" fromto="0 0 0 0.001 0 0.6" size="0.049"/>
              </body>
            </body>
          </worldbody>
          <actuator><motor joint="slider" gear="100" ctrlrange="-3 3"/></actuator>
        </mujoco>
        """,
      task: """
        control_period: 0.04
        time_limit: 1000
        observation: [positions, velocities]
        reward: [alive: {weight: 1}]
        termination: [position_outside: {coordinate: hinge, low: -0.2, high: 0.2}]
        reset: [positions: {uniform: 0.01}, velocities: {uniform: 0.01}]
        """)
    #expect(environment.observationSpace.count == 4)
    #expect(environment.actionSpace == BoxSpace(low: [-3], high: [3]))
    try checkTrajectory(environment)
  }

  private func checkTrajectory(_ environment: any Environment) throws {
    var actions = RandomActions(environment)
    _ = try environment.reset(seed: 1)
    for _ in 0..<200 {
      let (observation, outcome) = try environment.step(actions.next())
      #expect(observation.allSatisfy { $0.isFinite })
      #expect(outcome.reward.isFinite)
      if outcome.ended { _ = try environment.reset(seed: nil) }
    }
  }
}
