/// The environments that come with the package, and the way to a user's own.
public enum EnvironmentCatalogue {
  /// Names of the environments that come with the package, sorted.
  public static var names: [String] { ["cartpole-swingup", "hopper", "pendulum"] }

  /// Makes an environment.
  ///
  /// - Parameter nameOrPath: one of ``names``, or a path to a `task.yaml` (or to the folder that holds it). Anything with a
  ///   slash or ending in `.yaml` or `.yml` is a path.
  /// - Throws: ``UnknownNameError`` with the nearest name; ``EnvironmentError`` naming the file, line and key.
  public static func make(_ nameOrPath: String) throws -> any Environment {
    throw UnknownNameError(kind: "environment", name: nameOrPath, known: names)
  }
}
