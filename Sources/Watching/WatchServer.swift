import FlyingFox
import FlyingSocks
import Foundation
import SinewSettings
import SinewTraining

/// Why runs cannot be watched, in one line.
public struct WatchError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// What is wrong, and what would be right.
  public let description: String

  /// The same line, for callers that print `localizedDescription`.
  public var errorDescription: String? { description }
}

/// Shows runs in a browser of this machine while they are trained: curves and a table that keep themselves up to date,
/// and replays of their newest policies.
///
/// It listens on 127.0.0.1 alone, answers GET and HEAD, and serves nothing but its own pages: no path leads to a file.
public final class WatchServer: Sendable {
  /// The page's address, such as `http://127.0.0.1:8642/`.
  public let address: String
  private let server: HTTPServer
  private let serving: Task<Void, Never>
  private let pages: WatchPages

  /// Begins to serve.
  ///
  /// - Parameters:
  ///   - paths: run folders, folders of runs, or patterns; there may be nothing there yet.
  ///   - port: 0 for any that is free.
  ///   - patience: seconds after which a request that could not be answered is given up, and beginning to listen too.
  /// Throws ``WatchError`` where the port cannot be listened on.
  public init(watching paths: [String], port: UInt16, patience: Double = 15) async throws {
    let pages = WatchPages(paths)
    self.pages = pages
    let server = HTTPServer(
      address: try .inet(ip4: "127.0.0.1", port: port), timeout: patience, logger: .disabled,
      handler: ClosureHTTPHandler { await pages.response(to: $0) })
    // Whichever comes first: that it listens, or why it cannot.
    let (beginning, signal) = AsyncThrowingStream<Void, any Error>.makeStream()
    let serving = Task {
      do { try await server.run() } catch { signal.finish(throwing: error) }
    }
    Task {
      do {
        try await server.waitUntilListening(timeout: patience)
        signal.yield()
      } catch { signal.finish(throwing: error) }
    }
    do {
      for try await _ in beginning { break }
    } catch SocketError.failed(_, let code, let message) {
      throw WatchError(
        description: code == EADDRINUSE
          ? "port \(port) is taken: name another, or 0 for any that is free"
          : "cannot listen on port \(port): \(message)")
    }
    guard case .ip4(_, port: let chosen)? = await server.listeningAddress else {
      throw WatchError(description: "cannot listen on port \(port)")
    }
    (self.server, self.serving, address) = (server, serving, "http://127.0.0.1:\(chosen)/")
  }

  deinit { serving.cancel() }

  /// Stops serving, as an end of its life does too; a recording that is going on is left.
  public func stop() async {
    await pages.replays.end()
    await server.stop()
    serving.cancel()
  }
}
