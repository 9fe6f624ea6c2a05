import Foundation
import SinewChildProcess

/// The whole command line, for a program that adds something of its own to it.
///
///     try SinewCommandLine.main(
///       algorithms: [Algorithm(MyLearner.self)],
///       environments: [AddedEnvironment("balance", "a pole on a finger") { Balance() }])
///
/// The program has `train`, `resume`, `evaluate` and the rest, in which these names stand beside those that come with
/// the package. Documentation/extending.md goes through one.
public enum SinewCommandLine {
  /// Reads the process's arguments, does what they say and exits: 0 for success, 1 for failure, 2 for what cannot be
  /// asked, each with one line. So does what cannot be added, a name that is taken for example.
  ///
  /// - Parameters:
  ///   - algorithms: learners, with their default settings.
  ///   - environments: environments that Swift types implement.
  ///   - terms: terms that task files can name.
  ///   - wrappers: wrappers that `--wrap` can name.
  ///   - allocationCount: how many heap allocations the process has made so far, for `bench`; nil where nobody counts
  ///     them.
  public static func main(
    algorithms: @autoclosure () throws -> [Algorithm] = [], environments: [AddedEnvironment] = [],
    terms: [TermCatalogue.Addition] = [], wrappers: [AddedWrapper] = [],
    allocationCount: (@Sendable () -> UInt64)? = nil
  ) -> Never {
    StandardStreams.prepare()
    if let parent = ProcessInfo.processInfo.environment[Program.parentVariable].flatMap({ pid_t($0) }) {
      sinew_child_end_with(parent)
    }
    let name = CommandLine.arguments.first.map { URL(filePath: $0).lastPathComponent } ?? "sinew"
    Program.$current.withValue(Program(name: name, allocationCount: allocationCount)) {
      let arguments = Arguments.joiningNegativeNumbers(Array(CommandLine.arguments.dropFirst()))
      do {
        let additions = try Additions(
          algorithms: algorithms(), environments: environments, terms: terms, wrappers: wrappers)
        // What is said of an error, and help, name what was added too.
        additions.use {
          do { try RootCommand.run(arguments) } catch { RootCommand.exit(reporting: error, of: arguments) }
        }
      } catch {
        RootCommand.exit(reporting: error, of: arguments)
      }
    }
    exit(0)
  }
}

/// The program that the command line is of. Commands are types that the parser makes, and take no arguments of ours: so
/// this, like ``Additions``, is a value of the task that runs them.
struct Program: Sendable {
  /// What it is called, in its own messages.
  var name = "sinew"
  /// How many heap allocations the process has made so far; nil where nobody counts them.
  var allocationCount: (@Sendable () -> UInt64)?

  @TaskLocal static var current = Program()

  /// The environment variable that says whom a process that was started for one seed of several ends with.
  static let parentVariable = "SINEW_PARENT"
}
