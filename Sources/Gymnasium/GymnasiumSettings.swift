import SinewSettings

/// How the environments of Gymnasium are hosted that `gym:ID` names.
public struct GymnasiumSettings: Codable, Sendable, Equatable {
  /// A module that is imported first, because it registers the environment: its name, or the absolute path of its file,
  /// which ends in `.py`; nil for none.
  public var module: String?
  /// The Python that hosts them: a path, or a name that is looked for on `PATH`; nil for that of the active virtual
  /// environment, else `python3`.
  public var python: String?
  /// Keyword arguments of `gymnasium.make`: `name=value`, the value as JSON or Python write it, anything else a text.
  public var arguments: [String] = []
  /// Worker processes, at least 1 and at most one an environment; nil for as many as the run has threads.
  public var workers: Int?
  /// Seconds that a worker may take for its start, or for one step or reset, before it counts as hanging; above 0.
  public var timeLimit = 60.0

  /// The defaults.
  public init() {}

  /// What a name of an environment begins with that Gymnasium has.
  public static let prefix = "gym:"

  /// Whether a name is that of an environment of Gymnasium's.
  public static func isReference(_ name: String) -> Bool { name.hasPrefix(prefix) }

  /// ``arguments``, read.
  ///
  /// - Throws: `UsageError` for one that is no `name=value`.
  func pairs() throws -> [[String]] {
    try arguments.map { text in
      guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
        throw UsageError("arguments: '\(text)': expected name=value, such as frame_skip=5")
      }
      return [String(text[..<equals]), String(text[text.index(after: equals)...])]
    }
  }

  /// - Throws: `UsageError` naming the first setting that is out of its range.
  public func validate() throws {
    _ = try pairs()
    if let workers, !(1...1024).contains(workers) {
      throw UsageError("workers must be 1 to 1024, not \(workers)")
    }
    guard timeLimit > 0, timeLimit <= 1e6 else {
      throw UsageError("time_limit must be above 0 and at most a million seconds, not \(timeLimit)")
    }
  }
}
