import ArgumentParser

/// Physical parameters of an environment, set from outside.
struct ParameterOptions: ParsableArguments {
  @Option(
    name: .customLong("parameter"),
    help: ArgumentHelp(
      "Set a physical parameter: friction=0.5, mass=uniform:0.8,1.2. Repeatable.", valueName: "name=value"))
  var parameters: [String] = []

  func validate() throws { _ = try assignments }

  /// What was asked for.
  var assignments: [ParameterAssignment] {
    get throws {
      try parameters.map { text in
        do { return try ParameterAssignment(text) } catch { throw ValidationError("--parameter \(error)") }
      }
    }
  }
}
