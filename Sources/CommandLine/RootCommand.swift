import ArgumentParser
import Foundation

/// The command: a thin face on the library, one file a subcommand.
struct RootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: Program.current.name,
    abstract: "Train robot policies in simulation, evaluate them, look at them.",
    discussion: """
      \(Program.current.name) train sac --env hopper          train a policy; Ctrl-C stops it
      \(Program.current.name) resume runs/sac-hopper-0        continue it
      \(Program.current.name) evaluate runs/sac-hopper-0      see how good it is
      \(Program.current.name) plot runs/sac-*                 see curves, with intervals over seeds
      \(Program.current.name) tune sac --env hopper …         find better settings
      \(Program.current.name) transfer runs/sac-hopper-0      see what it is worth in MuJoCo's version of its task
      \(Program.current.name) ope runs/a runs/b --dataset D  see what a dataset says that policies are worth
      \(Program.current.name) watch                           see them in a browser while they train
      \(Program.current.name) compose runs/a runs/b --search  let two policies act as one
      \(Program.current.name) env list                        see what it can be trained in
      \(Program.current.name) env terms                       see what a task of your own can say
      \(Program.current.name) bench update                    see how fast this machine learns

      The file or folder that a command makes is named by --out; what shows episodes is named by what it is: \
      --replay, a page; --video, a film; --picture.
      """,
    version: "0.1.0",
    subcommands: [
      Train.self, Resume.self, Tune.self, Evaluate.self, Compose.self, EnvironmentCommand.self, DatasetCommand.self,
      Export.self, Runs.self, Plot.self, Watch.self, Compare.self, TransferCommand.self, Bias.self,
      OffPolicyCommand.self,
      Select.self, Bench.self,
    ])

  /// Parses and runs.
  static func run(_ arguments: [String]) throws {
    try Arguments.requireKnownCommands(arguments)
    var command = try parseAsRoot(arguments)
    try command.run()
  }

  /// Exits with a line, 1 for failure and 2 for what cannot be asked.
  static func exit(reporting error: any Error, of arguments: [String]) -> Never {
    let code = exitCode(for: error)
    if code == .success {
      do { try printLine(fullMessage(for: error)) } catch { exit(reporting: error, of: arguments) }
      Foundation.exit(0)
    }
    let isUsage = code == .validationFailure || isRefusal(error)
    let message = message(for: error)
    let line = (Arguments.settingHint(for: message, arguments) ?? message).split(whereSeparator: \.isNewline)
      .joined(separator: " ")
    // Where nobody can be told, the exit code still says it.
    _ = StandardStreams.write("\(Program.current.name): \(line)\n", to: STDERR_FILENO)
    Interruption.endIfRequested()
    Foundation.exit(isUsage ? 2 : 1)
  }

  /// Whether what was asked for cannot be, rather than failed: a name, a value, more than there is memory for.
  private static func isRefusal(_ error: any Error) -> Bool {
    switch error {
    case is UsageError, is UnknownNameError, is ConfigurationError, is SizeError: true
    default: false
    }
  }
}
