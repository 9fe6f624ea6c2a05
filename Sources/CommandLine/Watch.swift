import ArgumentParser
import Foundation
import Synchronization

struct Watch: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Watch runs in a browser while they train.",
    discussion: """
      Serves a page with their curves, a table and replays of their newest policies, on this machine alone, until \
      Ctrl-C. Runs that begin later appear in it.
      """)

  @Argument(help: ArgumentHelp("Run folders, folders of runs, or patterns (default: runs).", valueName: "run"))
  var runs = ["runs"]

  @Option(help: ArgumentHelp("Where it listens; 0 for any port that is free.", valueName: "n"))
  var port = 8642

  func validate() throws {
    if UInt16(exactly: port) == nil { throw ValidationError("--port must be 0 to 65535, not \(port)") }
  }

  func run() throws {
    Interruption.install()
    let (runs, port) = (runs, UInt16(exactly: port) ?? 0)
    let server = try waiting { try await WatchServer(watching: runs, port: port) }
    try printLine("watching \(runs.joined(separator: ", ")) at \(server.address)")
    while !Interruption.isRequested { usleep(50_000) }
    try waiting { await server.stop() }
  }
}

/// What a task comes to, for a caller that is none. Task-local values hold in it too.
private func waiting<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
  let outcome = Outcome<Value>()
  let isDone = DispatchSemaphore(value: 0)
  Task {
    let result: Result<Value, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    outcome.result.withLock { $0 = result }
    isDone.signal()
  }
  isDone.wait()
  guard let result = outcome.result.withLock({ $0 }) else { throw CancellationError() }
  return try result.get()
}

private final class Outcome<Value: Sendable>: Sendable {
  let result = Mutex<Result<Value, any Error>?>(nil)
}
