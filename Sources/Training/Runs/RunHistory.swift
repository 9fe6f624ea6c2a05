import Foundation
import SinewFiles
import SinewSettings

/// What a run has reported so far, and what it was told to do: read from its folder, without its algorithm or its
/// environment.
public struct RunHistory: Sendable {
  /// Where the run is.
  public let folder: URL
  /// Every setting as text, by its dotted key, in the order of `config.yaml`.
  public let settings: [Setting]
  /// The lines of `metrics.jsonl`, in order.
  public let reports: [Report]
  /// Whether some process is training it now.
  public let isRunning: Bool

  /// A setting of `config.yaml`.
  public struct Setting: Sendable, Equatable {
    /// Such as `hyperparameters.discount`.
    public let key: String
    /// As YAML writes it.
    public let value: String
  }

  /// The figures of one line.
  public struct Report: Sendable {
    /// Environment steps; of a learner from a dataset alone, updates.
    public let step: Int
    /// By name, such as `evaluation_return_mean`; always with `seconds`.
    public let values: [String: Double]
  }

  /// Reads a run. Throws where there is none, or where its files are not those of a run.
  public init(_ folder: RunFolder) throws { self = try RunFollower(folder).history }

  init(folder: URL, settings: [Setting], reports: [Report], isRunning: Bool) {
    (self.folder, self.settings, self.reports, self.isRunning) = (folder, settings, reports, isRunning)
  }

  /// The value of a setting; nil where there is none of that key, or it is null.
  public func setting(_ key: String) -> String? {
    settings.first { $0.key == key && $0.value != "null" }?.value
  }

  /// The algorithm's name.
  public var algorithm: String { setting("algorithm") ?? "?" }

  /// The environment's name, or the file name's of a task of one's own; of the dataset where there is no other.
  public var environment: String {
    let named = [setting("environment"), setting("dataset")].compactMap { $0 }.first { !$0.isEmpty && $0 != "none" }
    guard let named else { return "?" }
    let url = URL(filePath: named)
    guard named.contains("/") else { return named }
    // A task's folder says more than the name of its file.
    let name = url.deletingPathExtension().lastPathComponent
    return name == "task" ? url.deletingLastPathComponent().lastPathComponent : name
  }

  /// The seed.
  public var seed: String { setting("seed") ?? "?" }
  /// Steps that the run was to take.
  public var steps: Int { setting("steps").flatMap { Int($0) } ?? 0 }
  /// Steps that it has reported.
  public var step: Int { reports.last?.step ?? 0 }

  /// How far it is.
  public enum State: String, Sendable, Encodable {
    case finished, running, stopped
  }

  /// How far it is: a run that no process trains and that has steps left was stopped or killed.
  public var state: State { isRunning ? .running : step >= steps ? .finished : .stopped }

  /// The reports that have a figure, as (step, value) pairs.
  public func points(_ metric: String) -> [(step: Int, value: Double)] {
    reports.compactMap { report in report.values[metric].map { (report.step, $0) } }
  }

  /// The figures that were reported, sorted by name.
  public var metrics: [String] { Set(reports.flatMap(\.values.keys)).subtracting(["step"]).sorted() }
}

extension RunFolder {
  /// Whether a process holds the run's lock.
  package var isLocked: Bool {
    let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }

  /// The runs that a path names: a run's folder, a folder that holds runs (at any depth up to three), or a pattern such
  /// as `runs/sac-hopper-*`. Sorted by path as people number things. Throws where there is none.
  public static func find(_ path: String) throws -> [RunFolder] {
    var found: [RunFolder] = []
    func look(_ url: URL, depth: Int) throws {
      if let run = try? RunFolder(url) { return found.append(run) }
      guard depth > 0, FileSystem.isDirectory(url) else { return }
      for name in try FileSystem.names(in: url) where !name.hasPrefix(".") {
        let inner = url.appending(path: name)
        if FileSystem.isDirectory(inner), !FileSystem.isLink(inner) { try look(inner, depth: depth - 1) }
      }
    }
    for path in FileSystem.matches(path) { try look(URL(filePath: path), depth: 3) }
    guard !found.isEmpty else { throw UsageError("there is no run at \(path)") }
    return found.sorted { $0.url.path.compare($1.url.path, options: .numeric) == .orderedAscending }
  }
}

extension FileSystem {
  /// The paths that a pattern of a shell stands for; the pattern itself where it stands for none.
  static func matches(_ pattern: String) -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, GLOB_TILDE, nil, &found) == 0, let paths = found.gl_pathv else { return [pattern] }
    return (0..<Int(found.gl_pathc)).compactMap { paths[$0].map { String(cString: $0) } }
  }
}
