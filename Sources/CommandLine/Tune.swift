import ArgumentParser
import Foundation

struct Tune: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Search for settings that learn better.",
    discussion: """
      Each trial trains once with each of several seeds; the next is chosen by what the trials so far were worth. Then \
      the best settings and the default ones are trained on other seeds and compared. In the folder: journal.jsonl, \
      tune.html, best.yaml for 'train --config', and the runs. A search that was stopped or killed continues with \
      '\(Program.current.name) resume FOLDER'. --seed is the search's own.

      \(Program.current.name) tune sac --env pendulum --steps 5000 --out runs/tune \\
        --vary critic_learning_rate=1e-4:1e-2:log --vary batch_size=64,128,256
      """)

  @Argument(help: ArgumentHelp("Algorithm. May be left out where --config says it.", valueName: "algo"))
  var algorithm: String?

  @OptionGroup var options: ConfigurationOptions

  @Option(
    help: ArgumentHelp(
      "A setting to vary: key=low:high, key=low:high:log or key=a,b,c; repeatable.", valueName: "key=values"))
  var vary: [String] = []

  @Option(
    help: ArgumentHelp(
      "YAML file of settings to vary: 'key: low:high:log' or 'key: [a, b, c]' a line.", valueName: "file"))
  var space: String?

  @Option(help: ArgumentHelp("Trials; of halving, settings to begin with.", valueName: "n"))
  var trials = TuningPlan().trials

  @Option(help: ArgumentHelp("Seeds of each trial's runs.", valueName: "s-s"))
  var seeds = "1-3"

  @Option(
    help: ArgumentHelp("How settings are chosen: bayes, random or halving.", valueName: "method"))
  var method = TuningPlan.Method.bayes

  @Option(
    help: ArgumentHelp(
      "What a run is worth: last, its return in the last fifth; mean, over all; solve:R, steps until return R.",
      valueName: "what"))
  var objective = TuningPlan().objective

  @Option(
    help: ArgumentHelp("Seeds on which best and default settings are compared at the end, or none.", valueName: "s-s"))
  var reportSeeds = "101-105"

  @Option(help: ArgumentHelp("Folder of the search.", valueName: "dir"))
  var out: String

  @OptionGroup var output: OutputOptions

  func run() throws {
    let (configuration, algorithm) = try options.settings(for: .named(options.algorithm(named: algorithm)))
    try requireEnvironment(configuration.environment)
    var plan = TuningPlan()
    (plan.method, plan.trials, plan.objective) = (method, trials, objective)
    (plan.steps, plan.seed) = (configuration.steps, configuration.seed)
    plan.seeds = try SeedRuns.seeds(seeds)
    plan.reportSeeds = reportSeeds == "none" ? [] : try SeedRuns.seeds(reportSeeds, option: "--report-seeds")
    plan.threads = options.threads ?? 1
    plan.atOnce = TuningRuns.trialsAtOnce(seeds: plan.seeds.count, threads: plan.threads)
    let file = try space.map { file in
      try ValueTree.leaves(inYAMLFile: URL(filePath: file)).map { "\($0.key)=\($0.value)" }
    }
    plan.space = (file ?? []) + vary
    let study = try TuningStudy(
      creating: URL(filePath: out), plan, configuration: configuration, algorithm: algorithm)
    try TuningRuns(study).run(output: output)
  }

  /// Says before any trial that there is no such environment.
  private func requireEnvironment(_ name: String) throws {
    guard !GymnasiumSettings.isReference(name), !name.isEmpty, name != RunConfiguration.noEnvironment,
      EnvironmentCatalogue.added(name) == nil
    else { return }
    _ = try EnvironmentCatalogue.make(name)
  }
}

extension TuningPlan.Method: ExpressibleByArgument {}
