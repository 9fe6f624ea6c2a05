import ArgumentParser
import Foundation

/// The settings of a run, from the configuration file and the options that overlay it.
struct ConfigurationOptions: ParsableArguments {
  @Option(
    name: .customLong("env"),
    help:
      "Environment: a name from 'sinew env list', the path of a task.yaml, or gym:ID of Gymnasium's (default: the dataset's)."
  )
  var environment: String?

  @OptionGroup var gymnasium: GymnasiumOptions

  @Option(help: "Dataset to learn from: the name of a recipe, or the path of a file.")
  var dataset: String?

  @OptionGroup var cutting: EpisodeLengthOption

  @Option(
    help: ArgumentHelp(
      "Which trajectories of the dataset count: none, return, advantage, top-10%.", valueName: "weighting"))
  var weighting: String?

  @Option(
    help: ArgumentHelp(
      "Act in the environment too, and draw this share of each minibatch from the dataset, 0 to 1.",
      valueName: "share"))
  var mix: Double?

  @Option(help: ArgumentHelp("Run whose weights to start from.", valueName: "run"))
  var start: String?

  @Option(
    help: ArgumentHelp(
      "Run whose policy acts in the first steps of each episode, up to guide_steps of them.", valueName: "run"))
  var guide: String?

  @Option(help: ArgumentHelp("Steps of training: of environments, or gradient updates on a dataset.", valueName: "n"))
  var steps: Int?

  @Option(help: ArgumentHelp("The seed of every random number of the run.", valueName: "s"))
  var seed: Int?

  @Option(name: .customLong("num-envs"), help: ArgumentHelp("Environments stepped together.", valueName: "n"))
  var environmentCount: Int?

  @OptionGroup var parameters: ParameterOptions

  @Option(
    name: .customLong("wrap"),
    help: ArgumentHelp(
      "Wrap environments: \(RunWrapper.names.joined(separator: ", ")). "
        + "Repeatable, the innermost first.", valueName: "wrapper"))
  var wrappers: [String] = []

  @Option(help: ArgumentHelp("Threads, at most the processors or 8; the result does not depend on it.", valueName: "n"))
  var threads: Int?

  @Option(help: "What the learner multiplies in.")
  var precision: Precision?

  @Option(
    name: .customLong("config"),
    help: ArgumentHelp("YAML file of settings, such as the config.yaml of another run.", valueName: "file"))
  var file: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "One setting of config.yaml, such as batch_size=128 or evaluation.every=2000; repeatable.",
      valueName: "key=value"))
  var assignments: [String] = []

  /// The algorithm that is named, or that the configuration file is of.
  func algorithm(named name: String?) throws -> String {
    if let name { return name }
    guard let file else { throw ValidationError("Missing expected argument '<algo>'") }
    return try ValueTree.text(under: "algorithm", inYAMLFile: URL(filePath: file))
  }

  /// Defaults, then the file, then `--set`, then the options by name.
  func settings(for algorithm: Algorithm) throws -> (configuration: RunConfiguration, algorithm: Algorithm) {
    let defaults = RunConfiguration(algorithm: algorithm.name, environment: "")
    var document = try RunFolder.document(defaults, algorithm)
    if let file { try document.overlay(yamlFile: URL(filePath: file)) }
    for assignment in assignments { try document.overlay(assignment: assignment) }
    if let environment { document["environment"] = .text(environment) }
    if let dataset { document["dataset"] = .text(dataset) }
    if let weighting { document["weighting"] = .text(weighting) }
    if let mix {
      // What is no number could not be written down.
      guard mix.isFinite else { throw UsageError("mix must be 0 to 1, not \(mix)") }
      document["mix"] = .number(mix)
    }
    if let start { document["start"] = .text(URL(filePath: start).standardizedFileURL.path) }
    if let guide { document["guide"] = .text(URL(filePath: guide).standardizedFileURL.path) }
    if let precision { document["precision"] = .text(precision.rawValue) }
    for assignment in try parameters.assignments { document.append(.text(assignment.description), to: "parameters") }
    if !wrappers.isEmpty { document["wrappers"] = .list(wrappers.map { .text($0) }) }
    for (key, value) in [
      ("steps", steps), ("seed", seed), ("num_envs", environmentCount), ("threads", threads),
      ("episode_length", cutting.episodeLength),
    ] {
      if let value { document[key] = .integer(value) }
    }
    var (configuration, algorithm) = try RunFolder.settings(from: document, algorithm: algorithm)
    guard configuration.algorithm == algorithm.name else {
      throw UsageError(
        "the configuration is for the algorithm '\(configuration.algorithm)', not '\(algorithm.name)'")
    }
    gymnasium.adjust(&configuration.gymnasium)
    try configuration.validate()
    configuration.environment = environmentReference(configuration.environment)
    configuration.dataset = configuration.dataset.map { fileReference($0, suffixes: DatasetCatalogue.fileSuffixes) }
    return (configuration, algorithm)
  }
}

extension Precision: ExpressibleByArgument {}

/// Where the episodes of a file end that does not say it.
struct EpisodeLengthOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Steps after which an episode was cut, of a D4RL file without timeouts (default: the environment's time limit).",
      valueName: "n"))
  var episodeLength: Int?

  func validate() throws {
    if let episodeLength, episodeLength < 1 {
      throw ValidationError("--episode-length must be at least 1, not \(episodeLength)")
    }
  }
}

/// The name of an environment or of a dataset as it is; the path of a file made absolute, so that the run resumes from
/// anywhere.
func fileReference(_ nameOrPath: String, suffixes: [String]) -> String {
  let isPath = nameOrPath.contains("/") || suffixes.contains(where: nameOrPath.hasSuffix)
  return isPath ? URL(filePath: nameOrPath).standardizedFileURL.path : nameOrPath
}

/// As ``fileReference(_:suffixes:)``, and for a name of Gymnasium's the one that we have it under, with a note.
func environmentReference(_ nameOrPath: String) -> String {
  if GymnasiumSettings.isReference(nameOrPath) { return nameOrPath }
  if let twin = EnvironmentCatalogue.twin(ofGymnasium: nameOrPath) {
    ProgressLine().note("\(nameOrPath) of Gymnasium is '\(twin)' here")
    return twin
  }
  return fileReference(nameOrPath, suffixes: [".yaml", ".yml"])
}

/// Whether figures are printed for people or for programs.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print the figures as JSON.")
  var json = false

  /// Prints one or the other; throws where standard output cannot be written.
  func print(_ text: @autoclosure () throws -> String, json tree: @autoclosure () throws -> ValueTree) throws {
    try printLine(json ? tree().indentedJSON : text())
  }
}
