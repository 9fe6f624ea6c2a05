import Foundation

/// Which Python hosts environments.
enum PythonInterpreter {
  /// The path of the Python that a name stands for; without a name that of the active virtual environment, else
  /// `python3` or `python` on `PATH`.
  ///
  /// - Throws: ``GymnasiumError`` where there is none.
  static func find(
    _ name: String?, variables: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> String {
    let folders = (variables["PATH"] ?? "").split(separator: ":").map(String.init)
    func search(_ name: String) -> String? {
      if name.contains("/") { return isProgram(name) ? name : nil }
      return folders.map { "\($0)/\(name)" }.first(where: isProgram)
    }
    if let name {
      if let path = search(name) { return path }
      throw GymnasiumError(
        name.contains("/") ? "there is no Python at \(name)" : "there is no Python called '\(name)' on PATH")
    }
    let active = ["VIRTUAL_ENV", "CONDA_PREFIX"].compactMap { variables[$0] }.filter { !$0.isEmpty }
    for candidate in active.map({ "\($0)/bin/python" }) + ["python3", "python"] {
      if let path = search(candidate) { return path }
    }
    throw GymnasiumError(
      "there is no Python on PATH: install it (sudo apt-get install python3), or name one with --gym-python")
  }

  private static func isProgram(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
  }
}
