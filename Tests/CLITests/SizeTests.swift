import Foundation
import Testing

/// Sizes that come from outside: what they would take is reckoned before it is taken.
struct SizeTests {
  let command: Command

  init() throws { command = try Command() }

  @Test(arguments: [
    (
      "sac", "hidden_sizes=[9223372036854775807]",
      "sac: network.hidden_sizes is [9223372036854775807], expected 1 to 1000 widths from 1 to 1000000000"
    ),
    (
      "sac", "hidden_sizes=[1000000,1000000]",
      "sac: network.hidden_sizes is [1000000, 1000000], which makes a network of 1000006000001 parameters"
    ),
    (
      "sac", "batch_size=9223372036854775807",
      "sac: replay.batch_size is 9223372036854775807, expected 1 to 1000000000"
    ),
    (
      "tqc", "critic_hidden_sizes=[1000000,1000000]",
      "tqc: critic_hidden_sizes is [1000000, 1000000], which makes a network of"
    ),
    ("xqc", "atom_count=1000000000", "xqc: atom_count is 1000000000, expected 2 to 10000"),
    ("flash-sac", "expansion=1000000", "flash-sac: expansion is 1000000, expected 1 to 1000"),
    ("sac", "critic_count=9223372036854775807", "sac: critic_count is 9223372036854775807, expected"),
    ("td3", "batch_size=1000000000", "td3: replay.batch_size is 1000000000, which would take about"),
    ("sac", "updates_per_step=1e17", "sac: replay.updates_per_step is 1e+17, expected at most 1000000"),
    ("ppo", "rollout_steps=1000000000", "ppo: rollout_steps is 1000000000, which would take about"),
    ("ppo", "epochs=1000000000", "ppo: epochs is 1000000000, expected 1 to 1000"),
    ("reinforce", "rollout_steps=1000000000", "reinforce: rollout_steps is 1000000000, which would take about"),
    ("reinforce", "baseline_updates=1000000000", "reinforce: baseline_updates is 1000000000, expected 1 to 1000"),
    (
      "sac", "strides=[2]",
      "sac: network.encoder.strides is [2], expected one for each of the 4 convolutions of channels"
    ),
    ("sac", "random_shift=2000", "sac: replay.random_shift is 2000, expected 0 to 1000"),
    ("sac", "discount=1e308", "sac: discount is 1e+308, expected a number between"),
    ("sac", "wrappers=[\"frame_stack:1000\",\"frame_stack:1000\"]", "wrappers: frame_stack:1000 of 3000 numbers would"),
  ])
  func onlineSettings(algorithm: String, setting: String, expected: String) throws {
    let result = try command.run([
      "train", algorithm, "--env", "pendulum", "--out", "run", "--steps", "5", "--set", setting,
    ])
    #expect(result.status == 2 && !result.wasKilled)
    #expect(result.errors.hasPrefix("sinew: \(expected)"), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
  }

  /// Each thread takes memory: no more begin than could be of use.
  @Test func threadsBeyondTheProcessorsTakeNothing() throws {
    let result = try command.start(
      [
        "train", "sac", "--env", "pendulum", "--out", "run", "--steps", "1050", "--num-envs", "16",
        "--threads", "1000",
      ], memory: 3 << 29
    ).finish()
    #expect(result.status == 0 && !result.wasKilled, "\(result.errors)")
  }

  @Test(arguments: [
    "width=9223372036854775807", "width=1000000", "blocks=9223372036854775807", "blocks=1000000",
    "expansion=9223372036854775807", "expansion=1000000000", "embedding_size=9223372036854775806",
    "embedding_size=1000000", "prediction_horizon=9223372036854775807", "prediction_horizon=100000000",
    "action_horizon=9223372036854775807", "observation_horizon=9223372036854775807", "batch_size=1000000000",
    "sampling_steps=9223372036854775807",
  ])
  func settingsOfChunks(setting: String) throws {
    // A dataset of ten steps.
    try command.folder.makeRecipe()
    let data = ["SINEW_DATA": command.folder.path]
    #expect(try command.run(["dataset", "generate", "tiny.yaml", "--out", "data-v0"]).status == 0)
    for algorithm in ["diffusion-policy", "flow-policy"] {
      let result = try command.run(
        [
          "train", algorithm, "--dataset", "data-v0", "--env", "none", "--steps", "2", "--out", "run", "--set", setting,
        ],
        environment: data)
      #expect(result.status == 2 && !result.wasKilled, "\(result.errors)")
      let key = setting.prefix { $0 != "=" }
      // With its group, where it has one.
      let start = try Regex("^sinew: \(algorithm): ([a-z]+\\.)?\(key) is ")
      #expect(result.errors.firstMatch(of: start) != nil, "\(result.errors)")
    }
  }

  @Test func aHorizonThatIsTooLongIsSaidWithWhatItMustFit() throws {
    try command.folder.makeRecipe()
    #expect(try command.run(["dataset", "generate", "tiny.yaml", "--out", "data-v0"]).status == 0)
    let result = try command.run([
      "train", "diffusion-policy", "--dataset", "./data-v0", "--env", "none", "--set", "observation_horizon=1000000",
    ])
    #expect(
      result.errors == "sinew: diffusion-policy: chunk.observation_horizon is 1000000, expected at most the 16 of "
        + "prediction_horizon\n")
  }

  @Test func anExportedPolicyThatClaimsMoreThanItHolds() throws {
    let file = try Command.fixture("policy-huge-width.safetensors").path
    let result = try command.run(["evaluate", file, "--episodes", "1", "--env", "pendulum"])
    #expect(result.status == 1 && !result.wasKilled)
    #expect(
      result.errors.hasPrefix("sinew: \(file): diffusion-policy: network.width is 1000000, which makes a policy of "))
    #expect(result.errors.hasSuffix("numbers, but the file holds 10686\n"), "\(result.errors)")
  }

  @Test func aCheckpointThatClaimsMoreThanItHolds() throws {
    #expect(try command.run(command.tiny("run")).status == 0)
    let file = command.path("run/config.yaml")
    let text = try String(contentsOf: file, encoding: .utf8)
    try text.replacing("hidden_sizes: [4]", with: "hidden_sizes: [30000, 30000]").write(
      to: file, atomically: true, encoding: .utf8)
    for arguments in [["evaluate", "run"], ["resume", "run", "--steps", "30"]] {
      let result = try command.run(arguments)
      #expect(result.status == 1 && result.errors.contains("hidden_sizes is [30000, 30000]"), "\(result.errors)")
      #expect(result.errors.contains("learner.safetensors") || result.errors.contains("step-20"))
    }
  }

  /// Every loop over a count from outside ends when it is asked to.
  @Test(arguments: ["updates_per_step=1000000", "evaluation.episodes=1000000000"])
  func longLoopsAreInterrupted(setting: String) throws {
    let process = try command.start(command.tiny("run", "--set", setting))
    defer { process.send(SIGKILL) }
    try #require(
      eventually { FileManager.default.fileExists(atPath: command.path("run/config.yaml").path) })
    usleep(700_000)
    process.send(SIGTERM)
    #expect(eventually { !process.process.isRunning })
  }
}

extension URL {
  /// A recipe of ten random steps of the pendulum in `tiny.yaml`.
  func makeRecipe(policy: String = "random") throws {
    try "environment: pendulum\nparts:\n  - {policy: \(policy), transitions: 10}\n".write(
      to: appending(path: "tiny.yaml"), atomically: true, encoding: .utf8)
  }
}
