import Foundation
import SinewFiles
import SinewSettings
import Yams

/// The environments that come with the package, and the way to a user's own.
public enum EnvironmentCatalogue {
  /// Names of the environments there are, sorted: those that come with the package, and what a program adds to them
  /// (``EnvironmentAdditions``).
  public static var names: [String] { (shipped + EnvironmentAdditions.current.environments.map(\.name)).sorted() }

  /// What a program adds under that name; nil for any other name or path.
  public static func added(_ name: String) -> AddedEnvironment? {
    EnvironmentAdditions.current.environment(named: name)
  }

  /// Names of the environments that come with the package, sorted: the folders in `Robots` that hold a `task.yaml`.
  /// Empty where these files are missing.
  static let shipped: [String] = {
    guard let folder = try? robots(), let all = try? FileSystem.names(in: folder) else { return [] }
    return all.filter { FileSystem.exists(folder.appending(path: "\($0)/task.yaml")) }.sorted()
  }()

  /// The name that an environment of Gymnasium's has here, whatever its version, such as `hopper` for `Hopper-v4`; nil
  /// where there is none of the same task.
  public static func twin(ofGymnasium name: String) -> String? {
    let parts = name.split(separator: "-v", omittingEmptySubsequences: false)
    guard parts.count == 2, Int(parts[1]) != nil else { return nil }
    return gymnasiumNames[String(parts[0])]
  }

  /// The environments that come with the package by what Gymnasium calls theirs, without the version.
  private static let gymnasiumNames: [String: String] = {
    guard let folder = try? robots() else { return [:] }
    let pairs = shipped.compactMap { name -> (String, String)? in
      guard let text = try? String(contentsOf: folder.appending(path: "\(name)/task.yaml"), encoding: .utf8),
        let id = (try? Yams.compose(yaml: text))?.mapping?[TaskDefinition.gymnasiumKey]?.string
      else { return nil }
      return (id.components(separatedBy: "-v")[0], name)
    }
    return Dictionary(pairs) { first, _ in first }
  }()

  /// Makes an environment.
  ///
  /// - Parameter nameOrPath: one of ``names``, or a path to a task file or to the folder that holds a `task.yaml`.
  ///   Anything with a slash or ending in `.yaml` or `.yml` is a path.
  /// - Throws: ``UnknownNameError`` with the nearest name; ``EnvironmentError`` naming the file, line and key; the
  ///   model's error.
  public static func make(_ nameOrPath: String) throws -> any Environment {
    try added(nameOrPath)?.make() ?? TaskEnvironment(definition(nameOrPath))
  }

  /// Reads the task of an environment, from which any number of environments can be made.
  ///
  /// - Throws: as ``make(_:)`` does; ``EnvironmentError`` for an environment that a Swift type implements, which has no
  ///   task.
  public static func definition(_ nameOrPath: String) throws -> TaskDefinition {
    try TaskDefinition(contentsOf: taskFile(nameOrPath))
  }

  /// Where the task file of an environment is.
  public static func taskFile(_ nameOrPath: String) throws -> URL {
    if isModelFile(nameOrPath) {
      throw EnvironmentError(
        "\(nameOrPath) is a model, not a task: write a task.yaml beside it, as Documentation/your-robot.md does; "
          + "'sinew env view' shows the model by itself")
    }
    let isFile = [".yaml", ".yml"].contains { nameOrPath.hasSuffix($0) }
    if isFile || nameOrPath.contains("/") {
      let url = URL(fileURLWithPath: nameOrPath)
      return isFile ? url : url.appendingPathComponent("task.yaml")
    }
    if added(nameOrPath) != nil {
      throw EnvironmentError("the environment '\(nameOrPath)' is a Swift type: it has no task file")
    }
    if let twin = twin(ofGymnasium: nameOrPath) { return try taskFile(twin) }
    let folder = try robots()
    guard shipped.contains(nameOrPath) else {
      throw UnknownNameError(kind: "environment", name: nameOrPath, known: names)
    }
    return folder.appending(path: "\(nameOrPath)/task.yaml")
  }

  /// The folder that holds the environments' folders: beside the program, or in the sources that it was built from.
  ///
  /// `Bundle.module` would end the process where the files are missing.
  private static func robots() throws -> URL {
    let beside = Bundle.main.bundleURL.appending(path: "Sinew_SinewEnvironments.resources")
    let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    for folder in [beside, sources].map({ $0.appending(path: "Robots") }) where FileSystem.isDirectory(folder) {
      return folder
    }
    throw EnvironmentError(
      "the environments' files are missing; \(beside.path) must be installed beside the program")
  }
}

extension EnvironmentCatalogue {
  /// Makes a demonstrator for an environment: for a task with a maze, or one that pushes a body onto another.
  ///
  /// - Parameter nameOrPath: as ``make(_:)`` takes it.
  /// - Throws: ``EnvironmentError`` if there is none for the task; what reading the task throws.
  public static func demonstrator(for nameOrPath: String) throws -> any Demonstrator {
    let task = try definition(nameOrPath)
    if let demonstrator = try MazeDemonstrator(task) { return demonstrator }
    if let demonstrator = try PushDemonstrator(task) { return demonstrator }
    throw EnvironmentError("there is no demonstrator for \(task.name)")
  }
}
