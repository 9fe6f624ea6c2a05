import ArgumentParser

/// What is wrong with a command line that the parser would say less well.
enum Arguments {
  /// The arguments with negative numbers joined to their options: `--steps -5` means `--steps=-5`, of which the range
  /// is said.
  static func joiningNegativeNumbers(_ arguments: [String]) -> [String] {
    var joined: [String] = []
    for argument in arguments {
      if Double(argument) != nil, argument.hasPrefix("-"), let option = joined.last, option.hasPrefix("--"),
        option.count > 2, !option.contains("=")
      {
        joined[joined.count - 1] = "\(option)=\(argument)"
      } else {
        joined.append(argument)
      }
    }
    return joined
  }

  /// Throws for a word that stands where a subcommand is named and names none, with the nearest that there is.
  static func requireKnownCommands(_ arguments: [String]) throws {
    var command: any ParsableCommand.Type = RootCommand.self
    var path = Program.current.name
    for argument in arguments {
      let subcommands = command.configuration.subcommands
      guard !subcommands.isEmpty, !argument.hasPrefix("-"), argument != "help" else { return }
      let known = subcommands.map { name(of: $0) }
      guard let index = known.firstIndex(of: argument) else {
        let hint = NearestName.question(for: argument, among: known) ?? "it has \(known.joined(separator: ", "))"
        throw UsageError("\(path) has no command '\(argument)'; \(hint)")
      }
      (command, path) = (subcommands[index], "\(path) \(argument)")
    }
  }

  /// The name that a command is called by: the type's in lower case, where it has no other.
  private static func name(of command: any ParsableCommand.Type) -> String {
    command.configuration.commandName ?? String(describing: command).lowercased()
  }

  /// The line for an option that there is not, where a setting of the same name can be set: nil for any other message.
  static func settingHint(for message: String, _ arguments: [String]) -> String? {
    let prefix = "Unknown option '--"
    // The parser knows the options.
    guard ["train", "tune"].contains(arguments.first), message.hasPrefix(prefix), !message.contains("Did you mean")
    else { return nil }
    let option = message.dropFirst(prefix.count).prefix { $0 != "'" }
    let algorithms = (try? Algorithm.all) ?? []
    let named = algorithms.filter { arguments.dropFirst().first == $0.name }
    let keys = (named.isEmpty ? algorithms : named).flatMap { algorithm in
      (try? RunFolder.document(RunConfiguration(algorithm: algorithm.name, environment: ""), algorithm))?.settableNames
        ?? []
    }
    let name = String(option).replacing("-", with: "_")
    let known = Set(keys).sorted()
    let near = known.contains(name) ? [name] : NearestName.suggestions(for: name, among: known)
    guard let first = near.first else { return nil }
    let others = near.dropFirst().map { " or \($0)" }.joined()
    return "there is no option '--\(option)'; settings are given as --set \(first)=…\(others)"
  }
}
