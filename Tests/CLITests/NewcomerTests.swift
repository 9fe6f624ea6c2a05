import Foundation
import Testing

/// What somebody who is new to the command meets.
struct NewcomerTests {
  let command: Command

  init() throws { command = try Command() }

  private func json(_ arguments: [String]) throws -> [String: Any] {
    let result = try command.run(arguments)
    #expect(result.status == 0, "\(result.errors)")
    return try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
  }

  @Test(arguments: [
    ("trian sac --env pendulum", "sinew has no command 'trian'; did you mean 'train'?"),
    ("env lst", "sinew env has no command 'lst'; did you mean 'list'?"),
    ("train sac --env pendulum --steps -5", "steps must be at least 1, not -5"),
    (
      "train sac --env pendulum --set learning_rate=1e-3",
      "--set: unknown key 'learning_rate'; did you mean 'actor_learning_rate', 'critic_learning_rate' or "
        + "'temperature_learning_rate'?"
    ),
    (
      "train sac --env pendulum --learning-rate 1e-3",
      "there is no option '--learning-rate'; settings are given as --set actor_learning_rate=… or "
        + "critic_learning_rate or temperature_learning_rate"
    ),
    (
      "train sac --env pendulum --batch-size 64",
      "there is no option '--batch-size'; settings are given as --set batch_size=…"
    ),
    (
      "tune sac --env pendulum --out z --batch-size 64",
      "there is no option '--batch-size'; settings are given as --set batch_size=…"
    ),
    ("bias x --out x.png", "x.png: a page is written as .html, not as .png"),
    ("evaluate x --replay x.zip", "x.zip: a page is written as .html, not as .zip"),
    ("evaluate x --out x.zip", "x.zip: a page is written as .html, not as .zip"),
    ("env view hopper --replay x.zip", "x.zip: a page is written as .html, not as .zip"),
    ("env view hopper --output x.zip", "x.zip: a page is written as .html, not as .zip"),
    ("compose x y --search --out x.zip", "x.zip: a page is written as .html, not as .zip"),
    ("compose x y --search --page x.zip", "x.zip: a page is written as .html, not as .zip"),
    ("dataset convert x", "name the folder to make once: --out datasets/hopper-mine-v0"),
    ("dataset convert x y --out z", "name the folder to make once: --out datasets/hopper-mine-v0"),
    (
      "train sac --env pendulum --set evaluation.evry=5",
      "--set: unknown key 'evaluation.evry'; did you mean 'evaluation.every'?"
    ),
    ("export x -o policy.pt", "--out writes .safetensors, not 'policy.pt'"),
    ("env terms alve", "unknown term 'alve'; did you mean 'alive'?"),
  ])
  func saysWhatIsMeant(arguments: String, message: String) throws {
    let result = try command.run(arguments.split(separator: " ").map(String.init))
    #expect(result.errors == "sinew: \(message)\n")
    #expect(result.status == 2)
  }

  @Test func aKeyOfAGroupIsListedWithIt() throws {
    let result = try command.run(["train", "sac", "--env", "pendulum", "--set", "zzzzzz=1"])
    #expect(result.errors.contains(" checkpoint.every, ") && result.errors.contains(" evaluation.episodes, "))
    #expect(result.errors.contains(" batch_size, ") && result.status == 2, "\(result.errors)")
  }

  @Test func aConfigurationSaysItsAlgorithm() throws {
    #expect(try command.run(command.small(steps: 200, out: "first")).status == 0)
    let again = try command.run(["train", "--config", "first/config.yaml", "--out", "again"])
    #expect(again.status == 0, "\(again.errors)")
    try expectSameBits(command.path("first"), command.path("again"))
  }

  @Test func parametersThatWereSetAreSaid() throws {
    let arguments = ["evaluate", "hopper-expert", "--episodes", "1", "--parameter", "pushes.force=40"]
    let parameters = try #require(json(arguments + ["--json"])["parameters"] as? [[String: Any]])
    #expect(parameters.count == 1)
    #expect(parameters.first?["name"] as? String == "pushes.force")
    #expect(parameters.first?["distribution"] as? String == "40")
    #expect(try command.run(arguments).output.contains("parameters: pushes.force=40\n"))
  }

  @Test func environmentsSayTheirNames() throws {
    let text = try command.run(["env", "info", "hopper"]).output
    #expect(text.contains("positions.rootz") && text.contains("velocities.rootx"), "\(text)")
    #expect(text.contains("1 × forward_velocity") && text.contains("state_outside"), "\(text)")
    let info = try json(["env", "info", "hopper", "--json"])
    #expect((info["observation_names"] as? [String])?.count == 11)
    #expect((info["action_names"] as? [String])?.count == 3)
  }

  @Test func termsAreListed() throws {
    let all = try command.run(["env", "terms"])
    #expect(all.output.contains("  air_time  ") && all.output.contains("control_period"), "\(all.errors)")
    let one = try command.run(["env", "terms", "air_time"]).output
    #expect(one.contains("geometries") && one.contains("example: - air_time: {geometries:"))
  }

  /// Episodes that end and begin are part of it.
  @Test func stepsAllocateNothing() throws {
    for name in ["hopper", "ant"] {
      let measured = try json([
        "bench", "env", name, "--num-envs", "16", "--steps", "5000", "--seconds", "0.3", "--json",
      ])
      // Where threads wait for each other the system may allocate now and then; a step does not.
      if let allocations = measured["allocations_per_step"] as? Double { #expect(allocations < 0.01, "\(name)") }
    }
  }

  /// Outputs are made possible, or refused, before the work.
  @Test func outputsAreCheckedFirst() throws {
    let made = try command.run([
      "evaluate", "hopper-expert", "--episodes", "1", "--replay", "no/such/dir/x.html", "--picture", "pictures/x.svg",
    ])
    #expect(made.status == 0, "\(made.errors)")
    for name in ["no/such/dir/x.html", "pictures/x.svg"] {
      #expect(FileManager.default.fileExists(atPath: command.path(name).path))
    }
    // A million episodes would take days.
    try Data().write(to: command.path("file"))
    for path in ["file/x.html", "/proc/none/x.html", "no"] {
      let refused = try command.run(["evaluate", "hopper-expert", "--episodes", "1000000", "--replay", path])
      #expect(refused.status == 1 && refused.errors.hasPrefix("sinew: cannot write \(path): "), "\(refused.errors)")
    }
  }

  @Test func namesOfGymnasiumAreKnown() throws {
    let result = try command.run([
      "train", "sac", "--env", "Pendulum-v1", "--steps", "20", "--out", "run", "--set", "evaluation.episodes=1",
    ])
    #expect(
      result.status == 0 && result.errors.contains("Pendulum-v1 of Gymnasium is 'pendulum' here\n"), "\(result.errors)")
    let config = try String(contentsOf: command.path("run/config.yaml"), encoding: .utf8)
    #expect(config.contains("environment: pendulum\n"))
  }
}

// MARK: Robots of one's own

/// A robot and a task of one's own, and what a run keeps of them.
struct OwnRobotTests {
  let command: Command

  init() throws { command = try Command() }

  private static let robot = """
    <robot name="bot">
      <link name="base"><inertial><mass value="MASS"/><inertia ixx="0.01" iyy="0.01" izz="0.01" ixy="0" ixz="0" iyz="0"/></inertial>
        <collision><geometry><box size="0.4 0.2 0.1"/></geometry></collision></link>
      <link name="leg"><inertial><origin xyz="0 0 -0.1"/><mass value="0.2"/>
        <inertia ixx="0.001" iyy="0.001" izz="0.001" ixy="0" ixz="0" iyz="0"/></inertial>
        <collision><origin xyz="0 0 -0.1"/><geometry><mesh filename="meshes/leg.stl"/></geometry></collision></link>
      <joint name="hip" type="revolute"><parent link="base"/><child link="leg"/><axis xyz="0 1 0"/>
        <limit lower="-1" upper="1" effort="5" velocity="10"/></joint>
    </robot>
    """

  private func task(_ model: String) -> String {
    """
    model: \(model)
    control_period: 0.02
    time_limit: 50
    observation: [positions, velocities]
    reward:
      - centre_of_mass_velocity: {weight: 1}
      - action_squared: {weight: -0.001}
    reset:
      - velocities: {uniform: 0.1}
    """
  }

  /// A box as a binary STL.
  private func box(_ half: SIMD3<Float>) -> Data {
    let corners = (0..<8).map { i in
      SIMD3<Float>(i & 1 == 0 ? -1 : 1, i & 2 == 0 ? -1 : 1, i & 4 == 0 ? -1 : 1) * half
    }
    let faces = [
      (0, 2, 1), (1, 2, 3), (4, 5, 6), (5, 7, 6), (0, 1, 4), (1, 5, 4), (2, 6, 3), (3, 6, 7), (0, 4, 2), (2, 4, 6),
      (1, 3, 5),
      (3, 7, 5),
    ]
    var data = Data(count: 80)
    func append<Value>(_ value: Value) { withUnsafeBytes(of: value) { data.append(contentsOf: $0) } }
    append(UInt32(faces.count))
    for (a, b, c) in faces {
      for number in [Float(0), 0, 0] { append(number) }
      for corner in [a, b, c] { for axis in 0..<3 { append(corners[corner][axis]) } }
      append(UInt16(0))
    }
    return data
  }

  private func writeRobot(
    _ folder: String, mass: Double = 1, model: String = "{file: bot.urdf, base: free, ground: plane}"
  ) throws {
    let place = command.path(folder)
    try FileManager.default.createDirectory(at: place.appending(path: "meshes"), withIntermediateDirectories: true)
    try Data(Self.robot.replacingOccurrences(of: "MASS", with: "\(mass)").utf8).write(
      to: place.appending(path: "bot.urdf"))
    try box([0.03, 0.03, 0.1]).write(to: place.appending(path: "meshes/leg.stl"))
    try Data(task(model).utf8).write(to: place.appending(path: "task.yaml"))
  }

  private func train(_ environment: String, out: String, steps: Int = 300) throws {
    let result = try command.run([
      "train", "sac", "--env", environment, "--steps", "\(steps)", "--out", out, "--set", "hidden_sizes=[8]", "--set",
      "batch_size=8", "--set", "warm_up_steps=100", "--set", "evaluation.episodes=2", "--set", "checkpoint.every=100",
    ])
    #expect(result.status == 0, "\(result.errors)")
  }

  private func returns(_ arguments: [String]) throws -> [Double] {
    let result = try command.run(["evaluate"] + arguments + ["--episodes", "2", "--json"])
    #expect(result.status == 0, "\(result.errors)")
    let figures = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    return try #require(figures?["returns"] as? [Double])
  }

  @Test func aRobotOfURDFStandsOnTheGround() throws {
    try writeRobot("bot")
    let check = try command.run(["env", "check", "bot/task.yaml"])
    #expect(check.status == 0 && check.output.contains("ground"), "\(check.errors)\(check.output)")
    let info = try command.run(["env", "info", "bot/task.yaml"]).output
    #expect(info.contains("positions.base_free.z") && info.contains("hip -5.0 to 5.0"), "\(info)")
    try writeRobot("fixed", model: "bot.urdf")
    let fixed = try command.run(["env", "check", "fixed/task.yaml"])
    #expect(fixed.output.contains("the root of bot.urdf is fixed to the world"), "\(fixed.output)")
  }

  @Test func aBareModelIsSeen() throws {
    try writeRobot("bot")
    let view = try command.run(["env", "view", "bot/bot.urdf", "--actions", "zero", "--output", "view.html"])
    #expect(view.status == 0, "\(view.errors)")
    #expect(FileManager.default.fileExists(atPath: command.path("view.html").path))
    let check = try command.run(["env", "check", "bot/bot.urdf"])
    #expect(check.errors.contains("its root is fixed to the world; --free-base lets it float"), "\(check.errors)")
    try Data("<mujoco><worldbody><body><geom size='1'/></body></worldbody></mujoco>".utf8).write(
      to: command.path("stone.xml"))
    #expect(try command.run(["env", "check", "stone.xml"]).output.contains("none of its bodies can move"))
    let stone = try command.run(["env", "view", "stone.xml", "--output", "stone.html"])
    #expect(stone.status == 0 && stone.errors.contains("none of its bodies can move"), "\(stone.errors)")
  }

  /// Another mass, a task that was moved, another machine: the run goes on with its own robot.
  @Test func aRunKeepsItsRobot() throws {
    try writeRobot("bot")
    try train("bot/task.yaml", out: "run")
    let copies = try contents(of: command.path("run/robot"))
    for name in ["task.yaml", "bot.urdf", "meshes/leg.stl"] {
      #expect(try copies[name] == Data(contentsOf: command.path("bot/\(name)")), "\(name)")
    }
    let before = try returns(["run"])
    try writeRobot("bot", mass: 30)
    #expect(try returns(["run"]) == before)
    let said = try command.run(["evaluate", "run", "--episodes", "1"])
    #expect(said.errors.contains("bot/bot.urdf has changed since the run was started"), "\(said.errors)")
    #expect(try returns(["run", "--env", "bot/task.yaml"]) != before)

    try FileManager.default.createDirectory(at: command.path("elsewhere"), withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: command.path("run"), to: command.path("elsewhere/run"))
    try FileManager.default.removeItem(at: command.path("bot"))
    #expect(try returns(["elsewhere/run"]) == before)
    let resumed = try command.run(["resume", "elsewhere/run", "--steps", "400"])
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try command.run(["resume", "run", "--steps", "400"]).status == 0)
    try expectSameBits(command.path("run"), command.path("elsewhere/run"))
  }
}
