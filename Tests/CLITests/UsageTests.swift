import Foundation
import SinewTensor
import Testing

private let shipped =
  "policies that ship with the package: ant-expert, ant-medium, half-cheetah-expert, half-cheetah-medium, "
  + "hopper-expert, hopper-medium, push-t-diffusion, push-t-flow, walker2d-expert, walker2d-medium"

/// Exit codes, and errors of one line.
struct UsageTests {
  let command: Command

  init() throws { command = try Command() }

  @Test(arguments: [
    ("train sacc --env pendulum", "unknown algorithm 'sacc'; did you mean 'sac'?"),
    ("train sac --env hoper", "unknown environment 'hoper'; did you mean 'hopper'?"),
    ("train sac --env pendulum --set discont=0.9", "--set: unknown key 'discont'; did you mean 'discount'?"),
    (
      "train sac --env pendulum --set batch_size=x",
      "--set: hyperparameters.replay.batch_size: expected an integer, such as 256, got 'x'"
    ),
    ("train sac --env pendulum --set discount=2", "sac: discount is 2.0, expected 0 to 1"),
    ("train sac --env pendulum --steps 0", "steps must be at least 1, not 0"),
    ("train sac --env pendulum --steps many", "The value 'many' is invalid for '--steps <n>'"),
    ("train sac --env pendulum --stepz 5", "Unknown option '--stepz'. Did you mean '--steps'?"),
    ("train sac", "no environment: name one with --env, such as --env hopper"),
    ("train td3-bc --env hopper --dataset hopper-medium --mix nan", "mix must be 0 to 1, not nan"),
    ("train", "Missing expected argument '<algo>'"),
    ("evaluate", "Missing expected argument '<run>'"),
    ("evaluate x --episodes 0", "--episodes must be at least 1, not 0"),
    ("evaluate x --compose y", "--compose y: expected RUN:WEIGHT with a weight from 0 to 1"),
    ("evaluate x --compose y:2", "--compose y:2: expected RUN:WEIGHT with a weight from 0 to 1"),
    (
      "evaluate x --compose y:0.6 --compose z:0.6",
      "the weights of --compose sum to 1.2, which leaves nothing for the run"
    ),
    ("evaluate x --samples 4", "--samples and --temperature need --steer RUN"),
    ("evaluate x --steer y --temperature=-1", "--temperature must be 0 or more, not -1.0"),
    ("transfer", "Missing expected argument '<run> ...'"),
    ("transfer x --apart 0", "--apart must be above 0, not 0.0"),
    ("transfer x --episodes 0", "--episodes must be at least 1, not 0"),
    (
      "transfer push-t-flow",
      "push-t has no counterpart in Gymnasium, for its task has no key 'gymnasium': name where else the policy acts "
        + "with --to"
    ),
    (
      "transfer hopper-expert --to walker2d",
      "hopper and walker2d are not the same task: the observation of the one has 11 numbers, of the other 17"
    ),
    (
      "transfer hopper-expert --env gym:Nowhere-v1",
      "gym:Nowhere-v1 has no counterpart here: name where else the policy acts with --to"
    ),
    ("compose x", "Missing expected argument '<run-b>'"),
    ("compose x y", "say which weights to try: --search or --weights"),
    ("compose x y --weights 0,2", "--weights 0,2: '2' is no weight from 0 to 1"),
    ("bench update --algo sca", "unknown algorithm 'sca'; did you mean 'sac'?"),
    ("bench update --hidden 64,a", "The value '64,a' is invalid for '--hidden <widths>'"),
    ("bench update --batch-size 0", "--batch-size must be 1 to 1000000, not 0"),
    ("bench gemm --threads 0", "--threads must be 1 to \(Execution.mostThreads), not 0"),
    ("bench encoder --size 6", "convolution 2: no window of 3×3 fits into 2×2 pixels"),
    ("bench latency --calls 0", "--calls must be 1 to 10000000, not 0"),
    (
      "train sac --env pendulum --parameter fricton=1",
      "parameters: unknown parameter of pendulum 'fricton'; did you mean 'friction'?"
    ),
    (
      "train sac --env pendulum --parameter mass=0",
      "parameters: parameter mass of pendulum: 0 is outside of 0.001 to 1000"
    ),
    (
      "train sac --env pendulum --parameter mass",
      "--parameter 'mass': expected name=value, such as friction=0.5 or mass=uniform:0.8,1.2"
    ),
    (
      "train sac --env pendulum --wrap frame_stak:2",
      "wrappers: unknown wrapper 'frame_stak'; did you mean 'frame_stack'?"
    ),
    (
      "train sac --env pendulum --wrap normalise_observation --wrap frame_stack:2",
      "wrappers: frame_stack must come before the normalisations"
    ),
    (
      "train iql --dataset hopper-medium --num-envs 4",
      "num_envs is for learning online: nothing is stepped while learning from a dataset, leave it at 1"
    ),
    (
      "train iql --dataset hopper-medium --wrap normalise_reward",
      "wrappers: normalise_reward is for learning online; algorithms that learn from datasets have a setting "
        + "normalise_observations"
    ),
    (
      "evaluate x --sweep friction=1:2",
      "--sweep friction=1:2: expected name=low:high:count, such as friction=0.2:2:10, or name=0.5,1,2"
    ),
    (
      "evaluate x --sweep friction=1,2 --random",
      "--sweep prints a table: leave --random, --replay, --video and --picture out"
    ),
    (
      "evaluate x --family f.yaml --parameter mass=2",
      "--family says what the parameters are: leave --sweep and --parameter out"
    ),
    ("evaluate x --against y", "--against is for --family"),
    ("evaluate x --family f.yaml --members 0", "--members must be 1 to 10000, not 0"),
    ("evaluate hopper-expert --parameter mas=2", "parameters: unknown parameter of hopper 'mas'; did you mean 'mass'?"),
    ("evaluate hopper-expert --sweep mas=1,2", "--sweep: unknown parameter of hopper 'mas'; did you mean 'mass'?"),
    ("env info cartpole", "unknown environment 'cartpole'; did you mean 'cartpole-swingup'?"),
  ])
  func usageErrors(arguments: String, message: String) throws {
    let result = try command.run(arguments.split(separator: " ").map(String.init))
    #expect(result.errors == "sinew: \(message)\n")
    #expect(result.status == 2)
    #expect(result.output.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: command.path("runs").path))
  }

  @Test(arguments: [
    ("evaluate nowhere", "no run folder at nowhere; \(shipped)"),
    ("compose nowhere there --search", "no run folder at nowhere; \(shipped)"),
    ("evaluate push-t-flo", "no run folder at push-t-flo; did you mean the policy 'push-t-flow'?"),
    ("resume nowhere", "no run folder at nowhere"),
    ("evaluate /tmp", "/tmp is not a run folder: it has no config.yaml"),
    ("train sac --env pendulum --config none.yaml", "cannot read none.yaml: No such file or directory"),
    ("train sac --env pendulum --out /proc/none/run", "cannot create /proc/none: No such file or directory"),
  ])
  func failures(arguments: String, message: String) throws {
    let result = try command.run(arguments.split(separator: " ").map(String.init))
    #expect(result.errors == "sinew: \(message)\n")
    #expect(result.status == 1)
  }

  @Test func aConfigurationFileIsOverlaid() throws {
    let file = "steps: 120\nbatch_size: 8\nenvironment: pendulum\nseed: 4\n"
    try Data(file.utf8).write(to: command.path("mine.yaml"))
    let result = try command.run([
      "train", "sac", "--config", "mine.yaml", "--set", "warm_up_steps=50", "--set", "hidden_sizes=[8]", "--seed", "5",
    ])
    #expect(result.status == 0, "\(result.errors)")
    let written = try String(contentsOf: command.path("runs/sac-pendulum-5/config.yaml"), encoding: .utf8)
    for line in ["steps: 120", "seed: 5", "  batch_size: 8", "  hidden_sizes: [8]", "  warm_up_steps: 50"] {
      #expect(written.contains("\(line)\n"), "\(line)")
    }
    // The file of a run is itself such a file, and a second run takes another name.
    let again = try command.run(["train", "sac", "--config", "runs/sac-pendulum-5/config.yaml"])
    #expect(again.status == 0, "\(again.errors)")
    #expect(again.output.hasSuffix("run: runs/sac-pendulum-5-2\n"))
    try expectSameBits(command.path("runs/sac-pendulum-5"), command.path("runs/sac-pendulum-5-2"))
  }

  @Test func anUnknownKeyInAFileNamesTheFile() throws {
    try Data("hidden_size: [8]\n".utf8).write(to: command.path("mine.yaml"))
    let result = try command.run(["train", "sac", "--env", "pendulum", "--config", "mine.yaml"])
    #expect(result.errors == "sinew: mine.yaml: unknown key 'hidden_size'; did you mean 'hidden_sizes'?\n")
    #expect(result.status == 2)
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func aFullStandardOutputIsAFailure() throws {
    let result = try command.start(["env", "list"], output: URL(filePath: "/dev/full"))
    result.process.waitUntilExit()
    #expect(result.process.terminationStatus == 1)
    let errors = try String(contentsOf: result.errors, encoding: .utf8)
    #expect(errors.hasPrefix("sinew: cannot write to standard output: "))
    #expect(errors.split(separator: "\n").count == 1)
  }

  @Test func listsEnvironments() throws {
    let text = try command.run(["env", "list"])
    #expect(text.status == 0)
    #expect(text.output.contains(try Regex("(?m)^hopper +A one-legged robot hops")))
    #expect(text.output.contains(" 11 observations, 3 actions, 0.008 s a step, 1000 steps\n"))
    let list = try JSONSerialization.jsonObject(with: Data(command.run(["env", "list", "--json"]).output.utf8))
    let names = try #require(list as? [[String: Any]]).compactMap { $0["name"] as? String }
    #expect(Set(names).isSuperset(of: ["hopper", "pendulum", "cartpole-swingup"]))
    let info = try JSONSerialization.jsonObject(
      with: Data(command.run(["env", "info", "pendulum", "--json"]).output.utf8))
    #expect(try #require(info as? [String: Any])["action_high"] as? [Double] == [2])
  }
}
