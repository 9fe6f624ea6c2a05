import Foundation
import SinewFiles
import SinewSettings
import SinewTensor

/// The folder of one training run.
///
///     config.yaml                      every setting, enough to repeat or resume the run
///     robot/, robot.yaml               the task, model and meshes that it was started with, and where they were
///     metrics.jsonl                    one JSON object a line: training reports and evaluations
///     events.out.tfevents.*            the same figures for TensorBoard
///     checkpoints/step-N/*.safetensors the exact state after N steps
///     best/learner.safetensors         the learner with the best evaluation return
///     replay.html                      an episode of it, to look at
public struct RunFolder: Sendable {
  /// Where the folder is.
  public let url: URL

  var configurationFile: URL { url.appending(path: "config.yaml") }
  var metricsFile: URL { url.appending(path: "metrics.jsonl") }
  var checkpointsFolder: URL { url.appending(path: "checkpoints") }
  var bestFolder: URL { url.appending(path: "best") }
  /// The page that shows an episode of the trained policy.
  public var replayFile: URL { url.appending(path: "replay.html") }

  /// An existing run. Throws when there is none at `url`.
  public init(_ url: URL) throws {
    self.url = url
    guard FileSystem.isDirectory(url) else { throw FileError("no run folder at \(url.relativePath)") }
    guard FileSystem.exists(configurationFile) else {
      throw FileError("\(url.relativePath) is not a run folder: it has no config.yaml")
    }
  }

  /// Creates a run folder, with its configuration in it from the first moment.
  ///
  /// Throws when `url` exists and is not an empty folder.
  public init(creating url: URL, configuration: RunConfiguration, algorithm: Algorithm) throws {
    try self.init(creating: url, configuration: configuration, algorithm: algorithm, robot: nil)
  }

  init(creating url: URL, configuration: RunConfiguration, algorithm: Algorithm, robot: RunRobot?) throws {
    self.url = url
    if FileSystem.exists(url) {
      let isRun = FileSystem.exists(url.appending(path: "config.yaml"))
      guard FileSystem.isDirectory(url), try FileSystem.names(in: url).isEmpty else {
        throw FileError(
          isRun
            ? "\(url.relativePath) already holds a run: continue it with 'sinew resume', or name another folder"
            : "\(url.relativePath) is not empty: name another folder")
      }
    }
    // Beside and renamed into place, so that a kill leaves either no run or one that can be resumed.
    let parent = url.deletingLastPathComponent()
    try FileSystem.makeDirectory(parent)
    PartialFile.removeLeftovers(beside: url)
    let partial = PartialFile.url(beside: url)
    do {
      try FileSystem.makeDirectory(partial)
      KillPoint.pass()
      try FileSystem.write(
        Self.document(configuration, algorithm).yaml, to: partial.appending(path: "config.yaml"))
      try robot?.write(to: partial)
      try FileSystem.move(partial, to: url)
    } catch {
      try? FileSystem.remove(partial)
      throw error
    }
  }

  /// All settings of a run as one tree: those of the run, then the algorithm's under `hyperparameters`.
  public static func document(_ configuration: RunConfiguration, _ algorithm: Algorithm) throws -> ValueTree {
    var tree = try ValueTree(encoding: configuration)
    tree["hyperparameters"] = algorithm.hyperparameters
    return tree
  }

  /// The settings that a tree made by `document` and overlaid by the user stands for, checked.
  public static func settings(
    from document: ValueTree, algorithm: Algorithm
  ) throws -> (configuration: RunConfiguration, algorithm: Algorithm) {
    var tree = document
    let hyperparameters = tree["hyperparameters"] ?? .table([])
    tree["hyperparameters"] = nil
    if case .text(let name)? = tree["precision"], Precision(rawValue: name) == nil {
      let known = Precision.allCases.map(\.rawValue).joined(separator: " or ")
      throw UsageError("precision must be \(known), not '\(name)'")
    }
    let configuration = try tree.decoded(as: RunConfiguration.self)
    try configuration.validate()
    return (configuration, algorithm.with(hyperparameters: hyperparameters))
  }

  /// The settings in `config.yaml`.
  ///
  /// - Parameter algorithms: where its algorithm is looked up; every one that can be named, when nil.
  public func settings(
    among algorithms: [Algorithm]? = nil
  ) throws -> (configuration: RunConfiguration, algorithm: Algorithm) {
    // The algorithm first, because it decides which hyper-parameters there are.
    let name = try ValueTree.text(under: "algorithm", inYAMLFile: configurationFile)
    let algorithm = try Algorithm.named(name, among: algorithms)
    var document = try Self.document(RunConfiguration(algorithm: name, environment: ""), algorithm)
    try document.overlay(yamlFile: configurationFile)
    return try Self.settings(from: document, algorithm: algorithm)
  }

  /// Replaces `config.yaml`, in one step.
  func write(_ configuration: RunConfiguration, _ algorithm: Algorithm) throws {
    try FileSystem.write(Self.document(configuration, algorithm).yaml, to: configurationFile)
  }

  /// Keeps any other process from training in this folder for as long as the returned lock lives.
  func lock() throws -> RunLock { try RunLock(url) }

  /// Throws where something in the run is a symbolic link: to write through it would change what is not the run's.
  func refuseLinks() throws {
    let events = try FileSystem.names(in: url).filter(EventFile.isName).map { url.appending(path: $0) }
    let own =
      events + [configurationFile, metricsFile, checkpointsFolder, bestFolder, replayFile, robotFolder, robotFile]
    let kept = try FileSystem.isLink(checkpointsFolder) ? [] : checkpointSteps().map { folder(of: .step($0)) }
    for place in own + [bestFolder.appending(path: "learner.safetensors")] + kept where FileSystem.isLink(place) {
      throw FileError(
        "\(place.relativePath) is a symbolic link, which is not followed within a run: put in its place what it leads to"
      )
    }
  }
}

/// An advisory lock on a folder of a run or of several, released when the object goes away or the process ends, however
/// it ends.
package final class RunLock {
  private let folder: URL
  private let descriptor: Int32

  /// Throws where another process has it.
  package init(_ folder: URL) throws {
    self.folder = folder
    descriptor = open(folder.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("open", folder.relativePath) }
    // A child that another thread is just starting holds the lock for a moment, until it becomes another program or
    // ends.
    var attempts = 20
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else { break }
      attempts -= 1
      if attempts > 0 {
        usleep(25_000)
        continue
      }
      let holder = Self.holder(of: descriptor)
      close(descriptor)
      let name =
        switch holder {
        case getpid()?: "this process (\(getpid())), by a trainer whose run has not ended"
        case let holder?: "process \(holder)"
        case nil: "another process"
        }
      throw FileError("\(folder.relativePath) is being trained by \(name)")
    }
  }

  deinit { close(descriptor) }

  /// Who has a file locked, by the system's own list; nil where that does not say.
  private static func holder(of descriptor: Int32) -> pid_t? {
    var status = stat()
    guard fstat(descriptor, &status) == 0, let list = try? String(contentsOfFile: "/proc/locks", encoding: .utf8) else {
      return nil
    }
    // 1: FLOCK  ADVISORY  WRITE 4242 08:01:131 0 EOF
    for line in list.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count >= 6, fields[1] == "FLOCK", fields[5].hasSuffix(":\(status.st_ino)") else { continue }
      if let holder = pid_t(fields[4]), holder > 0 { return holder }
    }
    return nil
  }

  /// Whether the folder's path still leads to the folder that was locked.
  var isInPlace: Bool { leadsHere(folder.path) }

  /// Where the folder is now; nil where it has been removed.
  var place: URL? {
    if isInPlace { return folder }
    let link = "/proc/self/fd/\(descriptor)"
    guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: link) else { return nil }
    return leadsHere(path) ? URL(filePath: path) : nil
  }

  private func leadsHere(_ path: String) -> Bool {
    var (own, other) = (stat(), stat())
    return fstat(descriptor, &own) == 0 && stat(path, &other) == 0 && own.st_dev == other.st_dev
      && own.st_ino == other.st_ino
  }
}
