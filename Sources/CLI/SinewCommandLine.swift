import ArgumentParser
import Foundation
import Sinew

/// The `sinew` command: a thin face on the library, one file a subcommand.
@main
struct SinewCommandLine: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sinew",
    abstract: "Train robot policies in simulation, evaluate them, look at them.",
    discussion: """
      sinew train sac --env hopper          train a policy; Ctrl-C stops it
      sinew resume runs/sac-hopper-0        continue it
      sinew evaluate runs/sac-hopper-0      see how good it is
      sinew plot runs/sac-*                 see curves, with intervals over seeds
      sinew compose runs/a runs/b --search  let two policies act as one
      sinew env list                        see what it can be trained in
      sinew env terms                       see what a task of your own can say
      sinew bench update                    see how fast this machine learns
      """,
    version: "0.1.0",
    subcommands: [
      Train.self, Resume.self, Evaluate.self, Compose.self, EnvironmentCommand.self, DatasetCommand.self, Export.self,
      Runs.self,
      Plot.self, Compare.self, Bench.self,
    ])

  /// Parses, runs and exits: 0 for success, 1 for failure, 2 for what cannot be asked, each with one line.
  static func main() {
    StandardStreams.prepare()
    let arguments = Arguments.joiningNegativeNumbers(Array(CommandLine.arguments.dropFirst()))
    do {
      try Arguments.requireKnownCommands(arguments)
      var command = try parseAsRoot(arguments)
      try command.run()
    } catch {
      exit(reporting: error, of: arguments)
    }
  }

  private static func exit(reporting error: any Error, of arguments: [String]) -> Never {
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
    _ = StandardStreams.write("sinew: \(line)\n", to: STDERR_FILENO)
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
