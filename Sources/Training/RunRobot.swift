import Foundation
import SinewEnvironments
import SinewFiles
import SinewPhysics
import SinewSettings

/// The robot of a run: its task, its model and its meshes, byte for byte, kept in the run's folder `robot`. A run goes
/// on with it whatever becomes of the files that it was read from.
final class RunRobot {
  /// What it was named by.
  private var reference: String?
  /// Where its files were, and the task's file among them.
  private var folder = URL(filePath: "/")
  private var task = ""
  private var archive = FileArchive()

  /// A robot that is read when an environment is first made.
  init() {}

  /// The robot that a run keeps; nil where it keeps none. Throws one line where it cannot be read.
  init?(of run: RunFolder) throws {
    guard FileSystem.exists(run.robotFile) else { return nil }
    func text(_ key: String) throws -> String { try ValueTree.text(under: key, inYAMLFile: run.robotFile) }
    reference = try text("environment")
    folder = URL(filePath: try text("folder"), directoryHint: .isDirectory)
    task = try text("task")
    var files: [String: Data] = [:]
    for name in try FileSystem.fileNames(below: run.robotFolder) {
      let copy = run.robotFolder.appending(path: name)
      do { files[Self.path(name, in: folder)] = try Data(contentsOf: copy) } catch {
        throw FileError("read", copy.relativePath)
      }
    }
    archive = FileArchive(files)
  }

  /// Makes the environment of that name: of the files that are kept, where it is the run's own.
  func make(_ nameOrPath: String) throws -> any Environment {
    // What a Swift type implements has no files.
    if let added = EnvironmentCatalogue.added(nameOrPath) { return try added.make() }
    if reference == nil { return try read(nameOrPath) }
    guard nameOrPath == reference else { return try EnvironmentCatalogue.make(nameOrPath) }
    return try archive.reading {
      try TaskEnvironment(TaskDefinition(contentsOf: URL(filePath: Self.path(task, in: folder))))
    }
  }

  /// The first time: keeps what it is read from.
  private func read(_ nameOrPath: String) throws -> any Environment {
    let recorded = FileArchive()
    let environment = try recorded.reading { try EnvironmentCatalogue.make(nameOrPath) }
    let file = try EnvironmentCatalogue.taskFile(nameOrPath).absoluteURL.standardizedFileURL
    reference = nameOrPath
    folder = Self.commonFolder(of: Array(recorded.files.keys))
    task = Self.name(of: file.path, in: folder)
    archive = FileArchive(recorded.files)
    return environment
  }

  /// Writes the files as they lay beside each other, and where they were.
  func write(to run: URL) throws {
    guard let reference else { return }
    let robot = run.appending(path: RunFolder.robotFolderName)
    for (path, data) in archive.files {
      let copy = robot.appending(path: Self.name(of: path, in: folder))
      try FileSystem.makeDirectory(copy.deletingLastPathComponent())
      try data.writeDurably(to: copy)
    }
    let source = ValueTree.table([
      ValueTree.Entry("environment", .text(reference)), ValueTree.Entry("folder", .text(folder.path)),
      ValueTree.Entry("task", .text(task)),
    ])
    try FileSystem.write(source.yaml, to: run.appending(path: RunFolder.robotFileName))
  }

  /// The originals that are no longer what is kept, by path; none where the task is not there any more.
  var changedOriginals: [String] {
    guard let reference, let file = try? EnvironmentCatalogue.taskFile(reference), FileSystem.exists(file) else {
      return []
    }
    // The files that come with the package are elsewhere on another machine.
    let depth = task.split(separator: "/").count
    let place = (0..<depth).reduce(file.absoluteURL.standardizedFileURL) { url, _ in url.deletingLastPathComponent() }
    return archive.files.compactMap { path, data in
      let original = Self.path(Self.name(of: path, in: folder), in: place)
      guard let now = try? Data(contentsOf: URL(filePath: original)) else { return nil }
      return now == data ? nil : original
    }.sorted()
  }

  // MARK: Paths

  private static func path(_ name: String, in folder: URL) -> String {
    folder.path == "/" ? "/\(name)" : "\(folder.path)/\(name)"
  }

  private static func name(of path: String, in folder: URL) -> String {
    String(path.dropFirst(folder.path == "/" ? 1 : folder.path.count + 1))
  }

  private static func commonFolder(of paths: [String]) -> URL {
    let folders = paths.map { $0.split(separator: "/").dropLast() }
    guard let first = folders.first else { return URL(filePath: "/") }
    let shared = folders.dropFirst().reduce(first) { shared, other in
      shared.prefix(zip(shared, other).prefix { $0 == $1 }.count)
    }
    return URL(filePath: "/" + shared.joined(separator: "/"), directoryHint: .isDirectory)
  }
}

extension RunFolder {
  static let robotFolderName = "robot"
  var robotFolder: URL { url.appending(path: Self.robotFolderName) }
  static let robotFileName = "robot.yaml"
  var robotFile: URL { url.appending(path: Self.robotFileName) }

  /// The files that the run's robot was read from and that are no longer as the run keeps them, by path.
  public var changedRobotFiles: [String] {
    get throws { try RunRobot(of: self)?.changedOriginals ?? [] }
  }
}
