import Testing

/// What each command says of itself, as it was last read over by a person.
struct HelpTests {
  @Test(arguments: [
    ("", HelpTests.root), ("resume", HelpTests.resume), ("evaluate", HelpTests.evaluate), ("env", HelpTests.env),
    ("env info", HelpTests.envInfo),
  ])
  func help(arguments: String, text: String) throws {
    let result = try Command().run(arguments.split(separator: " ").map(String.init) + ["--help"])
    #expect(result.output == text)
    #expect(result.status == 0)
  }

  /// The list of algorithms grows; the rest is as it was.
  @Test func trainHelp() throws {
    let lines = try Command().run(["train", "--help"]).output.split(separator: "\n", omittingEmptySubsequences: false)
    let list = try #require(lines.firstIndex { $0.hasPrefix("  <algo>                  Algorithm: ") })
    let rest = try #require(lines[list...].firstIndex { $0.isEmpty })
    #expect((lines[..<list] + lines[rest...]).joined(separator: "\n") == Self.train)
  }

  @Test func withoutArgumentsItHelps() throws {
    let result = try Command().run([])
    #expect(result.output == Self.root)
    #expect(result.status == 0)
  }

  static let root = """
    OVERVIEW: Train robot policies in simulation, evaluate them, look at them.

    sinew train sac --env hopper          train a policy; Ctrl-C stops it
    sinew resume runs/sac-hopper-0        continue it
    sinew evaluate runs/sac-hopper-0      see how good it is
    sinew compose runs/a runs/b --search  let two policies act as one
    sinew env list                        see what it can be trained in
    sinew env terms                       see what a task of your own can say
    sinew bench update                    see how fast this machine learns

    USAGE: sinew <subcommand>

    OPTIONS:
      --version               Show the version.
      -h, --help              Show help information.

    SUBCOMMANDS:
      train                   Train a policy.
      resume                  Continue a run that was stopped or killed, or train
                              one for longer.
      evaluate                Run a trained policy for whole episodes and report
                              its return.
      compose                 Let two trained policies act as one, and find the
                              weight that is best.
      env                     The environments there are.
      dataset                 The datasets there are: make, look at, check and
                              convert them.
      export                  Write the policy of a run alone into a safetensors
                              file.
      bench                   Measure this machine's speed: updates, environments,
                              matrix products, latency, sampling, pictures.

      See 'sinew help <subcommand>' for detailed help.

    """

  static let train = """
    OVERVIEW: Train a policy.

    Online in an environment (--env), or from a dataset (--dataset). Keeps
    everything in a run folder: config.yaml, metrics.jsonl, checkpoints, the best
    policy and replay.html. The same settings and seed give the same bits. Ctrl-C
    ends with a checkpoint; a run that was stopped or killed continues with 'sinew
    resume'.

    USAGE: sinew train [<options>] [<algo>]

    ARGUMENTS:

    OPTIONS:
      --env <env>             Environment: a name from 'sinew env list', or the
                              path of a task.yaml (default: the dataset's).
      --dataset <dataset>     Dataset to learn from: the name of a recipe, or the
                              path of a file.
      --episode-length <n>    Steps after which an episode was cut, of a D4RL file
                              without timeouts (default: the environment's time
                              limit).
      --weighting <weighting> Which trajectories of the dataset count: none,
                              return, advantage, top-10%.
      --mix <share>           Act in the environment too, and draw this share of
                              each minibatch from the dataset, 0 to 1.
      --start <run>           Run whose weights to start from.
      --steps <n>             Steps of training: of environments, or gradient
                              updates on a dataset.
      --seed <s>              The seed of every random number of the run.
      --num-envs <n>          Environments stepped together.
      --parameter <name=value>
                              Set a physical parameter: friction=0.5,
                              mass=uniform:0.8,1.2. Repeatable.
      --wrap <wrapper>        Wrap environments: time_limit, action_repeat,
                              frame_stack, action_delay, observation_delay,
                              action_noise, observation_noise,
                              normalise_observation, normalise_reward, image,
                              depth. Repeatable, the innermost first.
      --threads <n>           Threads; the result does not depend on it.
      --precision <precision> What the learner multiplies in. (values: f32, bf16)
      --config <file>         YAML file of settings, such as the config.yaml of
                              another run.
      --set <key=value>       One setting of config.yaml, such as batch_size=128 or
                              evaluation.every=2000; repeatable.
      --out <dir>             Run folder (default: runs/ALGO-ENV-SEED).
      --json                  Print the figures as JSON.
      --version               Show the version.
      -h, --help              Show help information.


    """

  static let resume = """
    OVERVIEW: Continue a run that was stopped or killed, or train one for longer.

    Everything comes from the run itself. It reaches the same bits as a run that
    was never stopped; what came after the last checkpoint is done again.

    USAGE: sinew resume <run> [--steps <n>] [--json]

    ARGUMENTS:
      <run>                   Run folder.

    OPTIONS:
      --steps <n>             A new total of steps.
      --json                  Print the figures as JSON.
      --version               Show the version.
      -h, --help              Show help information.


    """

  static let evaluate = """
    OVERVIEW: Run a trained policy for whole episodes and report its return.

    Deterministic actions (policies that sample do so from the seed), no learning.
    The seed decides the episodes; they are never those that chose the best policy
    during training.

    USAGE: sinew evaluate [<options>] <run>

    ARGUMENTS:
      <run>                   Run folder, exported policy, or name of one that
                              ships.

    OPTIONS:
      --env <env>             Another environment than the run's.
      --parameter <name=value>
                              Set a physical parameter: friction=0.5,
                              mass=uniform:0.8,1.2. Repeatable.
      --sweep <name=values>   Evaluate at several values of a parameter:
                              friction=0.2:2:10 (low:high:count), or
                              friction=0.5,1,2.
      --episodes <n>          Episodes. (default: 20)
      --seed <s>              The seed that the episodes are split from. (default:
                              0)
      --checkpoint <which>    best, last, or step-N (default: best where there is
                              one).
      --random                Also run uniform random actions, to compare with.
      --replay <file.html>    Write a page that shows the first episodes.
      --video <file.mp4>      Film the first episode.
      --picture <file>        Picture of the first episode: one moment (.png), or
                              its poses side by side (.svg).
      --size <WxH>            Size of film and .png, pixels. (default: 640x480)
      --camera <name>         The model's camera that sees it, or 'tracking', which
                              goes with the robot. (default: tracking)
      --time <s>              The moment of the .png, seconds into the episode.
                              (default: 1.0)
      --compose <run:weight>  Act together with this run's policy, which has the
                              weight; the run itself has the rest. Repeatable.
      --steer <run>           Let the critic of this run choose among candidates.
      --samples <n>           Candidates for each choice of --steer (default: 16).
      --temperature <t>       How --steer chooses: 0 takes the best, more is nearer
                              to chance (default: 0.1).
      --action-horizon <n>    Actions of a plan that are carried out before the
                              next.
      --json                  Print the figures as JSON.
      --version               Show the version.
      -h, --help              Show help information.


    """

  static let env = """
    OVERVIEW: The environments there are.

    USAGE: sinew env <subcommand>

    OPTIONS:
      --version               Show the version.
      -h, --help              Show help information.

    SUBCOMMANDS:
      list                    List the environments that --env can name.
      info                    Describe one environment.
      terms                   List what a task.yaml can say: keys, and terms with
                              their settings.
      view                    See an environment move.
      check                   Say how a model file is understood: MJCF, URDF, or
                              the model of a task.

      See 'sinew help env <subcommand>' for detailed help.

    """

  static let envInfo = """
    OVERVIEW: Describe one environment.

    USAGE: sinew env info <environment> [--json]

    ARGUMENTS:
      <environment>           A name from 'sinew env list', or the path of a
                              task.yaml.

    OPTIONS:
      --json                  Print the figures as JSON.
      --version               Show the version.
      -h, --help              Show help information.


    """
}
