import Foundation
import SinewDatasets
import SinewEnvironments
import SinewFiles
import SinewGymnasium
import SinewLearners
import SinewPolicies
import SinewSettings
import SinewTensor

extension RunFolder.SavedLearner {
  /// What a user names: a run folder, the file of an exported policy, or one of the policies that ship with the
  /// package.
  ///
  /// - Parameters:
  ///   - reference: the path of a folder, a path that ends in `.safetensors`, or a name of ``shippedNames``.
  ///   - checkpoint: of a run folder: `best`, `last` or `step-N`; nil takes the best where there is one.
  /// Throws `UsageError` naming the nearest shipped policy where there is nothing of that name, and what is wrong with
  /// the file.
  public static func named(_ reference: String, checkpoint: String? = nil) throws -> Self {
    let url = URL(filePath: reference)
    if FileSystem.isDirectory(url) {
      let folder = try RunFolder(url)
      return try folder.loadLearner(folder.checkpoint(named: checkpoint))
    }
    if let checkpoint { throw UsageError("\(reference) is no run folder, so it has no checkpoint '\(checkpoint)'") }
    if reference.hasSuffix(".safetensors") || reference.contains("/") {
      guard FileSystem.exists(url) else { throw FileError("no run folder and no policy file at \(reference)") }
      return try Self(exported: url)
    }
    let names = try shippedNames
    guard names.contains(reference) else {
      let hint =
        NearestName.suggestion(for: reference, among: names).map { "did you mean the policy '\($0)'?" }
        ?? "policies that ship with the package: \(names.joined(separator: ", "))"
      throw FileError("no run folder at \(reference); \(hint)")
    }
    return try Self(exported: try shippedFolder.appending(path: "\(reference).safetensors"))
  }

  /// The names of the policies that ship with the package and can act by themselves.
  public static var shippedNames: [String] {
    get throws {
      let ending = ".safetensors"
      return try FileSystem.names(in: try shippedFolder).filter { $0.hasSuffix(ending) }.map {
        String($0.dropLast(ending.count))
      }
      .sorted()
    }
  }

  private static var shippedFolder: URL {
    get throws { try DatasetFile.recipes().deletingLastPathComponent().appending(path: "policies") }
  }

  /// Writes the policy alone, with what it takes to act with it again: the settings of its run and what it was made
  /// for.
  public func exportPolicy(of folder: RunFolder, to url: URL) throws {
    let (configuration, algorithm) = try folder.settings()
    var metadata = [
      "algorithm": algorithm.name, "environment": configuration.environment, "step": "\(step)",
      "configuration": try RunFolder.document(configuration, algorithm).yaml,
    ]
    task.describe(&metadata)
    try PolicyFile.write(policy, metadata: metadata, to: url)
  }

  /// The environment of a name or path as this policy was trained in it: in the run's wrappers, and where it is the
  /// run's own, with the parameters that the run set.
  ///
  /// - Parameters:
  ///   - nameOrPath: the environment; nil for the run's own, of the files that the run keeps.
  ///   - parameters: set after the run's, of which they replace those of the same name.
  ///   - renders: whether pictures of an environment of Gymnasium's are wanted.
  ///   - adjust: changes how an environment of Gymnasium's is hosted; arguments of the run are only kept for its own.
  /// Throws what making the environment throws, and `UsageError` for a parameter that it does not have.
  public func makeEnvironment(
    _ nameOrPath: String? = nil, parameters: [ParameterAssignment] = [], renders: Bool = false,
    adjusting adjust: (inout GymnasiumSettings) -> Void = { _ in }
  ) throws -> any Environment {
    let reference = nameOrPath ?? environment
    var settings = configuration
    if reference != environment { (settings.parameters, settings.gymnasium.arguments) = ([], []) }
    adjust(&settings.gymnasium)
    settings.environmentCount = 1
    settings.parameters += parameters.map(\.description)
    let robot = try nameOrPath == nil ? run.flatMap { try RunRobot(of: $0) } : nil
    let make = settings.hostingGymnasium(renders: renders) { try robot?.make($0) ?? EnvironmentCatalogue.make($0) }
    return try settings.prepare(make(reference))
  }

  /// What ``exportPolicy(of:to:)`` wrote, or a plain network from elsewhere that ``PolicyFile`` reads, whose metadata
  /// may name an `environment` and the `algorithm` that made it. Throws one line naming the file and what is wrong with
  /// it.
  public init(exported url: URL) throws {
    let state = try StateDictionary(contentsOf: url)
    if state.metadata["configuration"] == nil, state.metadata["policy"] != nil {
      self = try Self(plain: PolicyFile.read(url), state.metadata)
      return
    }
    func problem(_ text: String) -> FileError { FileError("\(url.relativePath): \(text)") }
    guard let task = LearnerTask(state.metadata), let settings = state.metadata["configuration"],
      let name = state.metadata["algorithm"]
    else { throw problem("its metadata do not say what policy it is; 'sinew export' writes files that do") }
    do {
      let algorithm = try Algorithm.named(name)
      var document = try RunFolder.document(RunConfiguration(algorithm: name, environment: ""), algorithm)
      try document.overlay(yaml: settings, place: "configuration")
      let (configuration, chosen) = try RunFolder.settings(from: document, algorithm: algorithm)
      let policy = try chosen.makeSavedLearner(configuration, task, loading: state).policy
      try policy.loadParameters(from: state, prefix: "")
      self.init(
        policy: policy, critic: nil, checkpoint: nil, step: state.metadata["step"].flatMap(Int.init) ?? 0,
        algorithm: name, environment: configuration.environment, configuration: configuration, task: task)
    } catch { throw problem(firstLine("\(error)")) }
  }

  private init(plain policy: any Policy, _ metadata: [String: String]) {
    let algorithm = metadata["algorithm"] ?? "imported"
    let configuration = RunConfiguration(
      algorithm: algorithm, environment: metadata["environment"] ?? RunConfiguration.noEnvironment)
    let bounds = [Float](repeating: 1, count: policy.actionSize)
    self.init(
      policy: policy, critic: nil, checkpoint: nil, step: metadata["step"].flatMap(Int.init) ?? 0, algorithm: algorithm,
      environment: configuration.environment, configuration: configuration,
      task: LearnerTask(
        observation: Columns(vector: policy.observationSize), actionLow: bounds.map { -$0 }, actionHigh: bounds))
  }
}
